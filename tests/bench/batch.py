#!/usr/bin/env python3
"""How fast usersig sign --batch is: a million identifiers with a key in a file to /dev/null, on two cores, the start of the
program included: the best of ROUNDS runs (15 without it), one JSON line as those of bench. cpu_ms is what both cores worked:
on a machine that does other things, too, it says more than the clock does.

    tests/bench/batch.py USERSIG"""
import json
import os
import subprocess
import sys
import tempfile
import time

LINES = 1000000


def main():
    rounds = int(os.environ.get("ROUNDS", "15"))
    with tempfile.TemporaryDirectory() as place:
        key, given = os.path.join(place, "key"), os.path.join(place, "identifiers")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("7" * 64)
        with open(given, "w", encoding="ascii") as file:
            file.writelines(f"user{i}\n" for i in range(LINES))
        best = None
        for _ in range(rounds):
            with open(given, "rb") as stdin:
                begun = time.monotonic()
                process = subprocess.Popen([sys.argv[1], "sign", "--batch", "--jobs", "2", "--key-file", key, "--sdkappid",
                                            "1400000000"], stdin=stdin, stdout=subprocess.DEVNULL)
                _, status, used = os.wait4(process.pid, 0)
                took = time.monotonic() - begun
            if status != 0:
                sys.exit("bench: usersig failed")
            now = (took, used.ru_utime + used.ru_stime, used.ru_maxrss)
            best = min(best or now, now)
    print(json.dumps({"bench": "sign_batch", "lines": LINES, "jobs": 2, "per_second": int(LINES / best[0]),
                      "ms": round(best[0] * 1000), "cpu_ms": round(best[1] * 1000), "peak_kib": best[2],
                      "limit": "1 million a second"}))


main()
