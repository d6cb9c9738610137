#!/usr/bin/env python3
"""run.py: faults under load (fault.py), several at a time, and the document that tells of them.

    run.py [NAME...]            those whose names contain one of the words; all of them without any
        --seed N                of what is random; printed in any case
        --beside N              so many at a time
        --seconds N             how long the long storm lasts
        --document FILE         writes docs/FAULTS.md of what came; without it, the run fails where that would differ
        --soak SECONDS          faults by chance, each with a seed of its own, until the time is up
        --list                  the names
"""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "daemon"))
import scenarios  # noqa: E402,F401 (declares them)
import document  # noqa: E402
from fault import FAULTS, run_one  # noqa: E402

LONGEST_S = 120  # of one fault, beside its --seconds


class Child:
    """One fault in a process of its own."""

    def __init__(self, which, seed, seconds):
        self.which, self.seed, self.began = which, seed, time.monotonic()
        self.limit = LONGEST_S + (seconds or 0)
        more = ["--seconds", str(seconds)] if seconds else []
        self.file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--one", which.name, "--seed", str(seed), *more],
                                        stdin=subprocess.DEVNULL, stdout=self.file, stderr=subprocess.STDOUT, start_new_session=True)

    def is_done(self):
        if self.process.poll() is None and time.monotonic() - self.began > self.limit:
            self.end()
        return self.process.poll() is not None

    def end(self):
        """Lets it clean up: what it has mounted, and started."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def result(self):
        self.file.seek(0)
        *said, last = self.file.read().rstrip("\n").split("\n")
        try:
            return json.loads(last), said
        except ValueError:
            why = f"it ended with {self.process.returncode} after {time.monotonic() - self.began:.0f} s"
            return {"name": self.which.name, "result": "failed", "why": why, "outcome": [], "notes": [], "seconds": 0}, [*said, last]


def tell(result, said, seed):
    word = {"ok": "ok", "failed": "not ok", "skipped": "skip"}[result["result"]]
    why = f" ({result['why'].splitlines()[0][:200] if result['why'] else ''})" if result["why"] else ""
    print(f"{word} - {result['name'].replace('_', ' ')}, {result['seconds']} s{why}")
    for note in result["notes"]:
        print(f"#   {note}")
    if result["result"] == "failed":
        print(f"#   again: --seed {seed} {result['name']}")
        for line in said:
            print(f"# {line}")
    sys.stdout.flush()


def together(work, beside):
    """Runs what an iterator gives (fault, seed, seconds), so many at a time; gives their results as they come."""
    running = []
    try:
        yield from each(iter(work), beside, running)
    finally:
        for child in running:  # whoever interrupts this
            child.end()


def each(work, beside, running):
    more = True
    while more or running:
        while more and len(running) < beside:
            job = next(work, None)
            if job:
                running.append(Child(*job))
            more = job is not None
        for child in [child for child in running if child.is_done()]:
            running.remove(child)
            result, said = child.result()
            tell(result, said, child.seed)
            yield result
        time.sleep(0.05)


def soak(chosen, seed, seconds):
    """Endless work, until the time is up."""
    chance, end = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        yield chance.choice(chosen), chance.randrange(2**32), chance.randint(6, 60)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--seed", "--beside", "--seconds", "--soak"):
        parser.add_argument(name, type=int)
    for name in ("--document", "--one"):
        parser.add_argument(name)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    wanted = parser.parse_args()
    seed = wanted.seed if wanted.seed is not None else int(os.environ.get("USERSIG_SEED") or random.SystemRandom().randrange(2**32))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if wanted.one:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & leaves it ignored
        which, = [fault for fault in FAULTS if fault.name == wanted.one]
        print(json.dumps(run_one(which, seed, wanted.seconds)))
        return
    chosen = [fault for fault in FAULTS if not wanted.names or any(word in fault.name for word in wanted.names)]
    if wanted.list:
        print("\n".join(fault.name for fault in chosen))
        return
    print(f"seed {seed}", flush=True)
    began, results = time.monotonic(), {}
    # what takes longest begins first
    order = sorted(chosen, key=lambda fault: -fault.weight)
    work = soak(chosen, seed, wanted.soak) if wanted.soak else [(fault, seed, wanted.seconds) for fault in order]
    counts = {"ok": 0, "failed": 0, "skipped": 0}
    for result in together(work, wanted.beside or 4):
        results[result["name"]] = result
        counts[result["result"]] += 1
    print(f"# {time.monotonic() - began:.0f} s")
    good = counts["failed"] == 0
    if wanted.document:
        if good and not counts["skipped"]:
            document.write(wanted.document, results)
        else:
            print("# not written: all faults have to run, and to pass")
            good = False
    elif not wanted.soak and not document.agrees(results):
        good = False
        counts["failed"] += 1
    print(f"{counts['ok']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
