"""tree.py: where the sources and the built files are, and how a check reports.

Environment: top_srcdir (default: two directories above this file), top_builddir (default: top_srcdir), CI ("true" turns
skips into failures).
"""
import os
import re
import subprocess
import sys

SOURCE = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.abspath(os.environ.get("top_builddir") or SOURCE)
CI = os.environ.get("CI", "") not in ("", "0", "false")

FOLDERS = ("libsig", "sigd", "tools", "examples", "tests")
SKIPPED_FOLDERS = {".git", ".libs", ".deps", "__pycache__", "node_modules", "autom4te.cache", "build-aux"}

counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(name, faults=()):
    """Reports one check: passed when there is no fault."""
    faults = list(faults)
    counts["failed" if faults else "passed"] += 1
    print(f"{'not ok' if faults else 'ok'} - {name}")
    for fault in faults:
        print(f"# {fault}")
    return not faults


def skip(name, why):
    """A skip is loud, and a failure where nothing may be missing."""
    if CI:
        check(name, [f"skipped in CI: {why}"])
        return
    counts["skipped"] += 1
    print(f"skip - {name} ({why})")


def done():
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    if counts["failed"]:
        sys.exit(1)
    sys.exit(77 if counts["skipped"] and not counts["passed"] else 0)


def read(path):
    """The text of a source file, by its path from the top."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def walk(folder, top=None):
    """Paths of all files under folder, from the top and with '/', sorted."""
    top = top or SOURCE
    found = []
    for place, folders, files in os.walk(os.path.join(top, folder)):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in files:
            if os.path.isfile(os.path.join(place, name)):
                found.append(os.path.relpath(os.path.join(place, name), top).replace(os.sep, "/"))
    return sorted(found)


def sources(*folders):
    """All .c and .h files."""
    return [path for folder in folders or FOLDERS for path in walk(folder) if path.endswith((".c", ".h"))]


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)


def nm(path, *options):
    """Lines of nm as (type, symbol without its version), or None when there is no such file or no symbols."""
    if not os.path.isfile(path):
        return None
    done_ = subprocess.run(["nm", "-P", *options, path], capture_output=True, text=True, check=False,
                           env={**os.environ, "LC_ALL": "C"})
    if done_.returncode:
        return None
    rows = [line.split() for line in done_.stdout.splitlines()]
    return [(row[1], row[0].split("@")[0]) for row in rows if len(row) >= 2]


def sanitized(library):
    """Is it built with a sanitizer, so that only programs with one can load it?"""
    return any(name == "__asan_init" for _, name in nm(library, "-D") or ())


def binary(path):
    """The program that path stands for: libtool leaves a script there and the program beside it in .libs. None when
    it is not built."""
    folder, name = os.path.split(os.path.join(BUILD, path))
    for candidate in (os.path.join(folder, ".libs", name), os.path.join(folder, name)):
        if os.path.isfile(candidate):
            with open(candidate, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    return candidate
    return None
