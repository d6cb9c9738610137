"""harness.py: scenarios and what they need to drive the real sigd.

A test file is a list of functions marked @scenario, run in the order of the file by main(). Each prints `ok - name`,
`not ok - name` with a traceback and the daemon's stderr, or `skip - name (why)`; the last line counts them. The exit
status is 1 when one failed, 77 when all were skipped, else 0. Arguments select scenarios by substring.

Environment: top_builddir (default: two directories above this file), SIGD (default <top_builddir>/sigd/sigd), CI (skips
marked `must` become failures). Nothing here sleeps to wait for the daemon: it waits for a line, a byte, an exit, or
asks again until a deadline.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
BUILD = os.path.abspath(os.environ.get("top_builddir") or os.path.dirname(TESTS))
SIGD = os.environ.get("SIGD") or os.path.join(BUILD, "sigd", "sigd")
LIBEXEC = os.path.join(BUILD, "sigd")
DEADLINE = float(os.environ.get("TEST_DEADLINE", "10"))
ROOT = os.getuid() == 0

sys.path.insert(0, os.path.join(TESTS, "standin"))
sys.path.insert(0, HERE)
import oracle  # noqa: E402,F401 (the scenarios use it through here)
import witness  # noqa: E402

witness.attend()

SDKAPPID = 88888888
KEY = b"5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
OTHER_KEY = b"aaaa850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


# ---- scenarios ---------------------------------------------------------------------------------------

SCENARIOS = []
LIVE = []    # daemons of the running scenario
SHARED = {}  # daemons for scenarios that leave them as they are: name -> Sigd


class Skip(Exception):
    """must: a failure where the environment says CI."""

    def __init__(self, why, must=False):
        super().__init__(why)
        self.must = must


def scenario(function=None, *, root=False, needs=()):
    """Marks a scenario. root: needs root; needs: programs."""
    def mark(f):
        SCENARIOS.append((f, root, tuple(needs)))
        return f
    return mark(function) if function else mark


def skip(why, must=False):
    raise Skip(why, must)


def run_one(function, root, needs):
    """ok, failed or skipped."""
    name = function.__name__.replace("_", " ")
    try:
        if root and not ROOT:
            skip("needs root")
        for program in needs:
            if not shutil.which(program):
                skip(f"needs the program {program}")
        function()
        result = "ok"
        print(f"ok - {name}")
    except Skip as why:
        result = "failed" if why.must and os.environ.get("CI", "") not in ("", "0", "false") else "skipped"
        print(f"{'not ok' if result == 'failed' else 'skip'} - {name} ({why})")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001
        result = "failed"
        print(f"not ok - {name}")
        for line in traceback.format_exc().splitlines():
            print(f"# {line}")
        for daemon in [*LIVE, *SHARED.values()]:
            daemon.describe()
    while LIVE:
        LIVE.pop().destroy()
    sys.stdout.flush()
    return result


def main():
    wanted = sys.argv[1:]
    counts = {"ok": 0, "failed": 0, "skipped": 0}
    for function, root, needs in SCENARIOS:
        if not wanted or any(word in function.__name__ for word in wanted):
            counts[run_one(function, root, needs)] += 1
    while SHARED:
        SHARED.popitem()[1].destroy()
    print(f"{counts['ok']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["failed"] else 77 if counts["skipped"] and not counts["ok"] else 0)


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {actual!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def until(question, what, deadline=None, pause=0.02):
    """Asks again until the answer is true; returns it. An OSError counts as no."""
    end = time.monotonic() + (deadline or DEADLINE)
    while True:
        try:
            answer = question()
        except (OSError, http.client.HTTPException) as fault:
            answer, last = None, fault
        else:
            last = answer
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not in time: {what} (last: {last!r})")
        time.sleep(pause)


def shared(name, make):
    """The daemon of this name, made (make() gives an unstarted Sigd) at its first use or when it has died."""
    found = SHARED.get(name)
    if found and found.process.poll() is not None:
        print(f"# the daemon {name!r} had ended with {found.process.returncode}: starting another")
        SHARED.pop(name).destroy()
        found = None
    if not found:
        found = make()
        found.start()
        LIVE.remove(found)
        SHARED[name] = found
    return found


def unshare(name):
    """Takes a shared daemon back: it ends with the scenario."""
    found = SHARED.pop(name)
    LIVE.append(found)
    return found


# ---- HTTP over a UNIX socket -------------------------------------------------------------------------

class Answer(tuple):
    """(status, headers, document) of one answer; document is parsed JSON, text, or None without a body."""

    def __new__(cls, status, headers, body):
        witness.answered(status, headers, body)
        kind = headers.get("Content-Type", "")
        text = body.decode("utf-8", "surrogateescape")
        document = json.loads(text) if "json" in kind and "ndjson" not in kind and text else text or None
        return super().__new__(cls, (status, headers, document))

    status = property(lambda self: self[0])
    headers = property(lambda self: self[1])
    document = property(lambda self: self[2])


class Connection(http.client.HTTPConnection):
    """A kept connection to a UNIX socket."""

    def __init__(self, path, timeout=None):
        super().__init__("sigd", timeout=timeout or DEADLINE)
        self.path = path

    def connect(self):
        self.sock = dial(self.path, self.timeout)

    def ask(self, method, target, body=None, headers=None):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
        self.request(method, target, body, headers)
        response = self.getresponse()
        return Answer(response.status, response.headers, response.read())


def request(path, method, target, body=None, headers=None, timeout=None):
    """One request on a connection of its own."""
    connection = Connection(path, timeout)
    try:
        return connection.ask(method, target, body, headers)
    finally:
        connection.close()


def dial(path, timeout=None):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout or DEADLINE)
    end = time.monotonic() + DEADLINE
    while True:
        try:
            connection.connect(path)
            return connection
        except BlockingIOError:  # the queue of the listener is full; it does not wait where there is a timeout
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        except BaseException:
            connection.close()
            raise


def drain(connection, enough=None):
    """Reads until close, a timeout, or enough(data); (data, closed)."""
    data = b""
    try:
        while not (enough and enough(data)):
            piece = connection.recv(65536)
            if not piece:
                return data, True
            data += piece
    except TimeoutError:
        pass
    except ConnectionResetError:
        return data, True
    return data, False


def answers_in(data, methods=()):
    """The whole answers in data, and what is left over. 1xx answers are answers of their own without a body."""
    found = []
    while b"\r\n\r\n" in data:
        head, rest = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = http.client.HTTPMessage()
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name] = value.strip()
        finals = sum(1 for answer in found if answer.status >= 200)
        head_only = status < 200 or (len(methods) > finals and methods[finals] == "HEAD")
        length = 0 if head_only else int(headers.get("Content-Length", "0"))
        if len(rest) < length:
            break
        found.append(Answer(status, headers, rest[:length]))
        data = rest[length:]
    return found, data


def raw(path, data, timeout=2.0, answers=None):
    """Sends bytes; (all bytes until close, timeout or that many final answers; whether it was closed)."""
    connection = dial(path, timeout)
    try:
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused early: the answer may still be there
        enough = answers and (lambda got: sum(a.status >= 200 for a in answers_in(got)[0]) >= answers)
        return drain(connection, enough)
    finally:
        connection.close()


# ---- other callers -----------------------------------------------------------------------------------

CLIENT = r"""
import http.client, json, socket, sys
path, requests = json.load(sys.stdin)
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(path)
connection = Connection("sigd")
out = []
for method, target, body, headers in requests:
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, target, body.encode() if body is not None else None, headers)
    response = connection.getresponse()
    out.append([response.status, list(response.headers.items()), response.read().decode("utf-8", "surrogateescape")])
