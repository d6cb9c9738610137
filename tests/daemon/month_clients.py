"""month_clients.py: clients that never stop asking while a test runs sigd's life, and judge each answer that they get.

They do what docs/CLIENTS.md tells clients to do: a kept connection, and one more try where it breaks; while sigd restarts
(Phase.away) they try again for some seconds. What fails after that is a failure, by the name "call status problem", "call
lost" (no answer) or "call: what was wrong". A phase of the test names those that must come, and why; any other ends the
test, and so does one that does not come.
"""
import base64
import http.client
import json
import mmap
import os
import struct
import threading
import time
import urllib.parse
import zlib

from harness import DEADLINE, Connection, equal, oracle, true, until

BROKEN = (http.client.RemoteDisconnected, http.client.IncompleteRead, BrokenPipeError, ConnectionResetError)
AWAY = (ConnectionRefusedError, FileNotFoundError)


class Failure(Exception):
    """Its text is the failure's name; more tells of this one."""

    def __init__(self, name, more=""):
        super().__init__(name)
        self.name, self.more = name, more


class Phase:
    """must: failures that have to come; may: those that can, where it is a matter of a moment. Both {name: why}."""

    def __init__(self, name, must=None, may=None, away=False):
        self.name, self.must, self.may, self.away = name, must or {}, may or {}, away


class Gate:
    """Closed: nobody is inside. For leaps of the clock, which would end requests under way by their deadlines."""

    def __init__(self):
        self.changed = threading.Condition()
        self.closed, self.inside = False, 0

    def pass_through(self, work):
        with self.changed:
            self.changed.wait_for(lambda: not self.closed)
            self.inside += 1
        try:
            work()
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    def __enter__(self):
        with self.changed:
            self.closed = True
            true(self.changed.wait_for(lambda: not self.inside, 2 * DEADLINE), "the clients come to rest")

    def __exit__(self, *_):
        with self.changed:
            self.closed = False
            self.changed.notify_all()


class Ledger:
    """What all clients got. keys: {app: {name of the key: its bytes}}; owners: {identifier: key} of hosted usersigs."""

    def __init__(self, clock, apps, keys, owners):
        self.clock, self.apps, self.keys, self.owners = clock, apps, keys, owners
        self.lock = threading.Lock()
        self.phase, self.failures, self.counts = Phase("before"), [], {}
        self.signed, self.admins = {}, {}
        self.banned = frozenset()  # (app, key), and usersigs, that nobody may get any more
        self.doubt = 0             # so many seconds may the clock be ahead
        self.revoking = set()      # (app, key) that may be revoked or have ended between two calls

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def ban(self, *what):
        self.banned |= frozenset(what)

    def failed(self, phases, failure):
        """One that neither phase of the request permits ends the test at its next look."""
        expected = any(failure.name in {**phase.must, **phase.may} for phase in phases)
        with self.lock:
            self.failures.append((phases[-1].name, failure.name, expected, failure.more))

    def unexpected(self):
        with self.lock:
            return [failure for failure in self.failures if not failure[2]]

    def names(self, phase):
        with self.lock:
            return {failure[1] for failure in self.failures if failure[0] == phase.name}


class Worker:
    """A thread that works in rounds."""

    def __init__(self, ledger, gate, made):
        self.ledger, self.gate, self.made = ledger, gate, made
        self.rounds, self.stopping = 0, False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stopping:
            self.gate.pass_through(self.round)
            self.rounds += 1

    def attempt(self, what, *arguments):
        """A call and its judgement; None where it failed."""
        before = self.ledger.phase
        try:
            answer = what(*arguments)
            self.ledger.count(what.__name__)
            return answer
        except Failure as failure:
            self.ledger.failed((before, self.ledger.phase), failure)
        except AssertionError as fault:
            self.ledger.failed((before, self.ledger.phase), Failure(f"{what.__name__}: wrong", str(fault)))
        except Exception as fault:  # noqa: BLE001 (told by the test)
            if isinstance(self, Client):
                self.connection.close()
            self.ledger.failed((before, self.ledger.phase), Failure(f"{what.__name__} lost", repr(fault)))
        return None


