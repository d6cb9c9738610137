#!/usr/bin/env python3
"""unseal.py: opens and makes sealed files as docs/SEALED.md says, in plain Python: the second reading of the form.

    unseal.py APP KEY MASTER_FILE SEALED_FILE    prints the content
"""
import base64
import hashlib
import hmac
import struct
import sys

MAGIC = "sigd-sealed-key 1"


def rotate(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def rounds(state):
    """The 20 rounds of ChaCha."""
    x = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for left, right, turned, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[left] = (x[left] + x[right]) & 0xFFFFFFFF
                x[turned] = rotate(x[turned] ^ x[left], by)
    return x


CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def hchacha20(key, nonce):
    x = rounds(CONSTANTS + struct.unpack("<8I", key) + struct.unpack("<4I", nonce))
    return struct.pack("<8I", *x[:4], *x[12:])


def chacha20(key, nonce, counter, data):
    out = b""
    for at in range(0, len(data), 64):
        state = CONSTANTS + struct.unpack("<8I", key) + (counter + at // 64,) + struct.unpack("<3I", nonce)
        block = struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(rounds(state), state)))
        out += bytes(x ^ y for x, y in zip(data[at:at + 64], block))
    return out


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at:at + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")


def keys_of(lock, nonce):
    """The cipher's key and nonce, and the key of the tag."""
    key, short = hchacha20(lock, nonce[:16]), bytes(4) + nonce[16:]
    return key, short, chacha20(key, short, 0, bytes(32))


def tag_of(tag_key, bound, secret):
    def padded(data):
        return data + bytes(-len(data) % 16)
    return poly1305(tag_key, padded(bound) + padded(secret) + struct.pack("<QQ", len(bound), len(secret)))


def master_id(master):
    return hashlib.blake2b(master, digest_size=8, key=b"sigd: which master key").hexdigest()


def head_of(app, key, master):
    return f"{MAGIC}\napp {app}\nkey {key}\nmaster {master_id(master)}\n".encode()


def open_sealed(app, key, master, text):
    """The content of a file under a master key; ValueError."""
    head = head_of(app, key, master)
    if not text.startswith(head + b"data ") or not text.endswith(b"\n"):
        raise ValueError("not of this app, key name and master key")
    raw = base64.b64decode(text[len(head) + 5:-1], validate=True)
    nonce, secret, tag = raw[:24], raw[24:-16], raw[-16:]
    cipher_key, short, tag_key = keys_of(master, nonce)
    if not hmac.compare_digest(tag, tag_of(tag_key, head, secret)):
        raise ValueError("damaged")
    return chacha20(cipher_key, short, 1, secret)


def make_sealed(app, key, master, content, nonce):
    head = head_of(app, key, master)
    cipher_key, short, tag_key = keys_of(master, nonce)
    secret = chacha20(cipher_key, short, 1, content)
    return head + b"data " + base64.b64encode(nonce + secret + tag_of(tag_key, head, secret)) + b"\n"


def main():
    app, key, master, sealed = sys.argv[1:]
    with open(master, "rb") as file:
        secret = file.read()
    with open(sealed, "rb") as file:
        sys.stdout.buffer.write(open_sealed(app, key, secret, file.read()))


if __name__ == "__main__":
    main()
