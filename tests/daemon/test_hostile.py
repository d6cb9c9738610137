#!/usr/bin/env python3
"""Clients that mean harm or know no better, a signer that sleeps, fronts that die, and stops in the middle of it all: nobody
else's request fails, nothing spins, nothing is left over."""
import os
import resource
import select
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clients import ADMIN, APPS, SIGN, at_rest, finals, get, many_apps, open_files, same_children, sign_request, talk  # noqa: E402
from harness import (ROOT, Sigd, answers_in, dial, drain, equal, good, main, plain_config, problem,  # noqa: E402
                     scenario, skip, status_of, true, until)
from process import crowd, fds, launch_behind, must_idle, sanitized  # noqa: E402
from twins import TwinSigd  # noqa: E402

STRANGER = 70100 if ROOT else None  # somebody without a grant, where we can become somebody
LEAVERS = [APPS, sign_request("u1"), get(ADMIN), APPS[:20], APPS * 5, b"", sign_request("u1")[:-5], get("/healthz"),
           b"nonsense\r\n\r\n"]


# ---- clients that leave ------------------------------------------------------------------------------

@scenario
def clients_that_leave_at_once_by_the_thousand():
    """Callers and strangers, two crowds at a time; meanwhile everybody else is served."""
    made = Sigd()
    before = at_rest(made)
    crowds = [crowd(made, LEAVERS, 3000, uid) for uid in (None, STRANGER)]
    kept = made.connection()
    while any(process.poll() is None for process in crowds):
        good(kept.ask("GET", ADMIN))
        equal(good(kept.ask("POST", SIGN, {"identifier": "kept"}))["identifier"], "kept", "identifier")
        equal(good(made.request("POST", SIGN, {"identifier": "new"}))["identifier"], "new", "identifier")
    equal([process.wait() for process in crowds], [0, 0], "the crowds")
    kept.close()
    same_children(made, before)
    equal(made.stop(), 0, "exit status")


@scenario
def clients_that_leave_while_the_signer_sleeps():
    made = Sigd()
    front, signer = made.child("sigd-front"), made.child("sigd-signer")
    kept = made.connection()
    good(kept.ask("POST", SIGN, {"identifier": "kept"}))
    good(kept.ask("GET", ADMIN))
    before = open_files(made)
    for turn in range(10):
        known = [dial(made.socket()) for _ in range(10)]
        for client in known:
            good(talk(client, APPS)[0])
        os.kill(signer, signal.SIGSTOP)
        try:
            for client in known:
                client.sendall(sign_request("left"))
                client.close()
            equal(crowd(made, LEAVERS, 100, STRANGER if turn % 2 else None).wait(), 0, "the crowd")
            until(lambda: fds(front) <= before[front], "the front closes what left")
            good(kept.ask("GET", ADMIN))  # needs no signer
            if turn == 5:
                must_idle(front, "the front, with what left on its way to the signer")
        finally:
            os.kill(signer, signal.SIGCONT)
        equal(good(kept.ask("POST", SIGN, {"identifier": f"kept{turn}"}))["identifier"], f"kept{turn}", "identifier")
        equal(good(made.request("POST", SIGN, {"identifier": "new"}))["identifier"], "new", "identifier")
    same_children(made, before)
    equal(made.stop(), 0, "exit status")


def hung_up(client):
    """Waits until the other side has closed, without reading."""
    events = select.poll()
    events.register(client, select.POLLHUP)
    true(events.poll(15000), "the connection is closed")


# ---- clients that are slow, or deaf ------------------------------------------------------------------

@scenario
def pipelined_requests_with_large_answers():
    """450 requests at once, every tenth of which waits for the signer: all are answered, in order, while time stands still:
    no tick and no deadline comes to help on what was forgotten."""
    made = TwinSigd(many_apps())
    client = dial(made.socket())
    good(talk(client, APPS)[0])
    found = talk(client, b"".join(sign_request(f"u{n}") if n % 10 == 0 else APPS for n in range(450)), 450)
    for n, answer in enumerate(found):
        document = good(answer)
        equal(document.get("identifier"), f"u{n}" if n % 10 == 0 else None, f"answer {n}")
        true(n % 10 == 0 or len(document["apps"]) == 61, f"answer {n}: {document}")
    equal(made.stop(), 0, "exit status")


