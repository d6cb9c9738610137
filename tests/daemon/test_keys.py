#!/usr/bin/env python3
"""Keys: their windows over time, revoked ones, memory that cannot be locked, and an audit log that is full meanwhile."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, OTHER_KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config, problem,  # noqa: E402
                     scenario, skip, true, until)
from process import launch_behind, limit_files, sanitized  # noqa: E402

OTHER = SDKAPPID + 1
BOTH = {"demo.key": KEY, "other.key": OTHER_KEY}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def key(name, file="demo.key", words=""):
    return f'key "{name}" {{ file = "@DIR@/keys/{file}"  {words} }}'


def other_app(key_line):
    """An app beside demo, with one administrator, on which we may do everything."""
    return f"""app "other" {{
    sdkappid = {OTHER}
    {key_line}
    admin "boss" {{ lifetime = "24h"  min_remaining = "10m" }}
    allow {{ users = {{"@UID@"}}  may = {{"admin", "url", "sign", "verify"}}  admins = {{"boss"}}  identifiers = {{"*"}} }}
}}"""


def sign(made, app="demo", identifier="u1"):
    return made.request("POST", f"/v1/apps/{app}/usersig", {"identifier": identifier})


def admin(made, app="demo"):
    return made.request("GET", f"/v1/apps/{app}/admin")


def url(made, app="demo"):
    return made.request("GET", f"/v1/apps/{app}/url/openim/sendmsg")


def is_served(made, app, key_name, key_text, sdkappid, identifier):
    """All four calls of an app work, with this key."""
    now = int(time.time())
    document = good(sign(made, app))
    equal(document["key"], key_name, "key of a usersig")
    equal(oracle.judge(document["usersig"], key_text, sdkappid, "u1", now + 1), 0, "oracle")
    verdict = good(made.request("POST", f"/v1/apps/{app}/verify", {"usersig": document["usersig"], "identifier": "u1"}))
    equal((verdict["valid"], verdict["key"]), (True, key_name), "verdict")
    document = good(admin(made, app))
    equal(document["key"], key_name, "key of the administrator's")
    equal(oracle.judge(document["usersig"], key_text, sdkappid, identifier, now + 1), 0, "oracle")
    good(url(made, app))


def is_dead(made, app):
    """Nothing that needs a key works, each with a 503 that says why; the rest of the app does."""
    answer = sign(made, app)
    document = problem(answer, 503, "unavailable", 75)
    true(app in document["detail"] and "key" in document["detail"], f"detail names app and reason: {document}")
    true(answer.headers.get("Retry-After"), "Retry-After")
    for answer in (admin(made, app), url(made, app)):
        true("credential" in problem(answer, 503, "unavailable", 75)["detail"], f"detail: {answer.document}")
        true(answer.headers.get("Retry-After"), "Retry-After")
    verdict = good(made.request("POST", f"/v1/apps/{app}/verify",
                                {"usersig": oracle.sign(OTHER_KEY, OTHER, "u1", int(time.time()), 600), "identifier": "u1"}))
    equal((verdict["valid"], verdict["claims"], verdict["key"]), (False, None, None), "verdict without keys")
    true(app in [app["name"] for app in good(made.request("GET", "/v1/apps"))["apps"]], "GET /v1/apps")


# ---- windows -----------------------------------------------------------------------------------------

@scenario
def an_app_whose_only_key_is_revoked():
    made = Sigd(plain_config(more=other_app(key("k2", "other.key", "revoked = true"))), BOTH, start=False)
    status, text = made.check()
    equal(status, 0, f"--check: {text}")
    made.start()
    true(re.search("revoked", made.stderr), f"a warning: {made.stderr}")
    is_served(made, "demo", "k1", KEY, SDKAPPID, "group_root")
    is_dead(made, "other")
    equal(made.stop(), 0, "exit status")


@scenario
def an_app_whose_only_key_has_ended():
    made = Sigd(plain_config(more=other_app(key("k2", "other.key", 'not_after = "2026-01-01T00:00:00Z"'))), BOTH)
    is_served(made, "demo", "k1", KEY, SDKAPPID, "group_root")
    is_dead(made, "other")
    equal(made.stop(), 0, "exit status")


@scenario
def an_app_whose_only_key_begins_later():
    """It comes to life with its key's window: usersigs, administrators and URLs."""
    begins = int(time.time()) + 5
    made = Sigd(plain_config(more=other_app(key("k2", "other.key", f'not_before = "{stamp(begins)}"'))), BOTH)
    is_dead(made, "other")
    true(time.time() < begins, "the machine was too slow for this scenario")
    is_served(made, "demo", "k1", KEY, SDKAPPID, "group_root")
    for ask in (sign, admin, url):
        until(lambda ask=ask: ask(made, "other").status == 200, f"{ask.__name__} in time", begins - time.time() + 3)
        true(time.time() >= begins, f"{ask.__name__} before the window")
    is_served(made, "other", "k2", OTHER_KEY, OTHER, "boss")
    equal(made.stop(), 0, "exit status")


