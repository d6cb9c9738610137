#!/usr/bin/env python3
"""Names that are never signed, in every disguise and on every way to a signature; and the other things that no caller gets:
bytes of its own as userbuf, rights over its mask, a room that ends past 2^32."""
import base64
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (SDKAPPID, Sigd, equal, good, main, oracle, plain_config, problem, scenario, shared, true)  # noqa: E402
from twins import TwinSigd  # noqa: E402

SIGN = "/v1/apps/demo/usersig"
APP = 'region = "china"  lifetime = "24h"  max_lifetime = "30d"  reserved = {"ops", "Bot-Main"}  '
ADMINS = 'admin "group_root" { lifetime = "24h" }  admin "Boss" { lifetime = "24h" }'
ALLOW = ('allow { users = {"@UID@"}  may = {"admin", "sign", "verify"}  admins = {"group_root", "Boss"}  identifiers = {"*"}  '
         'rights = 42 }')

RESERVED = [
    "administrator", "Administrator", "ADMINISTRATOR", "aDmInIsTrAtOr", "group_root", "GROUP_ROOT", "Group_Root", "Boss", "boss",
    "bOSS", "ops", "OPS", "Ops", "bot-main", "BOT-MAIN", "@TIM#", "@TIM#x", "@tim#x", "@RBT#1", "@rBt#1", "@TOA#_x", "@toa#",
    "@TGS#1", "@tgs#1", "@TIM# x",
]
NAMES = ("administrator", "Boss", "ops", "@TIM#x")
# Not the reserved bytes, so no reserved name: but nothing that may be signed either.
DISGUISES = [shape.format(name) for name in NAMES for shape in (
    " {}", "{} ", " {} ", "{}\n", "\n{}", "{}\r\n", "{}\t", "\t{}", "{}\x00", "\x00{}", "{}\x00x", "{}\x7f", "{}\x1b[0m", "{}\x0b",
    "{}\nTLS.sdkappid:1", "x\nTLS.identifier:{}", "\u200b{}", "{}\u200d", "\u00a0{}", "{}\u3000", "\u202e{}", "\ufeff{}",
    "{}\u0301")] + [
    "ａｄｍｉｎｉｓｔｒａｔｏｒ", "ａdministrator", "ＡＤＭＩＮＩＳＴＲＡＴＯＲ", "аdministrator", "administratοr", "admınistrator",
    "ADMİNİSTRATOR", "adminiſtrator", "Ⓐdministrator", "𝒶dministrator", "Ｂoss", "opѕ", "＠TIM#x", "@ＴIM#x", "@TIM＃x", "﹫TIM#x"]
PLAIN = ["administrator2", "xadministrator", "administrato", "admin", "Bosses", "Bos", "op", "ops2", "@TIM", "TIM#x", "x@TIM#", "@TIMx#",
         "@@TIM#x", "group-root", "group root", "bot", "bot-main2"]


def pem():
    return subprocess.run(["openssl", "ecparam", "-name", "secp256k1", "-genkey", "-noout"], capture_output=True,
                          check=True).stdout


def daemons():
    config = plain_config(app=APP, admin=ADMINS, allow=ALLOW)
    raw = plain_config(app=APP + "raw_userbuf = true", admin=ADMINS, allow=ALLOW)
    return {"version 2": shared("v2", lambda: Sigd(config, start=False)),
            "version 1": shared("v1", lambda: Sigd(config, keys={"demo.key": pem()}, start=False)),
            "raw": shared("raw", lambda: Sigd(raw, start=False))}


def ways(kind):
    """The bodies that ask for a signature, but for the identifier."""
    found = [{}, {"lifetime": 1}, {"lifetime": 10**9}, {"room": 5}, {"room": 5, "rights": 2}, {"room_string": "lobby"},
             {"room": 5, "rights": 255}]
    return found + [{"userbuf": "AAAA"}] if kind == "raw" else found


def ask_all(sigd, bodies):
    connection = sigd.connection()
    for body in bodies:
        yield body, connection.ask("POST", SIGN, body if isinstance(body, dict) else body.encode())
    connection.close()


def nothing_signed(answer, what):
    true("usersig" not in json.dumps(answer.document or "").replace("urn:usersig:", ""), f"{what} was signed: {answer.document}")


