#!/usr/bin/env python3
"""What the public headers declare, what the version script lists and what the built library exports is one set."""
import os
import re

from tree import BUILD, check, done, nm, read, without_comments

HEADERS = ("libsig/usersig.h", "libsig/usersig_rest.h", "libsig/usersig_diagnose.h", "libsig/usersig_page.h")
MAP = "libsig/libsig.map"
LIBRARY = "libsig/.libs/libsig.so"


def declared(header):
    """Functions of a header; each must carry USERSIG_API or USERSIG_CHECKED, or it would be hidden."""
    text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", without_comments(read(header)), flags=re.MULTILINE)
    text = re.sub(r'extern\s+"C"\s*\{', "", text)
    functions, hidden = set(), []
    for statement in re.sub(r"\{[^{}]*\}", "", text).split(";"):
        match = re.search(r"\b(usersig_\w+)\s*\(", statement)
        if match and not statement.lstrip().startswith("typedef"):
            functions.add(match.group(1))
            if not re.search(r"\bUSERSIG_(API|CHECKED)\b", statement):
                hidden.append(f"{header}: {match.group(1)} lacks USERSIG_API or USERSIG_CHECKED")
    return functions, hidden


def listed():
    match = re.search(r"global:(.*?)local:", without_comments(read(MAP)), re.DOTALL)
    return {name.strip() for name in match.group(1).split(";") if name.strip()} if match else set()


def differences(a_name, a, b_name, b):
    return [f"{name}: in {a_name}, not in {b_name}" for name in sorted(a - b)] + \
           [f"{name}: in {b_name}, not in {a_name}" for name in sorted(b - a)]


def main():
    in_headers, hidden = set(), []
    for header in HEADERS:
        functions, unmarked = declared(header)
        check(f"{header} declares functions", [] if functions else ["none found"])
        in_headers |= functions
        hidden += unmarked
    check("every declared function is marked for export", hidden)
    check(f"{MAP} == headers", differences(MAP, listed(), "the headers", in_headers))
    check(f"{MAP} is sorted", [] if re.findall(r"^\s+(usersig_\w+);", read(MAP), re.M) == sorted(listed())
          else ["sort the names under global:"])
    symbols = nm(os.path.join(BUILD, LIBRARY), "-D", "--defined-only")
    if symbols is None:
        check(f"{LIBRARY} == headers", [f"cannot read {os.path.join(BUILD, LIBRARY)}: not built?"])
    else:
        exported = {name for kind, name in symbols if kind != "A"}  # A: the version node itself
        check(f"{LIBRARY} == headers", differences(LIBRARY, exported, "the headers", in_headers))
    done()


main()
