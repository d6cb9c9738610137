"""Servers for daemon.py, each in a directory of its own with a UNIX socket: sigd as it was built, redis, memcached, munge as
they are installed; and runs of load against them."""
import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

BENCH = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(BENCH), "daemon"))
import harness  # noqa: E402

LOAD = os.path.join(harness.BUILD, "tests", "bench", "load")
LOAD_MUNGE = LOAD + "_munge"
PEERS = []
ALLOW = ('allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"}  admins = {"group_root"}\n'
         '        identifiers = {"*"}  max_lifetime = "7d"  rights = 255  rate = 4000000000 }')


def start_sigd(workers=1):
    return harness.Sigd(harness.plain_config(audit='audit { file = "@DIR@/log/audit.log"  sync = "1s" }', allow=ALLOW,
                                             workers=f"workers = {workers}"))


def one(sigd, request):
    """The body of the answer to one request."""
    head, _, body = sigd.raw(request, answers=1)[0].partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"bench: {request!r}: {head!r}")
    return body


@atexit.register
def destroy_all():
    """What an error left running."""
    for server in [*harness.LIVE, *PEERS]:
        server.destroy()


class Peer:
    """A server that is installed, or not: then `missing` says so."""

    def __init__(self, name, program, arguments):
        """arguments: of the directory and the socket's path."""
        self.name, self.process = name, None
        path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")
        self.missing = None if path else f"{program} is not installed; scripts/deps --peers installs it"
        if self.missing:
            return
        self.dir = tempfile.mkdtemp(prefix=f"bench-{name}-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.socket = os.path.join(self.dir, "sock")
        with open(os.path.join(self.dir, "log"), "wb") as log:
            self.process = subprocess.Popen([path, *arguments(self.dir, self.socket)], cwd=self.dir,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        PEERS.append(self)
        harness.until(lambda: connect(self.socket), f"{name} listens")

    def pids(self):
        return [self.process.pid]

    def destroy(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
            shutil.rmtree(self.dir, ignore_errors=True)


def connect(path):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(10)
    client.connect(path)
    return client


def redis(value):
    """A redis that holds the value under "credential"."""
    peer = Peer("redis", "redis-server", lambda place, path: [
        "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", place])
    if not peer.missing:
        store(peer.socket, b"*3\r\n$3\r\nSET\r\n$10\r\ncredential\r\n$%d\r\n%s\r\n" % (len(value), value), b"+OK\r\n")
    return peer


def memcached(value):
    """The same; one thread, since it has one core."""
    user = ["-u", "root"] if harness.ROOT else []
    peer = Peer("memcached", "memcached", lambda place, path: ["-s", path, "-a", "0700", "-t", "1", *user])
    if not peer.missing:
        store(peer.socket, b"set credential 0 0 %d\r\n%s\r\n" % (len(value), value), b"STORED\r\n")
    return peer


def store(path, words, expected):
    with connect(path) as client:
        client.sendall(words)
        answer = client.recv(100)
        if answer != expected:
            raise SystemExit(f"bench: {path}: {answer!r} in place of {expected!r}")


def munge():
    """A munged with a key of its own."""
    def arguments(place, path):
        with open(os.open(os.path.join(place, "key"), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(os.urandom(128))
        files = [f"--{name}-file={os.path.join(place, name)}" for name in ("key", "pid", "log", "seed")]
        return ["--foreground", "--force", f"--socket={path}", *files]
    peer = Peer("munge", "munged", arguments)
    if not peer.missing and not os.access(LOAD_MUNGE, os.X_OK):
        peer.destroy()
        peer.missing = "libmunge-dev was not there at configure; scripts/deps --peers installs it"
    return peer


class Load:
    """What is asked of a server, again and again."""

    def __init__(self, server, request, protocol="http", length=None, lines=None):
        self.server, self.protocol, self.request = server, protocol, request
        self.extra = (["-l", str(length)] if length else []) + (["-L", str(lines)] if lines else [])

    def run(self, seconds, conns=1, depth=1, more=()):
        """What load measured."""
        server = self.server
        pids = ",".join(map(str, server.processes() if isinstance(server, harness.Sigd) else server.pids()))
        path = server.socket() if isinstance(server, harness.Sigd) else server.socket
        with tempfile.TemporaryDirectory() as place:
            files = []
            for number, request in enumerate(self.request if isinstance(self.request, list) else [(200, self.request)]):
                files.append(f"{request[0]}:{os.path.join(place, str(number))}")
                with open(os.path.join(place, str(number)), "wb") as file:
                    file.write(request[1])
            return measured([LOAD, "-s", path, "-p", self.protocol, "-c", str(conns), "-d", str(depth), "-t", str(seconds),
                             "-P", pids, *self.extra, *more, *files])


class MungeLoad:
    """Credentials asked of munged; conns: threads, each a client. more: "plain" for credentials without a cipher."""

    def __init__(self, server, *more):
        self.server, self.more = server, more

    def run(self, seconds, conns=1, depth=1):
        del depth
        return measured([LOAD_MUNGE, self.server.socket, str(conns), str(seconds), str(self.server.process.pid), *self.more])


def measured(command):
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if ran.returncode:
        raise SystemExit(f"bench: {' '.join(command)}: exit status {ran.returncode}")
    return json.loads(ran.stdout)
