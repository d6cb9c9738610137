"""document.py: docs/FAULTS.md, of what the faults declare and what came of them."""
import difflib
import os

from fault import ALWAYS, FAULTS

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "FAULTS.md")
HEAD = """# Faults

What sigd was put through, what had to hold, and what came of it. This page is written by `make fault-document`, from what each
fault in tests/fault declares and what its run has shown; `make fault` runs all of them and fails where this page would read
otherwise. Milliseconds differ from run to run: here are the bounds that were kept, the run prints the figures.

Every fault is done to a running sigd of three kinds of processes, with clients that never stop: administrators' usersigs, users'
usersigs one by one, pipelined and in batches, verifications, URLs, over kept connections. What is random (the moments, who is
hit, which call fails) goes by a seed that is printed; `make soak` does faults by chance for hours, each with another seed.

At every fault must hold, beside what its row says:

"""
TAIL = """
What is random comes about in some runs alone: that is said with "at times" and "at most". Requests fail in these ways: `lost`: the connection broke before the answer, so that a client asks again on another one (what was
signed for it then may stand in the audit log, and nobody has got it); `refused`: nobody listened; else the status and the name of
the problem (docs/HTTP.md), after which the connection goes on. "Served again" counts from the end of the fault to the moment at
which every client has had a good answer; where sigd ended, from its next start. The median of a run's rounds counts.
"""


def requests(fault):
    """How requests failed: what had to, and what did where it came about."""
    always = ", ".join(f"`{name}`" for name in fault.must)
    at_times = ", ".join(f"`{name}`" for name in fault.may)
    if not always and not at_times:
        return "no request fails"
    return "requests fail: " + "; ".join(part for part in (always, f"at times {at_times}" if at_times else "") if part)


def row(fault, outcome):
    gaps = f"gap records: {', '.join(f'`{gap}`' for gap in fault.gaps)} at most" if fault.gaps else "no gap in the audit log"
    said = [requests(fault), *outcome, gaps] if fault.clients else outcome
    return f"| {fault.title} | {'; '.join(fault.holds.values())} | {'; '.join(said)} |"


def page(outcomes):
    """outcomes: {name of a fault: what came}."""
    text = HEAD + "".join(f"- {line}\n" for line in ALWAYS) + TAIL
    for group in dict.fromkeys(fault.group for fault in FAULTS):
        text += f"\n## {group}\n\n| fault | what must hold | what came of it |\n|---|---|---|\n"
        text += "".join(row(fault, outcomes[fault.name]) + "\n" for fault in FAULTS if fault.group == group)
    return text


def write(path, results):
    with open(path, "w", encoding="utf-8") as file:
        file.write(page({name: result["outcome"] for name, result in results.items()}))


def agrees(results):
    """Does the page say what these runs have shown? Prints where not."""
    with open(PATH, encoding="utf-8") as file:
        lines = file.read().splitlines()
    differ = []
    for fault in FAULTS:
        if results.get(fault.name, {}).get("result") == "ok":
            wanted = row(fault, results[fault.name]["outcome"])
            if wanted not in lines:
                near = difflib.get_close_matches(wanted, lines, 1, 0.3)
                differ.append(f"- {near[0] if near else '(nothing)'}\n+ {wanted}")
    if differ:
        print("not ok - docs/FAULTS.md: other than what came; make fault-document writes it")
        print("\n".join(differ))
    return not differ
