#!/usr/bin/env python3
"""The documents hang together: links and their anchors, the tests and files that they name."""
import os
import re

from tree import SOURCE, check, done, read, walk

DOCUMENTS = ["README.md", "NEWS.md", "CONTRIBUTING.md"] + [path for path in walk("docs") if path.endswith(".md")]


def prose(text):
    """Without blocks of code."""
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text):
    """As GitHub and others make them of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(plain)
    return found


def links(path):
    """(target, anchor) of each link to a file of the tree."""
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(read(path))):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            yield os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path, anchor


def check_links():
    faults = []
    for path in DOCUMENTS:
        for target, anchor in links(path):
            if not os.path.exists(os.path.join(SOURCE, target)):
                faults.append(f"{path}: no {target}")
            elif anchor and anchor not in anchors(read(target)):
                faults.append(f"{path}: {target} has no heading for #{anchor}")
    check("links lead somewhere", faults)


def check_paths():
    """Files of the tree in backquotes."""
    faults = []
    for path in DOCUMENTS:
        if path == "docs/ARCHITECTURE.md":
            continue  # has a test of its own
        for name in re.findall(r"`((?:docs|tests|sigd|libsig|tools|scripts|dist|examples)/[\w./-]+)`", prose(read(path))):
            if not os.path.exists(os.path.join(SOURCE, name)) and not name.startswith("sigd/sigd"):
                faults.append(f"{path}: no {name}")
    check("files that are named are there", faults)


def check_claims():
    """docs/PRIVSEP.md: `file`: `test`, `test`; ..."""
    faults, seen = [], 0
    for line in read("docs/PRIVSEP.md").splitlines():
        for name, tests in re.findall(r"`(tests/[\w/.]+)`(?:: ((?:`\w+`(?:, )?)+))?", line):
            text = read(name) if os.path.exists(os.path.join(SOURCE, name)) else ""
            for test in re.findall(r"`(\w+)`", tests):
                seen += 1
                if not re.search(rf"^(?:def {test}\(|START_TEST\({test}\))", text, re.MULTILINE):
                    faults.append(f"{name} has no test {test}")
    check("tests that docs/PRIVSEP.md names are there", faults if seen > 15 else ["no tests found in it"])


def check_alerts():
    """Each alert has its chapter, and each chapter its alert."""
    rules = set(re.findall(r"^ *- alert: (\w+)", read("dist/prometheus/sigd-rules.yml"), re.MULTILINE))
    chapters = set(re.findall(r"^### Alert (\w+)", read("docs/OPERATIONS.md"), re.MULTILINE))
    check("alerts and their chapters", sorted(rules ^ chapters) if rules else ["no alerts found"])


def check_lists():
    """README's map and the distribution have every document."""
    local = read("docs/local.mk")
    faults = [f"docs/local.mk does not distribute {path}" for path in walk("docs") if path.endswith((".md", ".yaml")) and path not in local]
    faults += [f"README.md does not name {path}" for path in walk("docs")
               if path.endswith((".md", ".yaml")) and path not in read("README.md")]
    check("documents are distributed, and in README's map", faults)


def main():
    check_links()
    check_paths()
    check_claims()
    check_alerts()
    check_lists()
    done()


main()
