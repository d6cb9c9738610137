#!/usr/bin/env python3
"""Processes that are stopped or hang, under the twins' clock: a front is replaced, a signer is waited for and gone without,
and the fronts do without the master."""
import os
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import SIGCTL, admin_config, admin_path, sigctl  # noqa: E402
from harness import Sigd, answers_in, dial, drain, equal, good, main, problem, scenario, status_of, true, until  # noqa: E402
from reloads import BOTH, K1  # noqa: E402
from twins import TwinSigd  # noqa: E402

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"
APPS = b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n"
NEXT = K1 + '\n    key "k2" { file = "@DIR@/keys/other.key"  not_before = "2049-01-01T00:00:00Z" }'


def start(**words):
    return TwinSigd(admin_config(**words), keys=BOTH)


class stopped:
    """Within it a process does not run."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)
        until(lambda: status_of(self.pid)["State"].startswith("T"), "stopped")

    def __exit__(self, *_):
        try:
            os.kill(self.pid, signal.SIGCONT)
        except ProcessLookupError:  # killed meanwhile
            pass


def begin(made, *arguments):
    """A sigctl that the master has heard."""
    after = len(made.lines)
    process = subprocess.Popen([SIGCTL, *arguments, "--socket", admin_path(made)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    made.wait_line(f"request={arguments[0]}", after)
    return process


def end(process, status):
    out, err = process.communicate(timeout=30)
    equal(process.returncode, status, f"exit status; stdout: {out}, stderr: {err}")
    return err


def run(made, *arguments, status=0):
    done = sigctl(*arguments, path=admin_path(made))
    equal(done.returncode, status, f"sigctl {arguments}: {done.stdout}{done.stderr}")
    return done.stderr


def answer(client):
    """The next one to who sent APPS."""
    return answers_in(drain(client, lambda got: answers_in(got)[0])[0])[0][0]


def keys(made):
    """The key of the administrator's usersig, and of a fresh one."""
    return good(made.request("GET", ADMIN))["key"], good(made.request("POST", SIGN, {"identifier": "u1"}))["key"]


# ---- the signer --------------------------------------------------------------------------------------

@scenario
def a_reload_that_the_signer_does_not_take():
    """It is refused in time, has changed nothing, and changes nothing when the signer goes on."""
    made = start()
    signer = made.child("sigd-signer")
    made.write("sigd.conf", made.fill(admin_config(key=NEXT)).encode(), 0o644)
    known = made.connection()
    good(known.ask("GET", ADMIN))
    with stopped(signer):
        process = begin(made, "reload")
        made.clock.advance(9, without=[signer])
        true(process.poll() is None, "it is waited for")
        made.clock.advance(1, without=[signer])
        said = end(process, 75)
        true("has not answered for 10 s: nothing has changed" in said and f"pid {signer}" in said, said)
        true("has not answered the reload of before" in run(made, "reload", status=75), "the second one, at once")
        equal(good(known.ask("GET", ADMIN))["key"], "k1", "what is cached")
    equal(keys(made), ("k1", "k1"), "after the signer went on")
    made.clock.settle()
    equal(keys(made), ("k1", "k1"), "and later")
    run(made, "reload")
    equal(keys(made), ("k2", "k2"), "the next reload")
    made.clock.advance(2)
    equal(made.stop(), 0, "exit status")


@scenario
def a_clock_that_the_signer_does_not_accept():
    made = start()
    signer = made.child("sigd-signer")
    with stopped(signer):
        process = begin(made, "clock", "accept")
        made.clock.advance(9, without=[signer])
        true(process.poll() is None, "it is waited for")
        made.clock.advance(2, without=[signer])
        said = end(process, 75)
        true(f"(pid {signer}) has not answered for 10 s" in said, said)
    run(made, "clock", "accept")
    made.clock.settle()
    equal(made.stop(), 0, "exit status")


