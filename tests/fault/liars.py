"""liars.py: processes that break the protocol of their channels, while the others serve."""
import os
import signal
import subprocess
import sys
import time

import harness
import shimmed
from admin import SIGCTL
from fault import fault
from harness import equal, true, until

FRAMING = shimmed.NUMBER | shimmed.OP | shimmed.LENGTH | shimmed.FDS | shimmed.CUT | shimmed.TAIL | shimmed.NOISE | shimmed.TWICE
ROUNDS = 6
BY_HAND = ("front", "sign", "userbuf", "frames", "fuzz")


@fault("Lies", "a front sends garbage: frames with another number, op or length, cut, twice, noise, strange descriptors", weight=7,
       may=["lost", "refused", "503 unavailable"], holds={
    "cut": "the signer cuts it off; the master, to whom it lies too, ends it and starts another",
    "others": "master, signer and the honest front live on; nothing is signed but what the policy lets its callers have",
    "then": "once it is honest, all is served within 1 s",
})
def front_lies(run):
    run.daemon(shimmed=True)
    run.killed.add(signal.SIGKILL)
    liar, signer, honest = run.made.faults["front 1"], run.made.child("sigd-signer"), run.front(0)
    run.load.newcomers = 0.5  # all go to the honest one in the end, but for those
    for one_in in (50, 10, 3):
        run.harm()
        liar.lies = FRAMING | shimmed.STRANGER
        lied, liar.lie = liar.lied, one_in
        until(lambda: run.load.look() or liar.lied >= lied + 2, "it lies", 20)
        run.sigctl("reload", status=None)  # which it answers to the master
        since = time.monotonic()
        liar.lie = 0
        until(lambda: len(run.fronts()) == 2, "two fronts", 10, 0.005)
        run.served_again(since)
    run.made.wait_line("cut off a front that broke the protocol")
    equal((run.made.child("sigd-signer"), run.front(0)), (signer, honest), "the others live on")
    run.held("cut", "others", "then")
    run.note(f"{liar.lied} lies")
    run.end(once=False)


def nudged(run):
    """What the signer has to tell the master. Has everything ended?"""
    for words in (("flush", "demo", "second"), ("clock", "accept")):
        asking = subprocess.Popen([SIGCTL, *words, "--socket", run.made.path("adm", "admin.sock")], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            asking.wait(0.5)
        except subprocess.TimeoutExpired:  # it waits for an answer that was a lie
            asking.kill()
            asking.wait()
    return run.made.process.poll() is not None


@fault("Lies", "the signer sends garbage, and fields out of their range, to the fronts and the master", weight=9,
       may=["lost", "refused", "503 unavailable", "500 internal"], holds={
    "ends": "a front that hears it ends and is started again; where the master hears it, everything ends with exit status 71",
    "never": "what is served in spite of it is right",
    "then": "once it is honest (and sigd started again), all is served within 1 s",
})
def signer_lies(run):
    run.daemon(shimmed=True)
    run.killed.add(signal.SIGKILL)
    liar, ended = run.made.faults["signer"], 0
    for number in range(ROUNDS):
        run.harm()
        liar.lies = 0  # any
        lied, liar.lie = liar.lied, (10, 2)[number % 2]
        until(lambda: run.load.look() or liar.lied >= lied + 2, "the fronts are lied to", 20)
        if number % 2:
            until(lambda: nudged(run), "the master hears it", 20)
        since = time.monotonic()
        liar.lie = 0
        ended += restart_if_ended(run)
        until(lambda: len(run.fronts()) == 2, "two fronts", 10, 0.005)
        run.served_again(since)
    lied = liar.lied
    run.held("ends", "never", "then")
    run.note(f"{lied} lies, everything ended {ended} times")
    run.end(flat=False)


def restart_if_ended(run):
    end = time.monotonic() + 0.3
    while run.made.process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    if run.made.process.poll() is None:
        return False
    equal(run.made.wait(), 71, "exit status")
    run.no_crash()
    run.made.start()
    return True


@fault("Lies", "the signer lies while sigd starts", may=["lost", "refused"], weight=6, holds={
    "ends": "sigd starts, or does not with an exit status that is no signal, and nothing stays behind",
    "then": "with an honest signer it starts",
})
def signer_lies_at_start(run):
    run.daemon(shimmed=True, load=False)
    run.killed.add(signal.SIGKILL)
    equal(run.made.stop(), 0, "exit status")
    liar, refused = run.made.faults["signer"], 0
    for _ in range(12):
        liar.lies = FRAMING | shimmed.STRANGER  # fields that nobody asked about would be waited for, for 20 s
        liar.lie = run.random.choice((1, 2, 4))
        run.made.launch()
        until(lambda: run.made.closed or "msg=ready" in run.made.stderr, "it starts or ends", 40, 0.01)
        status = run.made.wait() if run.made.closed else run.made.stop()
        true(status >= 0, f"it died of signal {-status}:\n{run.made.stderr}")
        refused += status > 0
        run.no_crash()
    true(liar.lied and refused, f"{liar.lied} lies, {refused} starts refused")
    liar.lie = 0
    run.made.start()
    run.base_files = {}
    run.clients_begin()
    run.held("ends", "then")
    run.end(flat=False)


@fault("Lies", "a front that lies word by word (tests/daemon/test_lying_*)", clients=False, weight=30, holds={
    "who": "it cannot make the signer take somebody for somebody else, sign outside the policy, or crash; garbage closes its channel",
    "files": "nor make the master publish what is no usersig, or hold a reload up",
})
def front_lies_by_hand(run):
    place = os.path.join(harness.BUILD, "tests", "daemon")
    tests = [[os.path.join(place, f"test_lying_{name}")] for name in BY_HAND]
    tests.append([sys.executable, os.path.join(os.path.dirname(harness.HERE), "daemon", "test_lying_reader.py")])
    running = []
    for test in tests:
        if not os.access(test[-1], os.R_OK):
            harness.skip(f"{test[-1]} is not built", must=True)
        running.append(subprocess.Popen(test, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        env={**os.environ, "USERSIG_SEED": str(run.seed), "top_builddir": harness.BUILD}))
    for test, process in zip(tests, running):
        said, _ = process.communicate(timeout=100)
        equal(process.returncode, 0, f"{test}: {said[-2000:]}")
    run.held("who", "files")
    run.came("all hold")
