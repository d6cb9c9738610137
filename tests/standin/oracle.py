#!/usr/bin/env python3
"""oracle.py: an independent reader and judge of version 2 usersigs, for tests only.

Written from the description of the format, with nothing but the standard library, so that it shares no fault with
libsig. judge() answers the ErrorCode that the REST service would give. sign() makes usersigs for tests, wrong ones
too: it does not refuse anything.

    oracle.py verify --key-file F --sdkappid N --identifier I [--now T] [--userbuf B64] < usersig
    oracle.py sign   --key-file F --sdkappid N --identifier I --lifetime S [--now T] [--userbuf B64]

verify prints the ErrorCode and exits 0 where it is 0, else 1.
"""
import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
import time
import zlib

TEXT_MAX = 12288        # characters of a usersig
INFLATED_MAX = 8192     # bytes of JSON
IDENTIFIER_MAX = 255    # bytes
USERBUF_MAX = 512       # bytes
ANY_USERBUF = object()  # judge: do not ask about the userbuf

OK = 0
EXPIRED = 70001
MALFORMED = 70003
WRONG_KEY = 70009
WRONG_IDENTIFIER = 70013
WRONG_SDKAPPID = 70014

NUMBER = re.compile(r"(?:0|[1-9][0-9]*)\Z", re.ASCII)
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
OUTER = re.compile(r"[A-Za-z0-9*\-]*_{0,2}\Z", re.ASCII)
STANDARD = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z", re.ASCII)


class Malformed(ValueError):
    """What cannot be read; the argument says at which step."""


class Number:
    """A JSON number as it was written."""

    def __init__(self, text):
        self.text = text


def strict_base64(text, what):
    """Standard base64 with padding, canonical: the one text of these bytes."""
    if len(text) % 4 or not STANDARD.match(text):
        raise Malformed(f"{what}: not base64")
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode("ascii") != text:
        raise Malformed(f"{what}: not canonical base64")
    return data


def from_outer(text):
    if not 0 < len(text) <= TEXT_MAX:
        raise Malformed("length")
    if not OUTER.match(text):
        raise Malformed("outer base64: alphabet")
    return strict_base64(text.translate(str.maketrans("*-_", "+/=")), "outer base64")


def to_outer(data):
    return base64.b64encode(data).decode("ascii").translate(str.maketrans("+/=", "*-_"))


def inflate(data):
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(data, INFLATED_MAX + 1)
    except zlib.error as fault:
        raise Malformed(f"zlib: {fault}") from None
    if len(out) > INFLATED_MAX:
        raise Malformed("zlib: too long")
    if not stream.eof:
        raise Malformed("zlib: cut off")
    if stream.unused_data or stream.unconsumed_tail:
        raise Malformed("zlib: something after the stream")
    return out