class Client(Worker):
    """Asks everything on one kept connection, for each app in turn."""

    def __init__(self, ledger, gate, made, name):
        super().__init__(ledger, gate, made)
        self.name, self.serial, self.waits = name, 0, False
        self.connection = Connection(made.socket())

    def call(self, *request):
        """The answer, got as the documents say."""
        end, broken = time.monotonic() + DEADLINE, 0
        while True:
            try:
                return self.connection.ask(*request)
            except BROKEN:
                self.connection.close()
                broken += 1
                if broken > 1 and not (self.ledger.phase.away and time.monotonic() < end):
                    raise
                self.ledger.count("broken")
            except AWAY:
                self.connection.close()
                if not self.ledger.phase.away or time.monotonic() > end:
                    raise
                self.ledger.count("away")
                time.sleep(0.01)  # as a client does that tries again

    def ask(self, call, app, method, rest, body=None):
        self.waits = True
        answer = self.call(method, f"/v1/apps/{app}/{rest}", body)
        self.waits = False
        if answer.status != 200:
            name = (answer.document or {}).get("type", "").removeprefix("urn:usersig:problem:")
            raise Failure(f"{call} {answer.status} {name}", f"{app}: {answer.document!r}")
        return answer.document

    def judge(self, call, app, usersig, key, identifier, moments, banned):
        """Good at one of these moments, by another reader than sigd's, and not withdrawn when it was asked for."""
        secret = self.ledger.owners[identifier] if key is None else self.ledger.keys[app][key]
        moments = [now - self.ledger.doubt for now in moments]
        codes = [oracle.judge(usersig, secret, self.ledger.apps[app][0], identifier, now) for now in moments]
        if 0 not in codes:
            raise Failure(f"{call}: the service says {codes[0]}", f"{app} {identifier} {key} at {moments}")
        if banned & {(app, key), usersig}:
            raise Failure(f"{call}: withdrawn", f"{app} {identifier} {key}")

    def round(self):
        self.serial += 1
        for app, (_, admins) in self.ledger.apps.items():
            self.attempt(self.admin, app, admins[self.serial % len(admins)])
            signed = self.attempt(self.usersig, app, f"{self.name}-{app}-{self.serial}")
            if signed:
                self.attempt(self.verify, app, *signed)
            self.attempt(self.url, app, admins[self.serial % len(admins)])
            if self.serial % 4 == 0:
                self.attempt(self.batch, app, [f"{self.name}-{app}-{self.serial}-{i}" for i in range(5)])

    def admin(self, app, identifier):
        banned, before = self.ledger.banned, self.ledger.clock.real
        got = self.ask("admin", app, "GET", f"admin?as={identifier}")
        self.judge("admin", app, got["usersig"], got["key"], identifier, (before, self.ledger.clock.real), banned)
        self.ledger.admins[got["usersig"]] = (app, identifier, got["key"])

    def check_signed(self, call, app, identifier, got, before, banned, lifetime):
        self.judge(call, app, got["usersig"], got["key"], identifier, (before, self.ledger.clock.real), banned)
        claims = oracle.decode(got["usersig"])
        equal((claims["time"], claims["time"] + claims["expire"]), (got["issued_at"], got["expires_at"]), "what it says of it")
        equal(got["expires_at"], got["issued_at"] + lifetime, "its end")
        self.ledger.signed[identifier] = (app, got)

    def usersig(self, app, identifier):
        banned, clock = self.ledger.banned, self.ledger.clock
        before, steps = clock.real, clock.steps
        lifetime = (3600, 86400, 7 * 86400)[self.serial % 3]
        got = self.ask("usersig", app, "POST", "usersig", {"identifier": identifier, "lifetime": lifetime})
        self.check_signed("usersig", app, identifier, got, before, banned, lifetime)
        return identifier, got, steps

    def verify(self, app, identifier, signed, steps):
        got = self.ask("verify", app, "POST", "verify", {"usersig": signed["usersig"], "identifier": identifier})
        if got["verdict"] == "ok":
            equal((got["valid"], got["key"], got["claims"]["identifier"]), (True, signed["key"], identifier), "verdict")
        elif steps == self.ledger.clock.steps and (app, signed["key"]) not in self.ledger.revoking:
            raise Failure(f"verify: {got['verdict']}", f"{app} {signed}")

    def url(self, app, identifier):
        banned, before = self.ledger.banned, self.ledger.clock.real
        url = self.ask("url", app, "GET", f"url/openim/sendmsg?as={identifier}")["url"]
        words = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        usersig = words["usersig"][0]
        equal((words["identifier"], words["sdkappid"]), ([identifier], [str(self.ledger.apps[app][0])]), "the URL")
        by = [name for name, key in self.ledger.keys[app].items()
              if oracle.judge(usersig, key, self.ledger.apps[app][0], identifier, 0) == 0]
        self.judge("url", app, usersig, by[0] if by else None, identifier, (before, self.ledger.clock.real), banned)

    def batch(self, app, identifiers):
        banned, before = self.ledger.banned, self.ledger.clock.real
        text = self.ask("batch", app, "POST", "usersig", {"identifiers": identifiers, "lifetime": 3600})
        lines = [json.loads(line) for line in text.splitlines()]
        equal([line["identifier"] for line in lines], identifiers, "the order of a batch")
        for line in lines:
            if "error" in line:
                name = line["error"]["type"].removeprefix("urn:usersig:problem:")
                self.ledger.failed((self.ledger.phase,), Failure(f"item {line['error']['status']} {name}", repr(line)))
            else:
                self.check_signed("item", app, line["identifier"], line, before, banned, 3600)


