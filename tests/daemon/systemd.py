"""systemd.py: what systemd does, for the scenarios: it hands over sockets and variables, and is told of states."""
import fcntl
import os
import socket
import subprocess
import tempfile
import threading
import time

import harness
from harness import DEADLINE, Sigd

# $$ stays the number of the process through both exec
LAUNCHER = ["/bin/sh", "-c", 'exec /usr/bin/env LISTEN_PID=${LISTEN_PID-$$} WATCHDOG_PID=${WATCHDOG_PID-$$} "$@"', "sh"]


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, abstract=False):
        self.dir = tempfile.mkdtemp(prefix="notify-", dir="/tmp")
        self.path = os.path.join(self.dir, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.settimeout(DEADLINE)
        self.name = "@" + self.path if abstract else self.path
        self.socket.bind("\0" + self.path if abstract else self.path)
        self.seen = []

    def receive(self):
        """{word: value} of one message."""
        data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        self.sender = int.from_bytes(ancillary[0][2][:4], "little")
        words = dict(line.split("=", 1) for line in data.decode().split("\n"))
        self.seen.append(words)
        return words

    def wait(self, word):
        """The first message from now on that has this word. Who waits for none of them too long loses some: ten wait."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            words = self.receive()
            if word in words:
                return words
        raise AssertionError(f"{word} was not said in time: {self.seen}")

    def close(self):
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
        os.rmdir(self.dir)


class Given:
    """What a Sigd is started with as systemd does it: .given, sockets from descriptor 3 on; .env, its whole environment."""

    def launch(self):
        self.lines, self.closed = [], False
        high = [fcntl.fcntl(s.fileno(), fcntl.F_DUPFD_CLOEXEC, 100) for s in self.given]

        def place():
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i)
        self.process = subprocess.Popen(
            [*LAUNCHER, self.program or harness.SIGD, "--config", self.config, "--libexec-dir", self.libexec, *self.arguments], cwd="/",
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=place, pass_fds=range(3, 3 + len(high)))
        for fd in high:
            os.close(fd)
        self.reader = threading.Thread(target=self.read_stderr, args=(self.process.stderr,), daemon=True)
        self.reader.start()


class Started(Given, Sigd):
    def __init__(self, config, sockets=(), names=None, env=None, listen=None, **more):
        self.given = list(sockets)
        self.env = {"PATH": "/usr/bin:/bin", **(env or {})}
        if sockets or listen is not None:
            self.env["LISTEN_FDS"] = str(len(self.given) if listen is None else listen)
        if names:
            self.env["LISTEN_FDNAMES"] = ":".join(names)
        super().__init__(config, **more)


def listener(path, kind=socket.SOCK_STREAM, listening=True, mode=0o640):
    found = socket.socket(socket.AF_UNIX, kind)
    found.bind(path)
    os.chmod(path, mode)
    if listening:
        found.listen(16)
    return found
