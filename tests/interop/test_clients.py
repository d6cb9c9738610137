#!/usr/bin/env python3
"""The clients of docs/CLIENTS.md, cut out of the document as they stand, against the real sigd."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from urllib.parse import parse_qs, urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "daemon"))
from harness import (KEY, SDKAPPID, Caller, Sigd, equal, main, oracle, problem, scenario, shared, skip,  # noqa: E402
                     true)

TOP = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
with open(os.path.join(TOP, "docs", "CLIENTS.md"), encoding="utf-8") as file:
    DOCUMENT = file.read()
PROGRAMS = dict(re.findall(r"<!-- run: ([\w.]+) -->\n```\w+\n(.*?)\n```\n", DOCUMENT, re.DOTALL))
PROXY = "http://127.0.0.1:9"  # nobody is there: a client that asks it fails


APP = """
app "%s" {
    sdkappid = %d
    key "k1" { file = "@DIR@/keys/demo.key" }
    admin "administrator" { }
    allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"} }
}
"""
CONFIG = """
socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }
audit { file = "@DIR@/log/audit.log"  sync = "none" }
state_dir = "@DIR@/state"
""" + APP % ("chat", SDKAPPID) + APP % ("icy", SDKAPPID + 1)


def prepare(d):
    os.mkdir(d.path("state"), 0o700)
    d.write("state/state", b"frozen icy\n")


def make():
    return Sigd(CONFIG, prepare=prepare, start=False)


def needs(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f"needs the program {program}: run scripts/deps --peers", must=True)


def run(name, command, build=None, environment=None, **more):
    """Runs a program of the document; command and build may name @FILE@ and @DIR@."""
    directory = tempfile.mkdtemp(prefix="client-", dir="/tmp")
    try:
        path = os.path.join(directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(PROGRAMS[name] + "\n")
        # the caches of compilers go with the directory
        environment = {"PATH": os.environ["PATH"], "HOME": directory, "GOFLAGS": "-mod=mod", "GO111MODULE": "off",
                       "GOCACHE": os.path.join(directory, "cache"), "http_proxy": PROXY, "HTTP_PROXY": PROXY,
                       **(environment or {})}

        def go(line):
            line = [word.replace("@FILE@", path).replace("@DIR@", directory) for word in line]
            return subprocess.run(line, cwd=directory, env=environment, capture_output=True, text=True, timeout=300,
                                  check=False, **more)
        for line in [build] if build else []:
            done = go(line)
            equal((done.returncode, done.stderr), (0, ""), " ".join(line))
        return go(command)
    finally:
        shutil.rmtree(directory)


def lines_of(done):
    return dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def judge(text, who, lifetime):
    equal(oracle.judge(text, KEY, SDKAPPID, who, int(time.time())), 0, f"the usersig of {who}")
    equal(oracle.decode(text)["expire"], lifetime, f"the lifetime of {who}'s")


def must_work(name, command, build=None):
    """The client gets what it asks for; reads the problem of one call, and of a life without grants; and tells when
    nobody answers."""
    d = shared("chat", make)
    done = run(name, command, build, {"SIGD_SOCKET": d.socket()})
    equal(done.returncode, 0, f"{name}: {done.stdout}{done.stderr}")
    said = lines_of(done)
    who, usersig = said["administrator"].split(" ")
    equal(who, "administrator")
    judge(usersig, "administrator", 86400)
    judge(said["alice"], "alice", 3600)
    url = urlsplit(said["url"])
    equal((url.scheme, url.hostname, url.path), ("https", "console.tim.qq.com", "/v4/openim/sendmsg"), "url")
    query = {key: value for key, (value,) in parse_qs(url.query).items()}
    equal((query["sdkappid"], query["identifier"]), (str(SDKAPPID), "administrator"), "query")
    judge(query["usersig"], "administrator", 3600)
    true("refused" in done.stdout and "reserved" in done.stdout + done.stderr and "403" in done.stdout + done.stderr,
         f"the last call's problem: {done.stdout}{done.stderr}")

    for app, told in (("another", "404 unknown_app: no app of this name"), ("icy", "503 frozen: app icy is frozen")):
        done = run(name, command, build, {"SIGD_SOCKET": d.socket(), "SIGD_APP": app})
        true(done.returncode != 0, f"the exit status for app {app}")
        true(told in done.stderr, done.stderr)
        equal(done.stdout, "", "what it says then")

    done = run(name, command, build, {"SIGD_SOCKET": d.path("run", "none.sock")})
    true(done.returncode != 0 and done.stderr, "the exit status of a client without sigd")


@scenario
def the_document_has_every_client():
    equal(sorted(PROGRAMS), ["Client.java", "client.go", "client.js", "client.php", "client.py", "client.sh"])


@scenario
def curl():
    needs("curl", "jq")
    must_work("client.sh", ["sh", "@FILE@"])


@scenario
def python():
    must_work("client.py", [sys.executable, "@FILE@"])


@scenario
def node():
    needs("node")
    must_work("client.js", ["node", "@FILE@"])


@scenario
def php():
    needs("php")
    if "curl" not in subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split():
        skip("needs php-curl: run scripts/deps --peers", must=True)
    must_work("client.php", ["php", "@FILE@"])


@scenario
def go():
    needs("go")
    with tempfile.TemporaryDirectory(prefix="client-", dir="/tmp") as where:
        program = os.path.join(where, "client")
        done = run("client.go", ["go", "build", "-o", program, "@FILE@"])
        equal((done.returncode, done.stderr), (0, ""), "go build")
        must_work("client.go", [program])
    done = run("client.go", ["gofmt", "-l", "@FILE@"])
    equal((done.stdout, done.stderr), ("", ""), "gofmt")


@scenario
def java():
    needs("java", "javac")
    with tempfile.TemporaryDirectory(prefix="client-", dir="/tmp") as where:
        done = run("Client.java", ["javac", "-Xlint:all,-serial", "-Werror", "-d", where, "@FILE@"])
        equal((done.returncode, done.stderr), (0, ""), "javac")
        must_work("Client.java", ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", where, "Client"])


def python_client():
    """What the document's program defines before it begins."""
    text, scope = PROGRAMS["client.py"], {}
    exec(text[:text.index("\nsigd = Sigd(")], scope)  # noqa: S102 (our own document)
    return scope["Sigd"], scope["Problem"]