def signed(sigd):
    return [line["identifier"] for line in sigd.audit_lines() if line["event"].startswith("sign")]


@scenario
def reserved_names_on_every_way():
    for kind, sigd in daemons().items():
        for way in ways(kind):
            for body, answer in ask_all(sigd, [{"identifier": name, **way} for name in RESERVED]):
                try:
                    problem(answer, 403, "reserved", 77)
                except AssertionError as fault:
                    raise AssertionError(f"{kind}: {body}: {fault}") from None
                nothing_signed(answer, f"{kind}: {body}")
        equal(signed(sigd), [], f"{kind}: the audit log")


@scenario
def disguises_on_every_way():
    for kind, sigd in daemons().items():
        before = signed(sigd)
        for way in ways(kind):
            for body, answer in ask_all(sigd, [{"identifier": name, **way} for name in DISGUISES]):
                true(answer.status in (403, 422), f"{kind}: {body}: {answer.status} {answer.document}")
                nothing_signed(answer, f"{kind}: {body}")
        equal(signed(sigd), before, f"{kind}: the audit log")


@scenario
def escapes_of_json():
    """The same names as other texts: what counts is what they say."""
    def escaped(name, upper):
        return "".join(f"\\u{ord(c):04X}" if upper else f"\\u{ord(c):04x}" for c in name)
    texts = ['{"\\u0069dentifier":"\\u004FPS"}', '{"identifier":"admini\\u0053trator"}', '{"identifier":"\\u0040TIM\\u0023x"}',
             '{"identifier":"@T\\u0049M#\\u002f"}', '{"identifiers":["\\u0042oss"]}']
    texts += [f'{{"identifier":"{escaped(name, upper)}"}}' for name in RESERVED for upper in (False, True)]
    texts += [f'{{"\\u0069dentifiers":["{escaped(name, True)}"]}}' for name in RESERVED]
    for kind, sigd in daemons().items():
        for text, answer in ask_all(sigd, texts):
            nothing_signed(answer, f"{kind}: {text}")
            if answer.status == 200:
                line, = answer.document.splitlines()
                equal(json.loads(line)["error"]["type"], "urn:usersig:problem:reserved", text)
            else:
                problem(answer, 403, "reserved", 77)
        for text in ('{"identifier":"alice","identifier":"administrator"}', '{"identifier":"alice","\\u0069dentifier":"ops"}',
                     '{"identifiers":["alice"],"identifiers":["ops"]}', '{"identifier":"alice","identifiers":["ops"]}',
                     '{"identifier":["administrator"]}', '{"identifier":{"administrator":1}}', '{"identifiers":[["ops"]]}',
                     '{"identifier":"\\ud800administrator"}', '{"identifier":"administrator\xff"}'):
            answer = sigd.request("POST", SIGN, text.encode("latin-1"))
            true(answer.status in (400, 422), f"{kind}: {text}: {answer.status}")
            nothing_signed(answer, f"{kind}: {text}")


@scenario
def inside_a_batch():
    """Each in its place, whatever stands beside it, over several windows."""
    for kind, sigd in daemons().items():
        before = len(signed(sigd))
        names = []
        for bad in [*RESERVED, *DISGUISES]:
            names += ["alice", bad, "bob"]
        lines = [json.loads(line) for line in good(sigd.request("POST", SIGN, {"identifiers": names})).splitlines()]
        equal([line["identifier"] for line in lines], names, "in order")
        for name, line in zip(names, lines, strict=True):
            if name in ("alice", "bob"):
                true(line["usersig"], "signed")
                continue
            true("usersig" not in line, f"{kind}: {name!r} was signed")
            expected = ("reserved",) if name in RESERVED else ("reserved", "err_identifier")
            true(line["error"]["type"].rsplit(":", 1)[1] in expected, f"{kind}: {name!r}: {line}")
        equal(len(signed(sigd)) - before, 2 * len([*RESERVED, *DISGUISES]), "audit lines")
        equal({*signed(sigd)[before:]}, {"alice", "bob"}, "of nobody else")