class Reader(Worker):
    """Maps an administrator's page and reads its file, as docs/PAGES.md says."""

    def __init__(self, ledger, gate, made, base, app, identifier):
        super().__init__(ledger, gate, made)
        self.base, self.app, self.identifier = base, app, identifier
        self.map = None

    def open(self):
        descriptor = os.open(self.base + ".page", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return mmap.mmap(descriptor, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(descriptor)

    def read(self, now):
        for _ in range(10000):
            copy = self.map[:2560]
            sequence, check, _, state, _, _, end, _, _, _, length = struct.unpack_from("=2I Q2I 3Q 3I", copy, 16)
            if sequence % 2 == 0 and check == zlib.crc32(copy[32:]) and sequence == struct.unpack_from("=I", self.map, 16)[0]:
                if state != 1 or end < now:
                    raise LookupError("revoked" if state == 2 else f"state {state} until {end}")
                return copy[512:512 + length].decode("ascii")
        raise LookupError("being written")

    def round(self):
        self.attempt(self.page)
        self.attempt(self.file)
        os.sched_yield()

    def judge(self, call, usersig, now, banned):
        keys = self.ledger.keys[self.app]
        by = [name for name, key in keys.items()
              if oracle.judge(usersig, key, self.ledger.apps[self.app][0], self.identifier, now) == 0]
        if not by:
            raise Failure(f"{call}: not valid")
        if banned & {(self.app, by[0]), usersig}:
            raise Failure(f"{call}: withdrawn", by[0])

    def page(self):
        banned, now = self.ledger.banned, self.ledger.clock.real
        try:
            self.map = self.map or self.open()
            usersig = self.read(now)
        except LookupError as why:
            self.map = None  # revoked for ever: what comes later is at the path
            try:
                self.map = self.open()
                usersig = self.read(self.ledger.clock.real)
            except (LookupError, FileNotFoundError):
                raise Failure("page gone", str(why)) from None
        except FileNotFoundError:
            raise Failure("page gone") from None
        self.judge("page", usersig, now, banned)

    def file(self):
        banned, now = self.ledger.banned, self.ledger.clock.real
        try:
            with open(self.base + ".usersig", encoding="ascii") as file:
                self.judge("file", file.read().removesuffix("\n"), now, banned)
        except FileNotFoundError:
            raise Failure("file gone") from None
