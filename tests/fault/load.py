"""load.py: clients that never stop asking while a test does harm to sigd, and judge each answer that they get.

Each client is a thread with one kept connection. Every user's identifier is asked for once in a lifetime, so that an answer
belongs to one request; requests are pipelined at times, so that the order counts. What a client has got it remembers: the
audit log must tell of it (judge.py).

A request fails by a name: `lost` (the connection broke before the answer), `refused` (nobody listens), `silent` (no answer
in 12 s), or status and problem, as `503 unavailable`. Which of them may come is said by the phase that the request began or
ended in; any other is a fault of sigd, and so is whatever is wrong in an answer, always."""
import json
import random
import re
import socket
import threading
import time
import urllib.parse

from harness import SDKAPPID, oracle, until

SILENT_S = 12  # longer than anything in sigd lasts
ADMINS = ("group_root", "second")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.I)


class Failed(Exception):
    """A request without a good answer; its text is the failure's name."""


class Wrong(Exception):
    """An answer that sigd may never give."""


class Phase:
    def __init__(self, name, may=()):
        self.name, self.may, self.seen = name, frozenset(may), set()


class Wire:
    """One connection; answers in their order."""

    def __init__(self, path):
        self.data = b""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(SILENT_S)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise Failed("refused") from None

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except TimeoutError:
            raise Failed("silent") from None
        except OSError:
            raise Failed("lost") from None

    def more(self):
        try:
            piece = self.socket.recv(262144)
        except TimeoutError:
            raise Failed("silent") from None
        except OSError:
            raise Failed("lost") from None
        if not piece:
            raise Failed("lost")
        self.data += piece

    def take(self, size):
        while len(self.data) < size:
            self.more()
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def line(self):
        while b"\r\n" not in self.data:
            self.more()
        line, self.data = self.data.split(b"\r\n", 1)
        return line

    def receive(self):
        """(status, body) of one answer."""
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 "):
            raise Wrong(f"no answer: {head[:80]!r}")
        length = LENGTH.search(head)
        if length:
            return int(head[9:12]), self.take(int(length[1]))
        body = b""
        while True:
            size = int(self.line(), 16)
            body += self.take(size)
            self.line()
            if not size:
                return int(head[9:12]), body

    def is_quiet(self):
        """Nothing has come that nobody asked for. False: it was closed."""
        if self.data:
            raise Wrong(f"an answer that nobody asked for: {self.data[:200]!r}")
        self.socket.setblocking(False)
        try:
            piece = self.socket.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self.socket.settimeout(SILENT_S)
        if piece:
            raise Wrong(f"an answer that nobody asked for: {piece[:200]!r}")
        return False


def request(method, path, body=None):
    data = b"" if body is None else json.dumps(body).encode()
    kind = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: sigd\r\n{kind}\r\n".encode() + data


