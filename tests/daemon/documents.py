"""documents.py: what documents tell people to do, cut out of them: blocks after a line <!-- what -->, in or out of a list."""
import json
import os
import re
import shutil
import subprocess
import textwrap

from harness import equal, skip

TOP = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODULES = os.environ.get("USERSIG_NODE_MODULES") or os.path.join(TOP, "tests", "interop", "node_modules")
BLOCK = re.compile(r"^( *)<!-- ([\w: ]+) -->\n\1```\w*\n(.*?)^\1```\n", re.DOTALL | re.MULTILINE)

# where things of the documents are in a test
PLACES = {"/etc/sigd-keys": "keys", "/etc/sigd": "etc", "/run/sigd-admin": "adm", "/run/sigd-shop": "shop",
          "/run/sigd-forum": "forum", "/run/sigd": "run", "/var/lib/sigd": "state", "/var/log/sigd": "log"}


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def blocks(text):
    """(what, content) of the marked blocks."""
    return [(kind, textwrap.dedent(content)) for _, kind, content in BLOCK.findall(text) if not kind.startswith("not run:")]


def placed(text, directory):
    for place, name in PLACES.items():
        text = text.replace(place, os.path.join(directory, name))
    return text


def parsed(text):
    if not shutil.which("node") or not os.path.isdir(os.path.join(MODULES, "yaml")):
        skip(f"no node, or no yaml in {MODULES}: run scripts/deps --peers", must=True)
    done = subprocess.run(["node", os.path.join(TOP, "tests", "interop", "openapi_peer.js"), MODULES, "yaml"], input=text,
                          capture_output=True, text=True, timeout=60, check=False)
    equal((done.returncode, done.stderr), (0, ""), "yaml")
    document, = json.loads(done.stdout)
    return document
