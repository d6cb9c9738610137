#!/usr/bin/env python3
"""More clients than there is room for: descriptors run out, a user takes all that it gets, bodies are large. Others are served,
who is not is told so, and nothing spins."""
import json
import os
import resource
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import STATUS, Peer, admin_config, admin_path, frame, sigctl  # noqa: E402
from clients import ADMIN, APPS, SIGN, at_rest, finals, get, same_children, sign_request, talk  # noqa: E402
from harness import (LIBEXEC, ROOT, SIGD, Caller, Sigd, dial, drain, equal, good, main, plain_config, problem,  # noqa: E402
                     scenario, status_of, true, until)
from process import fds, holder, launch_behind, must_idle, sanitized  # noqa: E402


def limit_fds(pid, most):
    """What a process opens from now on must have a number below most."""
    status = status_of(pid)
    owner = {"user": int(status["Uid"].split()[0]), "group": int(status["Gid"].split()[0]), "extra_groups": []}
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={most}:"], check=True, **(owner if ROOT else {}))


@scenario(needs=("prlimit",))
def descriptors_run_out():
    """Who holds most gives back what is idle for longest; at the front's own limit, and where accept itself fails."""
    for limit in (None, 48):
        made = Sigd(start=False)
        launch_behind(made, "ulimit -n 256 && exec")
        made.wait_line("msg=ready")
        front = made.child("sigd-front")
        before = at_rest(made)
        if limit:
            limit_fds(front, limit)
        begun = time.monotonic()
        clients = [dial(made.socket()) for _ in range(2 * (limit or 256))]
        made.wait_line("no room for another connection")
        must_idle(front, f"limit {limit}: the front, full")
        told = made.stderr.count("no room for another connection")
        true(told <= time.monotonic() - begun + 2, f"limit {limit}: told {told} times in {time.monotonic() - begun:.1f} s")
        equal(made.child("sigd-front"), front, "the front")
        for client in clients[:-1]:
            client.close()
        good(talk(clients[-1], APPS)[0])
        clients[-1].close()
        same_children(made, before)
        must_idle(front, f"limit {limit}: the front, empty")
        equal(made.stop(), 0, "exit status")


@scenario(needs=("prlimit",))
def a_signer_without_descriptors_says_later():
    """It cannot see who calls: that is 503, not 403, and not for the connection's life; who is known is served meanwhile."""
    made = Sigd()
    signer = made.child("sigd-signer")
    before = at_rest(made)
    known, new = dial(made.socket()), dial(made.socket())
    good(talk(known, APPS)[0])
    limit_fds(signer, 4)
    problem(talk(new, APPS)[0], 503, "unavailable")
    good(talk(known, sign_request("alice"))[0])
    limit_fds(signer, 256)
    good(talk(new, APPS)[0])
    known.close()
    new.close()
    same_children(made, before)
    made.wait_line('msg="cannot tell who calls"')
    equal(made.stop(), 0, "exit status")


@scenario(needs=("prlimit",))
def no_descriptor_and_nothing_to_close():
    """Every connection is being worked on: who comes then is told so, by the descriptor that is kept for it, and does not hang."""
    made = Sigd()
    front, signer = made.child("sigd-front"), made.child("sigd-signer")
    before = at_rest(made)
    limit_fds(front, 48)
    clients = []
    answer = None
    while not answer or answer.status == 200:
        true(len(clients) < 48, "the limit counts")
        clients.append(dial(made.socket()))
        answer, = talk(clients[-1], APPS)
    problem(answer, 503, "unavailable")  # the last one has got the last descriptor, and none for its way to the signer
    clients.pop().close()
    good(talk(clients[0], APPS)[0])  # the front has seen that
    limit_fds(front, 47)
    os.kill(signer, signal.SIGSTOP)
    try:
        for client in clients:
            client.sendall(sign_request("u1"))
        must_idle(front, "the front, all of whose connections wait")
        for _ in range(20):
            refused = dial(made.socket())
            data, closed = drain(refused)
            answer, = finals(data)
            true("being worked on" in problem(answer, 503, "unavailable")["detail"], f"{answer}")
            equal((closed, answer.headers["Retry-After"], answer.headers["Connection"]), (True, "5", "close"), "the end")
    finally:
        os.kill(signer, signal.SIGCONT)
    for client in clients:
        good(finals(drain(client, finals)[0])[0])
        client.close()
    until(lambda: made.request("GET", "/v1/apps").status == 200, "and all is well again")
    same_children(made, before)
    equal(made.stop(), 0, "exit status")


