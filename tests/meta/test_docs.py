#!/usr/bin/env python3
"""The documents hang together: links and their anchors, the tests and files that they name, the commands: each block of them
is run by a test or says why not, each command and option in a sentence is there."""
import functools
import os
import re
import subprocess

from tree import BUILD, SOURCE, check, done, read, walk

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


COMMAND = re.compile(r"^ *(?:[A-Z_]+=\S+ )?(?:sudo )?(?:usersig|sigctl|sigd|curl|make|git|docker|kubectl|journalctl|systemctl|systemd-\w+|"
                     r"useradd|apt\S*|sed|zcat|printf|shred|install|mv|cp|\./\S+|scripts/\S+|python3|node|php|go|cc)(?: |$)", re.MULTILINE)
# whose blocks another test takes without a mark, all of them
TAKEN = {"docs/FROM-PHP-SDK.md": "tests/tool/test_call_use.py"}


def check_commands():
    """A block of commands has <!-- run --> above it, or <!-- not run: WHY -->."""
    faults, ran = [], 0
    for path in DOCUMENTS:
        for above, language, text in re.findall(r"^(?: *<!-- ([^\n]*?) -->\n)? *```(\w*)\n(.*?)^ *```$", read(path), re.DOTALL | re.MULTILINE):
            if language not in ("", "sh") or not COMMAND.search(text) or path in TAKEN:
                continue
            ran += re.match("run\\b", above) is not None
            if not re.match(r"run\b|not run: \w", above):
                faults.append(f"{path}: nobody runs: {text.splitlines()[0]}")
    check("blocks of commands are run by a test, or say why not", faults if ran > 20 else [f"{ran} found"])


@functools.cache
def helped(program, command=""):
    """What --help says; None: there is no such command."""
    ran = subprocess.run([os.path.join(BUILD, "sigd" if program == "sigd" else "tools", program), *command.split(), "--help"],
                         capture_output=True, text=True, check=False)
    return ran.stdout if ran.returncode == 0 else None


def check_inline():
    """`usersig COMMAND --OPTION` in a sentence."""
    faults, seen = [], 0
    for path in DOCUMENTS:
        for text in re.findall(r"`((?:usersig|sigctl|sigd) [^`]+)`", prose(read(path))):
            program, *words = re.sub(r"\s+", " ", text).split("|")[0].split()
            command = "" if program == "sigd" or words[0].startswith("-") else words[0]
            if command == "audit" and len(words) > 1 and words[1] in ("verify", "find"):
                command = "audit " + words[1]
            said = helped(program, command)
            seen += 1
            if said is None:
                faults.append(f"{path}: `{text}`: no such command")
                continue
            for option in (word.partition("=")[0].strip("[].,;") for word in words if word.startswith("--")):
                if not re.search(rf"{re.escape(option)}\b", said):
                    faults.append(f"{path}: `{text}`: no option {option}")
    check("commands and options that sentences name are there", faults if seen > 50 else [f"{seen} found"])


def main():
    check_links()
    check_paths()
    check_claims()
    check_alerts()
    check_lists()
    check_commands()
    check_inline()
    done()


main()