@scenario
def a_problem_says_how_long_to_wait():
    client, problem_class = python_client()
    try:
        client(shared("chat", make).socket()).ask("GET", "/v1/apps/icy/admin")
    except problem_class as told:
        equal((told.status, told.name), (503, "frozen"))
        true(told.retry_after >= 1, f"Retry-After: {told.retry_after}")
    else:
        raise AssertionError("a frozen app was served")


@scenario
def a_kept_connection_that_sigd_has_closed_is_made_anew():
    d = make().start()
    client = python_client()[0](d.socket())
    equal(client.ask("GET", "/v1/apps")["apps"][0]["name"], "chat")
    d.stop()
    d.start()
    equal(client.ask("GET", "/v1/apps")["apps"][0]["name"], "chat", "after a restart")
    client.close()


@scenario
def where_clients_stumble():
    needs("curl")
    d = shared("chat", make)

    def asked(*arguments, environment=None, stdin=""):
        done = subprocess.run(["curl", "--silent", "--max-time", "20", "--write-out", "%{http_code}", "--output", "/dev/null",
                               "--unix-socket", d.socket(), *arguments], input=stdin, capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], **(environment or {})}, timeout=60, check=False)
        return done.stdout

    sign = "http://sigd/v1/apps/chat/usersig"
    body = '{"identifier": "alice"}'
    equal(asked("--json", body, sign), "200", "a body with its length")
    true(asked("--json", "@-", "--header", "Transfer-Encoding: chunked", sign, stdin=body) in ("400", "411"), "chunks")
    true(asked("--upload-file", "-", "--request", "POST", "--header", "Content-Type: application/json", sign, stdin=body)
         in ("400", "411"), "a body of unknown length")
    equal(asked("http://sigd/v1/apps", environment={"http_proxy": PROXY}), "200", "curl asks no proxy")
    answer, _ = d.raw(b"GET http://sigd/v1/apps HTTP/1.1\r\nHost: sigd\r\n\r\n", answers=1)
    true(answer.startswith(b"HTTP/1.1 400 "), f"a request that was meant for a proxy: {answer[:200]!r}")
    for host, status in (("sigd", "200"), ("localhost", "200"), ("sigd:8080", "421"), ("127.0.0.1", "421"),
                         ("example.com", "421")):
        equal(asked(f"http://{host}/v1/apps"), status, host)
    for header in ("Via: 1.1 a", "X-Forwarded-For: ::1", "Forwarded: for=a", "Origin: http://a", "Referer: http://a",
                   "Sec-Fetch-Mode: cors"):
        equal(asked("--header", header, "http://sigd/v1/apps"), "403", header)
    equal(asked("--json", '{"identifier": "alice", "lifetime": "3600"}', sign), "422", "a number as text")
    equal(asked("--json", '{"identifier": "alice", "lifetim": 3600}', sign), "422", "an unknown member")
    equal(asked("--json", '{"identifier": "alice", "identifier": "bob"}', sign), "400", "a member twice")


@scenario(root=True)
def who_has_no_grant_is_told():
    d = shared("chat", make)
    problem(Caller(12345).ask(d, "GET", "/v1/apps/chat/admin"), 403, "forbidden")


if __name__ == "__main__":
    main()