json.dump(out, sys.stdout)
"""


def reachable_python():
    """A Python that any uid can run: sys.executable may live in somebody's home."""
    return "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable


class Caller:
    """Makes requests as another uid, gid and supplementary groups (root only)."""

    def __init__(self, uid, gid=None, groups=()):
        self.uid, self.gid, self.groups = uid, uid if gid is None else gid, list(groups)

    def ask_all(self, daemon, requests, socket_name="main"):
        """requests: (method, target[, body[, headers]]), on one connection; a list of Answers."""
        lines = []
        for method, target, *more in requests:
            body = more[0] if more else None
            lines.append([method, target, body if body is None or isinstance(body, str) else json.dumps(body),
                          dict(more[1]) if len(more) > 1 else {}])
        done = subprocess.run([reachable_python(), "-I", "-c", CLIENT], cwd="/", env={"PATH": "/usr/bin:/bin"},
                              input=json.dumps([daemon.socket(socket_name), lines]), capture_output=True, text=True,
                              user=self.uid, group=self.gid, extra_groups=self.groups, timeout=60, check=False)
        if done.returncode:
            raise AssertionError(f"the client as uid {self.uid} failed:\n{done.stderr}")
        answers = []
        for status, items, text in json.loads(done.stdout):
            headers = http.client.HTTPMessage()
            for name, value in items:
                headers[name] = value
            answers.append(Answer(status, headers, text.encode("utf-8", "surrogateescape")))
        return answers

    def ask(self, daemon, method, target, body=None, headers=None, socket_name="main"):
        return self.ask_all(daemon, [(method, target, body, headers or {})], socket_name)[0]


# ---- the daemon --------------------------------------------------------------------------------------

def in_user_namespace():
    """Does this host, as many containers, show other ids than the kernel's? sigd then wants to be told that they are meant."""
    maps = []
    for kind in ("uid", "gid"):
        with open(f"/proc/self/{kind}_map", encoding="ascii") as file:
            maps.append(file.read().split())
    return any(found != ["0", "0", "4294967295"] for found in maps)


