#!/usr/bin/env python3
"""docs/BENCHMARKS.md and README.md's table: written of a small input as expected, and of docs/bench as it stands."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from tree import SOURCE, check, done, read, skip, walk

REPORT = os.path.join(SOURCE, "tests", "bench", "report.py")
SMALL = os.path.join(SOURCE, "tests", "data", "bench")


def emptied(text):
    """As if nobody had written the tables."""
    return re.sub(r"(<!-- results: \w+ -->\n).*?(<!-- end -->)", r"\1\2", text, flags=re.DOTALL)


def report(results, text, *more):
    """(exit status, what it said, the document)"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "document.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        ran = subprocess.run([sys.executable, REPORT, results, path, *more], capture_output=True, text=True, check=False)
        with open(path, encoding="utf-8") as file:
            return ran.returncode, ran.stdout + ran.stderr, file.read()


def same(name, got, expected):
    lines, wanted = got[2].splitlines(), expected.splitlines()
    faults = [f"expected {b!r}, got {a!r}" for a, b in zip(lines + [""] * len(wanted), wanted) if a != b]
    check(name, faults + ([] if len(lines) == len(wanted) else [f"{len(lines)} lines, not {len(wanted)}"])
          + ([f"status {got[0]}: {got[1]}"] if got[0] or got[1] else []))


def refused(name, lines, *words):
    """What is no line of a bench is named; nothing is written."""
    with tempfile.TemporaryDirectory() as folder:
        if lines is not None:
            with open(os.path.join(folder, "some.jsonl"), "w", encoding="utf-8") as file:
                file.write(lines)
        status, said, text = report(folder, emptied(read("docs/BENCHMARKS.md")))
        check(name, [f"status {status}, {said!r}"] if status == 0 or not all(word in said for word in words) else
              [] if text == emptied(read("docs/BENCHMARKS.md")) else ["the document was written"])


def check_plots():
    name = "the plots have a bar for each figure"
    if not shutil.which("gnuplot"):
        skip(name, "no gnuplot: run scripts/deps --peers")
        return
    with tempfile.TemporaryDirectory() as folder:
        status, said, _ = report(SMALL, "", "--plots", folder)
        faults = [f"status {status}: {said}"] if status or said else []
        for file, texts in (("benchmarks.svg", {"0.38 µs", "10.8 µs", "27.0 µs", "276 µs"}),
                            ("benchmarks-daemon.svg", {"61,234", "55,000"})):
            path = os.path.join(folder, file)
            if not os.path.exists(path):
                faults.append(f"no {file}")
                continue
            shown = {"".join(node.itertext()).strip() for node in xml.etree.ElementTree.parse(path).iter()
                     if node.tag.endswith("}text")}
            faults += [f"{file} does not show {text!r}" for text in sorted(texts - shown)]
        check(name, faults)


def main():
    expected = read("tests/data/bench/expected.md")
    same("a small input", report(SMALL, emptied(expected)), expected)
    same("a second time", report(SMALL, expected), expected)
    for path in ("docs/BENCHMARKS.md", "README.md"):
        committed = read(path)
        same(f"{path} is what tests/bench/report.py writes of docs/bench",
             report(os.path.join(SOURCE, "docs", "bench"), emptied(committed)), committed)
    refused("no results", None, "make bench-report")
    refused("a line that is no JSON", '{"bench": "a"}\nmake: nothing\n', "some.jsonl:2")
    refused("a line without a name", json.dumps({"ratio": 1}) + "\n", "some.jsonl:1", "bench")
    status, said, _ = report(SMALL, "<!-- results: nothing -->\n<!-- end -->\n")
    check("a table that is not known", [] if status and "nothing" in said else [f"status {status}: {said}"])
    local = read("docs/local.mk")
    check("results and plots are distributed", [f"docs/local.mk does not have {path}" for path in walk("docs")
                                                if path.endswith((".svg", ".jsonl")) and path not in local])
    check_plots()
    done()


main()
