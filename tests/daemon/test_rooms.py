#!/usr/bin/env python3
"""PrivateMapKeys and userbufs over HTTP: who may have which, what is in them, and what verify says of them."""
import base64
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import KEY, SDKAPPID, Sigd, equal, good, main, oracle, plain_config, problem, scenario, shared, true  # noqa: E402

SIGN, VERIFY = "/v1/apps/demo/usersig", "/v1/apps/demo/verify"
LISTEN = 42


def allow(words):
    return ('allow { users = {"@UID@"}  may = {"sign", "verify", "admin"}  admins = {"group_root"}  identifiers = {"*"}  '
            + words + " }")


def all_rights():
    return shared("all", lambda: Sigd(start=False))


def listener():
    return shared("listener", lambda: Sigd(plain_config(allow=allow(f"rights = {LISTEN}")), start=False))


def no_rights():
    return shared("none", lambda: Sigd(plain_config(allow=allow("")), start=False))


def raw():
    app = 'region = "china"  lifetime = "24h"  max_lifetime = "30d"  raw_userbuf = true'
    return shared("raw", lambda: Sigd(plain_config(app=app), start=False))


def sign(sigd, identifier="alice", **more):
    return sigd.request("POST", SIGN, {"identifier": identifier, **more})


def verify(sigd, usersig, identifier="alice", **more):
    return good(sigd.request("POST", VERIFY, {"usersig": usersig, "identifier": identifier, **more}))


def packed(identifier="alice", number=4711, rights=255, expiry=None, sdkappid=SDKAPPID, name=""):
    """A room's userbuf, written here."""
    def u(size, value):
        return value.to_bytes(size, "big")
    expiry = int(time.time()) + 600 if expiry is None else expiry
    out = u(1, 1 if name else 0) + u(2, len(identifier.encode())) + identifier.encode() + u(4, sdkappid)
    out += u(4, 0 if name else number) + u(4, expiry) + u(4, rights) + u(4, 0)
    return out + u(2, len(name.encode())) + name.encode() if name else out


@scenario
def the_signer_writes_the_userbuf():
    for asked in ({"room": 4711}, {"room": 1, "rights": 1}, {"room": 2**32 - 1, "rights": 255, "lifetime": 60},
                  {"room_string": "lobby"}, {"room_string": "büro/№ 5\"\\", "rights": LISTEN}, {"room_string": "x" * 480}):
        document = good(sign(all_rights(), **asked))
        equal(sorted(document), ["expires_at", "identifier", "issued_at", "key", "sdkappid", "usersig"], "members")
        claims = oracle.decode(document["usersig"])
        equal(oracle.judge(document["usersig"], KEY, SDKAPPID, "alice", document["issued_at"], claims["userbuf"]), 0, "oracle")
        equal(oracle.room(claims["userbuf"]),
              {"account": "alice", "sdkappid": SDKAPPID, "number": asked.get("room", 0), "name": asked.get("room_string", ""),
               "expiry": document["expires_at"], "rights": asked.get("rights", 255), "account_type": 0}, f"{asked}")
        question = {name: value for name, value in asked.items() if name != "lifetime"}
        equal(verify(all_rights(), document["usersig"], **question)["verdict"], "ok", f"{asked}")


@scenario
def rights_are_those_of_the_caller():
    for asked, rights in (({}, LISTEN), ({"rights": LISTEN}, LISTEN), ({"rights": 2}, 2), ({"rights": 8 + 32}, 40)):
        claims = oracle.decode(good(sign(listener(), room=5, **asked))["usersig"])
        equal(oracle.room(claims["userbuf"])["rights"], rights, f"{asked}")
    for rights in (1, LISTEN + 1, 64, 255):
        document = problem(sign(listener(), room=5, rights=rights), 403, "over_rights", 77)
        true(str(LISTEN) in document["detail"], f"the mask is named: {document['detail']}")
    for asked in ({}, {"rights": 0}, {"rights": 1}):
        problem(sign(no_rights(), room=5, **asked), 403, "over_rights", 77)
    good(sign(no_rights()))