def me():
    return str(os.getuid())


def plain_config(**words):
    """One app "demo" with administrator group_root; this process's uid may do everything. words replace lines."""
    lines = {
        "socket": 'socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }',
        "audit": 'audit { file = "@DIR@/log/audit.log"  sync = "none" }',
        "workers": "workers = 1",
        "users": "",
        "top": "",
        "sdkappid": str(SDKAPPID),
        "app": 'region = "china"  lifetime = "24h"  max_lifetime = "30d"  url_lifetime = "1h"  reserved = {"ops"}',
        "key": 'key "k1" { file = "@DIR@/keys/demo.key" }',
        "admin": 'admin "group_root" { lifetime = "24h"  min_remaining = "10m" }',
        "allow": 'allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"}  admins = {"group_root"}\n'
                 '            identifiers = {"*"}  max_lifetime = "7d"  rights = 255 }',
        "more": "",
    }
    unknown = set(words) - set(lines)
    if unknown:
        raise ValueError(f"plain_config: {unknown}")
    lines.update(words)
    return """{socket}
{audit}
{workers}
{users}
{top}
app "demo" {{
    sdkappid = {sdkappid}
    {app}
    {key}
    {admin}
    {allow}
}}
{more}
""".format(**lines)


def process_name(pid):
    """sigd, sigd-signer or sigd-front, whatever way it was executed."""
    names = []
    try:
        names.append(os.path.basename(os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")))
    except OSError:
        pass
    for file in ("cmdline", "comm"):
        try:
            with open(f"/proc/{pid}/{file}", "rb") as handle:
                names.append(os.path.basename(handle.read().split(b"\0")[0].decode(errors="replace").strip()))
        except OSError:
            pass
    for name in names:
        found = re.match(r"(?:lt-)?(sigd(?:-signer|-front)?)(?:$|[: ])", name)
        if found:
            return found[1]
    return names[0] if names else "?"


def children_of(pid):
    """{pid: name} of the children that are not zombies."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="latin-1") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == pid and state != "Z":
                found[int(entry)] = process_name(int(entry))
    return found


def status_of(pid):
    """/proc/PID/status as a dict of texts."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


class Sigd:
    """A daemon in a directory of its own: run/ (sockets), keys/, log/, sigd.conf. @DIR@ and @UID@ in texts are filled in.

    keys: {name: bytes} in keys/, 0600. prepare(self) runs before the start, for faults to be planted."""

    def __init__(self, config=None, keys=None, prepare=None, start=True, arguments=(), directory=None):
        if not os.access(SIGD, os.X_OK):
            skip(f"{SIGD} is not built", must=True)
        self.owns = directory is None
        self.dir = directory or tempfile.mkdtemp(prefix="sigd-test-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        for name, mode in (("run", 0o755), ("keys", 0o755), ("log", 0o755)):
            os.makedirs(self.path(name), exist_ok=True)
            os.chmod(self.path(name), mode)
        for name, value in (keys if keys is not None else {"demo.key": KEY}).items():
            self.write(os.path.join("keys", name), value, 0o600)
        text = self.fill(config or plain_config())
        if in_user_namespace() and "ids = " not in text:
            text += "ids = in_namespace\n"
        self.config = self.write("sigd.conf", text.encode(), 0o644)
        self.arguments = list(arguments)
        self.program, self.libexec = None, LIBEXEC  # None: SIGD
        self.process = None
        self.lines = []
        self.changed = threading.Condition()
        self.reader = None
        self.closed = False
        LIVE.append(self)
        if prepare:
            prepare(self)
        if start:
            self.start()

    # files

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def fill(self, text):
        return text.replace("@DIR@", self.dir).replace("@UID@", me())

    def write(self, name, data, mode=0o600):
        path = self.path(name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(path, mode)
        witness.planted(path, data, mode)
        return path

    def socket(self, name="main"):
        return self.path("run", "sigd.sock" if name == "main" else name + ".sock")

    # life

    def launch(self):
        """Starts the program and the reader of its stderr; waits for nothing."""
        self.lines, self.closed = [], False
        self.process = subprocess.Popen(
            [self.program or SIGD, "--config", self.config, "--foreground", "--libexec-dir", self.libexec, *self.arguments], cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read_stderr, args=(self.process.stderr,), daemon=True)
        self.reader.start()

    def read_stderr(self, pipe):
        with open(self.path("stderr"), "ab") as copy:
            for line in pipe:
                copy.write(line)
                copy.flush()
                with self.changed:
                    self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                    self.changed.notify_all()
        pipe.close()
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def start(self):
        self.launch()
        self.wait_line("msg=ready")
        witness.processes([self.pid, *self.children()])
        return self

    def wait_line(self, text, after=0, deadline=None):
        """The first line of stderr from index after on that contains text."""
        with self.changed:
            def look():
                return any(text in line for line in self.lines[after:]) or self.closed
            self.changed.wait_for(look, deadline or DEADLINE)
            for line in self.lines[after:]:
                if text in line:
                    return line
            gone = self.closed
        if gone:
            self.process.wait(DEADLINE)
            raise AssertionError(f"sigd ended with {self.process.returncode} before {text!r}; stderr:\n{self.stderr}")
        raise AssertionError(f"no {text!r} on stderr in time; stderr:\n{self.stderr}")

    @property
    def pid(self):
        return self.process.pid

    @property
    def stderr(self):
        with self.changed:
            return "\n".join(self.lines) + "\n" if self.lines else ""

    def children(self):
        return children_of(self.pid)

    def processes(self):
        """{pid: name} of the master and its children, which must be there."""
        found = {self.pid: "sigd", **self.children()}
        if not {"sigd", "sigd-signer", "sigd-front"} <= set(found.values()):
            raise AssertionError(f"expected signer and front: {found}")
        return found

    def child(self, name):
        """The pid of the one child of this name."""
        pids = [pid for pid, found in self.children().items() if found == name]
        if len(pids) != 1:
            raise AssertionError(f"expected one {name}: {self.children()}")
        return pids[0]

    def wait(self, deadline=15):
        """The exit status (negative: a signal), once all processes that share its stderr are gone."""
        status = self.process.wait(deadline)
        self.reader.join(deadline)
        if self.reader.is_alive():
            raise AssertionError("sigd ended, but a child of it lives on")
        return status

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.wait()

    def fail_to_start(self, deadline=None):
        """Starts what must not start; (exit status, stderr)."""
        self.launch()
        try:
            status = self.wait(deadline or DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"sigd started and should have refused; stderr:\n{self.stderr}") from None
        return status, self.stderr

    def check(self):
        """sigd --check; (exit status, stdout and stderr)."""
        done = subprocess.run([self.program or SIGD, "--check", "--config", self.config, "--libexec-dir",
                               self.libexec, *self.arguments], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=DEADLINE, check=False)
        return done.returncode, done.stdout

    def destroy(self):
        if self.process and self.process.poll() is None:
            pids = [self.pid, *self.children()]
            witness.processes(pids)
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                for pid in pids:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                self.process.wait(8)
        if self.owns:
            shutil.rmtree(self.dir, ignore_errors=True)

    def discard(self):
        """destroy() before the end of the scenario."""
        LIVE.remove(self)
        self.destroy()

    def describe(self):
        for title, path in (("sigd.conf", self.config), ("end of stderr", self.path("stderr"))):
            print(f"# ---- {title}")
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    for line in file.read().splitlines()[-60:]:
                        print(f"# {line}")
            except OSError as fault:
                print(f"# {fault}")
        if self.process and self.process.poll() is not None:
            print(f"# ---- exited with {self.process.returncode}")

    # talk

    def request(self, method, target, body=None, headers=None, socket_name="main", timeout=None):
        return request(self.socket(socket_name), method, target, body, headers, timeout)

    def raw(self, data, timeout=2.0, answers=None, socket_name="main"):
        return raw(self.socket(socket_name), data, timeout, answers)

    def connection(self, socket_name="main"):
        return Connection(self.socket(socket_name))

    def audit_lines(self):
        """The audit log, one dict a line; fails on what is not a JSON object. A write that is under way is seen in parts."""
        def text():
            with open(self.path("log", "audit.log"), encoding="utf-8") as file:
                return file.read()
        lines = until(lambda: [read for read in [text()] if not read or read.endswith("\n")], "whole lines")[0].splitlines()
        parsed = [json.loads(line) for line in lines]
        for entry in parsed:
            true(isinstance(entry, dict), f"audit line is no object: {entry!r}")
        return parsed


def problem(answer, status, name, code=None):
    """Asserts that an answer is this problem of docs/HTTP.md; returns its document."""
    document = answer.document
    if answer.status != status or not isinstance(document, dict) or document.get("type") != f"urn:usersig:problem:{name}":
        raise AssertionError(f"expected {status} {name}, got {answer.status} {document!r}")
    equal(answer.headers.get("Content-Type", "").split(";")[0].strip(), "application/problem+json", "Content-Type")
    equal(document["status"], status, "status member")
    for member in ("title", "detail"):
        true(isinstance(document.get(member), str) and document[member], f"{member} missing: {document!r}")
    true(isinstance(document.get("code"), int), f"code missing: {document!r}")
    if code is not None:
        equal(document["code"], code, "code member")
    return document


def good(answer, status=200):
    if answer.status != status:
        raise AssertionError(f"expected {status}, got {answer.status} {answer.document!r}")
    return answer.document
