#!/usr/bin/env python3
"""Who asks for much keeps nobody else waiting: signer or front is stopped while one uid's questions gather and another's one
comes behind them; then it goes on, and the order tells. Needs root, to be several uids."""
import contextlib
import json
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Sigd, answers_in, dial, drain, equal, good, main, plain_config, scenario, true, until  # noqa: E402

BUSY, OTHER, WATCHER = 70001, 70002, 70003
WINDOW = 256  # questions of a uid that are with the signer
UNREAD = 256 * 1024 + 500 * 1024  # bytes: ours, and what the kernel keeps of a socket
RULE = """allow { users = {"70001", "70002", "70003", "@UID@"}  may = {"sign", "verify"}  identifiers = {"*"}%s }"""


def daemon(rate="", **words):
    return Sigd(plain_config(allow=RULE % rate, **words))


@contextlib.contextmanager
def asleep(*pids):
    """They are stopped meanwhile, and have stopped when it begins."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        for pid in pids:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                until(lambda file=file: file.seek(0) == 0 and file.read().rpartition(")")[2].split()[0] == "T", "a stop")
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def request(method, target, document=None):
    body = b"" if document is None else json.dumps(document).encode()
    more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: sigd\r\n{more}\r\n".encode() + body


def sign(identifier):
    return request("POST", "/v1/apps/demo/usersig", {"identifier": identifier})


def batch(name, n):
    return request("POST", "/v1/apps/demo/usersig", {"identifiers": [f"{name}-{i}" for i in range(n)]})


def client(sigd, uid):
    """A connection of that uid, which the signer has been shown."""
    os.seteuid(uid)
    try:
        connection = dial(sigd.socket())
    finally:
        os.seteuid(0)
    answer(connection, request("GET", "/v1/apps"))
    return connection


def answer(connection, asked=b""):
    """The next answer, whole."""
    connection.sendall(asked)
    data, _ = drain(connection, lambda got: answers_in(got)[0])
    true(data, "an answer")
    return data


def waiting(watcher):
    """Questions that are with the signer."""
    text = answer(watcher, request("GET", "/metrics")).decode()
    return int(re.search(r"^sigd_signer_questions_waiting(?:\{.*\})? (\d+)", text, re.M)[1])


def signed(sigd):
    return [line["identifier"] for line in sigd.audit_lines() if line["event"] == "sign"]


@scenario(root=True)
def a_batch_keeps_another_uid_waiting_for_one():
    sigd = daemon()
    busy, other, watcher = [client(sigd, BUSY) for _ in range(5)], client(sigd, OTHER), client(sigd, WATCHER)
    with asleep(sigd.child("sigd-signer")):
        for connection in busy:
            connection.sendall(batch("busy", 5000))
        until(lambda: waiting(watcher) == WINDOW, "a window of questions, however many connections")
        other.sendall(sign("other"))
        until(lambda: waiting(watcher) == WINDOW + 1, "one more of another uid")
    true(answer(other).startswith(b"HTTP/1.1 200 "), "the answer")
    until(lambda: len(signed(sigd)) > WINDOW, "the batches to go on")
    place = signed(sigd).index("other")
    true(place <= 1, f"the other uid's came after {place} of the batches")
    for connection in busy:
        connection.close()


@scenario(root=True)
def connections_of_one_uid_take_turns():
    """A batch that came last, and a single request, get their part of the window while long ones run."""
    sigd = daemon()
    first, second, single = (client(sigd, BUSY) for _ in range(3))
    watcher = client(sigd, WATCHER)
    with asleep(sigd.child("sigd-signer")):
        first.sendall(batch("first", 10000))
        until(lambda: waiting(watcher) == WINDOW, "the first batch")
        second.sendall(batch("second", 10))
        single.sendall(sign("single"))
        good_requests = answer(watcher, request("GET", "/healthz"))  # behind theirs: they have been read
        true(good_requests.startswith(b"HTTP/1.1 200 "), "healthz")
    drain(second, lambda got: got.endswith(b"\r\n0\r\n\r\n"))
    answer(single)
    names = signed(sigd)
    for name in ("second-9", "single"):
        true(names.index(name) <= 4 * WINDOW, f"{name} came after {names.index(name)} of the first batch")
    first.close()


@scenario(root=True)
def callers_who_come_by_the_hundred_are_questions_too():
    """Who a connection is asks the signer as well: one uid's new connections fill no more than its window."""
    sigd = daemon()
    other, watcher = client(sigd, OTHER), client(sigd, WATCHER)
    apps = request("GET", "/v1/apps")
    with asleep(sigd.child("sigd-signer")):
        os.seteuid(BUSY)
        try:
            busy = [dial(sigd.socket()) for _ in range(3 * WINDOW)]
        finally:
            os.seteuid(0)
        for connection in busy:
            connection.sendall(apps)
        counts = []

        def settled():
            counts.append(waiting(watcher))
            return counts[-1] >= WINDOW and counts[-5:] == 5 * counts[-1:]
        until(settled, "the callers")
        equal(counts[-1], WINDOW, "a window of callers")
        other.sendall(sign("other"))
        until(lambda: waiting(watcher) == WINDOW + 1, "one more of another uid")
    true(answer(other).startswith(b"HTTP/1.1 200 "), "the answer")
    for connection in busy:
        true(answer(connection).startswith(b"HTTP/1.1 200 "), "the answer to who waited for its turn")
        connection.close()