@scenario
def a_second_key_begins():
    """From its second on it signs; the administrator's credential follows at once, and only then."""
    begins = int(time.time()) + 4
    made = Sigd(plain_config(key=key("k1") + "\n    " + key("k2", "other.key", f'not_before = "{stamp(begins)}"')), BOTH)
    old = good(sign(made))["usersig"]
    seen = {"k1": [], "k2": []}

    def ask():
        before = time.time()
        document = good(admin(made))
        seen[document["key"]].append((before, time.time(), document))
        return document["key"] == "k2"
    until(ask, "the administrator has the new key", begins - time.time() + 3)
    true(seen["k1"], "the old key before")
    true(seen["k2"][0][1] >= begins, "the new key before its time")
    true(all(document["issued_at"] < begins for _, _, document in seen["k1"]), "the old key after its time")
    true(seen["k2"][0][2]["issued_at"] >= begins, "issued in the window of its key")
    is_served(made, "demo", "k2", OTHER_KEY, SDKAPPID, "group_root")
    verdict = good(made.request("POST", "/v1/apps/demo/verify", {"usersig": old, "identifier": "u1"}))
    equal((verdict["valid"], verdict["key"]), (True, "k1"), "the old key still verifies")
    lines = [line for line in made.audit_lines() if line["event"] == "admin"]
    equal([line["key"] for line in lines], ["k1", "k2"], "each signed once")
    equal(made.stop(), 0, "exit status")


def pem(curve="secp256k1"):
    return subprocess.run(["openssl", "ecparam", "-name", curve, "-genkey", "-noout"], capture_output=True, check=True).stdout


@scenario(needs=("openssl",))
def versions_mixed_in_one_app():
    """The newest window signs, whatever its version; every one verifies."""
    files = {"demo.key": KEY, "a.pem": pem(), "b.pem": pem("prime256v1")}
    past = time.time() - 100000
    rows = (("k1", "demo.key", 2), ("k2", "a.pem", 1), ("k3", "b.pem", 1), ("k4", "demo.key", 2))
    keys, usersigs = "", []
    for n, (name, file, version) in enumerate(rows):
        keys += "\n    " + key(name, file, f'not_before = "{stamp(past + n)}"')
        made = Sigd(plain_config(key=keys), files)
        document = good(sign(made))
        equal(document["key"], name, "the key that signs")
        equal(good(admin(made))["key"], name, "and for the administrator")
        usersigs.append((name, version, document["usersig"], "u1"))
        usersigs.append((name, version, good(admin(made))["usersig"], "group_root"))
        good(url(made))
        for by, its_version, usersig, identifier in usersigs:
            verdict = good(made.request("POST", "/v1/apps/demo/verify", {"usersig": usersig, "identifier": identifier}))
            equal(verdict["verdict"], "ok", f"{by} with {name}")
            equal(verdict["claims"]["version"], its_version, f"{by} with {name}: version")
            true(verdict["key"] == by or {by, verdict["key"]} == {"k1", "k4"}, f"{by} with {name}: by {verdict['key']}")
        made.discard()
    made = Sigd(plain_config(key=key("k1")), files)
    verdicts = {version: good(made.request("POST", "/v1/apps/demo/verify", {"usersig": usersig, "identifier": who}))["verdict"]
                for _, version, usersig, who in usersigs}
    equal(verdicts, {2: "ok", 1: "wrong_key_type"}, "without the others")


