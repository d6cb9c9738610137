"""sigctl.py: runs the tool sigctl for tests: with pipes, or on a terminal of its own.

Environment: SIGCTL (default <top_builddir>/tools/sigctl), and what harness.py reads."""
import contextlib
import os
import pty
import select
import signal
import shutil
import subprocess
import sys
import tempfile
import termios
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "daemon"))
import witness  # noqa: E402
from harness import BUILD, DEADLINE, equal, skip, true  # noqa: E402

SIGCTL = os.environ.get("SIGCTL") or os.path.join(BUILD, "tools", "sigctl")


class Ran:
    """What a run left: status, out and err as text."""

    def __init__(self, arguments, status, out, err):
        self.arguments, self.status = arguments, status
        self.out, self.err = out.decode("utf-8", "backslashreplace"), err.decode("utf-8", "backslashreplace")

    def __str__(self):
        return f"sigctl {self.arguments}\n  status {self.status}\n  stdout {self.out!r}\n  stderr {self.err!r}"

    def good(self, *words):
        equal(self.status, 0, str(self))
        return self.says(*words)

    def fails(self, status, *words):
        """Ended with status, said why, and left nothing on stdout."""
        equal(self.status, status, str(self))
        equal(self.out, "", f"stdout of {self}")
        true("sigctl: " in self.err and self.err.endswith("\n"), f"stderr of {self}")
        return self.says(*words)

    def says(self, *words):
        for word in words:
            true(word in self.out + self.err, f"{word!r} is missing in {self}")
        return self

    def hides(self, *secrets):
        for secret in secrets:
            for text in (secret, secret.hex().encode()):
                true(text.decode("latin-1") not in self.out + self.err, f"a secret in {self}")
        return self


def environment():
    kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH")
    return {"PATH": "/usr/bin:/bin", **{name: os.environ[name] for name in kept if name in os.environ}}


def need_tool():
    if not os.access(SIGCTL, os.X_OK):
        skip(f"{SIGCTL} is not built", must=True)


def sigctl(*arguments, stdin=b"", **more):
    need_tool()
    more.setdefault("start_new_session", True)  # no terminal to ask on
    more.setdefault("env", environment())
    done = subprocess.run([SIGCTL, *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False, **more)
    return Ran(arguments, done.returncode, done.stdout, done.stderr)


def with_line(*arguments, line):
    """With --passphrase-fd N, from which line comes."""
    witness.secret("key", line.rstrip(b"\n"))
    read, write = os.pipe()
    try:
        os.write(write, line)
        os.close(write)
        return sigctl(*arguments, "--passphrase-fd", str(read), pass_fds=[read])
    finally:
        os.close(read)


class Terminal:
    """sigctl on a terminal of its own; seen: all that the terminal showed."""

    def __init__(self, *arguments):
        need_tool()
        self.arguments = arguments
        try:
            self.pid, self.fd = pty.fork()
        except OSError as fault:
            skip(f"no pseudo terminal here: {fault}", must=True)
        if self.pid == 0:
            try:
                for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):  # nohup and & leave them ignored
                    signal.signal(number, signal.SIG_DFL)
                os.execve(SIGCTL, [SIGCTL, *arguments], environment())
            finally:
                os._exit(127)
        self.seen, self.at = b"", 0  # at: behind what was expected last

    def expect(self, text):
        """Waits until the terminal shows text behind what was expected before."""
        end = time.monotonic() + DEADLINE
        while text not in self.seen[self.at:]:
            true(time.monotonic() < end and self.read(end - time.monotonic()), f"no {text!r} in {self.seen!r}")
        self.at = self.seen.index(text, self.at) + len(text)

    def read(self, seconds):
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return False
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # the other side is closed
            return False
        self.seen += piece
        return bool(piece)

    def answer(self, line):
        if not self.echoes():
            witness.secret("key", line.rstrip(b"\r\n"))
        os.write(self.fd, line)

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        """The run, all that it showed as stderr."""
        end = time.monotonic() + 30
        while self.read(end - time.monotonic()):
            pass
        if time.monotonic() > end:
            os.kill(self.pid, signal.SIGKILL)  # it waits for what will not come: the status tells
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        witness.seen("tool")
        witness.wrote("nothing", "terminal", self.seen)
        return Ran(self.arguments, status, b"", self.seen.replace(b"\r\n", b"\n"))


@contextlib.contextmanager
def directory():
    path = tempfile.mkdtemp(prefix="sigctl-test-", dir="/tmp")
    before = os.getcwd()
    os.chdir(path)
    try:
        yield path
    finally:
        os.chdir(before)
        shutil.rmtree(path)


def write(path, data, mode=0o600):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)
    witness.planted(path, data, mode)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def mode_of(path):
    return os.stat(path).st_mode & 0o7777