@scenario
def thousands_in_one_go():
    """10,000 requests that are sent before the first answer is read, by somebody who reads at the same time."""
    made = Sigd()
    client = dial(made.socket())
    kinds = (get("/healthz"), APPS, get(ADMIN), get("/nosuch"), sign_request("u1"))
    sender = threading.Thread(target=client.sendall, args=(b"".join(kinds[n % 5] for n in range(10_000)),))
    sender.start()
    data, _ = drain(client, lambda got: got.count(b"HTTP/1.1 ") == 10_000 and got.endswith(b"}\n"))
    sender.join()
    found = finals(data)
    equal([answer.status for answer in found], [200, 200, 200, 404, 200] * 2000, "answers in order")
    equal({answer.document["identifier"] for answer in found[4::5]}, {"u1"}, "usersigs")
    equal(made.stop(), 0, "exit status")


@scenario
def clients_that_never_read():
    """Their requests wait, they cost little, others are served, and after the deadline they are gone."""
    made = Sigd(many_apps())
    front = made.child("sigd-front")
    before = at_rest(made)
    deaf = [dial(made.socket()) for _ in range(20)]
    for client in deaf:
        client.settimeout(0.2)
        try:
            for _ in range(100):
                client.sendall(APPS * 400)
        except TimeoutError:
            pass
    must_idle(front, "the front, before clients that do not read")
    used = int(status_of(front)["VmRSS"].split()[0])
    true(used < 32 * 1024 or sanitized(), f"the front holds {used} KiB for 20 clients")
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    for client in deaf:
        hung_up(client)
        data, closed = drain(client)
        true(closed and len(finals(data)) >= 10, f"{len(finals(data))} whole answers, closed: {closed}")
    same_children(made, before)
    equal(made.stop(), 0, "exit status")


@scenario
def clients_that_close_their_half():
    """Who sends and says that it is all still gets every answer; half a request gets none."""
    made = Sigd(many_apps())
    front = made.child("sigd-front")
    for _ in range(20):
        client = dial(made.socket())
        client.sendall(APPS + sign_request("u1") + APPS * 3 + sign_request("u2"))
        client.shutdown(1)
        data, closed = drain(client)
        found = finals(data)
        equal(([answer.status for answer in found], closed), ([200] * 6, True), "answers, and the end")
        equal((found[1].document["identifier"], found[5].document["identifier"]), ("u1", "u2"), "in order")
    for part in (b"", APPS[:10], sign_request("u1")[:-3]):
        client = dial(made.socket())
        client.sendall(part)
        client.shutdown(1)
        equal(drain(client), (b"", True), f"after {part!r}")
    waiting = [dial(made.socket()) for _ in range(20)]
    for client in waiting:
        good(talk(client, APPS)[0])
    os.kill(made.child("sigd-signer"), signal.SIGSTOP)
    try:
        for client in waiting:
            client.sendall(sign_request("u3"))
            client.shutdown(1)
        must_idle(front, "the front, while half-closed clients wait")
    finally:
        os.kill(made.child("sigd-signer"), signal.SIGCONT)
    for client in waiting:
        data, closed = drain(client)
        equal(([good(answer)["identifier"] for answer in finals(data)], closed), (["u3"], True), "what it waited for")
    equal(made.stop(), 0, "exit status")


@scenario
def clients_that_send_byte_by_byte():
    made = Sigd()
    clients = [dial(made.socket()) for _ in range(8)]
    for at in range(len(sign_request("u0"))):
        for n, client in enumerate(clients):
            client.sendall(sign_request(f"u{n}")[at:at + 1])
    for n, client in enumerate(clients):
        data, _ = drain(client, finals)
        equal(good(finals(data)[0])["identifier"], f"u{n}", "identifier")
        for byte in APPS + sign_request("last"):
            client.sendall(bytes([byte]))
        data, _ = drain(client, lambda got: len(finals(got)) == 2)
        equal(good(finals(data)[1])["identifier"], "last", "identifier")
    equal(made.stop(), 0, "exit status")