@scenario
def what_no_room_can_be():
    for asked, name in (({"room": 0}, "invalid_field"), ({"room": -1}, "invalid_field"), ({"room": 2**32}, "invalid_field"),
                        ({"room": 1.5}, "invalid_field"), ({"room": "5"}, "invalid_field"), ({"room": None}, "invalid_field"),
                        ({"room": True}, "invalid_field"), ({"room_string": 5}, "invalid_field"),
                        ({"room": 5, "rights": 256}, "invalid_field"), ({"room": 5, "rights": -1}, "invalid_field"),
                        ({"room": 5, "rights": "1"}, "invalid_field"), ({"rights": 1}, "invalid_field"),
                        ({"room": 5, "room_string": "a"}, "invalid_field"), ({"room": 5, "userbuf": "AAAA"}, "invalid_field"),
                        ({"userbuf": "AAAA", "rights": 1}, "invalid_field"), ({"userbuf": 5}, "invalid_field"),
                        ({"room": 5, "rights": 0}, "err_userbuf"), ({"room_string": ""}, "err_userbuf"),
                        ({"room_string": "a\nb"}, "err_userbuf"), ({"room_string": "a\0b"}, "err_userbuf"),
                        ({"room_string": "x" * 487}, "err_userbuf"), ({"room_string": "x" * 1000}, "err_userbuf")):
        problem(sign(all_rights(), **asked), 422, name, 8 if name == "err_userbuf" else 64)
    # the identifier takes of the room's name
    problem(sign(all_rights(), "x" * 32, room_string="y" * 470), 422, "err_userbuf", 8)
    good(sign(all_rights(), "x" * 32, room_string="y" * 455))


@scenario
def reserved_identifiers_have_no_rooms():
    for name in ("group_root", "Administrator", "ops", "@TIM#1"):
        problem(sign(all_rights(), name, room=5), 403, "reserved", 77)
        if name != "ops":  # which that app does not reserve
            problem(sign(raw(), name, userbuf="AAAA"), 403, "reserved", 77)
    problem(sign(all_rights(), room=5, lifetime=604801), 403, "over_cap", 77)


@scenario
def bytes_of_the_callers_own():
    for sigd in (all_rights(), listener()):
        problem(sign(sigd, userbuf="AAAA"), 403, "userbuf_not_allowed", 77)
    for size in (1, 2, 3, 4, 255, 510, 511, 512):
        userbuf = os.urandom(size)
        text = base64.b64encode(userbuf).decode()
        document = good(sign(raw(), userbuf=text))
        equal(oracle.decode(document["usersig"])["userbuf"], userbuf, f"{size} bytes")
        equal(verify(raw(), document["usersig"], userbuf=text)["verdict"], "ok", f"{size} bytes")
        equal(verify(raw(), document["usersig"])["verdict"], "wrong_userbuf", f"{size} bytes, not asked about")
    for text in ("A", "AA", "AAA", "AAAAA", "====", "A===", "AA=A", "=AAA", "AB==", "AAB=", "AA==AAAA", "AA-_", "AA A", "AA\nA",
                 "AAAA\n", "Ā" * 4, "AAA\0"):
        problem(sign(raw(), userbuf=text), 422, "invalid_field", 64)
        problem(raw().request("POST", VERIFY, {"usersig": "x", "identifier": "a", "userbuf": text}), 422, "invalid_field", 64)
    for text in ("", base64.b64encode(bytes(513)).decode(), base64.b64encode(bytes(514)).decode(), "A" * 20000):
        problem(sign(raw(), userbuf=text), 422, "err_userbuf", 8)