def flat_object(data):
    """One JSON object of scalars with unique keys; numbers stay text."""
    def unique(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Malformed("json: duplicate key")
        return found

    def constant(name):
        raise Malformed(f"json: {name}")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_int=Number, parse_float=Number,
                           parse_constant=constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as fault:
        raise Malformed(f"json: {fault}") from None
    if not isinstance(value, dict):
        raise Malformed("json: not an object")
    for key, member in value.items():
        if isinstance(member, (dict, list)):
            raise Malformed("json: nested")
        for text in (key, member):
            if isinstance(text, str):
                try:
                    text.encode("utf-8")
                except UnicodeEncodeError:
                    raise Malformed("json: half a surrogate pair") from None
    return value


def whole_number(members, name, largest):
    value = members.get(name)
    if not isinstance(value, Number) or not NUMBER.match(value.text) or len(value.text) > 20:
        raise Malformed(f"{name}: not a plain number")
    if int(value.text) > largest:
        raise Malformed(f"{name}: out of range")
    return int(value.text)


def string(members, name):
    value = members.get(name)
    if not isinstance(value, str):
        raise Malformed(f"{name}: not a string")
    return value


def decode(text):
    """The claims and the proof of a usersig, unproven. Raises Malformed."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    members = flat_object(inflate(from_outer(text)))
    if string(members, "TLS.ver") != "2.0":
        raise Malformed("TLS.ver")
    identifier = string(members, "TLS.identifier").encode("utf-8")
    if not 0 < len(identifier) <= IDENTIFIER_MAX or CONTROL.search(identifier):
        raise Malformed("TLS.identifier")
    claims = {
        "identifier": identifier,
        "sdkappid": whole_number(members, "TLS.sdkappid", 2**32 - 1),
        "time": whole_number(members, "TLS.time", 2**64 - 1),
        "expire": whole_number(members, "TLS.expire", 2**64 - 1),
        "userbuf": b"",
    }
    if "TLS.userbuf" in members:
        claims["userbuf"] = strict_base64(string(members, "TLS.userbuf"), "TLS.userbuf")
        if not 0 < len(claims["userbuf"]) <= USERBUF_MAX:
            raise Malformed("TLS.userbuf: length")
    claims["sig"] = strict_base64(string(members, "TLS.sig"), "TLS.sig")
    if len(claims["sig"]) != 32:
        raise Malformed("TLS.sig: length")
    return claims


def as_bytes(value):
    return value.encode("utf-8") if isinstance(value, str) else bytes(value)


def room(userbuf):
    """The content of a PrivateMapKey's userbuf."""
    def take(size):
        nonlocal at
        piece = userbuf[at:at + size]
        if len(piece) != size:
            raise Malformed("userbuf: cut")
        at += size
        return piece

    def number(size):
        return int.from_bytes(take(size), "big")

    at = 0
    kind = number(1)
    found = {"account": take(number(2)).decode(), "sdkappid": number(4), "number": number(4), "expiry": number(4),
             "rights": number(4), "account_type": number(4), "name": ""}
    if kind == 1:
        found["name"] = take(number(2)).decode()
    if kind > 1 or at != len(userbuf) or (kind == 1) != (found["number"] == 0):
        raise Malformed("userbuf: not a room")
    return found


def signed_text(identifier, sdkappid, issued_at, lifetime, userbuf=b""):
    text = b"TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n" % (
        as_bytes(identifier), sdkappid, issued_at, lifetime)
    if userbuf:
        text += b"TLS.userbuf:%s\n" % base64.b64encode(userbuf)
    return text


def mac(key, text):
    return hmac.new(as_bytes(key), text, hashlib.sha256).digest()


def judge(text, key, sdkappid, identifier, now, userbuf=b""):
    """The ErrorCode: 0, 70001, 70003, 70009, 70013 or 70014. A userbuf other than the asked one is 70003."""
    try:
        claims = decode(text)
    except Malformed:
        return MALFORMED
    proof = mac(key, signed_text(claims["identifier"], claims["sdkappid"], claims["time"], claims["expire"],
                                 claims["userbuf"]))
    if not hmac.compare_digest(proof, claims["sig"]):
        return WRONG_KEY
    if claims["sdkappid"] != sdkappid:
        return WRONG_SDKAPPID
    if claims["identifier"] != as_bytes(identifier):
        return WRONG_IDENTIFIER
    if userbuf is not ANY_USERBUF and claims["userbuf"] != userbuf:
        return MALFORMED
    if now > claims["time"] + claims["expire"]:
        return EXPIRED
    return OK


def pack(json_text, level=9):
    """Any JSON text as a usersig, honest or not."""
    return to_outer(zlib.compress(as_bytes(json_text), level))


def sign(key, sdkappid, identifier, issued_at, lifetime, userbuf=b"", level=9, **members):
    """A usersig. members replace or add to what is written (not to what is signed): {"TLS.ver": "3.0"}."""
    proof = mac(key, signed_text(identifier, sdkappid, issued_at, lifetime, userbuf))
    document = {"TLS.ver": "2.0", "TLS.identifier": as_bytes(identifier).decode("utf-8"), "TLS.sdkappid": sdkappid,
                "TLS.expire": lifetime, "TLS.time": issued_at}
    if userbuf:
        document["TLS.userbuf"] = base64.b64encode(userbuf).decode("ascii")
    document["TLS.sig"] = base64.b64encode(proof).decode("ascii")
    document.update(members)
    return pack(json.dumps(document, ensure_ascii=False, separators=(",", ":")), level)


def read_key(path):
    """A key file: its bytes without one trailing newline."""
    with open(path, "rb") as file:
        key = file.read()
    return key.removesuffix(b"\n")


def main():
    parser = argparse.ArgumentParser(prog="oracle.py")
    parser.add_argument("command", choices=["verify", "sign"])
    parser.add_argument("--key-file", required=True)
    parser.add_argument("--sdkappid", type=int, required=True)
    parser.add_argument("--identifier", required=True)
    parser.add_argument("--lifetime", type=int, default=86400)
    parser.add_argument("--userbuf", default="")
    parser.add_argument("--now", type=int)
    options = parser.parse_args()
    key = read_key(options.key_file)
    now = int(time.time()) if options.now is None else options.now
    userbuf = base64.b64decode(options.userbuf, validate=True)
    if options.command == "sign":
        print(sign(key, options.sdkappid, options.identifier, now, options.lifetime, userbuf))
        return 0
    text = sys.stdin.read(TEXT_MAX + 2).removesuffix("\n")
    code = judge(text, key, options.sdkappid, options.identifier, now, userbuf)
    if code == MALFORMED:
        try:
            decode(text)
        except Malformed as fault:
            print(fault, file=sys.stderr)
    print(code)
    return 0 if code == OK else 1


if __name__ == "__main__":
    sys.exit(main())
