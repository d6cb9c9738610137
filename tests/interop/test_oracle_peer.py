#!/usr/bin/env python3
"""libsig against the independent oracle: the vectors of other makers, honest usersigs, and damaged ones. Two readers
written apart must agree about every text."""
import base64
import json
import os
import re
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peers  # noqa: E402
from harness import KEY, SDKAPPID, TESTS, equal, main, scenario, true  # noqa: E402
import oracle  # noqa: E402

ROWS = int(os.environ.get("ROWS", "10000"))
NOW = 1700000000


def agree(asked, what):
    """libsig's verdicts as ErrorCodes are the oracle's."""
    verdicts = peers.libsig(asked)
    expected = [oracle.judge(text, key, app, who, now) for app, who, key, now, text in asked]
    peers.all_equal(asked, [peers.CODES.get(verdict, verdict) for verdict in verdicts], expected, what)
    return verdicts


@scenario
def both_judge_the_vectors_of_other_makers_alike():
    with open(os.path.join(TESTS, "data", "vectors", "vectors.tsv"), encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    asked = [(app, who, key, int(issued) + 1, text) for version, _, app, who, key, _, issued, _, text, _ in rows
             if version == "v2" and not who.startswith("hex:")]
    asked = [(int(app), who, key, now, text) for app, who, key, now, text in asked]
    true(len(asked) > 100, f"{len(asked)} vectors")
    agree(asked, "vectors")


@scenario
def usersigs_of_the_oracle_are_valid_for_libsig():
    rng = peers.seeded()
    asked = []
    for _ in range(ROWS // 2):
        app, who, key, at, life = peers.claims(rng)
        text = oracle.sign(key, app, who, at, life, level=rng.randint(0, 9))
        asked.append((app, who, key, at + rng.randint(0, life), text))
    equal(set(agree(asked, "honest")), {"OK"}, "verdicts")


@scenario
def usersigs_of_libsig_are_valid_for_the_oracle():
    rng = peers.seeded()
    rows = [peers.claims(rng) for _ in range(ROWS)]
    texts = peers.libsig(rows, "sign")
    for moment, code in ((0, 0), (1, 70001)):
        judged = [oracle.judge(text, key, app, who, at + life + moment)
                  for (app, who, key, at, life), text in zip(rows, texts, strict=True)]
        peers.all_equal(rows, judged, [code] * len(rows), f"last second + {moment}")
    peers.all_equal(rows, [oracle.decode(text)["identifier"].decode() for text in texts], [row[1] for row in rows], "identifier")


@scenario
def libsig_refuses_to_sign_what_forges():
    forged = [("", 60), ("a\x7f", 60), ("a\x01b", 60), ("a\r", 60), ("x" * 256, 60), ("u", 0), ("u", 1576800001)]
    rows = [(SDKAPPID, who, KEY.decode(), NOW, life) for who, life in forged]
    equal(peers.libsig(rows, "sign"), ["ERR_IDENTIFIER"] * 5 + ["ERR_LIFETIME"] * 2, "errors")


def damaged_text(rng, text):
    """A change to the outer text."""
    at = rng.randrange(len(text))
    kind = rng.randrange(7)
    if kind == 0:
        return text[:at] + rng.choice("ABCabc019*-_+/= \r\x00é") + text[at + 1:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    if kind == 2:
        return text[:at] + rng.choice("ABCabc019*-_") + text[at:]
    if kind == 3:
        return text[:at]
    if kind == 4:
        return text + rng.choice(["_", "A", "AAAA", text, "=", " "])
    if kind == 5:
        return text.rstrip("_")
    flipped = bytearray(base64.b64decode(text.translate(str.maketrans("*-_", "+/="))))
    flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return oracle.to_outer(bytes(flipped))


INSERTED = [b" ", b"\n", b"\t", b"\0", b"\\", b'"', b"\xff", b"\xc3\xa9", b",", b"}", b"\x0b"]
MEMBERS = [b',"x":1', b',"x":-1.5e3', b',"x":null', b',"x":[]', b',"x":{}', b',"x":"\\ud83d\\ude00"', b',"x":"\\ud83d"',
           b',"x":"\\ude00\\ud83d"', b',"x":"\\x"', b',"x":01', b',"x":1.', b',"x":.5', b',"x":1e', b',"x":+1', b',"x":tru',
           b',"x":true', b',"":""', b",", b',"x":"\\u0000"', b',"x":"\\/\\b\\f\\n\\r\\t"', b',"TLS.ver":"2.0"', b',"tls.ver":"3"',
           b',"x":NaN', b',"x":Infinity', b',"x":-0', b',"x":1E+2', b',"x":"\xed\xa0\x80"', b',"x":"\x7f"',
           b',"x":"\xf4\x90\x80\x80"', b',"x":"\xc0\xaf"', b',"x":-', b',"x":""', b',"x" :\r\n1 ', b",'x':1", b",x:1",
           b',"x":1,"x":1', b',"x":1,"\\u0078":1']
VALUES = [None, True, 0, -1, 2**32, 2**64 - 1, 2**64, "", "2.0", 1.5, "u\n", "x" * 255, "x" * 256, "A" * 44, [], {}]
NUMBERS = [b"0%d", b"%d.0", b"%de0", b"+%d", b"-%d", b"%d ", b" %d", b'"%d"', b"%d0000000000000000000000"]


def as_bytes(document, **how):
    return json.dumps(document, **how).encode()


def insert(rng, plain, at):
    return plain[:at] + rng.choice(INSERTED) + plain[at:]


def other_value(rng, plain, _):
    document = json.loads(plain)
    name = rng.choice(list(document))
    document[name] = rng.choice([*VALUES, document[name], str(document[name])])
    return as_bytes(document, ensure_ascii=rng.random() < 0.5)


def member_less(rng, plain, _):
    document = json.loads(plain)
    del document[rng.choice(list(document))]
    return as_bytes(document)


def other_order(rng, plain, _):
    members = list(json.loads(plain).items())
    rng.shuffle(members)
    return as_bytes(dict(members), indent=rng.choice([None, 0, 1, "\t"]))


def escapes(rng, plain, _):
    """Where none are needed."""
    return re.sub(rb'(?<=")[ -!#-\[\]-~]+(?=")',
                  lambda m: b"".join(b"\\u%04X" % byte for byte in m[0]) if rng.random() < 0.5 else m[0], plain)


def something_after(rng, plain, _):
    return plain + rng.choice([b" ", b"\n\n", b"\0", b"{}", b"x", b" " * 8000, b" " * (8192 - len(plain)), b" " * (8193 - len(plain))])


def other_number(rng, plain, _):
    document = json.loads(plain)
    name = rng.choice(["TLS.time", "TLS.expire", "TLS.sdkappid"])
    field = b'"%s":' % name.encode()
    return plain.replace(field + b"%d" % document[name], field + rng.choice(NUMBERS) % document[name])


def other_proof(rng, plain, _):
    document = json.loads(plain)
    sig = document["TLS.sig"]
    document["TLS.sig"] = rng.choice([sig[:-1], sig + "=", sig.rstrip("="), sig[:-2] + chr(ord(sig[-2]) + 1) + "=", sig[4:],
                                      sig + "AAAA", sig.replace("+", "-").replace("/", "_"), " " + sig,
                                      sig[:20] + "\n" + sig[20:], sig.lower()])
    return as_bytes(document)


DAMAGES = [
    lambda rng, plain, at: plain[:at] + bytes([rng.randrange(256)]) + plain[at + 1:],
    lambda rng, plain, at: plain[:at] + plain[at + 1:],
    lambda rng, plain, _: plain[:-1] + rng.choice(MEMBERS) + b"}",
    lambda rng, plain, _: rng.choice([b" ", b"\r\n", b"\xef\xbb\xbf", b"[", b"\0"]) + plain,
    insert, other_value, member_less, other_order, escapes, something_after, other_number, other_proof,
]


def damaged_json(rng, text):
    """A change to the JSON inside."""
    plain = zlib.decompress(base64.b64decode(text.translate(str.maketrans("*-_", "+/="))))
    return oracle.pack(rng.choice(DAMAGES)(rng, plain, rng.randrange(len(plain))), rng.randint(0, 9))


@scenario
def both_judge_damaged_usersigs_alike():
    rng = peers.seeded()
    asked = []
    for _ in range(ROWS):
        app, who, key, at, life = peers.claims(rng)
        text = oracle.sign(key, app, who, at, life, b"" if rng.random() < 0.8 else rng.randbytes(rng.choice([1, 40, 512, 513])),
                           rng.randint(0, 9))
        for _ in range(rng.choice([1, 1, 1, 2])):
            try:
                text = (damaged_json if rng.random() < 0.7 else damaged_text)(rng, text)
            except (ValueError, zlib.error, IndexError, KeyError, TypeError, AttributeError):
                break  # what is damaged already may not take a second change
        asked.append((app, who, key, at + rng.choice([0, life, life + 1]), text.replace("\n", " ")))
    verdicts = agree(asked, "damaged")
    print("# " + ", ".join(f"{verdicts.count(name)} {name}" for name in sorted(set(verdicts))))
    true({"OK", "MALFORMED", "WRONG_KEY"} <= set(verdicts), "the damage is of one kind only")


if __name__ == "__main__":
    main()
