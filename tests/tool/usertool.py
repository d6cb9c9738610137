"""usertool.py: runs of the tool `usersig`, for the tests of its commands."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "daemon"))
import witness  # noqa: E402
from harness import BUILD, KEY, SDKAPPID, equal, oracle, skip, true  # noqa: E402

USERSIG = os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig")
NOW = int(time.time())


class Ran:
    """What a run of the tool left: status, out and err as text."""

    def __init__(self, arguments, status, out, err):
        self.arguments, self.status = arguments, status
        self.out, self.err = out.decode("utf-8", "backslashreplace"), err.decode("utf-8", "backslashreplace")

    def __str__(self):
        return f"usersig {self.arguments}\n  status {self.status}\n  stdout {self.out!r}\n  stderr {self.err!r}"

    def good(self):
        equal(self.status, 0, str(self))
        return self.out.rstrip("\n")

    def json(self, status=0):
        equal(self.status, status, str(self))
        true(self.out.endswith("}\n") and self.out.count("\n") == 1 and self.out.isascii(), f"one ASCII line: {self}")
        return json.loads(self.out)

    def fails(self, status, *words):
        """Ended with status, said why, and left nothing on stdout."""
        equal(self.status, status, str(self))
        equal(self.out, "", f"stdout of {self}")
        true(self.err.startswith("usersig: ") and self.err.endswith("\n"), f"stderr of {self}")
        for word in words:
            true(word in self.err, f"{word!r} is missing in {self}")
        return self


def need_tool():
    if not os.access(USERSIG, os.X_OK):
        skip(f"{USERSIG} is not built", must=True)


def tool(*arguments, stdin=b"", env=None, **more):
    need_tool()
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **(env or {})}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH"):
        if name in os.environ:
            environment[name] = os.environ[name]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    more.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run([USERSIG, *arguments], input=stdin, stderr=subprocess.PIPE, env=environment, timeout=30,
                          check=False, **more)
    return Ran(arguments, done.returncode, done.stdout or b"", done.stderr)


@contextlib.contextmanager
def directory():
    path = tempfile.mkdtemp(prefix="usersig-test-", dir="/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def write(path, data, mode=0o600):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)
    witness.planted(path, data, mode)
    return path


@contextlib.contextmanager
def offline(key=KEY, sdkappid=SDKAPPID):
    """The options for work with a key in a file."""
    with directory() as path:
        yield ["--key-file", write(os.path.join(path, "app.key"), key), "--sdkappid", str(sdkappid)]


def made(identifier="alice", **changes):
    words = {"key": KEY, "sdkappid": SDKAPPID, "identifier": identifier, "issued_at": NOW, "lifetime": 86400, **changes}
    return oracle.sign(**words)
