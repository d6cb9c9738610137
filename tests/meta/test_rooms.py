#!/usr/bin/env python3
"""Who may know whom: a file exports only names that begin with its own name, and a folder includes only what its
process may contain."""
import os
import re

from tree import BUILD, SOURCE, SKIPPED_FOLDERS, check, done, nm, read, sources

PUBLIC = {"libsig/usersig.h", "libsig/usersig_rest.h", "libsig/usersig_diagnose.h", "libsig/usersig_page.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
GENERATED = {"config.h"}  # what configure writes at the top, where it does


# ---- names -------------------------------------------------------------------------------------------

def objects(folder):
    """Built objects under folder as (path, source). The name of an object may have its target in front:
    libsig_libsigcore_la-error.o. Position-independent ones lie in .libs."""
    for place, folders, files in os.walk(os.path.join(BUILD, folder)):
        folders[:] = [f for f in folders if f == ".libs" or f not in SKIPPED_FOLDERS]
        relative = os.path.relpath(place, BUILD).replace(os.sep, "/")
        home = os.path.dirname(relative) if relative.endswith("/.libs") else relative
        for name in sorted(files):
            if name.endswith(".o"):
                stem = name[:-2]
                parts = stem.split("-")
                for i in range(len(parts)):
                    source = f"{home}/{'-'.join(parts[i:])}.c"
                    if os.path.isfile(os.path.join(SOURCE, source)):
                        yield os.path.join(place, name), source
                        break


def may_export(source, symbol):
    own = os.path.splitext(os.path.basename(source))[0]
    if symbol == own or symbol.startswith(own + "_"):
        return True
    if symbol == "main" or symbol.startswith("__"):  # the second are the sanitizers'
        return True
    return source.startswith("libsig/") and symbol.startswith("usersig_")


def check_names(folder):
    seen, faults = set(), set()
    for path, source in objects(folder):
        symbols = nm(path, "-g", "--defined-only")
        if symbols is None:
            faults.add(f"nm cannot read {path}")
            continue
        seen.add(source)
        own = os.path.splitext(os.path.basename(source))[0]
        faults |= {f"{source}: exports {name}; make it static or call it {own}_..." for kind, name in symbols
                   if kind not in "Uw" and not may_export(source, name)}
    missing = [source for source in sources(folder) if source.endswith(".c") and source not in seen]
    if not seen:
        faults = {f"no objects under {os.path.join(BUILD, folder)}: not built?"}
    elif missing:
        faults |= {f"{source}: no object, not built?" for source in missing}
    check(f"{folder}: a file exports only names that begin with its own", sorted(faults))


# ---- includes ----------------------------------------------------------------------------------------

def headers_by_name():
    found = {}
    for path in sources("libsig", "sigd", "tools", "tests"):
        if path.endswith(".h"):
            found.setdefault(os.path.basename(path), []).append(path)
    return found


def included(path, by_name):
    """(what the directive says, the header of this tree that it finds or None). Found as the compiler does: beside the
    file, in libsig, in sigd/common; what is elsewhere in the tree counts too, so that no other -I can hide it."""
    for kind, name in INCLUDE.findall(without_block_comments(read(path))):
        candidates = [] if kind == "<" else [os.path.join(os.path.dirname(path), name)]
        candidates += [os.path.join("libsig", name), os.path.join("sigd/common", name), name]
        candidates = [os.path.normpath(c).replace(os.sep, "/") for c in candidates]
        here = next((c for c in candidates if os.path.isfile(os.path.join(SOURCE, c))), None)
        if here is None and kind == '"' and name not in GENERATED:
            here = by_name.get(os.path.basename(name), [f"(nowhere: {name})"])[0]
        yield f"{kind}{name}{'>' if kind == '<' else kind}", here


def without_block_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def check_includes(folder, allowed, rule):
    """allowed: headers, or folders with '/' at their end."""
    by_name = headers_by_name()
    files = sources(folder)
    faults = [] if files else [f"no source files in {folder}"]
    for path in files:
        for said, header in included(path, by_name):
            if header is None or header in allowed or os.path.dirname(header) + "/" in allowed:
                continue
            faults.append(f"{path}: #include {said} is {header}")
    check(f"{folder} includes only {rule}", faults)


def main():
    check_names("libsig")
    check_names("sigd")
    check_includes("libsig", {"libsig/"}, "its own headers and system headers")
    check_includes("sigd/common", {"sigd/common/"} | PUBLIC, "its own headers and libsig's public ones")
    for room in ("master", "signer", "front"):
        check_includes(f"sigd/{room}", {f"sigd/{room}/", "sigd/common/"} | PUBLIC,
                       "its own headers, sigd/common and libsig's public ones")
    check_includes("tools", {"tools/", "sigd/common/safefile.h", "sigd/common/sealed.h", "sigd/common/sizes.h",
                             "sigd/common/names.h", "sigd/common/ctlframe.h", "sigd/master/config.h"} | PUBLIC,
                   "its own headers, libsig's public ones, and what it shares with sigd: file rules, frames, the config")
    check_includes("examples", PUBLIC, "libsig's public headers")
    done()


main()
