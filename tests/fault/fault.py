"""fault.py: what a fault is, and one run of it.

    @fault("Deaths", "a front is killed", must=["lost"], holds={"another": "another front serves within 1 s"})
    def front_killed(run):
        run.daemon(workers="workers = 2")
        ...
        run.held("another")
        run.end()

The clients (load.py) may see what `must` and `may` name, while the run has said harm(); all of `must` has to come. Each
thing that must hold is held() once it has been seen to; what is not, fails the run. What ALWAYS names is checked by end().
What came() and within() say goes into docs/FAULTS.md, so it is the same in each run."""
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

import harness
from admin import ADMIN, sigctl
from harness import KEY, OTHER_KEY, Sigd, equal, plain_config, true, until
from judge import audited, memory, open_files
from load import ADMINS, Load
from shimmed import Shimmed

FAULTS = []
# what must hold at every fault; checked by Run.end
ALWAYS = (
    "No answer is wrong: each usersig is proven by the key and says what was asked for, each answer is the one to its request.",
    "No request is answered twice, none that nobody sent.",
    "The audit log has one line, and no more, of each signature that was answered, whatever died, and none of what nobody asked "
    "for (two where a reload came between a signature and its answer, which was then made anew); `sigctl audit verify` calls the log good, with gap records of the kinds that are named alone.",
    "No process ends by a fault of its own (a signal that nobody sent), and what lives on loses no descriptor and no memory.",
)
APP_ADMINS = "\n".join(f'    admin "{name}" {{ lifetime = "24h"  min_remaining = "10m" }}' for name in ADMINS)
ALLOW = ('allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"}  admins = {' + ", ".join(f'"{a}"' for a in ADMINS)
         + '}\n            identifiers = {"*"}  max_lifetime = "7d"  rights = 255 }')
FLAT_KB = 2048  # what a process may have more of its own memory after a storm; a leak of each request is far more


class Fault:
    def __init__(self, function, group, title, words):
        self.function, self.group, self.title = function, group, title
        self.name = function.__name__
        self.must, self.may = tuple(words.get("must", ())), tuple(words.get("may", ()))
        self.gaps, self.holds = tuple(words.get("gaps", ())), dict(words["holds"])
        self.clients = words.get("clients", True)  # is there load on it?
        self.weight = words.get("weight", 5)       # seconds, about
        self.root, self.needs = words.get("root", False), tuple(words.get("needs", ()))


def fault(group, title, **words):
    def mark(function):
        FAULTS.append(Fault(function, group, title, words))
        return function
    return mark


class Stalls(threading.Thread):
    """What the machine kept this process waiting, when it did so for long: no fault of sigd's."""
    STEP_S, LONG_S = 0.02, 0.05

    def __init__(self):
        super().__init__(daemon=True)
        self.found = []  # (when it ended, how long)
        self.start()

    def run(self):
        while True:
            began = time.monotonic()
            time.sleep(self.STEP_S)
            late = time.monotonic() - began - self.STEP_S
            if late > self.LONG_S:
                self.found.append((time.monotonic(), late))

    def since(self, when):
        return sum(min(late, ended - when) for ended, late in self.found if ended > when)


