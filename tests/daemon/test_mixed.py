#!/usr/bin/env python3
"""Connections of several uids that send whatever requests in whatever pieces, all at once: each gets its own answers, in order,
by its own rights; and of what is withdrawn meanwhile nobody who asks afterwards sees anything."""
import json
import os
import random
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import SIGCTL, admin_config, admin_path  # noqa: E402
from harness import DEADLINE, Sigd, answers_in, dial, equal, good, main, scenario, true  # noqa: E402

HOST = "Host: sigd\r\n"
ADMINS = " ".join(f'admin "{name}" {{ lifetime = "24h"  min_remaining = "10m" }}' for name in ("group_root", "one", "two"))
# uid: its administrators; whether it may sign
CALLERS = {71001: (("one",), True), 71002: (("two", "one"), True), 71003: (("two",), False), 71004: ((), True)}
NAMES = ("one", "two")


def allow(callers):
    rules = ['allow { users = {"@UID@"}  may = {"admin"}  admins = {"group_root"} }']
    for uid, (admins, signs) in callers.items():
        may = (['"admin"'] if admins else []) + (['"sign"'] if signs else [])
        more = (f'  admins = {{{", ".join(json.dumps(name) for name in admins)}}}' if admins else "") \
            + ('  identifiers = {"*"}' if signs else "")
        rules.append(f'allow {{ users = {{"{uid}"}}  may = {{{", ".join(may)}}}{more} }}')
    return "\n".join(rules)


def config(callers):
    return admin_config(admin=ADMINS, allow=allow(callers))


