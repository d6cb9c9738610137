#!/usr/bin/env python3
"""Every .c and .h is formatted by .clang-format. Versions of clang-format differ in what they write: this is the one of
Debian 12."""
import re
import shutil
import subprocess

from tree import SOURCE, check, done, skip, sources

MAJOR = "14"
NAME = "every .c and .h is formatted"


def formatter():
    """(program, why not)."""
    for program in (f"clang-format-{MAJOR}", "clang-format"):
        if shutil.which(program):
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
            version = re.search(r"version (\d+)", said)
            if version and version.group(1) == MAJOR:
                return program, None
            why = f"{program} is version {version.group(1) if version else said.strip()}, not {MAJOR}"
            return None, why
    return None, "no clang-format: apt install clang-format"


def main():
    program, why = formatter()
    if program is None:
        skip(NAME, why)
        done()
    files = sources()
    ran = subprocess.run([program, "--dry-run", "-Werror", "--style=file", *files], cwd=SOURCE, capture_output=True,
                         text=True, check=False)
    wrong = sorted(set(re.findall(r"^([^\s:]+):\d+:\d+: error", ran.stderr, re.MULTILINE)))
    faults = [f"{path}: run {program} -i" for path in wrong]
    if ran.returncode and not wrong:
        faults.append(ran.stderr.strip())
    check(NAME, faults if files else ["no files found"])
    done()


main()