class Run:
    def __init__(self, which, seed, seconds=None):
        self.fault, self.seed, self.seconds = which, seed, seconds
        self.random = random.Random(f"{seed} {which.name}")
        self.made = self.load = None
        self.unheld, self.outcome, self.times, self.notes = set(which.holds), [], {}, []
        self.own = set()     # identifiers that the fault itself asks for
        self.killed = set()  # signals that the test sent: ends by them are its own doing
        self.stalls = Stalls()
        self.mounts, self.base_files, self.base_memory = [], {}, {}

    # a daemon with its clients

    def config(self, sync="none", **words):
        top = f'state_dir = "@DIR@/state"\n{ADMIN}\n' + words.pop("top", "")
        audit = f'audit {{ file = "@DIR@/log/audit.log"  sync = "{sync}" }}'
        return plain_config(**{"audit": audit, "workers": "workers = 2", "admin": APP_ADMINS, "allow": ALLOW, "top": top, **words})

    def daemon(self, shimmed=False, made=None, prepare=None, clients=3, sync="none", load=True, **words):
        """Starts it; with clients, once they are served."""
        text = self.config(sync, **words)
        keys = {"demo.key": KEY, "other.key": OTHER_KEY}
        if made:
            self.made = made(text, keys)
        elif shimmed:
            self.made = Shimmed(text, keys=keys, seed=self.seed)
        else:
            self.made = Sigd(text, keys=keys, start=False)
        if prepare:
            prepare(self.made)
        self.made.start()
        self.base_files = open_files(self.made)
        synced = (lambda: self.made.faults["signer"].synced) if shimmed else None
        self.load = Load(self.made.socket(), {"k1": KEY, "k2": OTHER_KEY}, self.seed, clients, synced=synced)
        if load:
            self.clients_begin()
        return self.made

    def clients_begin(self):
        self.load.begin("calm")
        self.load.start()
        self.load.turn()
        self.base_memory = memory(self.made)

    def sigctl(self, *arguments, status=0):
        done = sigctl(*arguments, path=self.made.path("adm", "admin.sock"))
        if status is not None:
            equal(done.returncode, status, f"sigctl {arguments}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def fronts(self):
        return sorted(pid for pid, name in self.made.children().items() if name == "sigd-front")

    def front(self, index):
        for pid in self.fronts():
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read().rstrip(b"\0").endswith(b"-%d" % index):
                    return pid
        raise AssertionError(f"no front {index}: {self.made.children()}")

    def small_disk(self, name, size="12m"):
        """The directory of this name is a file system of its own."""
        path = self.made.path(name)
        subprocess.run(["mkdir", "-p", path], check=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", path], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            harness.skip(f"no mount here: {done.stderr.strip()}")
        self.mounts.append(path)
        return path

    # phases

    def harm(self, what="harm"):
        return self.load.begin(what, self.fault.must + self.fault.may)

    def wait(self, least, most):
        """A random moment."""
        end = time.monotonic() + self.random.uniform(least, most)
        while time.monotonic() < end:
            self.load.look()
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))

    def must_come(self):
        """What has to fail has failed."""
        until(lambda: self.load.look() or set(self.fault.must) <= self.load.phase.seen,
              f"{self.fault.must} (seen: {self.load.phase.seen})", 20)

    def served_again(self, since, bound=1):
        """Every client is served from now on, and nothing fails any more."""
        self.load.recovered(since)
        self.within("served again", since, bound)
        self.load.begin("calm")
        self.load.turn()

    # what is told

    def held(self, *keys):
        for key in keys:
            true(key in self.fault.holds, f"{key} is nothing that must hold")
            self.unheld.discard(key)

    def came(self, what):
        if what not in self.outcome:
            self.outcome.append(what)

    def within(self, what, since, bound=1):
        """It is done now, in time. The median of all rounds counts: the machine may be busy, and one of them late."""
        times, _ = self.times.setdefault(what, ([], bound))
        times.append(time.monotonic() - since - self.stalls.since(since))
        self.came(f"{what} within {bound} s")

    def note(self, what):
        self.notes.append(what)

    # the end

    def no_crash(self):
        """Of what the log tells of ends: none by a signal that this test did not send."""
        for line in self.made.lines:
            found = re.search(r'how="?signal (\d+)', line)
            true(not found or int(found[1]) in self.killed, f"a process died of itself: {line}")

    def flat(self):
        """What lives on has what it had."""
        def same():
            now = open_files(self.made)
            return now == self.base_files
        try:
            until(same, "descriptors", 10, 0.1)
        except AssertionError:
            raise AssertionError(f"descriptors: {self.base_files} before, {open_files(self.made)} after") from None
        now = memory(self.made)
        grown = {name: now[name] - before for name, before in self.base_memory.items() if name in now}
        self.note("memory " + ", ".join(f"{name} {kb:+} kB" for name, kb in sorted(grown.items())))
        true(all(kb < FLAT_KB for kb in grown.values()), f"memory: {grown} kB more than before")

    def end(self, status=0, flat=True, stop=True, once=True):
        """The load ends, sigd stops, the audit log is judged. once: nobody has duplicated requests."""
        self.load.stop()
        self.load.look()
        if flat:
            self.flat()
        if stop:
            equal(self.made.stop(), status, "exit status")
        self.no_crash()
        with open(self.made.path("stderr"), encoding="utf-8", errors="replace") as file:
            once = once and "change=reload" not in file.read()
        lines = audited(self, once)
        self.note(f"{self.load.count} answers, {len(self.load.signatures)} signatures, {lines} audit lines")

    def verdict(self):
        """After the function: does all that must hold?"""
        equal(sorted(self.unheld), [], "what must hold and was never seen to")
        seen = set().union(*(phase.seen for phase in self.load.phases)) if self.load else set()
        equal(sorted(set(self.fault.must) - seen), [], "what must fail and did not")
        for what, (times, bound) in self.times.items():
            self.note(f"{what}: median {statistics.median(times):.2f} s, longest {max(times):.2f} s of {len(times)}")
            true(statistics.median(times) <= bound, f"{what}: {statistics.median(times):.2f} s, and {bound} s is the most")

    def clean(self):
        if self.load:
            self.load.stop()
        while harness.LIVE:
            harness.LIVE.pop().destroy()
        for path in reversed(self.mounts):
            subprocess.run(["umount", "--lazy", path], check=False)
        if self.made and self.made.owns:
            shutil.rmtree(self.made.dir, ignore_errors=True)


def run_one(which, seed, seconds=None):
    """The result as plain data; what it prints is for who reads the log."""
    run = Run(which, seed, seconds)
    began = time.monotonic()
    result = {"name": which.name, "outcome": [], "why": "", "result": "failed"}
    try:
        if which.root and not harness.ROOT:
            harness.skip("needs root")
        for program in which.needs:
            if not shutil.which(program):
                harness.skip(f"needs the program {program}")
        which.function(run)
        run.verdict()
        result.update(result="ok", outcome=run.outcome)
    except harness.Skip as why:
        result.update(result="failed" if why.must else "skipped", why=str(why))
    except BaseException as broken:  # noqa: BLE001
        result.update(why=f"{type(broken).__name__}: {broken}")
        import traceback
        traceback.print_exc(file=sys.stdout)
        if run.made:
            run.made.describe()
    finally:
        run.clean()
    result.update(notes=run.notes, seconds=round(time.monotonic() - began, 1))
    return json.loads(json.dumps(result))
