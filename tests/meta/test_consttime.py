#!/usr/bin/env python3
"""tests/unit/test_consttime under valgrind: nothing depends on a secret; and valgrind does object to its leaky variant."""
import os
import re
import shutil
import subprocess

from tree import SOURCE, binary, check, done, sanitized, skip

PROGRAM = "tests/unit/test_consttime"
SUPPRESSIONS = os.path.join(SOURCE, "tests/unit/consttime.supp")
OBJECTED = 99  # valgrind's exit status when it has seen an error
UNWATCHED = 77  # the program's, when it was built without valgrind's header
SCALARS = 3  # rows that sign by libsecp256k1, which declassifies twice each time


def watched(path, *arguments):
    """Runs the program under valgrind: status, what was said."""
    command = ["valgrind", "-v", f"--error-exitcode={OBJECTED}", f"--suppressions={SUPPRESSIONS}", path, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300,
                         env={**os.environ, "CK_FORK": "no"})
    return ran.returncode, ran.stdout + ran.stderr


def tail(text):
    return text.splitlines()[-40:]


def main():
    path = binary(PROGRAM)
    if path is None:
        check(PROGRAM, ["not built"])
    elif not shutil.which("valgrind"):
        skip("constant time", "no valgrind")
    elif sanitized(path):
        skip("constant time", "valgrind cannot run what is built with a sanitizer")
    else:
        judge(path)
    done()


def judge(path):
    status, said = watched(path)
    if status == UNWATCHED:
        skip("constant time", "built without valgrind/memcheck.h")
        return
    if "debuginfo reader" in said:  # valgrind 3.19 and the DWARF 5 of clang
        skip("constant time", "valgrind cannot read the debug information: build with -gdwarf-4")
        return
    check("no branch and no address depends on a secret", tail(said) if status else [])
    suppressed = sum(int(n) for n in re.findall(r"used_suppression: +(\d+) libsecp256k1 declassifies", said))
    check("libsecp256k1 branches where it declassifies alone",
          [f"{suppressed} suppressed, expected {2 * SCALARS} at most"] if suppressed > 2 * SCALARS else [])
    status, said = watched(path, "leaky")
    check("valgrind objects to a MAC compared by memcmp",
          tail(said) if status != OBJECTED or "Conditional jump" not in said or "crypto_verify_32" not in said else [])


main()
