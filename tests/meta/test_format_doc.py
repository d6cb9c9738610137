#!/usr/bin/env python3
"""docs/FORMAT.md's examples are true: recomputed with the standard library alone, and libsig says the same."""
import base64
import ctypes
import hashlib
import hmac
import json
import os
import re
import struct
import zlib

from tree import BUILD, check, done, read, sanitized, skip

DOC = "docs/FORMAT.md"
LIBRARY = os.path.join(BUILD, "libsig/.libs/libsig.so")


def examples():
    return dict(re.findall(r"<!-- example: ([\w.]+) -->\n```\n(.*?)\n```", read(DOC), re.DOTALL))


def faults(**claims):
    """What is not true, by its name."""
    return [name for name, true in claims.items() if not true]


def unpack(text):
    """(bytes of zlib, bytes of JSON)."""
    packed = base64.b64decode(text.translate(str.maketrans("*-_", "+/=")), validate=True)
    return packed, zlib.decompress(packed)


def mac_of(key, signed):
    return hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()


def signed_v2(fields):
    lines = [f"TLS.{name}:{fields['TLS.' + name]}\n" for name in ("identifier", "sdkappid", "time", "expire")]
    if "TLS.userbuf" in fields:
        lines.append(f"TLS.userbuf:{fields['TLS.userbuf']}\n")
    return "".join(lines)


# ---- ECDSA on P-256, as in FIPS 186 -------------------------------------------------------------------

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point):
    result = None
    while k:
        if k & 1:
            result = add(result, point)
        point = add(point, point)
        k >>= 1
    return result


def integers(der):
    """r and s of SEQUENCE { INTEGER, INTEGER }, short lengths."""
    assert der[0] == 0x30 and der[1] == len(der) - 2 and der[2] == 2
    r_end = 4 + der[3]
    assert der[r_end] == 2 and r_end + 2 + der[r_end + 1] == len(der)
    return int.from_bytes(der[4:r_end], "big"), int.from_bytes(der[r_end + 2:], "big")


def ecdsa_holds(point, message, r, s):
    if not (0 < r < N and 0 < s < N):
        return False
    digest, inverse = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    at = add(multiply(digest * inverse % N, G), multiply(r * inverse % N, point))
    return at is not None and at[0] % N == r


def point_of(pem):
    der = base64.b64decode("".join(line for line in pem.split() if re.fullmatch(r"[A-Za-z0-9+/=]{16,}", line)))
    assert der[-65] == 4
    return int.from_bytes(der[-64:-32], "big"), int.from_bytes(der[-32:], "big")


# ---- the examples --------------------------------------------------------------------------------------

def check_v2(doc):
    packed, plain = unpack(doc["v2.text"])
    fields = json.loads(plain)
    signed = doc["v2.signed"] + "\n"
    check("version 2", faults(
        json=plain.decode() == doc["v2.json"],
        signed=signed_v2(fields) == signed,
        mac=mac_of(doc["v2.key"], signed).hex() == doc["v2.mac"].replace("\n", "").replace(" ", ""),
        sig=base64.b64decode(fields["TLS.sig"]) == mac_of(doc["v2.key"], signed),
        json_length=f"The JSON, {len(plain)} bytes" in read(DOC),
        lengths=f"{len(packed)} bytes of zlib in {len(doc['v2.text'])} characters" in read(DOC).replace("\n", " "),
        header=f"`{packed[:2].hex(' ')}`" in read(DOC),
        adler=f"`{zlib.adler32(plain).to_bytes(4, 'big').hex(' ')}`" in read(DOC)
        and packed[-4:] == zlib.adler32(plain).to_bytes(4, "big")))


def check_room(doc):
    fields = json.loads(unpack(doc["room.text"])[1])
    userbuf = base64.b64decode(fields["TLS.userbuf"])
    account = fields["TLS.identifier"].encode()
    composed = struct.pack(f">BH{len(account)}sIIIII", 0, len(account), account, fields["TLS.sdkappid"], 1234,
                           fields["TLS.time"] + fields["TLS.expire"], 42, 0)
    signed = doc["v2.signed"] + "\n" + doc["room.line"] + "\n"
    check("PrivateMapKey", faults(
        userbuf=userbuf == composed,
        hex=userbuf.hex() == doc["room.userbuf"].replace("\n", "").replace(" ", ""),
        signed=signed_v2(fields) == signed,
        sig=base64.b64decode(fields["TLS.sig"]) == mac_of(doc["v2.key"], signed)))


def check_v1(doc):
    plain = unpack(doc["v1.text"])[1].decode()
    fields = json.loads(plain)
    names = ("appid_at_3rd", "account_type", "identifier", "sdk_appid", "time", "expire_after")
    signed = "".join(f"TLS.{name}:{fields['TLS.' + name]}\n" for name in names)
    r, s = integers(base64.b64decode(fields["TLS.sig"].replace("\r\n", "")))
    point = point_of(read("tests/data/vectors/keys/pub_cpp_crlf_prime256v1.pem"))
    check("version 1", faults(
        json=plain == doc["v1.json"],
        signed=signed == doc["v1.signed"] + "\n",
        proof=ecdsa_holds(point, signed.encode(), r, s),
        high_s=ecdsa_holds(point, signed.encode(), r, N - s),
        other_text=not ecdsa_holds(point, signed.encode() + b"\n", r, s)))


def another_text(text):
    """The same JSON, compressed otherwise."""
    stored = zlib.compress(unpack(text)[1], 0)
    return base64.b64encode(stored).decode().translate(str.maketrans("+/=", "*-_"))


def check_libsig(doc):
    if not os.path.isfile(LIBRARY):
        check("libsig judges the examples", [f"no {LIBRARY}: not built?"])
        return
    if sanitized(LIBRARY):
        skip("libsig judges the examples", "the library is built with sanitizers, Python is not")
        return
    libsig = ctypes.CDLL(LIBRARY)
    key, secret = ctypes.c_void_p(), doc["v2.key"].encode()
    libsig.usersig_key_hmac.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p, ctypes.c_size_t]
    libsig.usersig_verify.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
                                      ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p]
    made = libsig.usersig_key_hmac(ctypes.byref(key), secret, len(secret))
    keys = (ctypes.c_void_p * 1)(key)

    def verdict(text, now):
        return libsig.usersig_verify(keys, 1, text.encode(), len(text), None, now, None, None)

    last = 1700086400
    check("libsig judges the examples", faults(
        key=made == 0,
        v2=verdict(doc["v2.text"], last) == 0,
        v2_after=verdict(doc["v2.text"], last + 1) == 22,
        room=verdict(doc["room.text"], last) == 0,
        cut=verdict(doc["v2.text"][:-1], last) == 16,
        a_text_is_not_a_name=another_text(doc["v2.text"]) != doc["v2.text"]
        and verdict(another_text(doc["v2.text"]), last) == 0))
    libsig.usersig_key_free.argtypes = [ctypes.c_void_p]
    libsig.usersig_key_free(key)


def main():
    doc = examples()
    check_v2(doc)
    check_room(doc)
    check_v1(doc)
    check_libsig(doc)
    done()


main()
