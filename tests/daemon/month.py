"""month.py: a daemon of twins with clients (month_clients.py), its operator, and the time between two events.

Environment: MONTH_SEED (default 20260101): how long the steps of time are."""
import json
import os
import pwd
import random
import re
import shutil
import subprocess
import time

import harness
from admin import SIGCTL
from harness import KEY, OTHER_KEY, ROOT, SDKAPPID, equal, good, in_user_namespace, oracle, true, until
from month_clients import Client, Gate, Ledger, Phase, Reader
from systemd import Given
from twins import START, TwinSigd

HOUR, DAY = 3600, 86400
SIDE_KEY, OWNER_KEY, NEXT_KEY = KEY[::-1], OTHER_KEY[::-1], KEY[32:] + OTHER_KEY[:32]
APPS = {"chat": (SDKAPPID, ["administrator"]), "side": (SDKAPPID + 1, ["boss", "partner"])}
RENEWED = [("chat", "administrator"), ("side", "boss")]
PLACES = (("/run/sigd-admin", "adm"), ("/run/sigd", "run"), ("/var/lib/sigd", "log/state"), ("/var/log/sigd", "log"))
SIDE = """app "side" {{
    sdkappid = {sdkappid}
    key "s1" {{ file = "@DIR@/keys/side.sealed" }}
    admin "boss" {{ lifetime = "24h"  min_remaining = "10m" }}
    admin "partner" {{ usersig_file = "@DIR@/keys/partner.usersig" }}
    allow {{ users = {{"@UID@"}}  may = {{"admin", "url", "sign", "verify"}}  admins = {{"boss", "partner"}} }}
}}
"""


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Daemon(Given, TwinSigd):
    """The twins, with what systemd would give them; nothing at first."""
    given, env = (), {"PATH": "/usr/bin:/bin"}


