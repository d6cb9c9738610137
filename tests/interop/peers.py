"""peers.py: claims at random, and libsig as a filter over lines; for the interop tests."""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon"))
from harness import BUILD, skip  # noqa: E402

PEER_LINES = os.environ.get("PEER_LINES") or os.path.join(BUILD, "tests", "interop", "test_peer_lines")
USERSIG = os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig")
PRINTABLE = "".join(chr(n) for n in range(0x20, 0x7F))
LETTERS = "éßñЖשع漢字かな한국😀𝒶\u00a0\u200b\u2028\ufeff\uffff"

# verdicts of libsig, and the ErrorCode that means the same
CODES = {"OK": 0, "EXPIRED": 70001, "MALFORMED": 70003, "WRONG_USERBUF": 70003, "WRONG_KEY": 70009,
         "WRONG_IDENTIFIER": 70013, "WRONG_SDKAPPID": 70014}


def seeded():
    """A generator of its own for each run; its seed is printed, and taken from SEED where that is set."""
    seed = int(os.environ.get("SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"# SEED={seed}")
    return random.Random(seed)


def identifier(rng, utf8):
    if not utf8:
        return "".join(rng.choice(PRINTABLE) for _ in range(rng.randint(1, 32)))
    while True:
        text = "".join(rng.choice(LETTERS + PRINTABLE) for _ in range(rng.randint(1, 60)))
        if len(text.encode()) <= 255:
            return text


def key_text(rng):
    return "".join(rng.choice("0123456789abcdef") for _ in range(rng.choice([1, 32, 63, 64, 64, 64, 65, 200])))


def claims(rng, utf8=None):
    """(sdkappid, identifier, key, issued_at, lifetime)."""
    return (rng.choice([1, 88888888, 1400000000, 2**31, 2**32 - 1, rng.randint(1, 2**32 - 1)]),
            identifier(rng, rng.random() < 0.4 if utf8 is None else utf8), key_text(rng),
            rng.choice([1, 1700000000, 2**31 - 1, 2**32, rng.randint(10**9, 4 * 10**9)]),
            rng.choice([1, 60, 86400, 1576800000, rng.randint(1, 1576800000)]))


def lines(rows):
    return "".join("\t".join(str(field) for field in row) + "\n" for row in rows)


def run(command, rows):
    """The program's answer to each row; fails unless it is one line each."""
    done = subprocess.run(command, input=lines(rows).encode(), capture_output=True, timeout=300, check=False)
    if done.returncode:
        raise AssertionError(f"{command}: {done.returncode}: {done.stderr.decode(errors='replace')}")
    answers = done.stdout.decode().split("\n")
    if answers.pop() != "" or len(answers) != len(rows):
        raise AssertionError(f"{command}: {len(answers)} answers to {len(rows)} rows")
    return answers


def libsig(rows, *mode):
    """mode none: verdict names for (sdkappid, identifier, key, now, usersig); "sign": usersigs."""
    if not os.access(PEER_LINES, os.X_OK):
        skip(f"{PEER_LINES} is not built", must=True)
    return run([PEER_LINES, *mode], rows)


def all_equal(rows, actual, expected, what):
    wrong = [(row, got) for row, got, want in zip(rows, actual, expected, strict=True) if got != want]
    if wrong:
        row, got = wrong[0]
        raise AssertionError(f"{what}: {len(wrong)} of {len(rows)} differ; the first: {got!r} for {row!r}")