@scenario
def verify_compares_the_room():
    now = int(time.time())

    def made(userbuf, issued_at=now, lifetime=600):
        return oracle.sign(KEY, SDKAPPID, "alice", issued_at, lifetime, userbuf=userbuf)
    room, named = packed(), packed(name="lobby")
    rows = (
        ("the room", made(room), {"room": 4711}, "ok"),
        ("by its name", made(named), {"room_string": "lobby"}, "ok"),
        ("with a part of its rights", made(packed(rights=LISTEN)), {"room": 4711, "rights": 2}, "ok"),
        ("with its rights", made(packed(rights=LISTEN)), {"room": 4711, "rights": LISTEN}, "ok"),
        ("with rights that it has not", made(packed(rights=LISTEN)), {"room": 4711, "rights": 1}, "wrong_userbuf"),
        ("with no right", made(packed(rights=0)), {"room": 4711}, "ok"),
        ("another room", made(room), {"room": 4712}, "wrong_userbuf"),
        ("another name", made(named), {"room_string": "Lobby"}, "wrong_userbuf"),
        ("a longer name", made(named), {"room_string": "lobby2"}, "wrong_userbuf"),
        ("a number for a name", made(named), {"room": 4711}, "wrong_userbuf"),
        ("a name for a number", made(room), {"room_string": "4711"}, "wrong_userbuf"),
        ("no room asked about", made(room), {}, "wrong_userbuf"),
        ("no room there", made(b""), {"room": 4711}, "wrong_userbuf"),
        ("no room at all", made(b"bytes"), {"room": 4711}, "wrong_userbuf"),
        ("a byte too many", made(room + b"\0"), {"room": 4711}, "wrong_userbuf"),
        ("somebody else's account", made(packed("bob")), {"room": 4711}, "wrong_userbuf"),
        ("another app's", made(packed(sdkappid=5)), {"room": 4711}, "wrong_userbuf"),
        ("the same bytes", made(room), {"userbuf": base64.b64encode(room).decode()}, "ok"),
        ("other bytes", made(room), {"userbuf": "AAAA"}, "wrong_userbuf"),
        ("the room's own end has passed", made(packed(expiry=now - 1)), {"room": 4711}, "expired"),
        ("the wrong one, expired", made(packed(number=5), now - 700), {"room": 4711}, "wrong_userbuf"),
        ("expired", made(room, now - 700), {"room": 4711}, "expired"),
        ("ahead", made(room, now + 700), {"room": 4711}, "not_yet_valid"),
        ("the wrong one, ahead", made(packed(number=5), now + 700), {"room": 4711}, "wrong_userbuf"),
    )
    for name, usersig, asked, verdict in rows:
        document = verify(all_rights(), usersig, **asked)
        equal((document["verdict"], document["valid"]), (verdict, verdict == "ok"), name)
        equal(document["claims"]["identifier"], "alice", f"{name}: the claims are proven")
    document = verify(all_rights(), made(packed(expiry=now + 100)), room=4711)
    true(0 < document["remaining"] <= 100, f"the sooner end counts: {document}")
    for asked in ({"room": 4711}, {"userbuf": "AAAA"}, {}):  # the proof comes first
        forged = oracle.sign(b"x" * 64, SDKAPPID, "alice", now, 600, userbuf=packed(number=5))
        equal(verify(all_rights(), forged, **asked)["verdict"], "wrong_key", f"{asked}")
        equal(verify(all_rights(), made(packed("bob")), "bob", **asked)["verdict"], "wrong_identifier", f"{asked}")
        equal(verify(all_rights(), "nonsense", **asked)["verdict"], "malformed", f"{asked}")


@scenario
def the_audit_log_tells_them_apart():
    sigd = Sigd(plain_config(app='region = "china"  lifetime = "24h"  raw_userbuf = true'))
    good(sign(sigd))
    good(sign(sigd, room=5))
    good(sign(sigd, room_string="lobby"))
    good(sign(sigd, userbuf="AAAA"))
    problem(sign(sigd, room=5, rights=0), 422, "err_userbuf", 8)
    lines = [line for line in sigd.audit_lines() if line.get("identifier") == "alice"]
    equal([(line["event"], line["verdict"]) for line in lines],
          [("sign", "ok"), ("sign_room", "ok"), ("sign_room", "ok"), ("sign_userbuf", "ok"), ("refused", "err_userbuf")], "audit")
    equal(len({line["fingerprint"] for line in lines if line["verdict"] == "ok"}), 4, "fingerprints")
    true("lobby" not in json.dumps(lines), "the room's name is in the fingerprint alone")


if __name__ == "__main__":
    main()