class Client(threading.Thread):
    def __init__(self, load, name, seed):
        super().__init__(daemon=True)
        self.load, self.label, self.random = load, name, random.Random(seed)
        self.serial, self.wire, self.mine, self.good_since = 0, None, [], 0.0
        self.rounds, self.stopping = 0, False

    def identifier(self):
        self.serial += 1
        return f"{self.label}-{self.serial}"

    def run(self):
        works = [self.admin] * 4 + [self.sign] * 6 + [self.pipeline] * 3 + [self.verify] * 2 + [self.url, self.batch]
        signs = (self.sign, self.pipeline, self.batch)
        while not self.stopping:
            self.load.gate.wait()
            began, phase = time.monotonic(), self.load.phase
            try:
                if self.random.random() < self.load.newcomers:
                    self.drop()  # newcomers are served, too, by another front perhaps
                work = self.random.choice(works)
                work()
                if work in signs:  # the rest comes from caches, too
                    self.good_since = began
            except Failed as failure:
                self.drop()
                self.load.failed((phase, self.load.phase), str(failure), self.label)
                time.sleep(0.01)  # as a client does that tries again
            except Exception as fault:  # noqa: BLE001 (told by the test)
                self.drop()
                self.load.wrong.append(f"{self.label}: {fault!r}")
            self.rounds += 1
            time.sleep(self.load.pace)
        self.drop()

    def drop(self):
        if self.wire:
            self.wire.close()
            self.wire = None

    def ask(self, *requests):
        """Sends them all; gives the answers one by one."""
        if self.wire and not self.wire.is_quiet():
            self.drop()
        if not self.wire:
            self.wire = Wire(self.load.path)
        data = b"".join(requests)
        if self.random.random() < 0.1:  # in two pieces
            at = self.random.randrange(len(data))
            self.wire.send(data[:at])
            time.sleep(self.load.pace)
            data = data[at:]
        self.wire.send(data)
        failure = None
        for _ in requests:
            status, body = self.wire.receive()
            self.load.count += 1
            if status == 200:
                yield body
                continue
            self.load.last_problem = json.loads(body)
            failure = Failed(f"{status} {self.load.last_problem['type'].removeprefix('urn:usersig:problem:')}")
            yield None
        if failure:  # the connection is good, unless the problem ended it
            raise failure

    def raw(self, data):
        body, = self.ask(data)
        return body

    def one(self, data):
        return json.loads(self.raw(data))

    # each kind of request, and what its answer must be

    def check(self, usersig, key, identifier, now):
        if key not in self.load.keys:
            raise Wrong(f"signed by {key!r}, which is no key")
        code = oracle.judge(usersig, self.load.keys[key], SDKAPPID, identifier, now)
        if code:
            raise Wrong(f"the usersig of {identifier!r} is worth {code}: {usersig}")

    def signed(self, document, identifier):
        if document.get("identifier") != identifier:
            raise Wrong(f"asked for {identifier!r}, got {document!r}")
        synced = self.load.synced()
        self.check(document["usersig"], document["key"], identifier, document["issued_at"])
        self.load.acknowledged(identifier, document, synced)
        self.mine.append((identifier, document["usersig"]))

    def admin(self):
        identifier = self.random.choice(ADMINS)
        document = self.one(request("GET", f"/v1/apps/demo/admin?as={identifier}"))
        if document["identifier"] != identifier:
            raise Wrong(f"asked for {identifier!r}, got {document['identifier']!r}")
        self.check(document["usersig"], document["key"], identifier, document["issued_at"])
        self.load.administrators[document["usersig"]] = (identifier, document["key"])

    def url(self):
        identifier = self.random.choice(ADMINS)
        document = self.one(request("GET", f"/v1/apps/demo/url/openim/sendmsg?as={identifier}"))
        words = urllib.parse.parse_qs(urllib.parse.urlsplit(document["url"]).query)
        if (words["identifier"], words["sdkappid"]) != ([identifier], [str(SDKAPPID)]):
            raise Wrong(f"asked for a URL of {identifier!r}, got {document!r}")
        if all(oracle.judge(words["usersig"][0], key, SDKAPPID, identifier, 0) for key in self.load.keys.values()):
            raise Wrong(f"the URL of {identifier!r} is worth nothing")

    def sign(self):
        identifier = self.identifier()
        self.signed(self.one(self.post(identifier)), identifier)

    def post(self, identifier):
        return request("POST", "/v1/apps/demo/usersig", {"identifier": identifier})

    def pipeline(self):
        identifiers = [self.identifier() for _ in range(self.random.randint(2, 8))]
        for body, identifier in zip(self.ask(*map(self.post, identifiers)), identifiers):  # ask() has the last word
            if body is not None:
                self.signed(json.loads(body), identifier)

    def batch(self):
        identifiers = [self.identifier() for _ in range(self.random.randint(2, 150))]
        data = request("POST", "/v1/apps/demo/usersig", {"identifiers": identifiers})
        lines = [json.loads(line) for line in self.raw(data).splitlines()]
        if [line["identifier"] for line in lines] != identifiers:
            raise Wrong(f"a batch in another order: {lines!r}")
        failure = None
        for line, identifier in zip(lines, identifiers):
            if "error" in line:
                failure = Failed(f"{line['error']['status']} {line['error']['type'].removeprefix('urn:usersig:problem:')}")
            else:
                self.signed(line, identifier)
        if failure:
            raise failure

    def verify(self):
        if not self.mine:
            return
        identifier, usersig = self.random.choice(self.mine[-200:])
        document = self.one(request("POST", "/v1/apps/demo/verify", {"usersig": usersig, "identifier": identifier}))
        if document["verdict"] not in self.load.verdicts or document["claims"]["identifier"] != identifier:
            raise Wrong(f"the verdict on {identifier!r}: {document!r}")


class Load:
    """keys: {name: bytes}. synced: what the shim says was synced, at an answer."""

    def __init__(self, path, keys, seed, clients=3, pace=0.001, synced=None):
        self.path, self.keys, self.pace = path, keys, pace
        self.synced = synced or (lambda: 0)
        self.verdicts, self.newcomers = {"ok"}, 0.05
        self.phase, self.phases = Phase("calm"), []
        self.lock = threading.Lock()
        self.wrong, self.unexpected, self.count = [], [], 0
        self.signatures, self.administrators, self.twice = {}, {}, []
        self.last_problem = None
        self.gate = threading.Event()
        self.gate.set()
        self.clients = [Client(self, f"s{seed}c{n}", f"{seed} {n}") for n in range(clients)]

    def start(self):
        for client in self.clients:
            client.start()
        self.recovered(time.monotonic(), 30)
        return self

    def rest(self):
        """Nobody asks until go_on()."""
        self.gate.clear()
        time.sleep(self.pace)
        rounds = None
        while rounds != (rounds := [client.rounds for client in self.clients]):
            time.sleep(0.1)

    def go_on(self):
        self.gate.set()

    def stop(self):
        self.gate.set()
        for client in self.clients:
            client.stopping = True
        for client in self.clients:
            client.join(3 * SILENT_S)
            if client.is_alive():
                self.wrong.append(f"{client.label} does not end")

    def acknowledged(self, identifier, document, synced):
        with self.lock:
            if identifier in self.signatures:
                self.twice.append(identifier)
            self.signatures[identifier] = (document["usersig"], document["key"], synced)

    def failed(self, phases, name, label):
        with self.lock:
            allowed = any(name in phase.may for phase in phases)
            for phase in phases:
                phase.seen.add(name)
            if not allowed:
                self.unexpected.append(f"{label}: {name} while {phases[-1].name}: {self.last_problem}")

    def begin(self, name, may=()):
        """Another phase; gives the one before."""
        before, self.phase = self.phase, Phase(name, may)
        self.phases.append(self.phase)
        return before

    def look(self):
        """Nothing has happened that may not."""
        if self.wrong or self.unexpected or self.twice:
            raise AssertionError(f"wrong: {self.wrong[:4]}; not expected: {self.unexpected[:4]}; answered twice: {self.twice[:4]}")

    def recovered(self, since, deadline=10):
        """Waits until each client has got usersigs that it asked for after that moment."""
        def all_good():
            self.look()
            return all(client.good_since >= since for client in self.clients)
        until(all_good, "each client is served", deadline, 0.002)

    def turn(self):
        self.recovered(time.monotonic())
