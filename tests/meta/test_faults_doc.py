#!/usr/bin/env python3
"""docs/FAULTS.md is what tests/fault/document.py writes of the faults that are declared: all of it but what came of a run,
which `make fault` compares."""
import os
import sys

from tree import SOURCE, check, done, read

os.environ.pop("WRITTEN", None)  # nothing is started here, so there is nothing to keep (tests/daemon/witness.py)
for folder in ("daemon", "fault"):
    sys.path.insert(0, os.path.join(SOURCE, "tests", folder))
import scenarios  # noqa: E402,F401 (declares them)
from document import page  # noqa: E402
from fault import FAULTS  # noqa: E402


def without_outcomes(text):
    """Of each row the first two cells."""
    return [line.rsplit(" | ", 1)[0] if line.startswith("| ") else line for line in text.splitlines()]


def main():
    written, wanted = without_outcomes(read("docs/FAULTS.md")), without_outcomes(page({fault.name: [] for fault in FAULTS}))
    check("docs/FAULTS.md is what the faults declare; make fault-document writes it",
          [f"line {n}: {a!r}, not {b!r}" for n, (a, b) in enumerate(zip(written, wanted), 1) if a != b][:5]
          or ([] if len(written) == len(wanted) else ["another number of lines"]))
    check("each fault says what must hold", [fault.name for fault in FAULTS if not fault.holds] if len(FAULTS) > 30 else ["few faults"])
    cells = [line for line in read("docs/FAULTS.md").splitlines() if line.startswith("| ") and "---" not in line]
    check("each row has three cells", [line for line in cells if line.count(" | ") != 2 or "\n" in line])
    done()


main()
