#!/usr/bin/env python3
"""Hosted administrators: usersigs that somebody else signs, from a file: served, published, replaced, refused."""
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import admin_config, admin_path, sigctl  # noqa: E402
from harness import (BUILD, KEY, SDKAPPID, Sigd, answers_in, dial, drain, equal, good, main, plain_config, problem,  # noqa: E402
                     scenario, skip, true, until)
from reloads import reloaded  # noqa: E402
from systemd import Started, listener  # noqa: E402
from twins import TwinSigd  # noqa: E402

USERSIG = os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig")
ADMIN = 'admin "boss" { usersig_file = "@DIR@/keys/boss.usersig"  min_remaining = "10m" }'
ALLOW = 'allow { users = {"@UID@"}  may = {"admin", "url"}  admins = {"boss"} }'
WORDS = {"key": "", "admin": ADMIN, "allow": ALLOW}


def usersig(directory, identifier="boss", lifetime=86400, sdkappid=SDKAPPID):
    """As its owner makes it: by a key that sigd never sees."""
    path = os.path.join(directory, "owner.key")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(KEY)
    done = subprocess.run([USERSIG, "sign", "--key-file", path, "--sdkappid", str(sdkappid), "--lifetime",
                           str(lifetime), identifier], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def put(made, text):
    """As a good owner does: beside, then renamed."""
    os.rename(made.write("keys/boss.new", text.encode() + b"\n"), made.path("keys", "boss.usersig"))


def hosted(text=None, **usersig_words):
    made = Sigd(plain_config(**WORDS), keys={}, start=False)
    put(made, usersig(made.dir, **usersig_words) if text is None else text)
    return made.start()


def admin(made, query=""):
    return made.request("GET", "/v1/apps/demo/admin" + query)


def held(made):
    return good(admin(made))


@scenario
def it_is_served():
    made = hosted()
    document = held(made)
    with open(made.path("keys", "boss.usersig"), encoding="ascii") as file:
        equal(document["usersig"], file.read().strip(), "usersig")
    equal(document["key"], None, "key")
    equal(document["expires_at"] - document["issued_at"], 86400, "lifetime")
    url = good(made.request("GET", "/v1/apps/demo/url/openim/sendmsg"))["url"]
    true("identifier=boss" in url, url)
    equal(admin(made, "?min_remaining=28800").status, 200, "a third of its life")
    problem(admin(made, "?min_remaining=28801"), 422, "invalid_field")
    events = [line["event"] for line in made.audit_lines()]
    true("hosted" in events and "served" in events, f"events: {events}")


@scenario
def it_is_replaced():
    made = hosted(lifetime=3600)
    first = held(made)
    put(made, usersig(made.dir, lifetime=7200))
    reloaded(made, **WORDS)
    second = good(admin(made))
    true(second["expires_at"] > first["expires_at"], "the newer one")
    put(made, usersig(made.dir, lifetime=60))
    reloaded(made, **WORDS)
    equal(good(admin(made)), second, "one that ends sooner is refused")
    true("ends sooner" in made.stderr, "and that is told")
    os.unlink(made.path("keys", "boss.usersig"))
    reloaded(made, **WORDS)
    equal(good(admin(made)), second, "a file that has gone takes nothing away")


@scenario
def what_is_refused():
    made = hosted("no usersig at all")
    for text, why in ((None, "holds no usersig"), (usersig(made.dir, "other"), "another identifier"),
                      (usersig(made.dir, sdkappid=1), "another sdkappid"),
                      ("x" * 600, "more than one usersig"), ("", "holds no usersig")):
        if text is not None:
            put(made, text)
            reloaded(made, **WORDS)
        made.wait_line(why)
        problem(admin(made), 503, "unavailable")
    os.chmod(made.path("keys", "boss.usersig"), 0o644)
    reloaded(made, **WORDS)
    made.wait_line("chmod")
    put(made, usersig(made.dir))
    reloaded(made, **WORDS)
    good(admin(made))


@scenario
def a_front_that_dies():
    made = hosted()
    document = held(made)
    os.kill(made.child("sigd-front"), 9)
    until(lambda: admin(made).status == 200, "the next front")
    equal(good(admin(made)), document, "the same usersig")


@scenario
def a_front_that_is_stopped():
    """It holds no reload up: neither the reading of the file nor what comes after waits for it."""
    for workers in (1, 2):
        made = Sigd(plain_config(**WORDS, workers=f"workers = {workers}"), keys={}, start=False)
        put(made, usersig(made.dir))
        made.start()
        document = held(made)
        os.kill(min(pid for pid, name in made.children().items() if name == "sigd-front"), signal.SIGSTOP)
        reloaded(made, **WORDS, workers=f"workers = {workers}")
        equal(until(lambda: admin(made).document, "the next front"), document, "the same usersig")
        equal(made.stop(), 0, "exit status")


@scenario
def frozen_while_it_is_read():
    """What was read before a freeze and noted after it comes neither into answers nor into files."""
    if not os.access("/dev/shm", os.W_OK):
        skip("no tmpfs at /dev/shm", must=True)
    with tempfile.TemporaryDirectory(prefix="sigd-test-pub-", dir="/dev/shm") as directory:
        os.chmod(directory, 0o711)
        words = {**WORDS, "admin": ADMIN.replace("}", f' publish_group = "{os.getgid()}" }}'),
                 "top": f'publish_dir = "{directory}"'}
        made = TwinSigd(admin_config(**words), keys={}, start=False, real=int(time.time()))
        put(made, usersig(made.dir, lifetime=3600))
        made.start()
        held(made)
        published = os.path.join(directory, "demo", "boss.usersig")
        true(os.path.exists(published), "published")
        signer = made.child("sigd-signer")
        put(made, usersig(made.dir, lifetime=7200))
        os.kill(signer, signal.SIGSTOP)
        try:
            made.clock.advance(61, without=(signer,))
            equal(sigctl("freeze", "demo", path=admin_path(made)).returncode, 0, "freeze")
            true(not os.path.exists(published), "withdrawn")
        finally:
            os.kill(signer, signal.SIGCONT)
        equal(sigctl("clock", "accept", path=admin_path(made)).returncode, 0, "the signer has answered by now")
        true(not os.path.exists(published), "published although it is frozen")
        problem(admin(made), 503, "frozen")
        equal(sigctl("freeze", "demo", "--off", path=admin_path(made)).returncode, 0, "thaw")
        true(os.path.exists(published), "published again")
        equal(held(made)["expires_at"] - held(made)["issued_at"], 7200, "the new one")
        equal(made.stop(), 0, "exit status")


@scenario
def who_waits_at_the_start_is_served():
    """Connections in the queue of systemd's socket are accepted when the usersig is known, not before."""
    made = Started(plain_config(workers="workers = 2", **WORDS), keys={}, start=False)
    put(made, usersig(made.dir))
    made.given = [listener(made.socket(), mode=0o666)]
    made.env["LISTEN_FDS"] = "1"
    for _ in range(3):
        waiting = [dial(made.socket()) for _ in range(12)]
        for connection in waiting:
            connection.sendall(b"GET /v1/apps/demo/admin HTTP/1.1\r\nHost: sigd\r\n\r\n")
        made.start()
        for connection in waiting:
            answers, _ = answers_in(drain(connection, lambda got: answers_in(got)[0])[0])
            equal([answer.status for answer in answers], [200], "answers")
            connection.close()
        equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
