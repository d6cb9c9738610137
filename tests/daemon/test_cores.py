#!/usr/bin/env python3
"""Where the key is and where it is not: dumps of the processes, searched for the key's text, its HMAC pads and the
SHA-256 midstates of both (as good as the key); for a sealed key also for the master key and what opens its file, which
nothing holds once the keys are read. Needs root and gcore (gdb).

A dump by gcore leaves out pages that are marked as not to be dumped, as libsodium's are; so the signer's dump must
hold nothing either. That the search would find a secret is proven twice: on a small process that holds the same bytes,
and on the signer's whole memory through /proc/PID/mem, where it must be found."""
import glob
import hashlib
import hmac
import os
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config, reachable_python,  # noqa: E402
                     scenario, skip, true, until)

import unseal  # noqa: E402 (harness put standin on the path)
from keyforms import START, compress, digest, secrets  # noqa: E402

LONG_KEY = KEY[::-1] + KEY  # longer than one block of SHA-256: HMAC takes its hash


def master_secrets(master, nonce):
    """The same of a master key and of the cipher of one file under it."""
    cipher_key, _, tag_key = unseal.keys_of(master, nonce)
    return {f"{name} at {at}": value[at:at + 16]
            for name, value in (("master key", master), ("cipher key", cipher_key), ("tag key", tag_key)) for at in (0, 8, 16)}


# ---- dumps -------------------------------------------------------------------------------------------

def search(data, key, more=None):
    return sorted(name for name, value in {**secrets(key), **(more or {})}.items() if value in data)