# ---- the signer sleeps -------------------------------------------------------------------------------

@scenario
def the_signer_sleeps_before_a_burst():
    """New callers and known ones are told 503 in time; afterwards each gets its own answers and nobody else's."""
    made = Sigd()
    front, signer = made.child("sigd-front"), made.child("sigd-signer")
    before = at_rest(made)
    known = [dial(made.socket()) for _ in range(50)]
    for client in known:
        good(talk(client, APPS)[0])
    os.kill(signer, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        fresh = [dial(made.socket()) for _ in range(300)]
        for client in fresh:
            client.sendall(APPS)
        for n, client in enumerate(known):
            client.sendall(sign_request(f"late{n}"))
        must_idle(front, "the front, while 350 requests wait")
        for client in fresh + known:
            answer = problem(finals(drain(client, finals)[0])[0], 503, "unavailable")
            true("5 s" in answer["detail"], f"detail: {answer}")
        true(time.monotonic() - begun < 8, f"503 after {time.monotonic() - begun:.1f} s")
        must_idle(front, "the front, after the answers")
    finally:
        os.kill(signer, signal.SIGCONT)
    for client in fresh[::2]:
        client.close()
    crowded = fresh[1::2] + known
    for n, client in enumerate(crowded):
        client.sendall(sign_request(f"new{n}"))
    for n, client in enumerate(crowded):
        data, _ = drain(client, finals)
        found, rest = answers_in(data)
        equal(([good(answer)["identifier"] for answer in found], rest), ([f"new{n}"], b""), "its own answer")
    for client in crowded:
        client.settimeout(0.001)
        equal(drain(client), (b"", False), "nothing came late")
        client.close()
    same_children(made, before)
    equal(made.stop(), 0, "exit status")


@scenario
def a_late_body_is_no_request():
    """Who is told 503 before its body came must not have that body taken for the next request."""
    made = Sigd()
    signer = made.child("sigd-signer")
    body = sign_request("smuggled")
    clients = [dial(made.socket()) for _ in range(2)]
    os.kill(signer, signal.SIGSTOP)
    try:
        for client, extra in zip(clients, (b"", b"Expect: 100-continue\r\n"), strict=True):
            client.sendall(b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
                           % (SIGN.encode(), extra, len(body)))
        refused = [drain(client, finals)[0] for client in clients]
    finally:
        os.kill(signer, signal.SIGCONT)
    for client, data in zip(clients, refused, strict=True):
        answer, = finals(data)
        problem(answer, 503, "unavailable")
        equal(answer.headers.get("Connection"), "close", "Connection")
        try:
            client.sendall(body)
        except BrokenPipeError:
            pass
        equal(drain(client), (b"", True), "what came after the refusal")
    equal([line for line in made.audit_lines() if line.get("identifier") == "smuggled"], [], "signed from a body")
    equal(made.stop(), 0, "exit status")


@scenario
def a_refused_client_sees_the_end_at_once():
    """Though a copy of its connection is still on the way to a signer that sleeps."""
    made = Sigd()
    signer = made.child("sigd-signer")
    os.kill(signer, signal.SIGSTOP)
    try:
        client = dial(made.socket())
        client.sendall(APPS.replace(b"Host:", b"Connection: close\r\nHost:"))
        data, _ = drain(client, finals)
        problem(finals(data)[0], 503, "unavailable")
        equal(drain(client), (b"", True), "the end")
    finally:
        os.kill(signer, signal.SIGCONT)
    equal(made.stop(), 0, "exit status")


@scenario
def hand_outs_that_cannot_be_told_do_not_pile_up():
    """While the signer sleeps, credentials go out as far as the queue of reports reaches; then 503, and memory stays."""
    made = Sigd(plain_config(admin='admin "a1" { lifetime = "24h" }\n    admin "a2" { lifetime = "24h" }',
                             allow='allow { users = {"@UID@"}  may = {"admin"}  admins = {"a1", "a2"} }'))
    front, signer = made.child("sigd-front"), made.child("sigd-signer")
    pair = [get(f"{ADMIN}?as=a1"), get(f"{ADMIN}?as=a2")]
    client = dial(made.socket())
    talk(client, b"".join(pair * 50), 100)
    before = int(status_of(front)["VmRSS"].split()[0])
    os.kill(signer, signal.SIGSTOP)
    try:
        statuses = set()
        for _ in range(1000):
            client.sendall(b"".join(pair * 50))
            data, _ = drain(client, lambda got: got.count(b"HTTP/1.1 ") == 100 and got.endswith(b"}\n"))
            statuses |= {answer.status for answer in finals(data)} if b"HTTP/1.1 503" in data else {200}
            if 503 in statuses:
                break
        equal(statuses, {200, 503}, "statuses")
        grown = int(status_of(front)["VmRSS"].split()[0]) - before
        true(grown < 32 * 1024 or sanitized(), f"the front grew by {grown} KiB")
    finally:
        os.kill(signer, signal.SIGCONT)
    until(lambda: {answer.status for answer in talk(client, b"".join(pair), 2)} == {200}, "both again")
    equal(made.stop(), 0, "exit status")


@scenario
def hand_outs_are_told_before_the_front_ends():
    """More of them than the signer has room for while it sleeps: a front that drains ends when it has told them all."""
    made = Sigd(plain_config(admin="".join(f'admin "a{n}" {{ lifetime = "24h" }}\n' for n in (1, 2, 3)),
                             allow='allow { users = {"@UID@"}  may = {"admin"}  admins = {"a1", "a2", "a3"} }'))
    signer = made.child("sigd-signer")
    client = dial(made.socket())
    pair = [get(f"{ADMIN}?as=a1"), get(f"{ADMIN}?as=a2")]
    talk(client, b"".join(pair), 2)
    os.kill(signer, signal.SIGSTOP)
    try:
        for _ in range(40):
            client.sendall(b"".join(pair * 50))
            data, _ = drain(client, lambda got: got.count(b"HTTP/1.1 200") == 100 and got.endswith(b"}\n"))
        good(talk(client, get(f"{ADMIN}?as=a3"))[0])
        os.kill(made.pid, signal.SIGTERM)
        equal(drain(client), (b"", True), "the end")
    finally:
        os.kill(signer, signal.SIGCONT)
    equal(made.wait(), 0, "exit status")
    served = [line["identifier"] for line in made.audit_lines() if line["event"] == "served"]
    equal(served, ["a1", "a2", "a3"], "hand-outs in the audit log")


# ---- fronts that die ---------------------------------------------------------------------------------

@scenario
def a_front_that_cannot_be_started_again():
    """Its restart finds no descriptors: sigd lives on and serves as soon as there are some."""
    made = Sigd()
    front = made.child("sigd-front")
    soft, hard = resource.prlimit(made.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(made.pid, resource.RLIMIT_NOFILE, (8, hard))  # fewer than it has
    os.kill(front, signal.SIGKILL)
    made.wait_line("a front could not be started")
    after = len(made.lines)
    made.wait_line("a front could not be started", after)
    must_idle(made.pid, "the master, without fronts")
    true(made.process.poll() is None, "sigd lives on")
    client = dial(made.socket())  # waits in the backlog
    client.sendall(APPS)
    resource.prlimit(made.pid, resource.RLIMIT_NOFILE, (soft, hard))
    good(finals(drain(client, finals)[0])[0])
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(made.stop(), 0, "exit status")


@scenario
def descriptors_that_cannot_be_sent():
    """Too many are on their way to a signer that sleeps, and the front that sent them dies: the master waits, and idles."""
    if ROOT:
        skip("the kernel lets root send any number")
    made = Sigd(start=False)
    launch_behind(made, "ulimit -n 256 && exec")
    made.wait_line("msg=ready")
    front, signer = made.child("sigd-front"), made.child("sigd-signer")
    os.kill(signer, signal.SIGSTOP)
    try:
        for _ in range(40):  # more than the limit, a few at a time
            equal(crowd(made, [APPS], 10).wait(), 0, "the crowd")
        os.kill(front, signal.SIGKILL)
        made.wait_line("starting a front again")
        must_idle(made.pid, "the master")
    finally:
        os.kill(signer, signal.SIGCONT)
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(made.stop(), 0, "exit status")


# ---- stops -------------------------------------------------------------------------------------------

@scenario(needs=("setsid",))
def sigterm_to_the_whole_group():
    """As a terminal, `kill 0` or a service manager sends it: the children leave it to the master."""
    made = Sigd(start=False)
    launch_behind(made, "exec setsid")
    made.wait_line("msg=ready")
    busy = dial(made.socket())
    request = sign_request("busy", b"Expect: 100-continue\r\n")
    at = request.index(b"\r\n\r\n") + 4
    busy.sendall(request[:at])
    drain(busy, lambda got: b"100" in got and b"\r\n\r\n" in got)
    for sig in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        os.killpg(made.pid, sig)
    made.wait_line("stopping")
    busy.sendall(request[at:])
    data, closed = drain(busy)
    equal(([good(answer)["identifier"] for answer in finals(data)], closed), (["busy"], True), "the request under way")
    equal(made.wait(), 0, "exit status")
    true("ended" not in made.stderr, made.stderr)


@scenario
def sigterm_with_a_full_backlog():
    """What was sent before the stop is answered, also what no front had accepted; idle connections end at once."""
    made = Sigd(many_apps(workers="workers = 2"))
    idle = [dial(made.socket()) for _ in range(20)]
    for client in idle:
        good(talk(client, APPS)[0])
    fronts = [pid for pid, name in made.children().items() if name == "sigd-front"]
    for front in fronts:
        os.kill(front, signal.SIGSTOP)
    clients = [dial(made.socket()) for _ in range(300)]
    for n, client in enumerate(clients):
        client.sendall(sign_request(f"u{n}") if n % 2 else APPS)
    made.process.send_signal(signal.SIGTERM)
    made.wait_line("stopping")
    begun = time.monotonic()
    for front in fronts:
        os.kill(front, signal.SIGCONT)
    for n, client in enumerate(clients):
        data, closed = drain(client)
        true(closed and len(finals(data)) == 1, f"client {n}: closed {closed}, {data[:100]!r}")
        equal(good(finals(data)[0]).get("identifier"), f"u{n}" if n % 2 else None, "its own answer")
    for client in idle:
        equal(drain(client), (b"", True), "an idle connection")
    equal(made.wait(), 0, "exit status")
    true(time.monotonic() - begun < 5, f"took {time.monotonic() - begun:.1f} s: somebody was waited for")
    true(not os.path.exists(made.socket()), "the socket is unlinked")


@scenario
def sigterm_with_slow_readers():
    """Pipelined requests that had come before the stop are all answered, to who takes the answers late as well."""
    made = Sigd(many_apps())
    slow = [dial(made.socket()) for _ in range(10)]
    for client in slow:
        client.sendall(APPS * 200)
    good(made.request("GET", "/v1/apps"))  # after them in the queue: they have been accepted
    deaf = dial(made.socket())
    deaf.sendall(APPS * 200)
    made.process.send_signal(signal.SIGTERM)
    made.wait_line("stopping")
    begun = time.monotonic()
    until(lambda: not os.path.exists(made.socket()), "the stop has begun")
    for client in slow:
        data, closed = drain(client)
        equal((len(finals(data)), answers_in(data)[1], closed), (200, b"", True), "answers, whole, and the end")
    equal(made.wait(), 0, "exit status")
    true(time.monotonic() - begun < 8, f"took {time.monotonic() - begun:.1f} s")
    data, closed = drain(deaf)
    true(closed, "who reads nothing is left after the deadline")


if __name__ == "__main__":
    main()
