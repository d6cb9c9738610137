#!/usr/bin/env python3
"""No secret in what was written during the whole suite, but where it is meant to be: the last test, which searches what
tests/daemon/witness.py kept of all others, and their logs, for all keys, midstates, scalars, master keys, passphrases and
usersigs that were in use. A part of 16 bytes is a find, as it is, in hex, in base64 of either alphabet, percent-encoded.

It needs the whole suite (`make check`); after a part of it, it searches nothing and says so."""
import base64
import glob
import json
import multiprocessing
import os
import re
import sys
import time
import urllib.parse
import zlib

from tree import BUILD, SOURCE, check, done, read, skip, walk

sys.path.insert(0, os.path.join(SOURCE, "tests", "daemon"))
import keyforms  # noqa: E402

WRITTEN = os.environ.get("WRITTEN") or os.path.join(BUILD, "tests", "_written")
END = 8 << 20  # bytes of a file's beginning and end
PART, GRAM = 16, 8  # a part as long as PART is a find; grams are what is looked up
STEP = PART - GRAM + 1

HEX = re.compile(rb"[0-9A-Fa-f]{32,}")
SPACED_HEX = re.compile(rb"(?:[:, ]{1,2}[0-9A-Fa-f]{2}){15,}")  # without its first byte, for speed
MARKED_HEX = re.compile(rb"(?:(?:\\x|0x)[0-9A-Fa-f]{2}[:, ]{0,2}){16,}")
WORDS = re.compile(rb"[A-Za-z0-9+/*_-]{16,}")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{22,}")
PLAIN_HEX = re.compile(rb"[0-9a-f]+")
USERSIG = re.compile(rb"e[A-P][A-Za-z0-9*_-]{22,}")
SCALAR = re.compile(rb"\x02\x01\x01\x04\x20(.{32})", re.DOTALL)
ALPHABETS = (bytes.maketrans(b"_-", b"/+"), bytes.maketrans(b"*-_", b"+/="))


# ---- what is searched for ----------------------------------------------------------------------------

def dull(part):
    """Text that anybody may write: `aaaaaaaaaaaaaaaa`, `0123456789abcdef`."""
    return len(set(part)) < 6 or sum(b - a == 1 for a, b in zip(part, part[1:])) > len(part) // 2


class Needles:
    """Where a gram is found, what it would be a part of."""

    def __init__(self, every):
        self.every, self.values, self.grams, self.longest = every, [], {}, 0

    def add(self, name, value):
        number = len(self.values)
        self.longest = max(self.longest, len(value))
        self.values.append((name, value))
        for at in range(0, len(value) - GRAM + 1, self.every):
            self.grams.setdefault(value[at:at + GRAM], (number, at))

    def find(self, data, step):
        """Names of what data has PART bytes of."""
        grams, longest = self.grams, self.longest
        for at in range(0, len(data) - GRAM + 1, step):
            gram = data[at:at + GRAM]
            if gram in grams:
                around = data[max(0, at - longest):at + longest]
                if around == around[:1] * len(around):
                    continue  # whatever is found here is dull: a test's body is millions of the letter that is its key
                number, where = grams[gram]
                name, value = self.values[number]
                low, high = 0, GRAM
                while low < min(at, where) and data[at - low - 1] == value[where - low - 1]:
                    low += 1
                while at + high < len(data) and where + high < len(value) and data[at + high] == value[where + high]:
                    high += 1
                if low + high >= min(PART, len(value)) and not dull(data[at - low:at + high]):
                    yield name


