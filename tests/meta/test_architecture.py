#!/usr/bin/env python3
"""docs/ARCHITECTURE.md is a map: every source file and script has its line, and every line its file.

A line is "- `path`: what is in it". One line may name several files: "- `a.c`, `a.h`: ..."."""
import os
import re

from tree import SOURCE, check, done, read, sources, walk

MAP = "docs/ARCHITECTURE.md"
LINE = re.compile(r"^\s*[-*] ((?:`[^`]+`(?:, | and )?)+): \S")


def named_paths(text):
    """Path -> line number."""
    named = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = LINE.match(line)
        for path in re.findall(r"`([^`]+)`", match.group(1)) if match else ():
            named.setdefault(path, number)
    return named


def main():
    if not os.path.isfile(os.path.join(SOURCE, MAP)):
        check(f"{MAP} is there", [f"no file {MAP}"])
        done()
    named = named_paths(read(MAP))
    check(f"{MAP} names files", [] if named else ["no line of the form - `path`: ..."])
    scripts = walk("scripts") if os.path.isdir(os.path.join(SOURCE, "scripts")) else []
    files = sources() + [path for path in scripts if not path.endswith(".mk")]
    check(f"every source file and script is named in {MAP}",
          [f"add a line: - `{path}`: ..." for path in files if path not in named])
    tests = walk("tests")
    rules = "".join(read(path) for path in tests if path.endswith(".mk"))
    check("every file of the tests is in a tests/*.mk, so in the tarball",
          [f"{path} is in none" for path in tests if not path.startswith("tests/fuzz/corpus/")
           and not path.endswith(".mk") and path.removesuffix(".c") not in rules])
    check(f"every path named in {MAP} exists",
          [f"line {number}: no {path}" for path, number in named.items()
           if not os.path.exists(os.path.join(SOURCE, path))])
    done()


main()
