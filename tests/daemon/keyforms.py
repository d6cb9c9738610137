"""keyforms.py: all forms of a key that give it away. SHA-256 is written out here, since hashlib shows no midstates; a
scenario of test_cores.py proves it."""
import struct


# ---- SHA-256, one block at a time --------------------------------------------------------------------

def primes(count):
    found, n = [], 2
    while len(found) < count:
        if all(n % p for p in found):
            found.append(n)
        n += 1
    return found


def root_bits(n, power):
    """The first 32 bits of the fraction of n ** (1 / power), exactly."""
    low, high = 0, 1 << 40
    target = n << (32 * power)
    while high - low > 1:
        middle = (low + high) // 2
        if middle ** power <= target:
            low = middle
        else:
            high = middle
    return low & 0xFFFFFFFF


K = [root_bits(p, 3) for p in primes(64)]
START = [root_bits(p, 2) for p in primes(8)]


def compress(state, block):
    def rotate(x, n):
        return (x >> n | x << (32 - n)) & 0xFFFFFFFF
    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & 0xFFFFFFFF)
    a, b, c, d, e, f, g, h = state
    for i in range(64):
        t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (e & f ^ ~e & g) + K[i] + w[i]) & 0xFFFFFFFF
        t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + (a & b ^ a & c ^ b & c)) & 0xFFFFFFFF
        a, b, c, d, e, f, g, h = (t1 + t2) & 0xFFFFFFFF, a, b, c, (d + t1) & 0xFFFFFFFF, e, f, g
    return [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def digest(data):
    """SHA-256, to prove compress()."""
    state = START
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack(">Q", 8 * len(data))
    for at in range(0, len(padded), 64):
        state = compress(state, padded[at:at + 64])
    return struct.pack(">8I", *state)


def secrets(key):
    """{name: bytes} of all that gives the key away."""
    block = (digest(key) if len(key) > 64 else key).ljust(64, b"\0")
    found = {f"key text at {at}": key[at:at + 16] for at in range(0, len(key) - 15, 8)}
    if len(key) > 64:
        found["hash of the key"] = digest(key)
    for name, value in (("ipad", 0x36), ("opad", 0x5C)):
        pad = bytes(byte ^ value for byte in block)
        state = compress(START, pad)
        found[f"key ^ {name}"] = pad[:32]
        found[f"{name} midstate, big-endian"] = struct.pack(">8I", *state)
        found[f"{name} midstate, words"] = struct.pack("<8I", *state)
        a, b, c, d, e, f, g, h = state  # and as code with four lanes keeps it, either way round
        for lane, words in (("ABEF", (f, e, b, a)), ("CDGH", (h, g, d, c))):
            found[f"{name} midstate, lane {lane}"] = struct.pack("<4I", *words)
            found[f"{name} midstate, lane {lane} turned"] = struct.pack("<4I", *words[::-1])
    return found