@scenario
def who_asks_is_not_taken_for_idle():
    """Of those who were idle for longest one has asked in the very turn in which somebody else needs its place."""
    made = Sigd(start=False)
    launch_behind(made, "ulimit -n 256 && exec")
    made.wait_line("msg=ready")
    front = made.child("sigd-front")
    for newcomers_first in (False, True):
        clients = [dial(made.socket()) for _ in range(96)]  # three quarters of 256 - 128
        for client in clients:
            good(talk(client, get("/healthz"))[0])
        os.kill(front, signal.SIGSTOP)
        try:
            until(lambda: status_of(front)["State"].startswith("T"), "stopped")
            new = [dial(made.socket()) for _ in range(3)] if newcomers_first else []
            clients[0].sendall(get("/healthz"))
            new = new or [dial(made.socket()) for _ in range(3)]
        finally:
            os.kill(front, signal.SIGCONT)
        good(finals(drain(clients[0], finals)[0])[0])
        for client in new:
            good(talk(client, get("/healthz"))[0])
        equal(clients[1].recv(1), b"", "one that was idle")
        for client in clients + new:
            client.close()
        until(lambda: fds(front) < 64, "they have gone")
    equal(made.stop(), 0, "exit status")


@scenario(root=True)
def no_user_has_more_than_its_share():
    """Three quarters of a front's connections; the rest is for others, whatever those of the first are doing."""
    made = Sigd(start=False)
    launch_behind(made, "ulimit -n 256 && exec")
    made.wait_line("msg=ready")
    signer = made.child("sigd-signer")
    os.kill(signer, signal.SIGSTOP)
    try:
        clients = []
        for _ in range(96):  # three quarters of 256 - 128
            clients.append(dial(made.socket()))
            clients[-1].sendall(APPS)
        good(Caller(12345).ask(made, "GET", "/healthz"))  # and after it all of them wait
        for _ in range(5):
            answer = finals(drain(dial(made.socket()))[0])[0]
            true("as many connections as one may have" in problem(answer, 503, "unavailable")["detail"], f"{answer}")
        good(Caller(12345).ask(made, "GET", "/healthz"))
    finally:
        os.kill(signer, signal.SIGCONT)
    for client in clients:
        good(finals(drain(client, finals)[0])[0])
    equal(made.stop(), 0, "exit status")


@scenario(root=True)
def a_full_worker_leaves_it_to_the_others():
    """Nobody is closed to make room where another worker has some."""
    made = Sigd(plain_config(workers="workers = 2"), start=False)
    launch_behind(made, "ulimit -n 256 && exec")
    made.wait_line("msg=ready")
    full, other = (pid for pid, name in made.children().items() if name == "sigd-front")
    os.kill(other, signal.SIGSTOP)
    try:
        clients = [dial(made.socket()) for _ in range(96)]
        for client in clients:
            good(talk(client, get("/healthz"))[0])
        held = holder(made, 32, 12345)
        equal(fds(full) >= 128, True, "it is full")
    finally:
        os.kill(other, signal.SIGCONT)
    until(lambda: status_of(other)["State"].startswith(("S", "R")), "the other one goes on")
    for _ in range(5):
        good(Caller(12345).ask(made, "GET", "/healthz"))
    for client in clients:
        good(talk(client, get("/healthz"))[0])
    true("no room for another connection" not in made.stderr, "nobody was closed")
    held.kill()
    held.wait()
    equal(made.stop(), 0, "exit status")


