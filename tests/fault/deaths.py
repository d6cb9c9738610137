"""deaths.py: processes that are killed, and a machine that loses its power."""
import os
import shutil
import signal
import time

from fault import fault
from harness import equal, process_name, true, until
from judge import has_lines, lines_of, verified

ROUNDS = 4


def kill(run, pid):
    run.killed.add(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)


def alive(pids):
    """Those that still run; a zombie does not."""
    found = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                if file.read().rpartition(")")[2].split()[0] not in "ZX":
                    found.append(pid)
        except OSError:
            continue
    return found


def nothing_left(run, pids, since, what):
    until(lambda: not alive(pids), f"nothing is left of {[process_name(pid) for pid in alive(pids)]}", 10, 0.002)
    run.within(what, since)


def start_again(run):
    """As a service manager does: at once."""
    run.made.wait()
    run.no_crash()
    since = time.monotonic()
    run.made.start()
    run.served_again(since)


@fault("Deaths", "a front is killed (`kill -9`)", may=["lost"], holds={
    "others": "the master, the signer and the other front live on",
    "another": "another front has taken its place within 1 s",
})
def front_killed(run):
    run.daemon()
    signer = run.made.child("sigd-signer")
    first = run.random.randrange(2)
    for number in range(ROUNDS):
        run.wait(0.2, 1.2)
        run.harm()
        since = time.monotonic()
        victim = run.front((first + number) % 2)  # in turn: after a death all clients are with the other
        others = [pid for pid in run.fronts() if pid != victim]
        kill(run, victim)
        until(lambda: len(run.fronts()) == 2 and victim not in run.fronts(), "another front", 10, 0.005)
        run.within("another front runs", since)
        run.served_again(since)
        true(set(others) <= set(run.fronts()), "the other front lives on")
        equal(run.made.child("sigd-signer"), signer, "the signer lives on")
    run.held("others", "another")
    run.end()


@fault("Deaths", "the signer is killed", may=["lost", "refused"], gaps=["torn"], holds={
    "whole": "everything ends within 1 s with exit status 71: nothing half-alive answers",
    "again": "started again, sigd serves; what was signed before still verifies",
})
def signer_killed(run):
    run.daemon()
    for _ in range(ROUNDS - 1):
        run.wait(0.2, 1.0)
        run.harm()
        since, pids = time.monotonic(), [run.made.pid, *run.made.children()]
        kill(run, run.made.child("sigd-signer"))
        nothing_left(run, pids, since, "all ended")
        equal(run.made.wait(), 71, "exit status")
        start_again(run)
    run.held("whole", "again")
    run.end()


@fault("Deaths", "the master is killed", may=["lost", "refused"], gaps=["torn"], holds={
    "whole": "signer and fronts end within 1 s",
    "again": "started again on the socket that is left over, sigd serves",
})
def master_killed(run):
    run.daemon()
    for _ in range(ROUNDS - 1):
        run.wait(0.2, 1.0)
        run.harm()
        since, pids = time.monotonic(), [run.made.pid, *run.made.children()]
        kill(run, run.made.pid)
        run.made.process.wait(5)
        nothing_left(run, pids, since, "all ended")
        start_again(run)
    run.held("whole", "again")
    run.end()


@fault("Deaths", "all processes are killed at once, as by a machine that stops", may=["lost", "refused"], gaps=["torn"], holds={
    "again": "started again, sigd serves, and what was answered is in the audit log",
})
def all_killed(run):
    run.daemon()
    for _ in range(ROUNDS - 1):
        run.wait(0.2, 1.0)
        run.harm()
        pids = [run.made.pid, *run.made.children()]
        run.random.shuffle(pids)
        for pid in pids:
            try:
                kill(run, pid)
            except ProcessLookupError:
                pass
        until(lambda pids=pids: not alive(pids), "nothing is left", 10, 0.002)
        start_again(run)
    run.held("again")
    run.end()


def cut_copy(run, synced, number):
    """The log as a disk has it that lost its power: all that was synced, and perhaps some more."""
    path = run.made.path("log", "audit.log")
    copy = run.made.path("log", f"cut.{number}")
    shutil.copy(path, copy)
    more = run.random.randint(0, max(0, os.path.getsize(copy) - synced)) if run.random.random() < 0.5 else 0
    os.truncate(copy, synced + more)
    return copy


@fault("Deaths", "power is lost with `sync = \"batch\"`", may=["lost", "refused"], gaps=["torn"], holds={
    "synced": "when an answer comes, its line has been synced: a log that is cut there has it",
    "cut": "the log up to the last sync has the line of each signature that was answered before",
    "goes on": "sigd starts on that log, tells of a torn line by a gap record, and goes on",
})
def power_lost(run):
    run.daemon(shimmed=True, sync="batch")
    signer = run.made.faults["signer"]
    signer.sync_ms = 2  # a real disk's time: who answered before it ends is caught
    path = run.made.path("log", "audit.log")
    for number in range(ROUNDS - 1):
        run.wait(0.4, 1.0)
        run.harm()
        answered = dict(run.load.signatures)
        synced = signer.synced
        pids = [run.made.pid, *run.made.children()]
        for pid in pids:
            kill(run, pid)
        until(lambda pids=pids: not alive(pids), "nothing is left", 10, 0.002)
        run.made.wait()
        copy = cut_copy(run, synced, number)
        has_lines(lines_of(copy), answered)
        ends, at = {}, 0
        with open(path, "rb") as file:
            for line in file:
                at += len(line)
                if b'"event":"sign"' in line and line.endswith(b"}\n"):
                    ends[line.split(b'"identifier":"')[1].split(b'"')[0].decode()] = at
        late = [name for name, (_, _, then) in answered.items() if number == 0 and ends[name] > then]
        equal(late[:5], [], "answered before its line was synced")
        # what was answered after the cut is lost to this disk, and to this test
        for name in [name for name in run.load.signatures if ends.get(name, at + 1) > os.path.getsize(copy)]:
            true(name not in answered, f"{name} was answered and is not on the disk")
            del run.load.signatures[name]
        os.rename(copy, path)
        os.chmod(path, 0o600)
        since = time.monotonic()
        run.made.start()
        verified(path, run.fault.gaps)
        run.served_again(since, 3)  # by the machine's own disk, which others use too
    run.held("synced", "cut", "goes on")
    run.end()