def core_of(pid):
    with tempfile.TemporaryDirectory(prefix="core-", dir="/tmp") as directory:
        done = subprocess.run(["gcore", "-o", os.path.join(directory, "core"), str(pid)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)
        files = glob.glob(os.path.join(directory, "core.*"))
        if not files:
            if "ptrace" in done.stderr or "Operation not permitted" in done.stderr:
                skip(f"gcore may not trace here: {done.stderr.strip().splitlines()[-1]}", must=True)
            raise AssertionError(f"gcore {pid}: {done.stdout}\n{done.stderr}")
        with open(files[0], "rb") as file:
            data = file.read()
    true(len(data) > 100000, f"a core of {len(data)} bytes")
    return data


def memory_of(pid):
    """All of a process's memory, pages without permissions too."""
    parts = []
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            if "[v" in line:
                continue
            start, end = (int(text, 16) for text in line.split(" ")[0].split("-"))
            for at in range(start, end, 1 << 20):
                try:
                    memory.seek(at)
                    parts.append(memory.read(min(1 << 20, end - at)))
                except OSError:
                    for page in range(at, min(at + (1 << 20), end), 4096):
                        try:
                            memory.seek(page)
                            parts.append(memory.read(4096))
                        except OSError:
                            pass
    return b"".join(parts)


def busy(made, key):
    """The daemon after it has done each thing with its key."""
    for n in range(50):
        document = good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": f"u{n}"}))
        good(made.request("POST", "/v1/apps/demo/verify", {"usersig": document["usersig"], "identifier": f"u{n}"}))
    equal(oracle.judge(document["usersig"], key, SDKAPPID, "u49", int(time.time())), 0, "oracle")
    good(made.request("GET", "/v1/apps/demo/admin"))
    good(made.request("GET", "/v1/apps/demo/url/openim/sendmsg"))
    made.request("POST", "/v1/apps/demo/verify", {"usersig": document["usersig"][:-8], "identifier": "u"})
    return made


# ---- scenarios ---------------------------------------------------------------------------------------

@scenario
def the_compression_function_is_sha_256():
    for data in (b"", b"abc", b"x" * 55, b"x" * 56, b"x" * 64, b"x" * 1000):
        equal(digest(data), hashlib.sha256(data).digest(), f"{len(data)} bytes")
    for key in (KEY, LONG_KEY):  # and an HMAC finished from the two midstates is that of hmac
        block = (digest(key) if len(key) > 64 else key).ljust(64, b"\0")
        message = b"message"

        def finish(pad, text):
            state = compress(START, bytes(byte ^ pad for byte in block))
            return struct.pack(">8I", *compress(state, text + b"\x80" + bytes(55 - len(text))
                                                + struct.pack(">Q", 8 * (64 + len(text)))))
        equal(finish(0x5C, finish(0x36, message)), hmac.new(key, message, hashlib.sha256).digest(), "HMAC")


@scenario(root=True, needs=["gcore"])
def the_search_finds_what_a_process_holds():
    for what in ("key text at 0", "ipad midstate, big-endian", "opad midstate, words"):
        process = subprocess.Popen([reachable_python(), "-I", "-c",
                                    "import sys; held = bytearray.fromhex(input()); print('held', flush=True); input()"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            process.stdin.write(secrets(KEY)[what].hex() + "\n")
            process.stdin.flush()
            equal(process.stdout.readline(), "held\n", "holder")
            true(what in search(core_of(process.pid), KEY), f"{what} not found in a core")
            true(what in search(memory_of(process.pid), KEY), f"{what} not found in the memory")
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


def nothing_but_in_the_signers_guarded_pages(key, trailer=b"", master=None):
    top, files, more = "", {"demo.key": key + trailer}, {}
    if master:
        nonce = os.urandom(24)
        top, more = 'master_key = "@DIR@/keys/master"', master_secrets(master, nonce)
        files = {"demo.key": unseal.make_sealed("demo", "k1", master, key + trailer, nonce), "master": master}
    made = busy(Sigd(plain_config(top=top), files), key)
    signer = made.child("sigd-signer")
    try:
        held = search(memory_of(signer), key, more)
    except PermissionError as fault:
        skip(f"/proc/PID/mem cannot be read here: {fault}", must=True)
    true([name for name in held if "midstate" in name], f"void: no midstate found in the signer's whole memory, only {held}")
    true(not [name for name in held if name.startswith("key text")], f"the key's text is still there: {held}")
    wrong = [f"signer, memory: {what}" for what in held if what in more]
    for pid, name in {made.child("sigd-front"): "front", made.pid: "master"}.items():
        wrong += [f"{name}, memory: {what}" for what in search(memory_of(pid), key, more)]
        wrong += [f"{name}, core: {what}" for what in search(core_of(pid), key, more)]
    wrong += [f"signer, core (outside guarded pages): {what}" for what in search(core_of(signer), key, more)]
    equal(wrong, [], "secrets where they must not be")
    good(made.request("GET", "/healthz"))
    equal(made.stop(), 0, "exit status")


@scenario(root=True, needs=["gcore"])
def front_and_master_never_hold_the_key():
    nothing_but_in_the_signers_guarded_pages(KEY)


@scenario(root=True, needs=["gcore"])
def the_same_with_a_newline_after_the_key():
    nothing_but_in_the_signers_guarded_pages(KEY, b"\n")


@scenario(root=True, needs=["gcore"])
def the_same_with_a_key_longer_than_a_block():
    nothing_but_in_the_signers_guarded_pages(LONG_KEY)


@scenario(root=True, needs=["gcore"])
def the_same_with_a_sealed_key_and_its_master_key():
    nothing_but_in_the_signers_guarded_pages(KEY, b"\n", master=os.urandom(32))


@scenario(root=True, needs=["gcore"])
def a_front_that_was_replaced_holds_nothing_either():
    made = Sigd()
    old = made.child("sigd-front")
    os.kill(old, 9)
    until(lambda: [pid for pid, name in made.children().items() if name == "sigd-front" and pid != old], "a new front")
    until(lambda: made.request("GET", "/healthz", timeout=3).status == 200, "service")
    busy(made, KEY)
    equal(search(core_of(made.child("sigd-front")), KEY), [], "secrets in the new front")
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
