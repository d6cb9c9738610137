"""lacks.py: calls that do less than they were asked for, memory and descriptors that run out."""
import os
import signal
import time

import harness
from fault import fault
from harness import dial, equal, good, true, until
from process import fds, limit, limit_of
from reloads import reloaded

OF_FRONT = ["lost", "refused", "503 unavailable"]


@fault("Calls", "calls are interrupted, reads and writes do a part, packets find no room: in all processes, from the start", weight=7, holds={
    "nobody": "nobody notices: every request is answered, reloads and flushes are done",
})
def part_calls(run):
    def plant(made):
        every = made.faults["all"]
        every.interrupt, every.cut, every.crowd = 7, 5, 9
    run.daemon(shimmed=True, prepare=plant)
    for _ in range(3):
        run.wait(0.3, 0.8)
        reloaded(run.made)
        run.sigctl("status")
    faults = run.made.faults
    for name in ("signer", "front"):
        true(faults[name].interrupted and faults[name].was_cut and faults[name].crowded, f"{name}: calls were cut short")
    true(faults["master"].interrupted or faults["master"].crowded, "master: calls were cut short")
    run.load.turn()
    run.held("nobody")
    run.end()
    run.note(f"{faults['all'].interrupted} interrupted, {faults['all'].was_cut} cut, {faults['all'].crowded} crowded")


def all_serve(run, since):
    until(lambda: len(run.fronts()) == 2, "two fronts", 10, 0.005)
    run.served_again(since)


@fault("Memory", "requests for memory fail in the fronts, one in twenty and less", may=OF_FRONT, holds={
    "one": "a request that finds no memory is refused or its connection closed; a front that cannot go on is started again",
    "rest": "signer and master live on",
    "then": "once there is memory, all is served within 1 s",
})
def front_memory(run):
    run.daemon(shimmed=True)
    signer, fronts = run.made.child("sigd-signer"), run.made.faults["front"]
    for one_in in (200, 100, 20):
        run.harm()
        fronts.refuse = one_in
        run.wait(0.8, 1.2)
        since = time.monotonic()
        fronts.refuse = 0
        all_serve(run, since)
    true(fronts.refused, "memory was refused")
    equal(run.made.child("sigd-signer"), signer, "the signer lives on")
    run.held("one", "rest", "then")
    run.end()


@fault("Memory", "requests for memory fail in the signer, while it takes reloads", weight=6, may=OF_FRONT,
       gaps=["write", "torn"], holds={
    "whole": "a reload is taken or refused; a signer that cannot go on ends everything, with exit status 71",
    "then": "once there is memory (and sigd started again), all is served within 1 s",
})
def signer_memory(run):
    run.daemon(shimmed=True)
    run.killed.add(signal.SIGKILL)
    signer = run.made.faults["signer"]
    for one_in in (50, 20, 10, 5):
        run.harm()
        signer.refuse = one_in
        for _ in range(6):
            if run.made.process.poll() is None:
                run.sigctl("reload", status=None)
        since = time.monotonic()
        signer.refuse = 0
        restart_if_ended(run)
        all_serve(run, since)
    true(signer.refused, "memory was refused")
    run.held("whole", "then")
    run.end(flat=False)


def restart_if_ended(run, ends=(71,), wait=0.2):
    """A daemon that ends does it at once; gives it that long."""
    end = time.monotonic() + wait
    while run.made.process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    if run.made.process.poll() is None:
        return False
    status = run.made.wait()
    true(status in ends, f"exit status {status}, not of {ends}")
    run.no_crash()
    run.made.start()
    return True


def change_without_memory(run, changes, ends):
    """ends: exit statuses that a master may end with."""
    run.daemon(shimmed=True)
    run.killed.add(signal.SIGKILL)
    master = run.made.faults["master"]
    for one_in in (50, 20, 100):
        run.harm()
        master.refuse = one_in
        for number in range(60):
            if run.made.process.poll() is None and (number < 6 or not master.refused):
                run.sigctl(*run.random.choice(changes), status=None)
        since = time.monotonic()
        master.refuse = 0
        restart_if_ended(run, ends)
        all_serve(run, since)
    true(master.refused, "memory was refused")
    run.sigctl("reload")
    run.end(flat=False)


@fault("Memory", "requests for memory fail in the master, while it flushes and tells its state", weight=6, may=OF_FRONT, holds={
    "whole": "a flush is done or refused; a master that cannot go on ends everything, with exit status 71",
    "then": "once there is memory (and sigd started again), all is served within 1 s",
})
def master_memory(run):
    change_without_memory(run, [("flush", "demo", "second"), ("status",), ("log-level", "info")], [71])
    run.held("whole", "then")


