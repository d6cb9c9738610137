#!/usr/bin/env python3
"""Sealed keys in sigd: they sign, and each fault of file, master key and configuration is refused by its own sentence."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, OTHER_KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config,  # noqa: E402
                     scenario, skip, true, until)
from process import launch_behind, sanitized  # noqa: E402
import unseal  # noqa: E402 (harness put standin on the path)

MASTER, OTHER_MASTER = bytes(range(1, 33)), bytes(range(2, 34))
TOP = 'master_key = "@DIR@/keys/master"'


def sealed(content=KEY, app="demo", key="k1", master=MASTER):
    return unseal.make_sealed(app, key, master, content, os.urandom(24))


def daemon(key_file, master=MASTER, top=TOP, start=False, **words):
    keys = {"demo.key": key_file}
    if master is not None:
        keys["master"] = master
    return Sigd(plain_config(top=top, **words), keys, start=start)


def signs(made, key=KEY, name="k1"):
    document = good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": "u1"}))
    equal(document["key"], name, "key")
    equal(oracle.judge(document["usersig"], key, SDKAPPID, "u1", int(time.time()) + 1), 0, "oracle")
    admin = good(made.request("GET", "/v1/apps/demo/admin"))["usersig"]
    equal(oracle.judge(admin, key, SDKAPPID, "group_root", int(time.time()) + 1), 0, "oracle, administrator")


def refused(made, pattern):
    """At --check and at the start, with one sentence; returns what was said."""
    status, text = made.check()
    equal(status, 78, f"--check: {text}")
    true(re.search(pattern, text), f"--check: expected {pattern!r}: {text}")
    status, text = made.fail_to_start()
    equal(status, 78, f"exit status: {text}")
    true(re.search(pattern, text), f"expected {pattern!r}: {text}")
    for secret in (KEY, MASTER, OTHER_MASTER):
        true(secret.hex() not in text and secret.decode("latin-1") not in text, "a secret in a message")
    return text


@scenario
def a_sealed_key_signs():
    for content in (KEY, KEY + b"\n"):
        made = daemon(sealed(content), start=True)
        signs(made)
        equal("newline at the end" in made.stderr, content != KEY, "the note about the newline")
        equal(made.stop(), 0, "exit status")


@scenario
def a_sealed_pem_signs():
    """Version 1."""
    done = subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], capture_output=True, check=False)
    if done.returncode:
        skip("openssl makes no key")
    made = daemon(sealed(done.stdout), start=True)
    usersig = good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": "u1"}))["usersig"]
    equal(made.stop(), 0, "exit status")
    made = daemon(done.stdout, top="", start=True)
    verdict = good(made.request("POST", "/v1/apps/demo/verify", {"usersig": usersig, "identifier": "u1"}))
    equal((verdict["valid"], verdict["key"]), (True, "k1"), "judged with the plain key")
    equal(made.stop(), 0, "exit status")


@scenario
def sealed_and_plain_keys_go_together():
    both = 'key "k1" { file = "@DIR@/keys/demo.key" }\n    key "k2" { file = "@DIR@/keys/second.key"  not_before = "2026-01-01T00:00:00Z" }'
    for second in (OTHER_KEY, sealed(OTHER_KEY, key="k2")):
        made = Sigd(plain_config(top=TOP, key=both), {"demo.key": sealed(), "second.key": second, "master": MASTER})
        signs(made, OTHER_KEY, "k2")
        equal(made.stop(), 0, "exit status")


@scenario
def a_master_key_that_nothing_needs():
    made = daemon(KEY, start=True)
    signs(made)
    equal(made.stop(), 0, "exit status")


@scenario
def no_master_key():
    refused(daemon(sealed(), top=""), r"app demo, key k1: \S*/demo\.key: .*sealed.*no master_key")


@scenario
def another_master_key():
    text = refused(daemon(sealed(), master=OTHER_MASTER), r"key k1: .*another master key.*--from-master")
    true("damaged" not in text, f"told from damage: {text}")


@scenario
def in_the_place_of_another():
    refused(daemon(sealed(app="other")), "key k1: .*another app")
    refused(daemon(sealed(key="k2")), "key k1: .*another key name")


@scenario
def damaged():
    whole = sealed()
    for text in (whole[:-1], whole[:len(whole) // 2], whole + b"\n", whole[:-6] + b"AAA=\n", whole.replace(b"\n", b"\r\n"),
                 whole.replace(b"\nkey", b"\n\nkey")):
        refused(daemon(text), "key k1: .*damaged")
    refused(daemon(whole.replace(b"key 1", b"key 2")), "key k1: .*later release")


@scenario
def with_a_passphrase():
    """Nothing of it is tried."""
    head = b"sigd-sealed-key 1\napp demo\nkey k1\nargon2id 3 268435456 " + b"00" * 16 + b"\n"
    refused(daemon(head + sealed().splitlines(True)[-1]), "key k1: .*passphrase.*sigctl unseal")


@scenario
def what_is_sealed_is_no_key():
    refused(daemon(sealed(b"a\nb")), "key k1: .*(control character|second line)")
    refused(daemon(sealed(sealed())), "key k1: ")
    refused(daemon(sealed(b"\n")), "key k1: .*empty")


@scenario
def what_is_no_master_key():
    for master in (b"", MASTER[:-1], MASTER + b"\n", MASTER.hex().encode(), bytes(32)):
        text = refused(daemon(sealed(), master=master), "master_key: .*sigctl keygen --master")
        true("there is no master_key" not in text, f"one fault is not told as two: {text}")


@scenario
def a_master_key_under_the_file_rules():
    made = daemon(sealed())
    os.chmod(made.path("keys", "master"), 0o640)
    refused(made, r"master_key: \S*/keys/master: .*chmod 600")
    made = daemon(sealed(), master=None)
    refused(made, r"master_key: \S*/keys/master: no such file")


@scenario
def memory_that_cannot_be_locked():
    if sanitized():
        return
    made = daemon(sealed())
    launch_behind(made, "ulimit -l 0 && exec")
    equal(made.wait(), 78, f"exit status; stderr:\n{made.stderr}")
    true(re.search("master_key: .*RLIMIT_MEMLOCK.*allow_swap = true", made.stderr), f"names the remedy: {made.stderr}")
    made = daemon(sealed(), top=TOP + "\nallow_swap = true")
    launch_behind(made, "ulimit -l 0 && exec")
    made.wait_line("msg=ready")
    signs(made)
    equal(made.stop(), 0, "exit status")


@scenario
def a_new_master_key_by_reload():
    """sigd goes on with what it has until the master key and the files fit again."""
    def reload():
        after = len(made.lines)
        made.process.send_signal(signal.SIGHUP)
        line = made.wait_line("change=reload", after)
        return "change done" in line, "\n".join(made.lines[after:])
    made = daemon(sealed(), start=True)
    standard = [os.readlink(f"/proc/{made.pid}/fd/{n}") for n in range(3)]
    configured = made.fill(plain_config(top=TOP)).encode()
    made.write("sigd.conf", configured.replace(b'app "demo"', b'app "another"'), 0o644)
    done, text = reload()
    true(not done and "demo" in text, text)  # refused before a key is opened
    made.write("sigd.conf", configured, 0o644)
    made.write("keys/demo.key", sealed(OTHER_KEY, master=OTHER_MASTER))
    done, text = reload()
    true(not done and "another master key" in text and "key k1" in text, text)
    signs(made)
    made.write("keys/master", b"short")
    done, text = reload()
    true(not done and "no master key" in text, text)
    os.chmod(made.path("keys", "master"), 0o644)
    done, text = reload()
    true(not done and "chmod 600" in text, text)
    with open(made.config, "a", encoding="ascii") as file:
        file.write("nonsense = 1\n")
    done, text = reload()
    true(not done and "nonsense" in text, text)
    signs(made)
    made.write("sigd.conf", configured, 0o644)
    made.write("keys/master", OTHER_MASTER)
    done, text = reload()
    true(done, text)
    signs(made, OTHER_KEY)
    equal([os.readlink(f"/proc/{made.pid}/fd/{n}") for n in range(3)], standard, "the master's descriptors")
    fds = {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in made.processes()}
    for _ in range(3):
        true(reload()[0], "reload")
    # the client of before may not have been closed yet when they were counted
    until(lambda: all(len(os.listdir(f"/proc/{pid}/fd")) <= n for pid, n in fds.items()), "no descriptor is left open")
    equal(made.stop(), 0, "exit status")


@scenario
def keys_from_systemd_credentials():
    made = daemon(sealed(), top='master_key = "credential:master"', key='key "k1" { file = "credential:demo.key" }')
    os.environ["CREDENTIALS_DIRECTORY"] = made.path("keys")
    try:
        made.start()
    finally:
        del os.environ["CREDENTIALS_DIRECTORY"]
    signs(made)
    equal(made.stop(), 0, "exit status")
    status, text = made.check()
    equal(status, 78, f"--check without the directory: {text}")
    true("CREDENTIALS_DIRECTORY" in text, f"names the variable: {text}")


if __name__ == "__main__":
    main()
