#!/usr/bin/env python3
"""Every function of libsig has its manual page: named in NAME, with the header's prototype in SYNOPSIS and the header's
name above it; every error, stage and cause is in a page; the pages are without a complaint of mandoc and are installed."""
import os
import re
import shutil
import subprocess

from tree import SOURCE, check, done, read, skip, walk, without_comments

HEADERS = ("libsig/usersig.h", "libsig/usersig_rest.h", "libsig/usersig_diagnose.h", "libsig/usersig_page.h")
MAP = "libsig/libsig.map"
# described ahead of the code that brings them; whoever adds one takes it out of here
PENDING = set()
ENUMS = {"usersig_error": "docs/usersig_error_name.3", "usersig_stage": "docs/usersig_decode.3",
         "usersig_cause": "docs/usersig_diagnose.3", "usersig_right": "docs/usersig_room_userbuf.3"}


def normal(prototype):
    """One spelling: single spaces, none after '*' and inside of parentheses."""
    text = re.sub(r"\s+", " ", prototype).strip()
    return re.sub(r"\(\s+", "(", re.sub(r"\*\s+", "*", text))


def declared():
    """Function -> (prototype, header)."""
    found = {}
    for header in HEADERS:
        text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", without_comments(read(header)), flags=re.MULTILINE)
        for kind, name, arguments in re.findall(r"USERSIG_(?:API|CHECKED)\s+([^;{}()]*?)\b(usersig_\w+)\s*\(([^;]*)\)\s*;",
                                                text):
            found[name] = (normal(f"{kind} {name}({arguments})"), os.path.basename(header))
    return found


def listed():
    return set(re.findall(r"^\s+(usersig_\w+);", read(MAP), re.MULTILINE))


def section(page, name):
    match = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", page, re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def words(line):
    """Arguments of a macro's line, without quotes."""
    return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line)]


def synopsis(page):
    """Function -> prototype, from .Ft, .Fo, .Fa and .Fc."""
    found, kind, name, arguments = {}, "", "", []
    for line in section(page, "SYNOPSIS").splitlines():
        macro, _, rest = line.partition(" ")
        if macro == ".Ft":
            kind = " ".join(words(rest))
        elif macro == ".Fo":
            name, arguments = rest.strip(), []
        elif macro == ".Fa":
            arguments += words(rest)
        elif macro == ".Fc":
            found[name] = normal(f"{kind} {name}({', '.join(arguments)})")
    return found


def check_functions(pages):
    functions, homes, faults, wrong = declared(), {}, [], []
    for path, page in pages.items():
        names = re.findall(r"^\.Nm (\w+)", section(page, "NAME"), re.MULTILINE)
        prototypes = synopsis(page)
        if os.path.basename(path)[:-2] != (names or [""])[0]:
            faults.append(f"{path}: the first name in NAME is not the file's")
        for name in names:
            homes.setdefault(name, []).append(path)
            if name not in prototypes:
                wrong.append(f"{path}: no prototype of {name} in SYNOPSIS")
            if name in functions:
                prototype, header = functions[name]
                if prototypes.get(name) != prototype:
                    wrong += [f"{path}: {prototypes.get(name)}", f"  {header}: {prototype}"]
                if f".In {header}\n" not in section(page, "SYNOPSIS"):
                    wrong.append(f"{path}: {name} is of {header}, which SYNOPSIS does not name")
        wrong += [f"{path}: {name} is in SYNOPSIS, not in NAME" for name in prototypes if name not in names]
    faults += [f"{name}: in no page" for name in sorted(listed() - homes.keys())]
    faults += [f"{name}: in {' and '.join(paths)}" for name, paths in homes.items() if len(paths) > 1]
    faults += [f"{name}: in {paths[0]}, not in {MAP}" for name, paths in sorted(homes.items())
               if name not in listed() | PENDING]
    faults += [f"{name}: is there; take it out of PENDING" for name in sorted(PENDING & listed())]
    check("every function has one page, and every page's function is there", faults if functions else ["none found"])
    check("the prototypes in SYNOPSIS are the headers'", wrong)


def check_enumerators(pages):
    headers = "".join(without_comments(read(header)) for header in HEADERS)
    for enum, path in ENUMS.items():
        body = re.search(rf"enum {enum} \{{(.*?)\}}", headers, re.DOTALL)
        if body is None:
            continue
        names = re.findall(r"\b(USERSIG_\w+)\s*=", body.group(1))
        check(f"{path} has all of enum {enum}",
              [f"no {name}" for name in names if not re.search(rf"\b{name}\b", pages[path])] if names else ["none found"])


def check_references(pages):
    """.Xr of our own pages lead somewhere."""
    ours = {name for page in pages.values() for name in re.findall(r"^\.Nm (\w+)", section(page, "NAME"), re.MULTILINE)}
    faults = []
    for path in walk("docs"):
        if re.search(r"\.[1-9]$", path):
            faults += [f"{path}: .Xr {name} leads nowhere" for name in re.findall(r"Xr (usersig_\w+) 3", read(path))
                       if name not in ours]
    overview = read("docs/libsig.7")
    faults += [f"docs/libsig.7: no {name}" for name in sorted(ours) if not name.endswith("_size")
               and f"Xr {name} 3" not in overview]
    check("cross references", faults)


def check_lint():
    name = "mandoc has no complaint"
    if not shutil.which("mandoc"):
        skip(name, "no mandoc: apt install mandoc")
        return
    ran = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *(path for path in walk("docs") if re.search(r"\.[1-9]$", path))],
                         cwd=SOURCE, capture_output=True, text=True, check=False)
    check(name, ran.stdout.splitlines() + ran.stderr.splitlines() + ([] if ran.returncode == 0 else ["it failed"]))


def main():
    pages = {path: read(path) for path in walk("docs") if path.endswith(".3")}
    check_functions(pages)
    check_enumerators(pages)
    check_references(pages)
    check_lint()
    check("docs/local.mk installs every page",
          [f"no {path}" for path in walk("docs") if re.search(r"\.[1-9]$", path) and path not in read("docs/local.mk")])
    done()


main()