@fault("Memory", "requests for memory fail in the master, while it reloads", weight=6, may=OF_FRONT, holds={
    "whole": "a reload is done or refused, or everything ends: with exit status 71, or otherwise where libconfuse, which reads the "
             "config, finds no memory and crashes or exits",
    "then": "once there is memory (and sigd started again), all is served within 1 s",
})
def reload_memory(run):
    change_without_memory(run, [("reload",)], [71, 2, -signal.SIGSEGV, -signal.SIGABRT])
    run.held("whole", "then")


class Limited:
    """While it lasts, these processes may have no more than that."""

    def __init__(self, what, values):
        self.what = what
        self.before = {pid: limit_of(pid, what) for pid in values}
        for pid, value in values.items():
            limit(pid, what, value)

    def end(self):
        for pid, value in self.before.items():
            if os.path.exists(f"/proc/{pid}/fd") and harness.process_name(pid).startswith("sigd"):
                limit(pid, self.what, value)


@fault("Memory", "a front may not grow (RLIMIT_AS)", weight=6, root=True, needs=("prlimit",), may=OF_FRONT, holds={
    "rest": "signer and master live on",
    "then": "once it may, all is served within 1 s",
})
def front_address_space(run):
    run.daemon()
    signer = run.made.child("sigd-signer")
    for _ in range(3):
        run.harm()
        limited = Limited("as", dict.fromkeys(run.fronts(), 1 << 20))
        run.wait(0.5, 1.0)
        since = time.monotonic()
        limited.end()
        all_serve(run, since)
    equal(run.made.child("sigd-signer"), signer, "the signer lives on")
    run.held("rest", "then")
    run.end()


def crowd(run, number):
    """Connections that ask once and stay."""
    found = []
    for _ in range(number):
        try:
            one = dial(run.made.socket(), 0.2)
            one.sendall(b"GET /v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n")
            found.append(one)
        except OSError:
            break
    return found


def crowd_at_once(run, number):
    """The same, which a front finds all at once, so that they go to the signer in one packet."""
    for pid in run.fronts():
        os.kill(pid, signal.SIGSTOP)
    idle = crowd(run, number)
    for pid in run.fronts():
        os.kill(pid, signal.SIGCONT)
    return idle


@fault("Descriptors", "the fronts run out of descriptors (RLIMIT_NOFILE)", root=True, needs=("prlimit",), may=OF_FRONT, holds={
    "there": "who is connected is served; who comes waits, or takes the place of one that idles",
    "then": "once there are some, all is served within 1 s",
})
def front_descriptors(run):
    run.daemon()
    for _ in range(3):
        run.harm()
        limited = Limited("nofile", {pid: fds(pid) + 1 for pid in run.fronts()})
        idle = crowd(run, 40)
        run.wait(0.5, 1.0)
        since = time.monotonic()
        limited.end()
        for one in idle:
            one.close()
        all_serve(run, since)
    run.held("there", "then")
    run.end()


@fault("Descriptors", "the signer runs out of descriptors", root=True, needs=("prlimit",), may=OF_FRONT, holds={
    "closed": "who cannot be told from others is not served: nobody is taken for somebody else",
    "then": "once there are some, all is served within 1 s",
})
def signer_descriptors(run):
    run.daemon()
    signer = run.made.child("sigd-signer")
    for _ in range(3):
        run.harm()
        # poll() wants to be allowed as many as it is given places
        limited = Limited("nofile", {signer: max(20, fds(signer) + 2)})
        idle = crowd_at_once(run, 60)
        run.wait(0.5, 1.0)
        since = time.monotonic()
        limited.end()
        for one in idle:
            one.close()
        all_serve(run, since)
    equal(run.made.child("sigd-signer"), signer, "the signer lives on")
    run.held("closed", "then")
    run.end()


@fault("Descriptors", "the master runs out of descriptors, and a front dies", root=True, needs=("prlimit",), may=OF_FRONT, holds={
    "tried": "the front is tried again until it can be started; a reload is refused, and all goes on",
    "then": "once there are some, both fronts serve within 1 s",
})
def master_descriptors(run):
    run.daemon()
    run.killed.add(signal.SIGKILL)
    for _ in range(2):
        run.harm()
        limited = Limited("nofile", {run.made.pid: fds(run.made.pid) - 2})
        victim, after = run.random.choice(run.fronts()), len(run.made.lines)
        os.kill(victim, signal.SIGKILL)
        run.made.wait_line("a front could not be started", after)
        run.made.process.send_signal(signal.SIGHUP)
        run.made.wait_line("change=reload", after)
        run.load.recovered(time.monotonic())
        since = time.monotonic()
        limited.end()
        all_serve(run, since)
        good(run.made.request("GET", "/healthz"))
    reloaded(run.made)
    run.held("tried", "then")
    run.end()
