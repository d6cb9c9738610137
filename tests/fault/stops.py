"""stops.py: processes that stand still."""
import os
import signal
import time

from fault import fault
from harness import Connection, equal, good, true, until
from process import fds
from reloads import reloaded


def still(run, pid):
    os.kill(pid, signal.SIGSTOP)


def on(pid):
    os.kill(pid, signal.SIGCONT)
    return time.monotonic()


def busiest(run):
    """The front with the most clients, where we may look."""
    return max(run.fronts(), key=fds)


@fault("Stand-still", "the signer stands still (`SIGSTOP`)", weight=14, must=["503 unavailable"], may=["lost"], holds={
    "told": "who waits for the signer is answered 503 after 5 s; a batch that has begun is cut off",
    "cached": "administrators' usersigs are handed out from the cache to whom the signer has already let in",
    "on": "once it runs again (`SIGCONT`), all is served within 1 s",
})
def signer_stopped(run):
    run.daemon()
    signer = run.made.child("sigd-signer")
    known = Connection(run.made.socket())
    good(known.ask("GET", "/v1/apps/demo/admin?as=second"))
    run.wait(0.2, 1.0)
    run.harm()
    still(run, signer)
    for _ in range(20):
        equal(good(known.ask("GET", "/v1/apps/demo/admin?as=second"))["identifier"], "second", "from the cache")
    run.must_come()
    run.served_again(on(signer))
    known.close()
    run.held("told", "cached", "on")
    run.end()


@fault("Stand-still", "the signer stands still for a moment, again and again", holds={
    "nobody": "nobody notices more than that it takes longer",
})
def signer_pauses(run):
    run.daemon()
    signer = run.made.child("sigd-signer")
    for _ in range(10):
        still(run, signer)
        run.wait(0.02, 0.3)
        on(signer)
        run.wait(0.05, 0.2)
    run.load.turn()
    run.held("nobody")
    run.end()


@fault("Stand-still", "a front stands still, and a reload comes", weight=8, may=["lost"], holds={
    "waits": "a front that goes on within the second has lost nothing",
    "others": "the other front serves",
    "killed": "a reload waits for it for 1 s, then kills it and starts another; what counts now is served by both",
})
def front_stopped(run):
    run.daemon()
    for _ in range(3):
        victim = run.random.choice(run.fronts())
        still(run, victim)
        run.wait(0.1, 0.7)
        on(victim)
        run.load.turn()
    run.held("waits")
    run.harm()
    run.killed.add(signal.SIGKILL)
    victim = busiest(run)
    still(run, victim)
    for _ in range(5):
        good(run.made.request("GET", "/v1/apps/demo/admin?as=second"))
    since = time.monotonic()
    reloaded(run.made)
    run.within("reloaded", since, 2)
    since = time.monotonic()
    run.made.wait_line("a front did not take what counts now: killed")
    until(lambda: len(run.fronts()) == 2 and victim not in run.fronts(), "another front", 10, 0.005)
    run.served_again(since)
    run.held("others", "killed")
    run.end()


@fault("Stand-still", "the master stands still, and a front dies meanwhile", may=["lost"], holds={
    "serves": "what runs serves on",
    "then": "once it runs again, another front serves within 1 s",
})
def master_stopped(run):
    run.daemon()
    still(run, run.made.pid)
    run.wait(0.5, 1.0)
    run.load.turn()
    run.held("serves")
    run.harm()
    victim = busiest(run)
    run.killed.add(signal.SIGKILL)
    os.kill(victim, signal.SIGKILL)
    run.load.recovered(time.monotonic())
    true(victim not in run.fronts() and len(run.fronts()) == 1, "nobody starts another")
    since = on(run.made.pid)
    until(lambda: len(run.fronts()) == 2, "another front", 10, 0.005)
    run.within("another front runs", since)
    run.served_again(since)
    run.held("then")
    run.end()