class Month:
    """The daemon, who asks it, and what an operator does. The words of each day are below."""

    def __init__(self, publish):
        self.random = random.Random(int(os.environ.get("MONTH_SEED", "20260101")))
        self.publish, self.renewals, self.held, self.rotated = publish, 0, {}, []
        self.made = Daemon("", keys={"console.key": KEY, "b.key": OTHER_KEY, "c.key": NEXT_KEY, "side.key": SIDE_KEY}, start=False)
        self.clock, self.mounted = self.made.clock, False
        self.keys = {"chat": {"b": OTHER_KEY, "c": NEXT_KEY}, "side": {"s1": SIDE_KEY}}
        self.ledger = Ledger(self.clock, APPS, self.keys, {"partner": OWNER_KEY})
        self.gate = Gate()
        base = os.path.join(publish, "chat", "administrator")
        self.workers = [Client(self.ledger, self.gate, self.made, f"c{n}") for n in range(4)]
        self.workers.append(Reader(self.ledger, self.gate, self.made, base, "chat", "administrator"))
        self.base = base

    # what an operator does

    def sigctl(self, *arguments, status=0, text=None, busy=None):
        """Runs it to its end; busy: what the test does meanwhile, over and over."""
        done = subprocess.Popen([SIGCTL, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={"PATH": "/usr/bin:/bin", "SIGCTL_SOCKET": self.made.path("adm", "admin.sock")}, text=True)
        if busy:
            done.stdin.close()
            done.stdin = None
            until(lambda: done.poll() is not None or busy(), f"sigctl {arguments} ends", harness.DEADLINE)
        out, err = done.communicate(text, 4 * harness.DEADLINE)
        equal(done.returncode, status, f"sigctl {arguments}: {out}{err}")
        return out + err

    def init(self):
        """The first configuration as sigctl writes it, in this test's places; then what an operator adds."""
        sigd = self.made.write("check", f'#!/bin/sh\nexec "{harness.SIGD}" --libexec-dir "{harness.LIBEXEC}" "$@"\n'.encode(), 0o755)
        os.unlink(self.made.config)
        with open(self.made.path("keys", "console.key"), encoding="ascii") as file:
            self.sigctl("init", "--app", "chat", "--sdkappid", str(SDKAPPID), "--region", "china", "--admin", "administrator",
                        "--user", pwd.getpwuid(os.getuid()).pw_name, "--config", self.made.config, "--sigd", sigd, text=file.read())
        with open(self.made.config, encoding="ascii") as file:
            text = file.read()
        for place, name in PLACES:
            text = text.replace(f'"{place}', f'"{self.made.path(name)}')
        self.first, = re.findall(r'key "(\w+)" ', text)
        self.keys["chat"][self.first] = KEY
        found = re.search(r'( *key "\w+" \{ file = "([^"]*)") \}\n', text)
        self.key_file = found[2]
        text = text.replace(found[0], "@KEYS@").replace('sync = "1s"', 'sync = "batch"')
        text = text.replace('min_remaining = "10m" }', f'min_remaining = "10m"  publish_group = "{os.getgid()}" }}', 1)
        self.text = (f'workers = 2\npublish_dir = "{self.publish}"\nmaster_key = "@DIR@/keys/master"\n{text}'
                     + SIDE.format(sdkappid=SDKAPPID + 1) + "ids = in_namespace\n" * in_user_namespace())
        if ROOT and "users {" not in text:
            self.text += 'users { signer = "64001"  front = "64002" }\n'
        self.sigctl("keygen", "--master", self.made.path("keys", "master"))
        self.sigctl("seal", "--app", "side", "--key", "s1", "--master", self.made.path("keys", "master"),
                    self.made.path("keys", "side.key"), self.made.path("keys", "side.sealed"))
        self.partner_signs()

    def configure(self, *keys, text=None):
        """keys: (name, file, words)."""
        lines = "".join(f'    key "{name}" {{ file = "{file}"  {words} }}\n' for name, file, words in keys)
        text = (text or self.text).replace("@KEYS@", lines)
        os.rename(self.made.write("sigd.conf.new", self.made.fill(text).encode(), 0o644), self.made.config)

    def key(self, name, words=""):
        return (name, self.key_file if name == self.first else self.made.path("keys", f"{name}.key"), words)

    def partner_signs(self):
        """Whoever owns the hosted administrator's key, elsewhere."""
        usersig = oracle.sign(OWNER_KEY, SDKAPPID + 1, "partner", self.clock.real, 40 * DAY)
        os.rename(self.made.write("keys/partner.new", usersig.encode() + b"\n"), self.made.path("keys", "partner.usersig"))
        return usersig

    def reload(self, *keys, **more):
        self.configure(*keys)
        true("counts" in self.sigctl("reload", **more), "reloaded")
        self.held.clear()  # administrators are renewed

    def generation(self):
        return json.loads(self.sigctl("status", "--json"))["generation"]

    def small_disk(self):
        """The log and the state get a disk that can be filled."""
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0755", "tmpfs", self.made.path("log")],
                              capture_output=True, text=True, check=False) if ROOT and shutil.which("mount") else None
        self.mounted = done is not None and done.returncode == 0
        if not self.mounted:
            print(f"# NOT TESTED: the full disk, which needs root and a mount ({done.stderr.strip() if done else 'no root'})")

    # time

    def turn(self):
        """Everybody has made a round that began after this call; nothing has failed that may not."""
        wanted = [(worker, worker.rounds + 2) for worker in self.workers]
        until(lambda: self.ledger.unexpected() or all(worker.rounds >= n for worker, n in wanted), "the clients go on",
              3 * harness.DEADLINE, 0.002)
        self.look()

    def look(self):
        equal(self.ledger.unexpected()[:4], [], f"failures in the phase {self.ledger.phase.name!r}, {self.day():.2f} days in")

    def day(self):
        return (self.clock.real - START) / DAY

    def phase(self, name, must=None, may=None, away=False):
        self.ledger.phase = Phase(name, must, may, away)

    def calm(self, name="calm"):
        """The end of a phase: what had to fail has failed, and nothing fails any more."""
        phase = self.ledger.phase
        if phase.must:
            until(lambda: self.ledger.unexpected() or set(phase.must) <= self.ledger.names(phase), f"what must fail in {phase.name!r}",
                  3 * harness.DEADLINE)
        with self.gate:
            self.phase(name)
        self.turn()
        equal(self.ledger.names(phase) - set(phase.may), set(phase.must), f"what failed in the phase {phase.name!r}")

    def leap(self, seconds):
        """As a machine sleeps: nothing is under way."""
        with self.gate:
            self.clock.advance(seconds)
        self.renewed()
        self.turn()

    def creep(self, seconds, step=2):
        """As time goes by, a little at a time, under everybody's requests."""
        for _ in range(seconds // step):
            self.clock.advance(step)
        self.turn()

    def to(self, day, hours=(3, 7)):
        """Until that day, by steps of some hours."""
        end = START + day * DAY
        while self.clock.real < end:
            self.leap(min(self.random.randint(*hours) * HOUR + self.random.randint(0, 59) * 60, int(end - self.clock.real)))

    def renewed(self):
        """Each administrator was renewed if that was due, and not otherwise."""
        for app, identifier in RENEWED:
            got, before = self.admin(app, identifier), self.held.get((app, identifier))
            if before and abs(before["renew_at"] - self.clock.real) > 2:
                due = before["renew_at"] < self.clock.real
                equal(got["usersig"] != before["usersig"], due, f"{identifier} was renewed")
                equal(got["issued_at"], self.clock.real if due else before["issued_at"], f"{identifier}: issued")
                self.renewals += due
            self.held[app, identifier] = got

    def admin(self, app="chat", identifier="administrator"):
        return good(self.made.request("GET", f"/v1/apps/{app}/admin?as={identifier}"))

    def fronts(self):
        return {pid for pid, name in self.made.children().items() if name == "sigd-front"}

    def two_fronts(self, without=()):
        def there():
            self.look()
            return len(self.fronts() - set(without)) == 2
        until(there, "two fronts")
        self.clock.settle()
        self.turn()

    def published(self):
        """All bytes that readers could see now."""
        found = b""
        for name in (".usersig", ".page"):
            with open(self.base + name, "rb") as file:
                found += file.read()
        return found

    # the end

    def end(self):
        for worker in self.workers:
            worker.stopping = True
        for worker in self.workers:
            worker.thread.join(2 * harness.DEADLINE)
            true(not worker.thread.is_alive(), "a client ends")
        self.look()
        equal(self.made.stop(), 0, "exit status")

    def clean(self):
        for worker in self.workers:
            worker.stopping = True
        try:
            if self.made.process and self.made.process.poll() is None:
                self.made.stop()
        finally:
            self.unmount()
            shutil.rmtree(self.publish, ignore_errors=True)

    def unmount(self):
        if self.mounted:  # what was written is kept for who looks for secrets in it (witness.py)
            shutil.copytree(self.made.path("log"), self.made.path("kept"), ignore=shutil.ignore_patterns("filler", "*.reserve"))
            subprocess.run(["umount", "--lazy", self.made.path("log")], check=True)
            os.rmdir(self.made.path("log"))
            os.rename(self.made.path("kept"), self.made.path("log"))