@scenario
def a_flush_and_a_thaw_without_the_signer():
    made = start()
    signer = made.child("sigd-signer")
    known = made.connection()
    before = good(known.ask("GET", ADMIN))
    for arguments in (("flush", "demo", "group_root"), ("freeze", "demo", "--off")):
        made.clock.advance(5)
        if arguments[0] == "freeze":
            run(made, "freeze", "demo")
        with stopped(signer):
            process = begin(made, *arguments)
            made.clock.advance(9, without=[signer])
            true(process.poll() is None, "it is waited for")
            if arguments[0] == "freeze":
                problem(known.ask("GET", ADMIN), 503, "frozen")
            made.clock.advance(2, without=[signer])
            said = end(process, 70)
            true("has not answered for 10 s" in said and "could not be signed" in said, said)
            if arguments[0] == "flush":
                equal(good(known.ask("GET", ADMIN))["usersig"], before["usersig"], "the one of before")
        made.clock.settle()
        after = good(made.request("GET", ADMIN))
        true(after["issued_at"] > before["issued_at"], "a new one, when the signer goes on")
        before = after
    equal(made.stop(), 0, "exit status")


@scenario
def a_credential_that_is_being_renewed_is_waited_for():
    """After a leap that was longer than its life; but not for long, and not while nothing has leapt."""
    made = start(admin='admin "group_root" { lifetime = "10m"  min_remaining = "1m" }', app='lifetime = "24h"  url_lifetime = "10m"')
    signer = made.child("sigd-signer")
    url = "/v1/apps/demo/url/openim/sendmsg"
    clients = [dial(made.socket()) for _ in range(2)]
    for client in clients:
        client.sendall(APPS)
        good(answer(client))
    with stopped(signer):
        made.clock.step(1500, without=[signer])
        for client, target in zip(clients, (ADMIN, url), strict=True):
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: sigd\r\n\r\n".encode())
        made.clock.settle(without=[signer])
        equal(select.select(clients, [], [], 0)[0], [], "nobody is told anything yet")
    equal(good(answer(clients[0]))["issued_at"], made.clock.real, "the new one")
    equal(good(answer(clients[1]))["expires_at"], made.clock.real + 600, "a URL with another new one")
    with stopped(signer):
        made.clock.step(1500, without=[signer])
        clients[0].sendall(f"GET {ADMIN} HTTP/1.1\r\nHost: sigd\r\n\r\n".encode())
        made.clock.advance(4, without=[signer])
        problem(answer(clients[0]), 503, "unavailable")
        clients[0].sendall(f"GET {ADMIN} HTTP/1.1\r\nHost: sigd\r\n\r\n".encode())
        problem(answer(clients[0]), 503, "unavailable")
    made.clock.settle()
    equal(keys(made), ("k1", "k1"), "after the signer went on")
    equal(made.stop(), 0, "exit status")


# ---- fronts ------------------------------------------------------------------------------------------

@scenario
def a_stopped_front_is_replaced():
    made = start()
    front = made.child("sigd-front")
    for _ in range(10):
        made.clock.advance(2)
    made.clock.advance(hours=1)
    equal(made.child("sigd-front"), front, "one that turns is left alone")
    with stopped(front):
        made.clock.advance(hours=1, without=[front])  # the machine slept: that says nothing
        for _ in range(3):
            made.clock.advance(2, without=[front])
        true("has not turned" not in made.stderr, f"not after 6 s\n{made.stderr}")
        waiting = dial(made.socket(), 10)
        waiting.sendall(APPS)
        for _ in range(3):
            if "has not turned" not in made.stderr:
                made.clock.advance(2, without=[front])
        made.wait_line("a front has not turned for 10 s: killed")
    made.wait_line("starting a front again")
    good(answer(waiting))
    equal(keys(made), ("k1", "k1"), "served")
    true(made.child("sigd-front") != front, "by another")
    equal(made.stop(), 0, "exit status")


@scenario
def a_stopped_worker_keeps_nobody_waiting():
    """The kernel may have woken it alone for a connection; the others look for themselves."""
    made = Sigd(admin_config(workers="workers = 2"))
    fronts = [pid for pid, name in made.children().items() if name == "sigd-front"]
    for front in fronts:
        with stopped(front):
            for _ in range(4):
                client = dial(made.socket(), 5)  # less than it takes to replace the worker
                client.sendall(APPS)
                good(answer(client))
                client.close()
    equal(made.stop(), 0, "exit status")
    true("has not turned" not in made.stderr, "none was replaced")


# ---- the master --------------------------------------------------------------------------------------

@scenario
def fronts_do_without_the_master():
    made = start()
    with stopped(made.pid):
        for _ in range(20):
            made.clock.advance(2, without=[made.pid])
        equal(keys(made), ("k1", "k1"), "served")
    made.clock.settle()
    equal(keys(made), ("k1", "k1"), "and after")
    true("has not turned" not in made.stderr, "the fronts were not at fault")
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
