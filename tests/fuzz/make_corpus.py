#!/usr/bin/env python3
"""Writes the fuzzers' first inputs into tests/fuzz/corpus/<name>/: from usersigs that others made (tests/data/vectors)
and from edge cases made here. What a fuzzer found lies beside them as found-*, and is left alone."""
import base64
import hashlib
import json
import os
import re
import struct
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "standin"))
import unseal  # noqa: E402

VECTORS = os.path.join(HERE, "..", "data", "vectors")
SECRET = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
OURS, OUTER = b"+/=", b"*-_"


def vectors():
    """Rows of the table as dictionaries."""
    with open(os.path.join(VECTORS, "vectors.tsv"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def pack(text):
    return base64.b64encode(text).translate(bytes.maketrans(OURS, OUTER))


def unpack(text):
    return base64.b64decode(text.encode().translate(bytes.maketrans(OUTER, OURS)))


def chosen():
    """Name -> usersig: the first of each maker, version and verdict, proven with the fuzzer's keys where there is one."""
    found = {}
    rows = [row for row in vectors() if len(row["usersig"]) < 1500]
    rows.sort(key=lambda row: row["key"] not in (SECRET, "keys/ec_secp256k1_pub.pem"))
    for row in rows:
        producer = row["producer"] if row["producer"].isprintable() and ":" not in row["producer"] else "published"
        found.setdefault(f"{row['version']}-{producer}-{row['expect']}", row["usersig"])
        if row["userbuf"] != "-":
            found.setdefault(f"{row['version']}-userbuf", row["usersig"])
    return found


def inflated(usersig):
    try:
        return zlib.decompress(unpack(usersig))
    except (zlib.error, ValueError):
        return None


JSONS = {
    "empty": b"{}", "spaces": b" {\t\"a\" :\r1 , \"b\":\n\"\" } \n", "words": b'{"a":true,"b":false,"c":null}',
    "numbers": b'{"a":-0,"b":0.5,"c":1e5,"d":1E-05,"e":18446744073709551615,"f":-9223372036854775808}',
    "overflow": b'{"a":1e999,"b":18446744073709551616}',
    "escapes": rb'{"\u0041\"\\\/\b\f\n\r\t":"\ud83d\ude00\u00e9\u4e2d\uFFFF"}', "lone": rb'{"a":"\ud83d"}',
    "high-twice": rb'{"a":"\ud83d\ud83d"}', "high-letter": rb'{"a":"\ud83d\u0041"}', "low": rb'{"a":"\udc00"}',
    "nul": rb'{"\u0000":"\u0000"}', "twice": rb'{"a":1,"\u0061":2}', "nested": b'{"a":{"b":1}}',
    "array": b'{"a":[1]}', "utf8": '{"é中😀":"\u0080\u07ff\u0800\U0010ffff"}'.encode(),
    "not-utf8": b'{"a":"\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80"}', "behind": b"{}x", "cut": b'{"a":"1234567\\', "zero": b'{"a":01}',
    "bare": b'{"a":-}', "comma": b'{"a":1,}', "raw-control": b'{"a":"1234567\x1f"}',
    "32": json.dumps({f"m{n}": n for n in range(32)}).encode(), "33": json.dumps({f"m{n}": n for n in range(33)}).encode(),
}
V2 = b'{"TLS.ver":"2.0","TLS.identifier":"a","TLS.sdkappid":1,"TLS.expire":1,"TLS.time":1,"TLS.sig":"%s"}'
MAC = base64.b64encode(bytes(range(32)))


def of_decode():
    usersigs = chosen()
    yield from ((name, text.encode()) for name, text in usersigs.items() if name.endswith(("valid", "userbuf")))
    for name in ("v2-go-valid", "v2-userbuf", "v1-java-valid", "v1-userbuf", "v1-node-valid"):
        yield f"json-{name}", inflated(usersigs[name])
    yield "stream-v2", unpack(usersigs["v2-go-valid"])
    yield "stream-raw", zlib.compress(V2 % MAC)[2:-4]
    yield "json-short", V2 % MAC
    yield "json-escaped", (V2 % MAC).replace(b':"a"', rb':"a\"\\\u00e9b"')
    v1 = json.loads(inflated(usersigs["v1-java-valid"]))
    yield "json-v1-empty-appid", json.dumps(v1 | {"TLS.appid_at_3rd": ""}).encode()
    v1.pop("TLS.appid_at_3rd")
    yield "json-v1-no-appid", json.dumps(v1).encode()
    yield "json-no-proof", V2 % b""
    yield "raw-deflate", pack(zlib.compress(V2 % MAC)[2:-4])
    yield "gzip", pack(zlib.compressobj(wbits=31).compress(V2 % MAC))
    yield "plain-json", pack(V2 % MAC)
    yield "bomb", pack(zlib.compress(b" " * 9000, 9))
    yield "percent-twice", usersigs["v2-go-valid"].replace("*", "%252A").replace("-", "%252D").replace("_", "%255F").encode()
    yield "base64", base64.b64encode(unpack(usersigs["v2-java-valid"]))
    yield "base64url", base64.urlsafe_b64encode(unpack(usersigs["v2-java-valid"]))
    yield "cut", usersigs["v2-go-valid"][:100].encode()
    yield "quotes", b' "' + usersigs["v2-go-valid"].encode() + b'"\n'
    yield "long", b"A" * 12289
    yield "empty", b""


def of_json():
    usersigs = chosen()
    yield from JSONS.items()
    for name in ("v2-go-valid", "v2-userbuf", "v1-java-valid", "v1-userbuf"):
        yield name, inflated(usersigs[name])


def of_base64():
    for n in range(8):
        yield f"bytes-{n}", base64.b64encode(bytes(range(250, 250 + min(n, 6))) + bytes(max(n - 6, 0)))
    yield "outer", pack(bytes(range(256)))
    yield "standard", base64.b64encode(bytes(range(255, -1, -1)))
    for name, text in (("bits", b"AB=="), ("bits-2", b"AAB="), ("three", b"A==="), ("inside", b"AA==AAAA"), ("short", b"AAA"),
                       ("mixed", b"A+*-"), ("line", b"AAAA\nAAAA"), ("outer-1", b"AA__"), ("outer-2", b"AAA_"), ("nul", b"AAA\0")):
        yield name, text


def deflate(text, level=9, wbits=15, strategy=zlib.Z_DEFAULT_STRATEGY, flush=None):
    packer = zlib.compressobj(level, zlib.DEFLATED, wbits, 9, strategy)
    if flush is None:
        return packer.compress(text) + packer.flush()
    half = len(text) // 2
    return packer.compress(text[:half]) + packer.flush(flush) + packer.compress(text[half:]) + packer.flush()


def of_inflate():
    usersigs, text = chosen(), V2 % MAC
    for name in ("v2-go-valid", "v2-python-valid", "v2-java-valid", "v1-node-valid"):
        yield name, unpack(usersigs[name])
    for level in (0, 1, 9):
        yield f"level-{level}", deflate(text, level)
    for name, strategy in (("fixed", zlib.Z_FIXED), ("huffman", zlib.Z_HUFFMAN_ONLY), ("rle", zlib.Z_RLE)):
        yield name, deflate(text, strategy=strategy)
    for name, flush in (("sync", zlib.Z_SYNC_FLUSH), ("partial", zlib.Z_PARTIAL_FLUSH), ("full", zlib.Z_FULL_FLUSH)):
        yield f"flush-{name}", deflate(text, flush=flush)
    yield "small-window", deflate(text * 5, wbits=9)
    yield "empty", deflate(b"")
    yield "none", b""
    yield "run", deflate(b"a" * 8192)
    yield "run-over", deflate(b"a" * 8193)
    yield "far", deflate(os.path.basename(__file__).encode() + bytes(range(256)) * 20)
    yield "noise", deflate(b"".join(struct.pack(">I", n * 2654435761 % 2**32) for n in range(200)))
    yield "behind", deflate(text) + b"\0"
    yield "dictionary", b"\x78\xbb" + deflate(text)[2:]
    yield "stored-bad-length", b"\x78\x01\x01\x05\x00\xfb\xff12345"
    yield "block-type-3", b"\x78\x01\x07"
    # a literal, then a match of three bytes: one byte back, two bytes back
    yield "match", b"\x78\x01\x4b\x04\x02\x00" + struct.pack(">I", zlib.adler32(b"aaaa"))
    yield "match-too-far", b"\x78\x01\x4b\x04\x22\x00" + struct.pack(">I", zlib.adler32(b"aaaa"))
    yield "too-many-codes", b"\x78\x01\xfd\xff\xff\xff"


def der(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body if len(body) < 128 else bytes([tag, 0x81, len(body)]) + body


def pem(label, body, end=b"\n"):
    text = base64.b64encode(body)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return end.join([b"-----BEGIN %s-----" % label, *lines, b"-----END %s-----" % label, b""])


CURVES = {"secp256k1": (bytes.fromhex("06052b8104000a"),
                        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
                        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
          "p256": (bytes.fromhex("06082a8648ce3d030107"),
                   "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                   "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
                   "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")}


def of_pem():
    """Keys with the scalar 1, whose point is the curve's generator: nobody's."""
    for name, (oid, generator, order) in CURVES.items():
        one, point = bytes(31) + b"\1", b"\4" + bytes.fromhex(generator)
        bits = der(0x03, b"\0", point)
        parameters, public = der(0xA0, oid), der(0xA1, bits)
        algorithm = der(0x30, bytes.fromhex("06072a8648ce3d0201"), oid)

        def pkcs8(inner):
            return der(0x30, b"\x02\x01\x00", algorithm, der(0x04, inner))  # pylint: disable=cell-var-from-loop
        def sec1(scalar, *rest):
            return der(0x30, b"\x02\x01\x01", der(0x04, scalar), *rest)
        key = sec1(one, parameters, public)
        yield f"{name}-sec1", pem(b"EC PRIVATE KEY", key)
        yield f"{name}-sec1-bare", pem(b"EC PRIVATE KEY", sec1(one, parameters))
        yield f"{name}-parameters", pem(b"EC PARAMETERS", oid) + pem(b"EC PRIVATE KEY", key)
        yield f"{name}-pkcs8", pem(b"PRIVATE KEY", pkcs8(sec1(one, public)))
        yield f"{name}-pkcs8-bare", pem(b"PRIVATE KEY", pkcs8(sec1(one)))
        yield f"{name}-crlf", pem(b"PRIVATE KEY", pkcs8(key), b"\r\n")
        yield f"{name}-public", pem(b"PUBLIC KEY", der(0x30, algorithm, bits))
        yield f"{name}-compressed", pem(b"PUBLIC KEY", der(0x30, algorithm, der(0x03, b"\0\2", point[1:33])))
        yield f"{name}-zero", pem(b"EC PRIVATE KEY", sec1(bytes(32), parameters))
        yield f"{name}-order", pem(b"EC PRIVATE KEY", sec1(bytes.fromhex(order), parameters))
        yield f"{name}-other-point", pem(b"EC PRIVATE KEY", sec1(bytes(31) + b"\2", parameters, public))
    yield "encrypted", b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----\n"
    yield "nothing", b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"
    yield "empty", b""


def of_url():
    usersig = chosen()["v2-go-valid"].encode()

    def request(*strings, sdkappid=1400000001, random=99999999):
        return struct.pack("=II", sdkappid, random) + b"\0".join(strings)
    yield "usual", request(b"", b"group_open_http_svc", b"get_appid_group_list", b"administrator", usersig)
    yield "host", request(b"adminapisgp.im.qcloud.com:443", b"v4", b"im-x", b"a", b"eA*-_")
    yield "ipv6", request(b"[::1]:8443", b"s", b"c", b"a", b"e")
    yield "params", request(b"h", b"s", b"c", b"a", b"e", b"servicename", b"x y", b"a.b-c_d", b"", b"z", b"&=%#")
    yield "repeated", request(b"h", b"s", b"c", b"a", b"e", b"usersig", b"x")
    yield "utf8", request(b"h", b"s", b"c", "管理员 😀".encode(), b"e", b"n", b"\xff\xfe")
    yield "control", request(b"h", b"s", b"c", b"a\nb", b"e")
    yield "space", request(b"h", b"s", b"c", b" !\"#$%&'()*+,/:;<=>?@[\\]^`{|}~", b"e")
    yield "no-sdkappid", request(b"h", b"s", b"c", b"a", b"e", sdkappid=0)
    yield "biggest", request(b"h" * 255, b"s" * 64, b"c" * 64, b"a" * 255, b"e" * 1000, sdkappid=2**32 - 1, random=2**32 - 1)
    yield "too-long", request(b"h" * 256, b"s", b"c", b"a", b"e")
    yield "few", request(b"h", b"s", b"c")


def of_room():
    def room(kind, account, sdkappid=1400000001, number=0, expiry=1700000000, rights=255, kind_of_account=0, name=None):
        text = struct.pack(">BH", kind, len(account)) + account
        text += struct.pack(">IIIII", sdkappid, number, expiry, rights, kind_of_account)
        return text if name is None else text + struct.pack(">H", len(name)) + name
    yield "number", room(0, b"alice", number=1234)
    yield "name", room(1, b"alice", name=b"room-1")
    yield "utf8", room(1, "管理员".encode(), name="комната".encode())
    yield "longest", room(1, b"a", name=b"n" * 486)
    yield "too-long", room(1, b"a", name=b"n" * 487)
    yield "long-account", room(0, b"a" * 255, number=2**32 - 1, expiry=2**32 - 1)
    yield "longer-account", room(0, b"a" * 256, number=1)
    yield "both", room(1, b"a", number=1, name=b"n")
    yield "neither", room(0, b"a")
    yield "no-name", room(1, b"a", name=b"")
    yield "no-rights", room(0, b"a", number=1, rights=0)
    yield "more-rights", room(0, b"a", number=1, rights=256)
    yield "account-type", room(0, b"a", number=1, kind_of_account=1)
    yield "kind", room(2, b"a", number=1)
    yield "cut", room(1, b"alice", name=b"room-1")[:-1]
    yield "behind", room(0, b"a", number=1) + b"\0"
    yield "control", room(0, b"a\nb", number=1)
    yield "empty", b""


def of_page():
    def page(now=1700000000, **fields):
        f = {"magic": b"USERSIG", "version": 1, "size": 4096, "sequence": 2, "check": 0, "heartbeat": 1700000000, "state": 1,
             "sdkappid": 1400000001, "issued": 1700000000, "end": 1700086400, "renew": 1700057600, "identifier": b"administrator",
             "key": b"2026a", "usersig": b"eJwVzEELgkAQ*-_", "lengths": None} | fields
        lengths = f["lengths"] or [len(f[name]) for name in ("identifier", "key", "usersig")]
        return struct.pack("=Q8sIIIIQIIQQQIIII256s64s112x2048s", now, f["magic"], f["version"], f["size"], f["sequence"],
                           f["check"], f["heartbeat"], f["state"], f["sdkappid"], f["issued"], f["end"], f["renew"], *lengths,
                           0, f["identifier"], f["key"], f["usersig"]).rstrip(b"\0")
    yield "live", page()
    yield "expired", page(now=1700086401)
    yield "empty", page(state=0)
    yield "revoked", page(state=2)
    yield "state", page(state=3)
    yield "odd", page(sequence=3)
    yield "magic", page(magic=b"usersig")
    yield "version", page(version=2)
    yield "size", page(size=8192)
    yield "no-sdkappid", page(sdkappid=0)
    yield "renew-early", page(renew=1699999999)
    yield "renew-late", page(renew=1700086401)
    yield "longest", page(identifier=b"i" * 255, key=b"k" * 63, usersig=b"u" * 2047)
    yield "lengths-0", page(lengths=[0, 0, 0])
    yield "lengths-over", page(lengths=[256, 64, 2048])
    yield "lengths-most", page(lengths=[2**32 - 1] * 3)
    yield "control", page(identifier=b"a\nb")
    yield "space", page(usersig=b"a b")
    yield "high", page(usersig=b"abcdefg\xff")
    yield "nothing", b""


def of_sealed():
    master = bytes(range(1, 33))
    whole = unseal.make_sealed("demo", "k1", master, SECRET.encode(), bytes(range(24)))
    salt = "000102030405060708090a0b0c0d0e0f"
    data = whole.splitlines(True)[-1].decode()

    def with_lock(lock):
        return f"sigd-sealed-key 1\napp demo\nkey k1\n{lock}\n{data}".encode()
    yield "whole", whole
    yield "longest-names", unseal.make_sealed("a" * 32, "b" * 32, master, SECRET.encode(), bytes(24))
    yield "passphrase", with_lock(f"argon2id 3 268435456 {salt}")
    yield "least-work", with_lock(f"argon2id 1 8388608 {salt}")
    yield "most-work", with_lock(f"argon2id 16 1073741824 {salt}")
    yield "too-much-work", with_lock(f"argon2id 17 1073741825 {salt}")
    yield "signs", with_lock(f"argon2id +3 -268435456 {salt}")
    yield "large-digits", whole.replace(b"a4c5", b"A4C5")
    yield "other-name", whole.replace(b"app demo", b"app dem0")
    yield "cut", whole[:-1]
    yield "behind", whole + b"\n"
    yield "crlf", whole.replace(b"\n", b"\r\n")
    yield "version", whole.replace(b"key 1", b"key 2")
    yield "short-data", whole[:whole.index(b"data ") + 5] + b"AAAA\n"
    yield "high-bit", whole[:-20] + bytes([whole[-20] | 0x80]) + whole[-19:]
    yield "empty", b""


def of_ctlframe():
    def frame(kind, body=b"", number=1, length=None):
        return struct.pack("=HHI", number, kind, len(body) if length is None else length) + body

    def name(text):
        return text.ljust(36, b"\0")

    def text(stream, said, size=None):
        return frame(64, struct.pack("=II", stream, len(said) if size is None else size) + said.ljust(1000, b"\0"))
    yield "status", frame(1)
    yield "reload", frame(2, bytes(296))
    yield "reload-accept", frame(2, struct.pack("=II", 1, 2) + name(b"chat") + name(b"a.b-c_D9") + bytes(6 * 36))
    yield "reload-too-many", frame(2, struct.pack("=II", 0, 9) + name(b"chat") * 8)
    yield "flush", frame(3, name(b"chat") + name(b"the boss"))
    yield "flush-unended", frame(3, b"c" * 36 + b"b" * 36)
    yield "freeze-all", frame(4, bytes(40))
    yield "thaw", frame(4, b"\1\0\0\0" + name(b"chat"))
    yield "clock", frame(5, b"\1\0\0\0")
    yield "log-level", frame(6, b"debug\0\0\0")
    yield "unknown", frame(7)
    yield "version", frame(1, number=2)
    yield "cut", frame(3, name(b"chat"), length=72)
    yield "text", text(0, b"configuration 2 counts\n")
    yield "text-whole", text(1, b"x" * 1000)
    yield "text-too-long", text(0, b"x", 1001)
    yield "end", frame(65, b"\0\0\0\0")
    yield "end-126", frame(65, b"\x7e\0\0\0")
    yield "empty", b""


def request(line=b"GET /v1/apps HTTP/1.1", *headers, host=b"Host: sigd", body=None, kind=b"application/json"):
    """A request's bytes."""
    more = [] if body is None else [b"Content-Type: " + kind, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([line] + ([host] if host else []) + list(headers) + more + [b"", b""]) + (body or b"")


def heads():
    """Names and requests, good and bad."""
    admin = b"GET /v1/apps/chat/admin"
    yield "apps", request()
    yield "query", request(admin + b"?as=administrator&min_remaining=60 HTTP/1.1")
    yield "percent", request(b"GET /v1/apps/ch%61t/admin?as=the%20boss HTTP/1.1")
    yield "percent-nul", request(b"GET /v1/apps/a%00/admin?as=%00 HTTP/1.1")
    yield "percent-cut", request(b"GET /v1/%4 HTTP/1.1")
    yield "slashes", request(b"GET //v1///a/b/c/d/e/f/g HTTP/1.1")
    yield "params-9", request(b"GET /healthz?" + b"&".join(b"%c=1" % c for c in b"abcdefghi") + b" HTTP/1.1")
    yield "param-twice", request(b"GET /healthz?a=1&a=2 HTTP/1.1")
    yield "http10", request(b"GET /healthz HTTP/1.0", host=None)
    yield "http10-keep", request(b"GET /healthz HTTP/1.0", b"Connection: keep-alive")
    yield "close", request(b"GET /readyz HTTP/1.1", b"Connection: x, close")
    yield "head", request(b"HEAD /healthz HTTP/1.1")
    yield "accept", request(b"GET /v1/apps/chat/url/openim/sendmsg?as=administrator HTTP/1.1", b"Accept: a/b;q=0, text/plain ; q=0.5")
    yield "accept-not", request(b"GET /v1/apps/chat/url/openim/sendmsg HTTP/1.1", b"Accept: text/plain;q=0.0")
    yield "post", request(b"POST /v1/apps/chat/usersig HTTP/1.1", body=b'{"identifier":"alice"}')
    yield "expect", request(b"POST /v1/apps/chat/usersig HTTP/1.1", b"Expect: 100-continue", body=b'{"identifier":"alice"}')
    yield "expectation", request(b"GET / HTTP/1.1", b"Expect: more")
    yield "chunked", request(b"POST /v1/apps/chat/usersig HTTP/1.1", b"Transfer-Encoding: chunked") + b"0\r\n\r\n"
    yield "length-twice", request(b"POST / HTTP/1.1", b"Content-Length: 1", body=b"x")
    yield "length-sign", request(b"POST / HTTP/1.1", b"Content-Length: +1")
    yield "length-big", request(b"POST /v1/apps/chat/verify HTTP/1.1", b"Content-Length: 999999999999999999")
    yield "proxied", request(b"GET / HTTP/1.1", b"X-Forwarded-For: 1", b"Sec-Fetch-Mode: a")
    yield "origin", request(b"GET / HTTP/1.1", b"Origin: null")
    yield "other-host", request(host=b"Host: example.org")
    yield "no-host", request(host=None)
    yield "two-hosts", request(b"GET / HTTP/1.1", b"Host: sigd")
    yield "folded", request(b"GET / HTTP/1.1", b" x: y")
    yield "bare-lf", b"GET / HTTP/1.1\nHost: sigd\n\n"
    yield "bare-cr", b"GET / HTTP/1.1\rHost: sigd\r\n\r\n"
    yield "space-colon", request(b"GET / HTTP/1.1", b"a : b")
    yield "nul", request(b"GET / HTTP/1.1", b"a: \0")
    yield "version", request(b"GET / HTTP/2.0")
    yield "fragment", request(b"GET /#a HTTP/1.1")
    yield "absolute", request(b"GET http://sigd/ HTTP/1.1")
    yield "two", request() + request(b"GET /healthz HTTP/1.1")
    yield "cut", request()[:20]
    yield "empty", b""


def of_http():
    """Two bytes: where it is cut in pieces; 0xE000 and more: a head that goes on for 8 KiB."""
    for number, (name, text) in enumerate(heads()):
        yield name, struct.pack("=H", number * 7) + text
    yield "long", b"\x00\xe0" + request()[:-4] + b"\r\nx: "


def of_front():
    """What the callers may do (inverted: 0 is all, 0xFF nothing), what a client sends; \\xff and a letter: fuzz_front.c's act."""
    for name, text in heads():
        yield name, b"\0" + text
    alice = request(b"POST /v1/apps/chat/usersig HTTP/1.1", body=b'{"identifier":"alice","lifetime":60}')
    batch = request(b"POST /v1/apps/chat/usersig HTTP/1.1",
                    body=json.dumps({"identifiers": [f"u{n}" for n in range(70)] + [""]}, separators=(",", ":")).encode())
    verify = request(b"POST /v1/apps/video/verify HTTP/1.1",
                     body=b'{"usersig":"%s","identifier":"jonh"}' % chosen()["v2-go-valid"].encode())
    room = request(b"POST /v1/apps/chat/usersig HTTP/1.1", body=b'{"identifier":"alice","room_string":"r","rights":42}')
    url = request(b"GET /v1/apps/chat/url/openim/sendmsg HTTP/1.1", b"Accept: text/plain")
    yield "metrics", b"\0" + request(b"GET /metrics HTTP/1.1")
    yield "nobody", b"\xff" + request(b"GET /v1/apps/chat/admin HTTP/1.1")
    yield "verifier", b"\x77" + alice + verify
    yield "pipelined", b"\0" + alice + url + verify + room + request()
    yield "batch", b"\0" + batch + alice
    yield "batch-unread", b"\0\xffr" + batch + b"\xfff\xfft\x05\xfft\x09"
    yield "batch-reload", b"\0\xffq" + batch + b"\xfff\xffs\0\xffm\0\xffa" + alice
    yield "batch-silent", b"\0" + request() + b"\xffq" + batch
    yield "batch-http10", b"\0" + batch.replace(b"HTTP/1.1", b"HTTP/1.0")
    yield "pieces", b"\0" + alice[:30] + b"\xfff" + alice[30:-20] + b"\xfff" + alice[-20:]
    yield "slow", b"\0" + alice[:30] + b"\xfft\x0b" + alice
    yield "held", b"\0\xffe" + url + b"\xfff\xffc" + url
    yield "held-too-long", b"\0\xffe" + url + b"\xfft\x06"
    yield "reloaded", b"\0" + url + b"\xffm\1" + url + b"\xffm\0" + alice
    yield "newer", b"\0" + request() + b"\xffn" + alice + b"\xfff\xffm\0"
    yield "withdrawn", b"\0" + url + b"\xffr" + batch + b"\xfff\xffw" + url
    yield "refused", b"\0\xffq" + alice + b"".join(b"\xffs%c" % n + alice for n in range(15))
    yield "silent", b"\0\xffq" + alice + b"\xfft\x06"
    yield "clients", b"\0\xff1" + alice[:40] + b"\xff2" + alice + b"\xff1" + alice[40:] + b"\xff0" + url
    yield "shut", b"\0" + alice[:60] + b"\xfff\xffx"
    yield "drained", b"\0" + alice + b"\xffq" + alice + b"\xffd"


def of_request():
    """usersig 0, verify 1, video 2; more: how the signer answers. Where the body is cut. The body."""
    def asks(name, *bodies, how=0):
        for n, body in enumerate(bodies):
            yield f"{name}-{n}" if n else name, bytes([how, 0x30 * n % 256]) + (body if isinstance(body, bytes) else json.dumps(body).encode())
    alice = {"identifier": "alice"}
    yield from asks("sign", alice, alice | {"lifetime": 60}, alice | {"lifetime": -1}, alice | {"lifetime": 1.5}, alice | {"lifetime": "1"},
                    {"identifier": ""}, {"identifier": 1}, {"identifier": "a" * 256}, {"identifier": "\0"}, {"identifier": "管理员"}, {}, [], 1)
    yield from asks("room", *(alice | more for more in (
        {"room": 1}, {"room": 0}, {"room": 2 ** 32}, {"room_string": "r"}, {"room_string": ""}, {"room_string": "r" * 487}, {"room": 1, "room_string": "r"},
        {"room": 1, "rights": 42}, {"room": 1, "rights": 256}, {"rights": 1}, {"userbuf": "AAEC"}, {"userbuf": "AA=="}, {"userbuf": "AB=="}, {"userbuf": "A"},
        {"userbuf": ""}, {"userbuf": "A" * 684}, {"userbuf": "A" * 688}, {"userbuf": "AAEC", "room": 1})))
    yield from asks("batch", {"identifiers": ["alice", "bob", "", "a" * 256, "é\"\\\n"]}, {"identifiers": []}, {"identifiers": ["a", 1]}, {"identifiers": "a"},
                    {"identifiers": ["a"], "identifier": "b"}, {"identifiers": ["a"], "lifetime": 9}, {"identifiers": [f"u{n}" for n in range(200)]})
    yield from asks("json", b"", b"{", b"{}x", b'{"identifier":"a","identifier":"b"}', b'{"identifier":"\\u0000\\ud83d\\ude00"}', b'{"a":1e999}',
                    b'{"lifetime":18446744073709551616}', b"[" * 300, b'{"identifier":"\xff"}', b'{"eJw":1}')
    usersigs = chosen()
    for name in ("v2-go-valid", "v2-userbuf", "v1-java-valid", "v1-userbuf"):
        yield from asks(name, {"usersig": usersigs[name], "any_identifier": True}, {"usersig": usersigs[name], "identifier": "jonh", "room": 1234}, how=1)
    usersig = {"usersig": usersigs["v2-go-valid"]}
    yield from asks("verify", usersig, usersig | {"identifier": "a", "any_identifier": True}, usersig | {"any_identifier": 1}, usersig | {"identifier": ""},
                    usersig | {"identifier": "a\0b"}, {"usersig": "", "identifier": "a"}, {"usersig": 1}, usersig | alice | {"userbuf": "AAEC"},
                    usersig | alice | {"room_string": "r", "rights": 1}, usersig | {"identifier": "a" * 256}, how=3)
    for status in range(1, 15):
        yield from asks(f"status-{status}", alice, {"identifiers": ["a", "b"]}, how=status << 2)
    yield from asks("status-verify", usersig | alice, how=7 << 2 | 1)


def noise(name, lengths=(8, 24, 60, 120, 250)):
    """Bytes at random, the same each time: where a fuzzer makes frames of its input, they are frames."""
    for n in range(4):
        for length in lengths:
            data = b"".join(hashlib.sha256(f"{name} {n} {length} {i}".encode()).digest() for i in range(length // 32 + 1))
            yield f"{name}-{n}-{length}", data[:length]


def of_told():
    ask, sign, batch, verify, url = (3 * n << 1 | 1 for n in (0, 6, 8, 9, 3))
    well = 14
    yield "asked", bytes([ask, well, sign, well, batch, well, verify, well, url, well])
    yield "answered", bytes([sign, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    yield "model", bytes([ask, well, 2 | 0x40, 0x10, 0, 1, 0, 2, 0, 5, 0, 0, 4, 0, sign, well])
    yield from noise("told")


def of_signer():
    yield "opened", bytes([0, 1, 0, 7])
    yield "signed", bytes([0, 1, 0, 7]) + bytes([2 << 1, 2, 0, 16, 0, 5, 1, 0, 4, 0, 8, 0, 0])
    yield from noise("signer")


def of_load():
    whole = b"".join(bytes([op, 0]) for op in range(10))
    yield "model", b"\1\x09" + whole + bytes([7, 11, 0, 15, 0, 16, 0, 13, 0, 17, 0, 18, 0, 19, 0, 12, 0])
    yield "twice", b"\1\x09" + whole + b"\x09" + whole + b"\x00\x0f\0"
    yield "sealed", b"\3\x80" + unseal.make_sealed("chat", "k", bytes([0xAA] * 32), SECRET.encode(), bytes(24))[34:] + b"\x09" + whole
    yield "pem", b"\0\xff" + b"-----BEGIN EC PRIVATE KEY-----\nMHQC\n".ljust(255) + b"\x09" + whole
    yield from noise("load")


def of_master():
    yield "issued", bytes([4]) + bytes([1 | 7 << 1] + [0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 4, 0, 0, 5, 0, 0, 6, 0, 0, 8, 0])
    yield "reload", bytes([8, 0]) + bytes([1, 3 | 8, 0, 0, 1 | 64, 0, 0, 0])
    yield "read", bytes([4]) + bytes([0, 0, 0, 0, 16, 0]) + bytes([1, 0, 1, 0])
    yield from noise("master")


def of_tail():
    """How much lies before and behind, then the file."""
    def close(body, seq, above):
        return b'%s,"seq":%d,"prev":"%s"}\n' % (body, seq, above.hex().encode())
    body = b'{"time":"2026-11-23T02:21:21Z","event":"sign","uid":0,"app":"chat","identifier":"alice"'
    above, log, lines = bytes(32), b"", []
    for seq in range(1, 5):
        lines.append(close(body, seq, above))
        above = hashlib.blake2b(lines[-1], digest_size=32).digest()
        log += lines[-1]
    yield "log", b"\0" + log
    yield "torn", b"\0" + log[:-30]
    yield "no-newline", b"\0" + log[:-1]
    yield "behind", b"\x0f" + log
    yield "before", b"\xf0" + log
    yield "both", b"\xff" + log
    yield "zeros", b"\0" + log + bytes(100)
    yield "text", b"\0" + log + b"somebody's line\n"
    yield "blank", b"\0" + log + b"\n\n"
    yield "first-torn", b"\0" + lines[0][:-10]
    yield "late", b"\0" + close(body.replace(b"2026-11-23T02:21:21Z", b"-"), 7, bytes(32))
    yield "no-digits", b"\0" + lines[0].replace(b'"seq":1', b'"seq":')
    yield "digits-20", b"\0" + lines[0].replace(b'"seq":1', b'"seq":10000000000000000000')
    yield "digits-19", b"\0" + lines[0].replace(b'"seq":1', b'"seq":9999999999999999999')
    yield "large-hex", b"\0" + lines[1].upper()
    yield "time-of-a-torn-line", b"\0" + body + b',"seq":1,"prev":""}\n'
    yield "empty", b"\0"


def of_state():
    yield "none", b""
    yield "both", b"frozen chat\nrevoked chat 2026a\n"
    yield "no-end", b"frozen chat"
    yield "extra", b"frozen chat x\n"
    yield "no-key", b"revoked chat\n"
    yield "no-name", b"frozen \n"
    yield "longest", b"revoked " + b"a" * 32 + b" " + b"b" * 32 + b"\n"
    yield "longer", b"revoked " + b"a" * 33 + b" " + b"b" * 33 + b"\n"
    yield "nul", b"frozen a\0b\n"
    yield "crlf", b"frozen chat\r\n"
    yield "word", b"thawed chat\n"
    yield "blank", b"\n"
    yield "many", b"frozen a\n" * 1025


def of_config():
    with open(os.path.join(HERE, "..", "unit", "conf.c"), encoding="utf-8") as file:
        whole = re.search(r"conf_everything\[\] =\n(.*?);\n", file.read(), re.S)[1]
    everything = "".join(json.loads(text) for text in re.findall(r'"(?:[^"\\]|\\.)*"', whole)).encode()
    app = b'sdkappid = 1400000000 key "k" { file = "/k" } '
    least = b'socket "main" { path = "/run/sigd/s" }\naudit { file = "/a" }\napp "chat" { %s }\n'
    yield "everything", everything
    yield "least", least % app
    yield "allow", least % (app + b'admin "a" {} allow { users = {"root", 7} may = {"admin", "url"} admins = {"a"} identifiers = {"*", "u?"} }')
    yield "hosted", least % b'sdkappid = 1 admin "a" { usersig_file = "/u" min_remaining = 1h }'
    yield "hidden", least % (app + b'admin "a" { usersig_file = "credential:u" }')
    yield "twice", least % (app + b"sdkappid = 2")
    yield "two-keys", least % (app + b'key "k" { file = "/k" }')
    yield "comments", b"# a\n// b\n/* c\n */" + least % app + b"/* open"
    yield "quotes", least % (app + b'reserved = {"a\\"b", \'c\', d} region = "x\ny"')
    yield "variable", least % (app + b'reserved = {"${HOME}", "$\\{"}')
    yield "bytes", least % (app + b"reserved = {a*, b+, c|d, e/} \0")
    yield "braces", least % (app + b"}}{{")
    yield "open", least[:40]
    yield "list", least % (app + b"reserved = {} reserved += {a}")
    yield "unknown", least % (app + b'word = 1 other "x" { y = 2 }')
    yield "function", least % (app + b'include("x")')
    yield "crlf", (least % app).replace(b"\n", b"\r\n")
    yield "control", least % (app + b'region = "\x1b[2J" \x01')
    yield "numbers", least % b'sdkappid = 4294967296 lifetime = 99999999999999999999w max_lifetime = 0s url_lifetime = -1h key "k" { file = "k" not_before = "2026-13-01T00:00:00Z" }'
    yield "windows", least % b'sdkappid = 1 key "a" { file = "/a" not_after = "2026-01-01T00:00:00Z" } key "b" { file = "/b" not_before = "2027-01-01T00:00:00Z" }'
    yield "apps-65", b"".join(b'app "a%d" { sdkappid = %d }' % (n, n + 1) for n in range(65))
    yield "empty", b""


def main():
    makers = {name[3:]: maker for name, maker in globals().items() if re.fullmatch(r"of_[a-z0-9]+", name)}
    for fuzzer, maker in makers.items():
        folder = os.path.join(HERE, "corpus", fuzzer)
        os.makedirs(folder, exist_ok=True)
        for old in os.listdir(folder):
            if not old.startswith("found-"):
                os.remove(os.path.join(folder, old))
        for name, data in maker():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)


main()