@scenario
def one_key_after_the_other_has_ended():
    """Abutting windows: no answer outlives its key, and the second takes over by itself."""
    changes = int(time.time()) + 5
    made = Sigd(plain_config(key=key("k1", words=f'not_after = "{stamp(changes)}"') + "\n    "
                             + key("k2", "other.key", f'not_before = "{stamp(changes)}"')), BOTH)
    document = good(sign(made))
    equal((document["key"], document["expires_at"]), ("k1", changes), "cut to the end of the key")
    document = good(made.request("GET", "/v1/apps/demo/admin?min_remaining=0"))
    equal((document["key"], document["expires_at"]), ("k1", changes), "cut to the end of the key")
    until(lambda: admin(made).status == 200, "the administrator is back", changes - time.time() + 3)
    is_served(made, "demo", "k2", OTHER_KEY, SDKAPPID, "group_root")
    equal(made.stop(), 0, "exit status")


@scenario(needs=("prlimit",))
def a_full_audit_log_does_not_stop_what_is_at_hand():
    """Nothing new is signed, renewals fail, but the credentials that fronts hold are still handed out, over and over."""
    begins = int(time.time()) + 4
    more = "\n    ".join(key(f"k{n + 2}", words=f'not_before = "{stamp(begins + n)}"') for n in range(3))
    made = Sigd(plain_config(key=key("k1") + "\n    " + more))
    limit_files(made.child("sigd-signer"), os.path.getsize(made.path("log", "audit.log")) + 3000)
    signer, front = made.child("sigd-signer"), made.child("sigd-front")
    for n in range(600):
        answer = sign(made, identifier=f"u{n}")
        if answer.status != 200:
            break
    problem(answer, 503, "unavailable", 75)
    true(time.time() < begins, "the machine was too slow for this scenario")
    made.wait_line("the audit log cannot be written")
    until(lambda: made.stderr.count("could not be renewed") >= 6, "three renewals of two credentials failed",
          begins - time.time() + 6)
    for _ in range(20):
        equal(good(admin(made))["key"], "k1", "what is at hand")
        good(url(made))
    problem(sign(made), 503, "unavailable", 75)
    equal((made.child("sigd-signer"), made.child("sigd-front")), (signer, front), "the same processes")
    equal(made.stop(), 0, "exit status")


# ---- memory ------------------------------------------------------------------------------------------

@scenario
def keys_that_cannot_be_locked():
    """Each is refused by its name, with the remedy; allow_swap = true takes them as they are."""
    if sanitized():
        skip("AddressSanitizer does not lock memory")
    three = "\n    ".join(key(f"k{n}") for n in range(3))
    for limit in (0, 8):  # KiB: no key, and not all of them
        made = Sigd(plain_config(key=three), start=False)
        launch_behind(made, f"ulimit -l {limit} && exec")
        status = made.wait()
        equal(status, 78, f"exit status with {limit} KiB; stderr:\n{made.stderr}")
        refused = [line for line in made.stderr.splitlines() if "cannot be locked" in line]
        true(refused, f"no refusal with {limit} KiB: {made.stderr}")
        for line in refused:
            true(re.search(r"app demo, key k\d: \S*/keys/demo\.key: ", line), f"names the key: {line}")
            true("RLIMIT_MEMLOCK" in line and "allow_swap = true" in line, f"names the remedy: {line}")
        true(limit or len(refused) == 3, f"every key is refused: {made.stderr}")
        true(not os.path.exists(made.socket()), "no socket")
        made.discard()
    made = Sigd(plain_config(key=three, top="allow_swap = true"), start=False)
    launch_behind(made, "ulimit -l 0 && exec")
    made.wait_line("msg=ready")
    equal((good(sign(made))["key"], good(admin(made))["key"]), ("k2", "k2"), "the last in the file signs")
    equal(made.stop(), 0, "exit status")


@scenario
def many_keys_fit_the_usual_limit():
    """8 MiB lock 64 apps with 8 keys each."""
    apps = "\n".join(f'app "app{n}" {{ sdkappid = {OTHER + n}\n' + "\n".join(key(f"k{k}") for k in range(8)) + "}"
                     for n in range(63))
    made = Sigd(plain_config(key="\n".join(key(f"k{k}") for k in range(8)), more=apps), start=False)
    launch_behind(made, "ulimit -l 8192 && exec")
    made.wait_line("msg=ready", deadline=30)
    good(sign(made))
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
