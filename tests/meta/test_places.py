#!/usr/bin/env python3
"""No text of the tree knows where its author worked: no absolute path of a workplace, no file beside the tree."""
import os
import re
import subprocess

from tree import SOURCE, check, done, walk

PLACE = re.compile(rb"(?:^|[^A-Za-z])/(?:work|farm)/|\.\./shared", re.MULTILINE)
FOLDERS = ("libsig", "sigd", "tools", "examples", "tests", "docs", "scripts", "dist", "m4", ".ci")
BUILT = (".o", ".lo", ".la", ".log", ".trs", ".a", ".so", ".pyc", ".dirstamp", ".pc")


def committed():
    """What git has or would take; without git, as in an unpacked release, the folders that are ours."""
    ran = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=SOURCE,
                         capture_output=True, check=False) if os.path.exists(os.path.join(SOURCE, ".git")) else None
    if ran and ran.returncode == 0:
        return sorted(os.fsdecode(path) for path in ran.stdout.split(b"\0") if path)
    files = [path for folder in FOLDERS for path in walk(folder)]
    files += [name for name in ("Makefile.am", "configure.ac", "autogen.sh", "README.md", "NEWS.md", "CONTRIBUTING.md",
                                "LICENSE", ".clang-format", ".gitignore")]
    return [path for path in files if not path.endswith(BUILT)]


def main():
    files, faults = 0, []
    for path in committed():
        whole = os.path.join(SOURCE, path)
        if not os.path.isfile(whole) or os.path.islink(whole):
            continue
        with open(whole, "rb") as file:
            text = file.read()
        if b"\0" in text[:8192]:
            continue
        files += 1
        for number, line in enumerate(text.split(b"\n"), 1):
            if PLACE.search(line):
                faults.append(f"{path}:{number}: {line.decode('utf-8', 'replace').strip()[:120]}")
    check(f"no path of a workplace in {files} files", faults if files else ["no files found"])
    done()


main()