@scenario
def too_few_descriptors_to_begin_with():
    made = Sigd(start=False)
    for limit, status in ((255, 71), (256, 0)):
        done = subprocess.run(["/bin/sh", "-c", f'ulimit -n {limit} && exec "$0" --config "$1" --libexec-dir "$2" --check', SIGD,
                               made.config, LIBEXEC], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
        equal(done.returncode, status, f"with {limit}: {done.stderr}")
        equal("256 at least" in done.stderr, limit < 256, f"with {limit}: {done.stderr}")


@scenario(root=True)  # looks at the descriptors of the master
def the_master_runs_out_of_descriptors():
    """The admin socket says so by the descriptor that is kept for it, and the master idles."""
    made = Sigd(admin_config())
    soft, hard = resource.prlimit(made.pid, resource.RLIMIT_NOFILE)

    def numbers():
        return sorted(int(fd) for fd in os.listdir(f"/proc/{made.pid}/fd"))
    held = []
    while numbers() != list(range(len(numbers()))):  # every number below the limit is to be in use
        held.append(Peer(admin_path(made)))
        held[-1].send(frame(STATUS))
        equal(held[-1].answer()[0], 0, "while there are some")
    most = len(numbers())
    for more, words in ((0, "nobody is accepted on the admin socket"), (1, "refused on the admin socket")):
        resource.prlimit(made.pid, resource.RLIMIT_NOFILE, (most + more, hard))  # 1: not enough to look at who it is
        for _ in range(3):
            done = sigctl("status", path=admin_path(made))
            equal(done.returncode, 75, f"exit status: {done.stderr}")
            true("no descriptors left" in done.stderr, done.stderr)
        made.wait_line(words)
        must_idle(made.pid, "the master", 0.1)
    resource.prlimit(made.pid, resource.RLIMIT_NOFILE, (soft, hard))
    equal(sigctl("status", path=admin_path(made)).returncode, 0, "and all is well again")
    equal(made.stop(), 0, "exit status")


@scenario
def a_thousand_idle_connections():
    """They are known to the signer, cost little, and keep nobody waiting."""
    made = Sigd()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    front = made.child("sigd-front")
    before = at_rest(made)
    memory = int(status_of(front)["VmRSS"].split()[0])
    clients = [dial(made.socket()) for _ in range(1000)]
    for client in clients:
        good(talk(client, APPS)[0])
    for n in range(100):
        good(made.request("GET", ADMIN))
        equal(good(made.request("POST", SIGN, {"identifier": f"u{n}"}))["identifier"], f"u{n}", "identifier")
    must_idle(front, "the front, with 1,000 idle connections", 0.1)
    grown = int(status_of(front)["VmRSS"].split()[0]) - memory
    true(grown <= 3000 or sanitized(), f"the front grew by {grown} KiB")
    for client in clients[::2]:
        good(talk(client, APPS)[0])
    for client in clients:
        client.close()
    same_children(made, before)
    equal(made.stop(), 0, "exit status")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@scenario
def large_bodies_have_a_share():
    """32 MiB of them under way are one user's; the next is told so before it comes, and taken when others have ended."""
    made = Sigd()
    front = made.child("sigd-front")
    body = json.dumps({"identifiers": ["u"]}).encode().ljust(1 << 20)
    head = (b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body))
    clients = []
    for _ in range(32):
        clients.append(dial(made.socket()))
        clients[-1].sendall(head + body[:-1])
    refused = dial(made.socket())
    answer = talk(refused, head + body[:1000])[0]
    true("one after the other" in problem(answer, 503, "unavailable")["detail"], f"{answer}")
    equal(drain(refused), (b"", True), "the end")
    equal(good(made.request("POST", SIGN, {"identifier": "u1"}))["identifier"], "u1", "a small one")
    for client in clients[1:]:
        client.sendall(body[-1:])
        true(b'"identifier":"u"' in drain(client, lambda got: got.endswith(b"0\r\n\r\n"))[0], "answered")
    for other in clients[1:]:
        other.sendall(head + body)
        true(b'"identifier":"u"' in drain(other, lambda got: got.endswith(b"0\r\n\r\n"))[0], "and again")
    clients[0].close()
    used = int(status_of(front)["VmRSS"].split()[0])
    true(used < 80 * 1024 or sanitized(), f"the front holds {used} KiB")
    equal(made.stop(), 0, "exit status")


@scenario(root=True)
def who_holds_all_connections_keeps_nobody_out():
    """Idle ones, halves of requests, answers that nobody reads: another user is served all the same."""
    made = Sigd(plain_config(allow='allow { users = {"@UID@", "12345"}  may = {"admin"}  admins = {"group_root"} }'), start=False)
    launch_behind(made, "ulimit -n 256 && exec")
    made.wait_line("msg=ready")
    kept = dial(made.socket())
    for held in (b"", b"GET /v1/apps HTTP/1.1\r\n", APPS * 2000):
        good(talk(kept, APPS)[0])
        clients = [dial(made.socket()) for _ in range(300)]
        for client in clients:
            client.setblocking(False)
            try:
                client.send(held)
            except (BrokenPipeError, BlockingIOError, ConnectionResetError):
                pass  # closed already, or full
        # 503 with Retry-After: just then all of them ask at once, and no descriptor is left for one that goes to the signer
        until(lambda: Caller(12345).ask(made, "GET", "/v1/apps/demo/admin").status == 200, "another user is served")
        for client in clients:
            client.close()
        kept = dial(made.socket())
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
