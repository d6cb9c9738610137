#!/usr/bin/env python3
"""The npm package tls-sig-api, which writes version 1, against sigd and the tool, both ways, on both curves. The package is
installed by `scripts/deps --peers` into $USERSIG_NODE_MODULES (default node_modules beside this file)."""
import base64
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peers  # noqa: E402
from harness import SDKAPPID, Sigd, equal, good, main, oracle, plain_config, scenario, shared, skip  # noqa: E402

MODULES = os.environ.get("USERSIG_NODE_MODULES") or os.path.join(HERE, "node_modules")
CURVES = ("secp256k1", "prime256v1")
NAMES = ["alice", "u-1_2", "x" * 32, 'a"b\\c/<&>', "0", "a b", "*"]
RAW = plain_config(app='region = "china"  lifetime = "24h"  max_lifetime = "30d"  raw_userbuf = true')


def openssl(*arguments, stdin=b""):
    if not shutil.which("openssl"):
        skip("needs the program openssl", must=True)
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def daemon(curve):
    def make():
        pem = openssl("ecparam", "-name", curve, "-genkey", "-noout")
        made = Sigd(RAW, keys={"demo.key": pem}, start=False)
        made.write("keys/public.pem", openssl("pkey", "-pubout", stdin=pem), 0o644)
        return made
    return shared(curve, make)


def node(mode, sigd, rows):
    if not shutil.which("node"):
        skip("needs the program node", must=True)
    if not os.path.isdir(os.path.join(MODULES, "tls-sig-api")):
        skip(f"no tls-sig-api in {MODULES}: run scripts/deps --peers", must=True)
    pem = sigd.path("keys", "public.pem" if mode.startswith("check") else "demo.key")
    return peers.run(["node", os.path.join(HERE, "node_v1_peer.js"), MODULES, mode, pem, str(SDKAPPID)], rows)


def batch(sigd, names):
    text = good(sigd.request("POST", "/v1/apps/demo/usersig", {"identifiers": names, "lifetime": 600}))
    return [json.loads(line)["usersig"] for line in text.splitlines()]


def verdict(sigd, usersig, identifier, **more):
    return good(sigd.request("POST", "/v1/apps/demo/verify", {"usersig": usersig, "identifier": identifier, **more}))["verdict"]


@scenario
def the_package_is_the_version_that_package_json_names():
    with open(os.path.join(HERE, "package.json"), encoding="utf-8") as file:
        wanted = json.load(file)["dependencies"]["tls-sig-api"]
    node("sign", daemon(CURVES[0]), [])
    with open(os.path.join(MODULES, "tls-sig-api", "package.json"), encoding="utf-8") as file:
        equal(json.load(file)["version"], wanted, "version")


@scenario
def usersigs_of_sigd_are_valid_for_the_package():
    rng = peers.seeded()
    names = NAMES + ["u" + peers.key_text(rng)[:20] for _ in range(200)]
    for curve in CURVES:
        sigd = daemon(curve)
        rows = list(zip(names, batch(sigd, names), strict=True))
        peers.all_equal(rows, node("check", sigd, rows), ["ok"] * len(rows), curve)
        others = [(name + "x", usersig) for name, usersig in rows]
        peers.all_equal(others, node("check", sigd, others), ["refused"] * len(rows), f"{curve}: another name")
        admin = good(sigd.request("GET", "/v1/apps/demo/admin"))
        equal(node("check", sigd, [("group_root", admin["usersig"])]), ["ok"], f"{curve}: the administrator's")


@scenario
def usersigs_of_the_package_are_valid_for_sigd():
    for curve in CURVES:
        sigd, other = daemon(curve), daemon(CURVES[curve == CURVES[0]])
        names = [*NAMES, "漢字", "administrator"]
        for name, usersig in zip(names, node("sign", sigd, [(name, 600) for name in names]), strict=True):
            equal(verdict(sigd, usersig, name), "ok", f"{curve}: {name}")
            equal(verdict(sigd, usersig, name + "x"), "wrong_identifier", f"{curve}: {name}, another")
            equal(verdict(other, usersig, name), "wrong_key", f"{curve}: {name}, the other's key")
            equal(verdict(sigd, usersig, name, room=5), "wrong_userbuf", f"{curve}: {name}, a room")


@scenario
def userbufs_both_ways():
    room = {"room_string": "lobby", "rights": 42}
    for curve in CURVES:
        sigd = daemon(curve)
        asked = {"identifier": "alice", **room}
        usersig = good(sigd.request("POST", "/v1/apps/demo/usersig", asked))["usersig"]
        equal(node("check-bytes", sigd, [("alice", usersig)]), ["ok"], f"{curve}: a room of sigd")
        equal(verdict(sigd, usersig, "alice", **room), "ok", f"{curve}: a room of sigd, by itself")
        userbuf = base64.b64encode(bytes(range(256))).decode()
        usersig, = node("bytes", sigd, [("alice", 600, userbuf)])
        equal(verdict(sigd, usersig, "alice", userbuf=userbuf), "ok", f"{curve}: bytes of the package")
        equal(verdict(sigd, usersig, "alice"), "wrong_userbuf", f"{curve}: bytes that were not asked about")
        equal(verdict(sigd, usersig, "alice", userbuf="AAAA"), "wrong_userbuf", f"{curve}: other bytes")
        usersig = good(sigd.request("POST", "/v1/apps/demo/usersig", {"identifier": "alice", "userbuf": userbuf}))["usersig"]
        equal(node("check-bytes", sigd, [("alice", usersig)]), ["ok"], f"{curve}: bytes of sigd")
        equal(verdict(sigd, usersig, "alice", userbuf=userbuf), "ok", f"{curve}: bytes of sigd, by itself")


@scenario
def the_tool_and_the_package():
    if not os.access(peers.USERSIG, os.X_OK):
        skip(f"{peers.USERSIG} is not built", must=True)

    def tool(*arguments, stdin=""):
        return subprocess.run([peers.USERSIG, *arguments, "--key-file", sigd.path("keys", "demo.key"), "--sdkappid",
                               str(SDKAPPID)], input=stdin, capture_output=True, text=True, timeout=60, check=False)
    for curve in CURVES:
        sigd = daemon(curve)
        usersig, = node("sign", sigd, [("alice", 600)])
        equal(tool("verify", "--for", "alice", stdin=usersig).returncode, 0, f"{curve}: of the package")
        done = tool("sign", "alice", "--lifetime", "10m")
        equal(node("check", sigd, [("alice", done.stdout.rstrip("\n"))]), ["ok"], f"{curve}: of the tool: {done.stderr}")


@scenario
def version_2_is_refused_by_a_key_of_version_1():
    sigd = daemon(CURVES[0])
    with open(sigd.path("keys", "public.pem"), "rb") as file:
        public = file.read()
    now = good(sigd.request("GET", "/v1/apps/demo/admin"))["issued_at"]
    for key in (public, public.strip()):  # the old confusion: a MAC under the public key's text
        equal(verdict(sigd, oracle.sign(key, SDKAPPID, "alice", now, 600), "alice"), "wrong_key_type", "version 2")


if __name__ == "__main__":
    main()
