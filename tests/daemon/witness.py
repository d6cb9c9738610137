"""witness.py: keeps what programs wrote while a test ran, and what they had to keep to themselves, so that the last test
of the suite (tests/meta/test_secrets.py) can search the one for the other.

harness.py calls attend(), so every test that imports the harness has a witness; outside `make check` (no WRITTEN in the
environment) it does nothing. Per test, in $WRITTEN/<folder>-<test>/:

    nothing/    what may hold no secret: standard error, logs, state, configs, problems, metrics, argv, environ
    usersigs/   what may hold usersigs, but no key: good answers, published files and pages, stdout of usersig
    ledger      the secrets, a JSON object a line: {"key" | "usersig": base64}
    seen        a line for each daemon, tool, answer, file

A file that is a key and nothing else goes into the ledger.
"""
import base64
import json
import os
import re
import shutil
import stat
import subprocess
import sys

PROGRAMS = re.compile(r"(?:lt-)?(sigd(?:-signer|-front)?|usersig|sigctl|sh|bash)(?:\.program)?$")
URL = re.compile(rb"https://\S*[?&]usersig=([A-Za-z0-9*_-]+)\S*\s*$")
MEANT = re.compile(r"(?:\.(?:usersig|page)|(?:^|/)usersigs)(?:\.|$)")  # names of files that hold usersigs
KEY_TEXT = re.compile(rb"[ -~]{16,512}\r?\n?")
PEM = re.compile(rb"-----BEGIN (?:EC )?PRIVATE KEY-----")
USERSIG = re.compile(rb"e[A-P][A-Za-z0-9*_-]{60,}")
CONFIGURED = re.compile(r'\b(?:file|master_key)\s*=\s*"(/[^"]+)"')
PRIVATE_PLACES = re.compile(r"(?:^|/)(?:keys/|key$|[^/]*\.(?:key|pem)$)")

place = None
known, texts, own, opened = set(), set(), set(), {}


def attend():
    """From now on every process that is started and every directory that is removed leaves what it wrote."""
    global place
    if place or not os.environ.get("WRITTEN"):
        return
    script = os.path.abspath(sys.argv[0])
    name = f"{os.path.basename(os.path.dirname(script))}-{os.path.basename(script).removesuffix('.py')}"
    place = os.path.join(os.environ["WRITTEN"], name)
    shutil.rmtree(place, ignore_errors=True)
    for kind in ("nothing", "usersigs"):
        os.makedirs(os.path.join(place, kind), mode=0o700)
    subprocess.Popen = Process
    shutil.rmtree = remove


def append(name, data):
    if name not in opened:
        opened[name] = os.open(os.path.join(place, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.write(opened[name], data + b"\n")


def wrote(kind, name, data):
    """Something was written: bytes or text, the same only once. kind: nothing or usersigs."""
    if not place or not data:
        return
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    if kind == "usersigs":
        for usersig in USERSIG.findall(data):
            secret("usersig", usersig)
    if hash((name, data)) not in texts:
        texts.add(hash((name, data)))
        append(os.path.join(kind, name), data)


def seen(what):
    if place:
        append("seen", what.encode())


def secret(kind, value):
    if place and value and (kind, value) not in known:
        known.add((kind, value))
        append("ledger", json.dumps({kind: base64.b64encode(value).decode()}).encode())


# ---- answers of sigd ---------------------------------------------------------------------------------

def answered(status, headers, body):
    if place:
        seen("answer")
        kind = "usersigs" if status == 200 and "text/plain; version" not in headers.get("Content-Type", "") else "nothing"
        wrote(kind, "answers", body)
        wrote("nothing", "headers", "\n".join(f"{name}: {value}" for name, value in headers.items() if name != "Date"))


# ---- processes ---------------------------------------------------------------------------------------

def processes(pids):
    """argv, environment and name of living processes, as the kernel shows them."""
    for pid in pids if place else ():
        for name in ("cmdline", "environ", "comm"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    wrote("nothing", name, file.read())
            except OSError:
                continue
            if name == "cmdline":
                seen("process")


class Process(subprocess.Popen):
    """Of our programs, and of shells that run them: the keys that they are started with, and what communicate() gets. What
    a test itself says on a command line is not the program's word; processes() sees what sigd says on others'."""

    def __init__(self, args, *more, **words):
        self.witnessed = None
        argv = [args] if isinstance(args, (str, bytes)) else [os.fsdecode(word) for word in args]
        found = [PROGRAMS.fullmatch(os.path.basename(word)) for word in argv[:1]]
        if found and found[0]:
            self.witnessed = found[0][1]
            seen("daemon" if self.witnessed == "sigd" and "--check" not in argv else "tool")
            for path in argv:
                private(os.path.join(words.get("cwd") or "", path), argv)
        super().__init__(args, *more, **words)

    def communicate(self, input=None, timeout=None):  # pylint: disable=redefined-builtin
        out, err = super().communicate(input, timeout)
        if self.witnessed:
            wrote("nothing" if self.witnessed in ("sigd", "sigctl") else "usersigs", "stdout", out)
            wrote("nothing", "stderr", err)
        return out, err


def private(path, argv=()):
    """A file that is given to a program: is it a key, or a config that names some?"""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode) or os.stat(path).st_size > 65536:
            return
        with open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError):
        return
    given(path, data, os.stat(path).st_mode)
    if "--config" in argv and path.endswith(".conf"):
        for name in CONFIGURED.findall(data.decode("utf-8", "replace")):
            private(name)


def planted(path, data, mode=0o600):
    """The test itself wrote this file: as long as it stays so, it is no program's word."""
    if place:
        own.add((os.path.abspath(path), hash(data)))
        given(path, data, mode)


def given(path, data, mode=0o600):
    """Is this, in a file of this name and mode, a secret and nothing else? Then it is in the ledger."""
    if mode & 0o077 and not PRIVATE_PLACES.search(path):
        return False
    if USERSIG.fullmatch(data.strip()):
        secret("usersig", data.strip())
        return True
    if data[:1] == b"{":  # a request's body, the state of a batch
        return False
    url = URL.match(data)
    if url:
        secret("usersig", url[1])
        return True
    if PEM.search(data) or KEY_TEXT.fullmatch(data) or (len(data) == 32 and data.strip(b"\0")):
        secret("key", data if len(data) == 32 or PEM.search(data) else data.rstrip(b"\r\n"))
        return True
    return False


# ---- directories -------------------------------------------------------------------------------------

def remove(path, *more, **words):
    keep(path)
    return keep.rmtree(path, *more, **words)


def keep(path):
    """Copies what is in a directory of a test, but for programs, keys, and dumps that a test made on purpose."""
    if not place or os.path.basename(path).startswith("core-") or os.path.abspath(path).startswith(place):
        return
    for folder, _, names in os.walk(path):
        for name in names:
            one = os.path.join(folder, name)
            try:
                if stat.S_ISREG(os.lstat(one).st_mode):
                    keep_file(one, os.path.relpath(one, path))
            except OSError:
                continue


def keep_file(path, name):
    with open(path, "rb") as file:
        start = file.read(4096)
        if start[:4] == b"\x7fELF" and not name.startswith("core"):
            return
        data = start + file.read()
    if given(path, data, os.lstat(path).st_mode) or (os.path.abspath(path), hash(data)) in own or data == bytes(len(data)):
        return
    seen("file")
    kind = "usersigs" if MEANT.search(name) or USERSIG.fullmatch(data.strip()) else "nothing"
    wrote(kind, "files," + name.replace("/", ","), data)


keep.rmtree = shutil.rmtree
