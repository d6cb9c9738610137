#!/usr/bin/env python3
"""The npm package tls-sig-api-v2 against libsig and the tool, both ways. The package is installed by
`scripts/deps --peers` into $USERSIG_NODE_MODULES (default node_modules beside this file)."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peers  # noqa: E402
from harness import KEY, OTHER_KEY, SDKAPPID, equal, main, scenario, skip, true  # noqa: E402
import oracle  # noqa: E402

MODULES = os.environ.get("USERSIG_NODE_MODULES") or os.path.join(HERE, "node_modules")
ROWS = int(os.environ.get("ROWS", "3000"))


def node(mode, rows):
    if not shutil.which("node"):
        skip("needs the program node", must=True)
    if not os.path.isdir(os.path.join(MODULES, "tls-sig-api-v2")):
        skip(f"no tls-sig-api-v2 in {MODULES}: run scripts/deps --peers", must=True)
    return peers.run(["node", os.path.join(HERE, "node_peer.js"), MODULES, mode], rows)


@scenario
def the_package_is_the_version_that_package_json_names():
    with open(os.path.join(HERE, "package.json"), encoding="utf-8") as file:
        wanted = json.load(file)["dependencies"]["tls-sig-api-v2"]
    node("sign", [])
    with open(os.path.join(MODULES, "tls-sig-api-v2", "package.json"), encoding="utf-8") as file:
        equal(json.load(file)["version"], wanted, "version")


@scenario
def usersigs_of_the_package_are_valid_for_libsig():
    rng = peers.seeded()
    rows = [peers.claims(rng) for _ in range(ROWS)]
    texts = node("sign", rows)
    for name, delta, verdict in (("at once", 0, "OK"), ("in the last second", None, "OK"), ("a second later", 1, "EXPIRED")):
        asked = [(app, who, key, at if delta == 0 else at + life + (delta or 0), text)
                 for (app, who, key, at, life), text in zip(rows, texts, strict=True)]
        peers.all_equal(asked, peers.libsig(asked), [verdict] * len(asked), name)


@scenario
def usersigs_of_the_package_for_something_else():
    rng = peers.seeded()
    rows = [peers.claims(rng) for _ in range(ROWS // 3)]
    texts = node("sign", rows)
    changes = {
        "WRONG_KEY": lambda app, who, key, at: (app, who, key + "x", at),
        "WRONG_SDKAPPID": lambda app, who, key, at: (app % (2**32 - 1) + 1, who, key, at),
        "WRONG_IDENTIFIER": lambda app, who, key, at: (app, who + "x", key, at),
    }
    for verdict, change in changes.items():
        asked = [(*change(app, who, key, at), text) for (app, who, key, at, _), text in zip(rows, texts, strict=True)]
        peers.all_equal(asked, peers.libsig(asked), [verdict] * len(asked), verdict)


@scenario
def usersigs_of_the_package_are_valid_for_the_oracle():
    rng = peers.seeded()
    rows = [peers.claims(rng) for _ in range(ROWS)]
    judged = [oracle.judge(text, key, app, who, at + life)
              for (app, who, key, at, life), text in zip(rows, node("sign", rows), strict=True)]
    peers.all_equal(rows, judged, [0] * len(rows), "oracle")


@scenario
def room_tickets_of_the_package_are_no_usersigs():
    rng = peers.seeded()
    rows = [row for row in (peers.claims(rng) for _ in range(ROWS // 3)) if row[3] + row[4] < 2**32]
    texts = node("room", rows)
    asked = [(app, who, key, at, text) for (app, who, key, at, _), text in zip(rows, texts, strict=True)]
    peers.all_equal(asked, peers.libsig(asked), ["WRONG_USERBUF"] * len(asked), "libsig")
    judged = [oracle.judge(text, key, app, who, at, oracle.ANY_USERBUF) for app, who, key, at, text in asked]
    peers.all_equal(asked, judged, [0] * len(asked), "the oracle, not asking about the userbuf")


@scenario
def usersigs_of_libsig_are_what_the_package_would_have_signed():
    rng = peers.seeded()
    rows = [peers.claims(rng) for _ in range(ROWS)]
    texts = peers.libsig(rows, "sign")
    asked = [(app, who, key, text) for (app, who, key, _, _), text in zip(rows, texts, strict=True)]
    peers.all_equal(asked, node("check", asked), ["ok"] * len(asked), "the package")


# ---- the tool ----------------------------------------------------------------------------------------

def tool(arguments, stdin=""):
    if not os.access(peers.USERSIG, os.X_OK):
        skip(f"{peers.USERSIG} is not built", must=True)
    return subprocess.run([peers.USERSIG, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False,
                          env={key: value for key, value in os.environ.items() if not key.startswith("SIGD_")})


class KeyFile:
    def __init__(self, key):
        self.key = key

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="peer-", dir="/tmp")
        path = os.path.join(self.directory, "key")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(self.key)
        return path

    def __exit__(self, *_):
        shutil.rmtree(self.directory)


@scenario
def the_tool_verifies_usersigs_of_the_package():
    now = int(time.time())
    names = ["administrator", "u-1_2", "x" * 32, "漢字", "a\"b\\c/<&>", "0", "@TGS#1"]
    rows = [(SDKAPPID, name, KEY.decode(), now, 3600) for name in names]
    texts = node("sign", rows)
    late, = node("sign", [(SDKAPPID, "u1", KEY.decode(), now - 100, 50)])
    with KeyFile(KEY) as key, KeyFile(OTHER_KEY) as other:
        for name, text in zip(names, texts, strict=True):
            done = tool(["verify", "--key-file", key, "--sdkappid", str(SDKAPPID), "--for", name], text + "\n")
            equal(done.returncode, 0, f"{name}: {done.stderr}")
        first = texts[0]
        for what, status, file, app, name, text in (
                ("malformed", 16, key, SDKAPPID, "administrator", first[:-4]),
                ("another key", 18, other, SDKAPPID, "administrator", first),
                ("another app", 19, key, 5, "administrator", first), ("another identifier", 20, key, SDKAPPID, "u1", first),
                ("expired", 22, key, SDKAPPID, "u1", late)):
            done = tool(["verify", "--key-file", file, "--sdkappid", str(app), "--for", name], text + "\n")
            equal(done.returncode, status, f"{what}: {done.stderr}")
            true(text not in done.stdout + done.stderr, f"{what}: the usersig is echoed")


@scenario
def the_tool_signs_what_the_oracle_and_the_package_take():
    with KeyFile(KEY + b"\n") as key:
        for name in ("u1", "x" * 32, "a b", "a\"b\\c/<&>'#@"):
            before = int(time.time())
            done = tool(["sign", "--key-file", key, "--sdkappid", str(SDKAPPID), "--identifier", name, "--lifetime", "1d"])
            equal(done.returncode, 0, f"{name}: {done.stderr}")
            text = done.stdout.removesuffix("\n")
            equal(oracle.judge(text, KEY, SDKAPPID, name, before + 86400), 0, f"{name}: oracle")
            claims = oracle.decode(text)
            equal(claims["expire"], 86400, "lifetime")
            true(before <= claims["time"] <= int(time.time()), "issue time")
            equal(node("check", [(SDKAPPID, name, KEY.decode(), text)]), ["ok"], f"{name}: package")


if __name__ == "__main__":
    main()
