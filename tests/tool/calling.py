"""calling.py: usersig call before the hostile stand-in of the REST service, for test_call*.py: the twin of usersig, whose
waits take no time, a stand-in of sigd, a proxy that finds the service's hosts."""
import contextlib
import http.server
import json
import os
import pty
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "daemon"))
from harness import BUILD, KEY, SDKAPPID, equal, oracle, skip, true  # noqa: E402
import hostile  # noqa: E402 (harness put standin on the path)

TWIN = os.path.join(BUILD, "tests", "twins", "usersig")
USERSIG = os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig")
ADMIN = "administrator"
READ = "im_open_login_svc/account_check"
READ_BODY = '{"CheckItem":[{"UserID":"u1"}]}'
SEND = "openim/sendmsg"
GROUPS = "group_open_http_svc/get_appid_group_list"
MADE = {}  # what all scenarios share


class Ran:
    """What a run left: status, out and err as text, the waits that it would have made in milliseconds, what the service
    saw meanwhile as (service/command, body), and the connections that it had."""

    def __init__(self, arguments, status, out, err, waits, seen, connections):
        self.arguments, self.status, self.waits, self.seen, self.connections = arguments, status, waits, seen, connections
        self.out, self.err = out.decode("utf-8", "backslashreplace"), err.decode("utf-8", "backslashreplace")

    def __str__(self):
        return (f"usersig call {self.arguments}\n  status {self.status}\n  stdout {self.out[:2000]!r}\n  stderr {self.err!r}\n"
                f"  waits {self.waits}, seen {self.seen}, connections {self.connections}")

    def good(self):
        equal(self.status, 0, str(self))
        return self

    def fails(self, status, *words):
        equal(self.status, status, str(self))
        true(self.err.startswith("usersig: ") and self.err.endswith("\n"), f"stderr of {self}")
        for word in words:
            true(word in self.err, f"{word!r} is missing in {self}")
        return self

    def bodies(self):
        return [json.loads(body) for _, body in self.seen]


def folder():
    if "folder" not in MADE:
        MADE["folder"] = tempfile.mkdtemp(prefix="usersig-call-", dir="/tmp")
        write("key", KEY)
    return MADE["folder"]


def write(name, data):
    path = os.path.join(folder(), name)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o600)
    return path


def service():
    if "service" not in MADE:
        MADE["service"] = hostile.Hostile(KEY, SDKAPPID)
    return MADE["service"]


def clean():
    if "service" in MADE:
        MADE.pop("service").close()
    if "folder" in MADE:
        shutil.rmtree(MADE.pop("folder"))


def offline():
    return ["--key-file", os.path.join(folder(), "key"), "--sdkappid", str(SDKAPPID), "--identifier", ADMIN]


def environment(**more):
    kept = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH")
            if name in os.environ}
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "no_proxy": "*", **kept, **more}


def start(*arguments, program=TWIN, env=None, stdin=b"", **more):
    """The tool's run, done."""
    if not os.access(program, os.X_OK):
        skip(f"{program} is not built", must=True)
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([program, "call", *arguments], input=stdin, stderr=subprocess.PIPE, env=environment(**(env or {})),
                          timeout=60, check=False, **more)


def run(*arguments, at=None, env=None, **more):
    """Runs the tool; at: the service whose memory is read."""
    at = at or service()
    waits = os.path.join(folder(), "waits")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(waits)
    seen, connections = len(at.seen), at.connections
    done = start(*arguments, env={"USERSIG_TWIN_WAITS": waits, **(env or {})}, **more)
    waited = []
    with contextlib.suppress(FileNotFoundError), open(waits, encoding="ascii") as file:
        waited = [int(line) for line in file]
    return Ran(arguments, done.returncode, done.stdout or b"", done.stderr, waited, at.seen[seen:], at.connections - connections)


def at_service(at=None, host=None, cacert=None, by=None):
    """The options that lead there, with a key in a file unless by says otherwise."""
    at = at or service()
    return [*(offline() if by is None else by), "--host", host or f"localhost:{at.port}", "--cacert", cacert or at.ca]


def call(*arguments, script=(), at=None, host=None, cacert=None, by=None, **more):
    """usersig call with a key in a file, at the stand-in, whose next requests meet script."""
    at = at or service()
    at.script[:] = script
    ran = run(*arguments, *at_service(at, host, cacert, by), at=at, **more)
    left, at.script[:] = list(at.script), []
    equal(left, [], f"what nobody met of the script, in {ran}")
    return ran


def on_terminal(*arguments, env=None, stream="stdout"):
    """What a run shows on a terminal, on which one of its streams is: the status, that, the other stream."""
    leader, follower = pty.openpty()
    other = "stderr" if stream == "stdout" else "stdout"
    done = subprocess.Popen([TWIN, "call", *arguments, *at_service()], stdin=subprocess.DEVNULL, env=environment(**(env or {})),
                            **{stream: follower, other: subprocess.PIPE})
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(leader, 65536):
            shown += piece
    os.close(leader)
    rest = b"".join(part or b"" for part in done.communicate())
    return done.returncode, shown.replace(b"\r\n", b"\n").decode(), rest.decode()


# ---- a stand-in of sigd ------------------------------------------------------------------------------

class Sigd:
    """Answers what usersig call asks of sigd, with the usersigs in turn, the last one again and again. asked: targets."""

    def __init__(self, usersigs, may=("admin", "url"), host="console.tim.qq.com"):
        self.usersigs, self.may, self.host, self.asked = list(usersigs), list(may), host, []
        self.path = os.path.join(folder(), f"sigd-{time.monotonic_ns()}")
        sigd = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = json.dumps(sigd.answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self):
                return "client"

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self.server = Server(self.path, Handler)

    def answer(self, target):
        self.asked.append(target)
        if target == "/v1/apps":
            return {"apps": [{"name": "demo", "sdkappid": SDKAPPID, "may": self.may, "admins": [ADMIN]}]}
        usersig = self.usersigs.pop(0) if len(self.usersigs) > 1 else self.usersigs[0]
        if "/url/" in target:
            name = target.split("/url/")[1].split("?")[0]
            return {"expires_at": int(time.time()) + 3600, "url":
                    f"https://{self.host}/v4/{name}?sdkappid={SDKAPPID}&identifier={ADMIN}&usersig={usersig}&random=1&contenttype=json"}
        return {"usersig": usersig, "identifier": ADMIN, "sdkappid": SDKAPPID, "issued_at": int(time.time()),
                "expires_at": int(time.time()) + 3600, "key": "k1"}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def options(self):
        return ["--socket", self.path]


def usersig(age):
    """A good one of the administrator that is age seconds old."""
    return oracle.sign(key=KEY, sdkappid=SDKAPPID, identifier=ADMIN, issued_at=int(time.time()) - age, lifetime=86400)


# ---- a proxy -----------------------------------------------------------------------------------------

class Proxy:
    """An HTTP proxy for CONNECT, which leads the hosts in table to (port or None: refused). asked: hosts."""

    def __init__(self, table):
        self.table, self.asked = table, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        head = b""
        with connection, contextlib.suppress(OSError):
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            host = head.split()[1].decode()
            self.asked.append(host)
            if self.table.get(host) is None:
                connection.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.table[host])) as there:
                connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=self.copy, args=(there, connection), daemon=True)
                back.start()
                self.copy(connection, there)
                back.join(10)

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def env(self):
        return {"https_proxy": f"http://127.0.0.1:{self.port}", "no_proxy": ""}