@scenario(root=True)
def who_waits_for_its_own_uid_too_long_is_told():
    """A signer that is stopped for longer than a request may wait; who leaves meanwhile is forgotten."""
    sigd = daemon()
    front = sigd.child("sigd-front")
    busy, single, leaver, watcher = client(sigd, BUSY), client(sigd, BUSY), client(sigd, BUSY), client(sigd, WATCHER)
    with asleep(sigd.child("sigd-signer")):
        busy.sendall(batch("busy", 1000))
        until(lambda: waiting(watcher) == WINDOW, "a window of questions")
        leaver.sendall(sign("leaver"))
        single.sendall(sign("single"))
        leaver.close()
        refused = answer(single)
        true(refused.startswith(b"HTTP/1.1 503 ") and b"other requests of yours" in refused, f"{refused}")
    good = answer(single, sign("single"))
    true(good.startswith(b"HTTP/1.1 200 "), f"{good}")
    equal([name for name in signed(sigd) if not name.startswith("busy")], ["single"], "what was signed but the batch")
    equal(sigd.child("sigd-front"), front, "the front")


@scenario(root=True)
def requests_that_need_no_signer_take_turns_too():
    sigd = daemon()
    busy, other = [client(sigd, BUSY) for _ in range(40)], client(sigd, OTHER)

    def number(data):
        return int(re.search(rb"\r\nRequest-Id: ([0-9a-f]{16})\r\n", data)[1], 16)
    before = number(answer(other, request("GET", "/v1/apps")))
    with asleep(sigd.child("sigd-front")):
        for connection in busy:
            connection.sendall(request("GET", "/v1/apps") * 100)
        other.sendall(request("GET", "/v1/apps"))
    place = (number(answer(other)) - before) % 2**64
    true(place <= 2 * 32 + 2, f"the other uid's was request {place} of {40 * 100}")
    for connection in busy:
        data, _ = drain(connection, lambda got: len(answers_in(got)[0]) == 100)
        equal(len(answers_in(data)[0]), 100, "answers of each")


@scenario(root=True)
def more_workers_do_not_raise_a_rate():
    """Each of four fronts takes connections of one uid; together they get what the rule grants."""
    rate = 20
    sigd = daemon(rate=f"  rate = {rate}", workers="workers = 4")
    fronts = until(lambda: [pid for pid, name in sigd.children().items() if name == "sigd-front"], "fronts")
    equal(len(fronts), 4, "fronts")
    clients = []
    for front in fronts:  # the others cannot accept
        with asleep(*(pid for pid in fronts if pid != front)):
            clients.append(client(sigd, BUSY))
    began = time.monotonic()
    granted = refused = 0
    for connection in clients:
        connection.sendall(sign("many") * 2 * rate)
    for connection in clients:
        data, _ = drain(connection, lambda got: len(answers_in(got)[0]) == 2 * rate)
        granted += data.count(b"HTTP/1.1 200 ")
        refused += data.count(b"HTTP/1.1 429 ")
    most = rate + rate * (time.monotonic() - began) + 1
    equal(granted + refused, 8 * rate, "answers")
    true(rate <= granted <= most, f"{granted} of {8 * rate} were granted; {rate} to {most:.0f} may be")
    answer(client(sigd, OTHER), sign("theirs"))
    true("theirs" in signed(sigd), "another uid has a rate of its own")


@scenario(root=True)
def signing_waits_for_who_reads_no_answers():
    """Single requests, one behind the other, without an end: what is not read is not signed."""
    sigd = daemon()
    busy, watcher = client(sigd, BUSY), client(sigd, WATCHER)
    busy.setblocking(False)
    sent, asked = 0, sign("unread") * 100

    def stuck():
        nonlocal sent
        before = len(signed(sigd))
        for _ in range(50):
            try:
                sent += busy.send(asked[sent % len(asked):])
            except BlockingIOError:
                break
        else:
            return False
        for _ in range(5):
            answer(watcher, sign("witness"))
        return before and len(signed(sigd)) == before + 5 and waiting(watcher) == 0
    until(stuck, "signing to pause")
    names = signed(sigd)
    true(names.count("unread") <= UNREAD // 300, f"{names.count('unread')} were signed for who does not read")
    front = sigd.child("sigd-front")
    busy.close()
    answer(watcher, sign("witness"))
    equal(sigd.child("sigd-front"), front, "the front")


if __name__ == "__main__":
    main()