class Client:
    """A connection with a script: what it sends, and what must come back, one (status, check, has a body) a request."""
    def __init__(self, path, uid, rng):
        os.seteuid(uid)
        try:
            self.socket = dial(path)
        finally:
            os.seteuid(0)
        self.socket.setblocking(False)
        self.uid, self.rng = uid, rng
        self.admins, self.signs = CALLERS[uid]
        self.out, self.got, self.expected, self.at = b"", b"", [], 0
        self.closed = self.shut = False
        self.ids = []

    # what is asked

    def add(self, data, status, check=None, body=True):
        self.out += data if isinstance(data, bytes) else data.encode()
        self.expected.append((status, check, body))

    def admin(self, extra=""):
        wanted = self.rng.choice((None, None, None, *NAMES))
        target = "/v1/apps/demo/admin" + (f"?as={wanted}" if wanted else "") \
            + (self.rng.choice(("", "&min_remaining=60")) if wanted else "")
        mine = wanted in self.admins if wanted else bool(self.admins)
        name = wanted or (min(self.admins) if mine else None)
        self.add(f"GET {target} HTTP/1.1\r\n{HOST}{extra}\r\n", 200 if mine else 403,
                 (lambda told: equal(told["identifier"], name, f"uid {self.uid}, {target}")) if mine else None)

    def sign(self, slow=False):
        name = f"u{self.uid}-{self.rng.getrandbits(40):x}"
        body = json.dumps({"identifier": name, **({"lifetime": 60} if slow else {})})
        if not slow and self.rng.random() < 0.5:
            body = f'{{"identifier":"{name}"}}'
        self.add(f"POST /v1/apps/demo/usersig HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n{body}", 200 if self.signs else 403,
                 (lambda told: equal(told["identifier"], name, f"uid {self.uid}")) if self.signs else None)

    def batch(self):
        names = [f"b{self.uid}-{self.rng.getrandbits(40):x}" for _ in range(self.rng.choice((0, 1, 5, 127, 129, 300)))]
        body = json.dumps({"identifiers": names})

        def check(told):
            equal([json.loads(line)["identifier"] for line in told.splitlines()], names, f"uid {self.uid}: a batch")
        self.add(f"POST /v1/apps/demo/usersig HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n{body}", 200 if self.signs else 403, check if self.signs else None)

    def other(self):
        extra = self.rng.choice(("", "Expect: 100-continue\r\n", "Content-Length: 0\r\n", "Connection: keep-alive\r\n"))
        kind = self.rng.randrange(7)
        if kind == 0:
            self.add(f"HEAD /v1/apps/demo/admin HTTP/1.1\r\n{HOST}\r\n", 405, body=False)
        elif kind == 1:
            self.add(f"GET /v1/apps/nosuch/admin HTTP/1.1\r\n{HOST}{extra}\r\n", 404)
        elif kind == 2:
            self.add(f"GET /healthz HTTP/1.1\r\n{HOST}{extra}\r\n", 200, lambda told: equal(told, {"status": "ok"}))
        elif kind == 3:
            self.add(f"GET /v1/apps HTTP/1.1\r\n{HOST}\r\n", 200,
                     lambda told: equal(sorted(told["apps"][0]["admins"]), sorted(self.admins), f"uid {self.uid}"))
        elif kind == 4:
            self.add(f"GET /v1/apps/demo/admin?min_remaining=999999 HTTP/1.1\r\n{HOST}\r\n", 422 if self.admins else 403)
        elif kind == 5:
            self.add(f"GET /v1/apps/demo/admin HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200 if self.admins else 403)
        else:
            self.admin(extra)

    def fill(self, count):
        for _ in range(count):
            kinds = (self.admin, self.other, self.sign, lambda: self.sign(True), self.batch)
            # a POST that is refused before its body is there ends the connection
            self.rng.choices(kinds, (60, 12, *((8, 4, 1) if self.signs else (0, 0, 0))))[0]()

    # the exchange

    def send(self):
        if self.at < len(self.out):
            most = self.rng.choice((1, 7, 60, 500, 5000, 16384, 40000))
            try:
                self.at += self.socket.send(self.out[self.at:self.at + most])
            except BlockingIOError:
                pass
        elif not self.shut:
            self.shut = True
            self.socket.shutdown(1)

    def receive(self):
        try:
            piece = self.socket.recv(self.rng.choice((100, 3000, 65536, 400000)))
        except BlockingIOError:
            return
        self.closed = not piece
        self.got += piece

    def judge(self):
        data, told = self.got, 0
        while data:
            head, rest = data.split(b"\r\n\r\n", 1)
            lines = head.decode().split("\r\n")
            status = int(lines[0].split()[1])
            headers = dict(line.split(": ", 1) for line in lines[1:])
            if status == 100:
                data = rest
                continue
            wanted, check, has_body = self.expected[told]
            equal(status, wanted, f"uid {self.uid}: status of answer {told} of {len(self.expected)}, {rest[:300]!r}")
            self.ids.append(headers["Request-Id"])
            if headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while True:
                    size, rest = rest.split(b"\r\n", 1)
                    body, rest = body + rest[:int(size, 16)], rest[int(size, 16) + 2:]
                    if size == b"0":
                        break
            else:
                size = int(headers["Content-Length"]) if has_body else 0
                body, rest = rest[:size], rest[size:]
                equal(len(body), size, "a cut answer")
            if check:
                check(json.loads(body) if headers["Content-Type"] == "application/json" else body.decode())
            told, data = told + 1, rest
        equal(told, len(self.expected), f"uid {self.uid}: answers")


def exchange(clients, meanwhile=lambda: None):
    """All of them at once; each send and each read is of some bytes, in any order."""
    end = time.monotonic() + 4 * DEADLINE
    while not all(client.closed for client in clients):
        true(time.monotonic() < end, "hung: " + ", ".join(
            f"uid {c.uid} sent {c.at} of {len(c.out)}, got {len(c.got)} bytes" for c in clients if not c.closed)[:600])
        by_socket = {client.socket: client for client in clients if not client.closed}
        readable, writable, _ = select.select(by_socket, [s for s, c in by_socket.items() if not c.shut], [], 1)
        for socket in writable:
            if by_socket[socket].rng.random() < 0.7:
                by_socket[socket].send()
        for socket in readable:
            if by_socket[socket].rng.random() < 0.7:
                by_socket[socket].receive()
        meanwhile()


@scenario(root=True)
def each_gets_its_own_answers_in_order():
    seed = int(os.environ.get("USERSIG_SEED") or time.time())
    print(f"# USERSIG_SEED={seed}")
    rng = random.Random(seed)
    d = Sigd(config(CALLERS))
    clients = [Client(d.socket(), uid, random.Random(rng.getrandbits(64))) for _ in range(6) for uid in CALLERS]
    for client in clients:
        client.fill(rng.choice((30, 100, 400)))
    exchange(clients)
    for client in clients:
        client.judge()
    ids = [one for client in clients for one in client.ids]
    equal(len(set(ids)), len(ids), "each answer has its own id")
    served = {(line["uid"], line["identifier"]) for line in d.audit_lines() if line["event"] == "served"}
    handed = {(uid, name) for uid, (names, _) in CALLERS.items() for name in names}
    true(served <= handed and len(served) > 2, f"handed out: {served}")
    equal(d.stop(), 0, "exit status")


class States(list):
    """What may be answered, one after the other; settled: from which on, for who asks now."""
    settled = 0

    def settle(self, state):
        self.append(state)
        self.settled = len(self) - 1


class Stream:
    """Asks for the administrator's credential without an end, and judges each answer by what held between question and answer."""
    ASK = f"GET /v1/apps/demo/admin HTTP/1.1\r\n{HOST}\r\n".encode()

    def __init__(self, path, rng, states):
        self.path, self.rng, self.states, self.answers, self.socket = path, rng, states, 0, None
        self.open()

    def open(self):
        if self.socket:
            self.socket.close()
        self.socket = dial(self.path)
        self.socket.setblocking(False)
        self.got, self.asked = b"", []  # the states in which was asked

    def ask(self):
        count = self.rng.choice((1, 2, 20, 100))
        if len(self.asked) + count > 400:
            return
        try:
            sent = self.socket.send(self.ASK * count)
            equal(sent, len(self.ASK) * count, "sent")
            self.asked += [self.states.settled] * count
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.open()

    def take(self):
        try:
            piece = self.socket.recv(self.rng.choice((1000, 65536)))
        except BlockingIOError:
            return
        except ConnectionResetError:
            piece = b""
        if not piece:
            self.open()  # something was withdrawn
            return
        found, self.got = answers_in(self.got + piece)
        for answer in found:
            since = self.asked.pop(0)
            self.answers += 1
            true(any(state(answer) for state in self.states[since:]),
                 f"asked in state {since} of {len(self.states)}: {answer}")


def shows(name, floor):
    return lambda answer: (answer.status == 200 and answer.document["identifier"] == name
                           and answer.document["issued_at"] >= floor)


@scenario
def nobody_sees_what_was_withdrawn_before_it_asked():
    seed = int(os.environ.get("USERSIG_SEED") or time.time())
    print(f"# USERSIG_SEED={seed}")
    rng = random.Random(seed)

    def text(name):
        return admin_config(admin=ADMINS, allow=f'allow {{ users = {{"@UID@"}}  may = {{"admin"}}  admins = {{"{name}"}} }}')
    d = Sigd(text("one"))
    name = "one"
    first = good(d.request("GET", "/v1/apps/demo/admin"))
    states = States([shows(name, first["issued_at"])])
    streams = [Stream(d.socket(), random.Random(rng.getrandbits(64)), states) for _ in range(8)]

    def go_on(enough):
        end = time.monotonic() + DEADLINE
        while not enough():
            true(time.monotonic() < end, "hung")
            for stream in streams:
                rng.choice((stream.ask, stream.take, stream.take))()

    def done(*words):
        """Ran while all go on to ask."""
        with subprocess.Popen([SIGCTL, *words, "--socket", admin_path(d)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            go_on(lambda: process.poll() is not None)
            equal(process.returncode, 0, words)

    def frozen(answer):
        return answer.status == 503 and answer.document["type"].endswith(":frozen")
    floor = first["issued_at"]
    for _ in range(6):
        before = [stream.answers for stream in streams]
        go_on(lambda before=before: all(s.answers > n + 20 for s, n in zip(streams, before)))
        what = rng.choice(("flush", "flush", "reload", "freeze"))
        if what == "freeze":
            states.append(frozen)
            done("freeze", "demo")
            states.settle(frozen)
            before = [stream.answers for stream in streams]
            go_on(lambda before=before: all(s.answers > n + 20 for s, n in zip(streams, before)))
            states.append(shows(name, floor + 1))
            done("freeze", "demo", "--off")
        elif what == "flush":
            states.append(shows(name, floor + 1))
            done("flush", "demo", name)
        else:
            name = "two" if name == "one" else "one"
            states.append(shows(name, 0))
            os.rename(d.write("sigd.conf.new", d.fill(text(name)).encode(), 0o644), d.config)
            done("reload")
        now = good(d.request("GET", "/v1/apps/demo/admin"))
        equal(now["identifier"], name, "the administrator")
        floor = now["issued_at"]
        states.settle(shows(name, floor))
    true(sum(stream.answers for stream in streams) > 500, "answers")
    equal(d.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