@scenario
def names_that_only_look_like_it():
    for kind, sigd in daemons().items():
        for body, answer in ask_all(sigd, [{"identifier": name} for name in PLAIN]):
            equal(good(answer)["identifier"], body["identifier"], kind)
        lines = good(sigd.request("POST", SIGN, {"identifiers": PLAIN})).splitlines()
        equal([json.loads(line)["identifier"] for line in lines if '"error"' not in line], PLAIN, kind)


# ---- what else no caller gets ------------------------------------------------------------------------

def packed(identifier, rights=255, number=5):
    """A room's userbuf as a caller would write it."""
    def u(size, value):
        return value.to_bytes(size, "big")
    return base64.b64encode(u(1, 0) + u(2, len(identifier)) + identifier.encode() + u(4, SDKAPPID) + u(4, number)
                            + u(4, int(time.time()) + 600) + u(4, rights) + u(4, 0)).decode()


@scenario
def userbufs_of_the_callers_own():
    for kind in ("version 2", "version 1"):
        for userbuf in ("AAAA", packed("alice", 42), packed("bob"), packed("administrator")):
            for more in ({}, {"lifetime": 1}):
                answer = daemons()[kind].request("POST", SIGN, {"identifier": "alice", "userbuf": userbuf, **more})
                problem(answer, 403, "userbuf_not_allowed", 77)
        answer = daemons()[kind].request("POST", SIGN, {"identifiers": ["alice"], "userbuf": "AAAA"})
        problem(answer, 422, "invalid_field", 64)
    sigd = daemons()["raw"]
    document = good(sigd.request("POST", SIGN, {"identifier": "alice", "userbuf": packed("bob")}))
    equal(oracle.room(oracle.decode(document["usersig"])["userbuf"])["account"], "bob", "which is why it is not permitted")
    verdict = good(sigd.request("POST", "/v1/apps/demo/verify", {"usersig": document["usersig"], "identifier": "alice", "room": 5}))
    equal(verdict["verdict"], "wrong_userbuf", "and verify does not take it for a room of alice's")


@scenario
def rights_over_the_mask():
    for sigd in daemons().values():
        for rights in (1, 4, 43, 64, 128, 213, 255):
            for room in ({"room": 5}, {"room_string": "lobby"}):
                problem(sigd.request("POST", SIGN, {"identifier": "alice", "rights": rights, **room}), 403, "over_rights", 77)
        for rights in (256, 2**31, 2**32, 2**32 + 42, 2**63, -1, -214, 42.5, "42", None, True):
            body = json.dumps({"identifier": "alice", "room": 5, "rights": rights})
            problem(sigd.request("POST", SIGN, body), 422, "invalid_field", 64)
        good(sigd.request("POST", SIGN, {"identifier": "alice", "room": 5, "rights": 42}))


@scenario
def a_room_that_ends_past_2_to_the_32():
    last = 2**32 - 1
    sigd = TwinSigd(plain_config(app=APP + "raw_userbuf = true"), real=last - 3600)
    for lifetime, room in ((3600, {"room": 5}), (3599, {"room_string": "lobby"}), (1, {"room": 5})):
        document = good(sigd.request("POST", SIGN, {"identifier": "alice", "lifetime": lifetime, **room}))
        equal(oracle.room(oracle.decode(document["usersig"])["userbuf"])["expiry"], document["expires_at"], "its end")
    for lifetime in (3601, 86400, 604800):
        for room in ({"room": 5}, {"room_string": "lobby"}, {"room": 5, "rights": 1}):
            answer = sigd.request("POST", SIGN, {"identifier": "alice", "lifetime": lifetime, **room})
            problem(answer, 422, "err_userbuf", 8)
    problem(sigd.request("POST", SIGN, {"identifier": "alice", "room": 5}), 422, "err_userbuf", 8)  # 24 h by default
    good(sigd.request("POST", SIGN, {"identifier": "alice"}))  # a usersig without a room goes on
    good(sigd.request("POST", SIGN, {"identifier": "alice", "userbuf": "AAAA"}))
    sigd.clock.advance(hours=2)
    problem(sigd.request("POST", SIGN, {"identifier": "alice", "room": 5, "lifetime": 1}), 422, "err_userbuf", 8)
    good(sigd.request("POST", SIGN, {"identifier": "alice", "lifetime": 1}))


if __name__ == "__main__":
    main()
