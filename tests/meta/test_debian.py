#!/usr/bin/env python3
"""dist/debian goes with the tree: version, libraries, exported symbols, documents; and so does what scripts/sbom tells."""
import json
import os
import re
import subprocess
import sys

from tree import SOURCE, check, done, read, walk

DEBIAN = "dist/debian/"


def version():
    upstream = re.search(r"^## (\S+)", read("NEWS.md"), re.M)[1]
    told = re.match(r"usersig \(([^)]*)\)", read(DEBIAN + "changelog"))[1]
    check("the changelog's version is NEWS.md's", [] if re.fullmatch(re.escape(upstream) + r"-\d+", told) else [told])


def libraries():
    """scripts/deps is what building needs; so are the build dependencies."""
    base = re.search(r'^base="([^"]*)"', read("scripts/deps"), re.M)[1].split()
    wanted = {name for name in base if name.endswith("-dev") and name != "libc6-dev"} | {"check"}
    fields = re.search(r"^Build-Depends:\n((?: .*\n)*)", read(DEBIAN + "control"), re.M)[1]
    told = {re.split(r"[ ,:(]", line.strip())[0] for line in fields.splitlines()}
    check("the build dependencies are scripts/deps's", sorted(wanted - told))


def symbols():
    exported = set(re.findall(r"^\s+(usersig_\w+);", read("libsig/libsig.map"), re.M))
    told = re.findall(r"^ (usersig_\w+)@LIBSIG_0 ", read(DEBIAN + "libsig0.symbols"), re.M)
    check("libsig0.symbols has what libsig exports", [] if exported == set(told) and len(told) == len(exported) else
          sorted(exported ^ set(told)) or ["doubles"])


def documents():
    """Each is in a package, but those for who has the tree."""
    packaged = "".join(read(path) for path in walk("dist/debian") if path.endswith(".docs"))
    tree = {"docs/ARCHITECTURE.md", "docs/RELEASE.md", "docs/SECURITY.md"}
    check("docs are in packages", [path for path in walk("docs") if path.endswith((".md", ".yaml")) and path not in tree
                                   and path not in packaged])
    local = read("dist/local.mk")
    check("dist/local.mk distributes all of dist/debian", [path for path in walk("dist/debian") if path not in local])


def bill():
    """SPDX's least, each library of configure.ac, and the same twice."""
    told = [subprocess.run([sys.executable, os.path.join(SOURCE, "scripts", "sbom")], capture_output=True, text=True,
                           check=False, env={**os.environ, "SOURCE_DATE_EPOCH": "1"}) for _ in range(2)]
    if told[0].returncode:
        check("scripts/sbom", [told[0].stderr])
        return
    document = json.loads(told[0].stdout)
    faults = [f"{key} is missing" for key in ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo")
              if not document.get(key)]
    asked = set(re.findall(r"PKG_CHECK_MODULES\(\[\w+\], \[([\w-]+)", read("configure.ac"))) - {"check", "munge"}
    named = {package["SPDXID"].removeprefix("SPDXRef-") for package in document["packages"]}
    related = {relation["relatedSpdxElement"].removeprefix("SPDXRef-") for relation in document["relationships"]}
    faults += sorted((asked | {"usersig"}) ^ named) + sorted(named ^ related)
    faults += [] if told[0].stdout == told[1].stdout else ["twice is not the same"]
    check("the bill of materials has each library of configure.ac", faults)


version()
libraries()
symbols()
documents()
bill()
done()