class Secrets:
    """All that was in use, from the ledgers."""

    def __init__(self):
        self.keys, self.proofs, self.usersigs = Needles(1), Needles(1), Needles(STEP)
        self.counts = {"key": 0, "usersig": 0}
        self.known = set()
        self.usersig = None

    def take(self, kind, value):
        if value in self.known or len(value) < GRAM or (kind == "usersig" and len(proof_of(value)) < PART):
            return
        self.known.add(value)
        self.counts[kind] += 1
        name = f"{kind} {self.counts[kind]}"
        if kind == "usersig":
            self.usersig = self.usersig or value
            self.usersigs.add(name, value[-64:].rstrip(b"_"))  # before that are the claims, which are no secret
            self.proofs.add(f"{name}, its proof", proof_of(value))
        elif b"PRIVATE KEY" in value:
            body = re.sub(rb"[^A-Za-z0-9+/]", b"", re.sub(rb"-----[^-]+-----", b"", value))
            for scalar in SCALAR.findall(base64.b64decode(body[:len(body) // 4 * 4])):
                self.keys.add(f"{name}, scalar", scalar)
                self.keys.add(f"{name}, scalar turned", scalar[::-1])
        else:
            self.keys.add(name, value)
            for form, part in keyforms.secrets(value).items():
                if not form.startswith("key text"):
                    self.keys.add(f"{name}, {form}", part)


def claims_of(usersig):
    """What is in a usersig or its beginning, as bytes of JSON; nothing when it is none."""
    text = usersig.translate(ALPHABETS[1]).rstrip(b"=")
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text[:len(text) // 4 * 4]))
    except (ValueError, zlib.error):
        return b""


def proof_of(usersig):
    found = re.search(rb'"TLS.sig":"([^"]+)"', claims_of(usersig))
    try:
        return base64.b64decode(found[1]) if found else b""
    except ValueError:
        return b""


# ---- the search --------------------------------------------------------------------------------------

def search(data, secrets, usersigs):
    """Names of the secrets in data. usersigs: are they secrets here?"""
    found = set()
    for text in {data, urllib.parse.unquote_to_bytes(data)} if b"%" in data else (data,):
        runs = {run for run in set(WORDS.findall(text)) if not PLAIN_HEX.fullmatch(run)}
        for part in (text, from_hex(text), from_base64(runs)):
            found.update(secrets.keys.find(part, STEP))
            if usersigs:
                words = runs if part is text else WORDS.findall(part)
                found.update(secrets.proofs.find(part, STEP))
                found.update(secrets.usersigs.find(b"\n".join(words), 1))
                found.update(whole(words))
    return found


def from_hex(text):
    """What hexadecimal text means, in whatever place its bytes begin."""
    runs = set(HEX.findall(text))
    spaced = [text[max(0, run.start() - 2):run.end()] for run in SPACED_HEX.finditer(text)]
    for run in spaced + MARKED_HEX.findall(text):
        runs.update(HEX.findall(re.sub(rb"\\x|0x|[:, ]", b"", run)))
    return b"\n".join(bytes.fromhex(run[shift:len(run) - (len(run) - shift) % 2].decode())
                      for run in runs for shift in ((0,) if len(run) in (32, 64) else (0, 1)))


def from_base64(runs):
    """The same of base64, in both alphabets."""
    texts = set()
    for run in runs:
        for alphabet in ALPHABETS:
            texts.update(BASE64.findall(run.translate(alphabet)))
    return b"\n".join(base64.b64decode(text[shift:len(text) - (len(text) - shift) % 4]) for text in texts for shift in range(4))


def whole(texts):
    """Usersigs that no ledger knows: whatever can be read and has a proof."""
    for text in texts:
        for start in USERSIG.findall(text):
            if re.search(rb'"TLS.sig":"[^"]{22}', claims_of(start)):
                yield "a usersig"


# ---- does it find anything? --------------------------------------------------------------------------

def forms(secret):
    """A secret as somebody might write it."""
    turned = base64.b64encode(secret)
    yield "as it is", secret
    yield "a part", secret[-PART:]
    yield "hex", b"was " + secret.hex().encode()
    yield "HEX", b"a" + secret.hex().upper().encode()
    yield "bytes", b" ".join(b"%02x" % byte for byte in secret)
    yield "escapes", b"".join(b"\\x%02x" % byte for byte in secret)
    for ahead in range(3):
        yield f"base64 at {ahead}", base64.b64encode(b"x" * ahead + secret + b"y")
    yield "base64url", base64.urlsafe_b64encode(secret)
    yield "usersig's base64", turned.translate(bytes.maketrans(b"+/=", b"*-_"))
    yield "percent", "".join(f"%{byte:02X}" for byte in secret).encode()
    yield "base64 in a URL", urllib.parse.quote(turned, safe="").encode()


def prove(secrets, some):
    """The search finds what is planted in a file that was kept, in all forms, and nothing before."""
    faults = []
    planted = {"a key": b"7f3d2a9c41b8e6057f3d1a9c45b8e60f"}
    if secrets.usersig:
        planted["a usersig"] = secrets.usersig[-64:].rstrip(b"_")
        planted["a usersig's proof"] = proof_of(secrets.usersig)
    else:
        faults.append("there was no usersig in the whole suite")
    here = Secrets()
    here.take("key", planted["a key"])
    for name, value in keyforms.secrets(planted["a key"]).items():
        if "midstate, big" in name:
            planted[name] = value
    here.usersigs, here.proofs = secrets.usersigs, secrets.proofs
    for what, value in planted.items():
        for form, text in forms(value):
            if not search(some[:997] + b"\n" + text + b"\n" + some[997:], here, True):
                faults.append(f"{what}, {form}: not found")
    for name in sorted(search(some, here, True)):
        faults.append(f"{name}: found where it was not planted")
    return faults


# ---- the suite ---------------------------------------------------------------------------------------

def witnessed():
    """The folders that tests with a witness leave: of all that import the harness, themselves or by a helper."""
    helpers = "harness|sigctl|admin|process|reloads|twins|peers"
    for path in walk("tests"):
        if os.path.basename(path).startswith("test_") and path.endswith(".py") and not path.startswith("tests/meta/"):
            if re.search(rf"^(?:from|import) (?:{helpers})\b", read(path), re.MULTILINE):
                yield f"{path.split('/')[-2]}-{os.path.basename(path)[:-3]}"


def collected():
    """(path, bytes, usersigs are secrets here) of all that was written."""
    for folder in sorted(glob.glob(os.path.join(WRITTEN, "*"))):
        for kind in ("nothing", "usersigs"):
            for path in sorted(glob.glob(os.path.join(folder, kind, "*"))):
                with open(path, "rb") as file:
                    data = file.read()
                # the middle of a very long log is more of the same
                yield path, data if len(data) < 2 * END else data[:END] + b"\n" + data[-END:], kind == "nothing"
    since = min(os.stat(path).st_mtime for path in glob.glob(os.path.join(WRITTEN, "*", "ledger")))
    logs = [path for path in glob.glob(os.path.join(BUILD, "tests", "*", "*.log")) if "test_secrets" not in path]
    for path in logs + [core for core in glob.glob("/core*") if os.path.isfile(core) and os.stat(core).st_mtime > since]:
        with open(path, "rb") as file:
            yield path, file.read(), True


def counted(folders):
    """How much was seen, over all."""
    counts = {}
    for folder in folders:
        if not os.path.exists(os.path.join(WRITTEN, folder, "seen")):
            continue  # it ran nothing
        with open(os.path.join(WRITTEN, folder, "seen"), encoding="ascii") as file:
            for line in file:
                counts[line.strip()] = counts.get(line.strip(), 0) + 1
    return counts


def search_for(secrets):
    """In each process of the pool, once: it inherits them."""
    search_one.secrets = secrets


def search_one(item):
    path, data, usersigs = item
    return path, data, sorted(search(data, search_one.secrets, usersigs))


AT_LEAST = {"daemon": 100, "process": 300, "tool": 300, "answer": 1000, "file": 300}


def main():
    expected = sorted(set(witnessed()))
    missing = [name for name in expected if not os.path.isdir(os.path.join(WRITTEN, name))]
    if missing:
        skip("what the whole suite wrote", f"only after all of make check; nothing is there of {', '.join(missing)}")
        done()
    secrets = Secrets()
    for path in sorted(glob.glob(os.path.join(WRITTEN, "*", "ledger"))):
        with open(path, encoding="ascii") as file:
            for line in file:
                for kind, value in json.loads(line).items():
                    secrets.take(kind, base64.b64decode(value))
    counts = counted(expected)
    print(f"# seen: {counts}; in use: {secrets.counts}")
    check("enough was seen", [f"{name}: {counts.get(name, 0)}, expected {least} at least"
                              for name, least in AT_LEAST.items() if counts.get(name, 0) < least])
    start, size, files, faults, sample = time.monotonic(), 0, 0, [], b""
    with multiprocessing.get_context("fork").Pool(initializer=search_for, initargs=(secrets,)) as pool:
        for path, data, found in pool.imap(search_one, collected()):
            size, files = size + len(data), files + 1
            faults += [f"{os.path.relpath(path, BUILD)}: {name}" for name in found[:10]]
            if path.endswith("audit.log") and len(data) > len(sample) and len(data) < 100000:
                sample = data
    print(f"# searched {files} files, {size >> 10} KiB in {time.monotonic() - start:.1f} s")
    check("no secret in all that was written", faults)
    check("the search finds what is planted", prove(secrets, sample))
    done()


main()
