"""Claims such as people sign, by a seed: what gen_template.py fits its codes to and tells their mean of."""
import random
import string

BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
PRINTABLE = [c for c in range(0x20, 0x7F) if chr(c) not in '"\\']  # what an identifier may hold unescaped


def identifier(rng):
    """What people use: names, numbers, hexadecimal, addresses; now and then anything printable."""
    kind = rng.randrange(50) / 5
    if kind < 2:
        return rng.choice(("administrator", "admin", "rest_admin", "root", "system"))
    if kind < 4:
        return rng.choice(("user", "user_", "u", "uid-", "anchor_", "test")) + str(rng.randrange(10 ** rng.randint(1, 9)))
    if kind < 5:
        return "%0*x" % (rng.choice((8, 16, 24, 32)), rng.getrandbits(32 * 4))[-32:]
    if kind < 6:
        return rng.choice(("13", "15", "18", "86")) + str(rng.randrange(10 ** 8, 10 ** 9))
    if kind < 7:
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 8))) + "@" + \
            rng.choice(("qq.com", "example.com", "163.com"))
    if kind < 9.8:
        return "".join(rng.choices(string.ascii_letters + string.digits + "_-.", k=rng.randint(1, 32)))
    return "".join(map(chr, rng.choices(PRINTABLE[1:], k=rng.randint(1, 16))))


def corpus(seed, n):
    rng = random.Random(seed)
    return [{
        "sdkappid": str(rng.choice((1400000000, 1600000000, 20000000)) + rng.randrange(1000000)),
        "time": str(rng.randrange(1700000000, 1900000000)),
        "expire": str(rng.choice((3600, 7200, 86400, 604800, 2592000, 15552000, 31536000, rng.randrange(60, 10 ** 7)))),
        "sig": "".join(rng.choices(BASE64, k=42)) + rng.choice(BASE64[::4]),  # 32 bytes: 43 characters and a =
        "identifier": identifier(rng),
    } for _ in range(n)]
