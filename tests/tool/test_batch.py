#!/usr/bin/env python3
"""usersig sign --batch: with a key in a file, before a stand-in of sigd that fails as a scenario wants, and before the real
one. Signatures are judged by the oracle, which shares no code with libsig.

Environment: USERSIG (default <top_builddir>/tools/usersig), and what harness.py reads."""
import contextlib
import json
import os
import pty
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "daemon"))
from harness import (BUILD, KEY, SDKAPPID, Sigd, equal, main, oracle, plain_config, scenario,  # noqa: E402
                     shared, skip, true, until)

USERSIG = os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig")


# ---- helpers -----------------------------------------------------------------------------------------

def environment(**more):
    kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH")
    return {"PATH": "/usr/bin:/bin", **{name: os.environ[name] for name in kept if name in os.environ}, **more}


def words(*arguments):
    if not os.access(USERSIG, os.X_OK):
        skip(f"{USERSIG} is not built", must=True)
    return [USERSIG, "sign", "--batch", *arguments]


def batch(*arguments, stdin=b"", status=0, **more):
    """The lines of stdout."""
    more.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run(words(*arguments), input=stdin, stderr=subprocess.PIPE, env=environment(), timeout=120,
                          check=False, **more)
    err = done.stderr.decode()
    equal(done.returncode, status, f"{arguments}: {err}")
    batch.err = err
    return (done.stdout or b"").decode("ascii").splitlines()


def fails(status, *said, arguments=(), stdin=b"x\n", **more):
    equal(batch(*arguments, stdin=stdin, status=status, **more), [], "stdout")
    for word in said:
        true(word in batch.err, f"{word!r} is missing in {batch.err!r}")


@contextlib.contextmanager
def directory():
    path = tempfile.mkdtemp(prefix="usersig-test-", dir="/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextlib.contextmanager
def offline():
    """The options for work with a key in a file, and its directory."""
    with directory() as path:
        file = os.path.join(path, "app.key")
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as key:
            key.write(KEY)
        yield ["--key-file", file, "--sdkappid", str(SDKAPPID)], path


def identifiers(n):
    return b"".join(b"u%07d\n" % i for i in range(n))


def judged(usersig, identifier):
    equal(oracle.judge(usersig, KEY, SDKAPPID, identifier, int(time.time()) + 1), oracle.OK, identifier)


# ---- with a key in a file ----------------------------------------------------------------------------

MIXED = b"""alice
b"\\ob
{"identifier": "carl", "lifetime": 60}
{"identifier": "dora", "room": 4711, "rights": 2}
{"identifier": "emil", "room_string": "b\\u00fcro"}
a\tb

%s
\xff
{"identifier": "fritz", "life": 1}
{"identifier": "g", "lifetime": 1700000000000}
{"identifier": "h", "lifetime": 0}
{"identifier": "i", "room": 0}
{"identifier": "j", "room": 1, "room_string": "x"}
{"identifier": "k", "rights": 1}
{"identifier": 5}
{"identifier": "l", "identifier": "m"}
{"identifier": "nul\\u0000"}
{}
{nonsense
crlf\r
last""" % (b"x" * 33)
REFUSED = {6: 6, 7: 6, 8: 6, 9: 6, 10: 64, 11: 7, 12: 7, 13: 64, 14: 64, 15: 64, 16: 64, 17: 64, 18: 6, 19: 64, 20: 64}


@scenario
def each_line_is_answered_in_its_place():
    with offline() as (options, _):
        lines = [json.loads(line) for line in batch(*options, "--lifetime", "2h", stdin=MIXED, status=73)]
        equal(len(lines), 22, "an answer for each")
        for number, line in enumerate(lines, 1):
            code = REFUSED.get(number)
            equal("error" in line, code is not None, f"line {number}: {line}")
            if code:
                equal(line["error"]["code"], code, f"line {number}: {line}")
                true(line["error"]["detail"] and line["error"]["title"], f"line {number}: {line}")
                true(line["error"]["type"].startswith("urn:usersig:problem:"), f"line {number}: {line}")
                continue
            equal(sorted(line), ["expires_at", "identifier", "issued_at", "usersig"], "members")
            equal(line["expires_at"] - line["issued_at"], 60 if number == 3 else 7200, f"lifetime of line {number}")
            if number in (4, 5):
                room = oracle.room(oracle.decode(line["usersig"])["userbuf"])
                equal((room["account"], room["rights"]), (line["identifier"], 2 if number == 4 else 255), "room")
            else:
                judged(line["usersig"], line["identifier"])
        equal([line["identifier"] for line in lines[:6]], ["alice", 'b"\\ob', "carl", "dora", "emil", "a\tb"], "names")
        equal([line["identifier"] for line in lines[9:11]], ["fritz", "g"], "a refused line keeps its name")
        equal([line["identifier"] for line in lines[18:]], [None, None, "crlf", "last"], "the last ones")
        true("7 signed, 15 failed" in batch.err, batch.err)
        equal(batch(*options, stdin=b""), [], "nothing")
        equal(batch.err, "", "without a terminal no note")
        utf8 = json.loads(batch(*options, "--utf8", stdin="你好\n".encode())[0])
        equal(utf8["identifier"], "你好", "--utf8")
        judged(utf8["usersig"], "你好")
        room = json.loads(batch(*options, "--room", "7", stdin=b"a\n")[0])
        equal(oracle.room(oracle.decode(room["usersig"])["userbuf"])["number"], 7, "--room for all")


@scenario
def text_is_the_usersigs_alone():
    with offline() as (options, _):
        lines = batch(*options, "--format", "text", stdin=b"alice\n\nbob\n", status=73)
        equal(len(lines), 3, "a line each")
        equal(lines[1], "", "a failure keeps its place")
        judged(lines[0], "alice")
        judged(lines[2], "bob")
        true("--format text" in batch.err, batch.err)


@scenario
def usage():
    with offline() as (options, path):
        for arguments, said in ((("bob",), "standard input"), (("--identifier", "x"), "standard input"),
                                (("--jobs", "0"), "256"), (("--jobs", "257"), "256"), (("--format", "xml"), "ndjson"),
                                (("--format", "text", "--json"), "exclude"), (("--room", "0"), "--room"),
                                (("--resume", os.path.join(path, "state")), ">> FILE")):
            fails(64, said, arguments=(*options, *arguments))
        fails(65, "line 3", "16384", arguments=options, stdin=b"a\nb\n" + b"x" * 20000 + b"\nc\n", stdout=subprocess.DEVNULL)
        with open("/dev/full", "wb") as full:
            fails(74, "No space", arguments=options, stdout=full)
        done = subprocess.run([USERSIG, "sign", "a", "--jobs", "3"], capture_output=True, env=environment(), check=False)
        equal((done.returncode, b"--batch" in done.stderr), (64, True), "--jobs alone")


@scenario
def many_jobs_keep_the_order():
    n = 100000
    with offline() as (options, path):
        file = os.path.join(path, "in")
        with open(file, "wb") as out:
            out.write(identifiers(n))
        for jobs in ("1", "2", "7", "64"):
            with open(file, "rb") as given, subprocess.Popen(words(*options, "--jobs", jobs), stdin=given, stdout=subprocess.PIPE,
                                                             env=environment()) as process:
                names = [line[len('{"identifier":"'):][:8].decode() for line in process.stdout]
            equal(process.returncode, 0, "exit status")
            equal(names == [f"u{i:07d}" for i in range(n)], True, f"{jobs} jobs: {len(names)} lines")


@scenario
def an_answer_does_not_wait_for_the_next_question():
    with offline() as (options, _), subprocess.Popen(words(*options), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                     env=environment()) as process:
        for name in (b"alice", b"bob", b"carl", b"dora"):
            process.stdin.write(name + b"\n")
            process.stdin.flush()
            equal(json.loads(process.stdout.readline())["identifier"], name.decode(), "answer")
        process.stdin.close()
        equal(process.wait(30), 0, "exit status")


def peak(options, n, stdout):
    """KiB that a run over n lines had at most."""
    process = subprocess.Popen(words(*options), stdin=subprocess.PIPE, stdout=stdout, env=environment())
    for _ in range(n // 10000):
        process.stdin.write(identifiers(10000))
    process.stdin.close()
    _, status, usage_of = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    equal(process.returncode, 0, "exit status")
    return usage_of.ru_maxrss


@scenario
def memory_does_not_grow_with_the_input():
    if "ASAN_OPTIONS" in os.environ:
        skip("the address sanitizer keeps what was freed")
    with offline() as (options, _):
        few, many = peak(options, 50000, subprocess.DEVNULL), peak(options, 1000000, subprocess.DEVNULL)
        true(many < few + 8192, f"{few} KiB for 50,000 lines, {many} KiB for 1,000,000")


@scenario
def progress_on_a_terminal():
    with offline() as (options, path):
        file = os.path.join(path, "in")
        with open(file, "wb") as out:
            out.write(identifiers(10000))
        try:
            leader, follower = pty.openpty()
        except OSError as error:
            skip(f"no pseudo terminal here: {error}")
        # what is shown comes with what is written: the reader of stdout holds the tool up until it is there
        with open(file, "rb") as given, subprocess.Popen(words(*options, "--jobs", "1"), stdin=given, stdout=subprocess.PIPE,
                                                         stderr=follower, env=environment()) as process:
            time_up = time.monotonic() + 0.5
            until(lambda: time.monotonic() > time_up, "half a second of a reader that does not read")
            process.stdout.read()
            equal(process.wait(30), 0, "exit status")
        os.close(follower)
        said = b""
        with contextlib.suppress(OSError):
            while piece := os.read(leader, 4096):
                said += piece
        os.close(leader)
        for word in (b"sign  ", b"/s", b"#", b" %", b" left", b"10000 signed"):
            true(word in said, f"{word!r} is missing in {said!r}")
        true(said.index(b"\r\x1b[K") < said.index(b"10000 signed"), "the bar is taken away")


# ---- --resume ----------------------------------------------------------------------------------------

def state_of(path):
    with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
        return json.load(file)
    return {"done": 0}


@scenario
def what_was_killed_goes_on_without_gap_or_double():
    n = 60000
    with offline() as (options, path):
        state, out = os.path.join(path, "state"), os.path.join(path, "out.usersig")
        arguments = words(*options, "--resume", state)
        lines = identifiers(n - 1).replace(b"u0000007\n", b"\n") + b"last\n"
        kills = 0
        for given in (n // 10, n // 3):  # so much of the input, then it is killed; then some more
            with open(out, "ab") as output:
                process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=output, env=environment())
            process.stdin.write(lines[:given * 9])
            process.stdin.flush()
            before = state_of(state)["done"]
            # a line more makes it write its state, once the second is over
            trickle = iter(range(given * 9, len(lines)))

            def moved():
                if state_of(state)["done"] > max(before, 100):
                    return True
                at = next(trickle)
                process.stdin.write(lines[at:at + 1])
                process.stdin.flush()
                return False
            until(moved, "a state on the disk", pause=0.05)
            process.send_signal(signal.SIGKILL)
            equal(process.wait(30), -signal.SIGKILL, "killed")
            with contextlib.suppress(OSError):
                process.stdin.close()
            kills += 1
            with open(out, "ab") as output:  # as if the kill had left half a line behind what the state knows
                output.write(b'{"identifier":"u00')
        with open(out, "ab") as output:
            batch(*options, "--resume", state, stdin=lines, stdout=output, status=73)
        equal(kills, 2, "kills")
        with open(out, encoding="ascii") as file:
            answers = [json.loads(line) for line in file]
        wanted = [f"u{i:07d}" for i in range(n - 1)] + ["last"]
        wanted[7] = ""
        equal([answer["identifier"] for answer in answers] == wanted, True, "each once, in order")
        equal(state_of(state)["done"], n, "done")
        equal(state_of(state)["failed"], 1, "failed")
        with open(out, "ab") as output:  # nothing is left, and the failure is not forgotten
            size = os.path.getsize(out)
            batch(*options, "--resume", state, stdin=lines, stdout=output, status=73)
            equal(os.path.getsize(out), size, "nothing more")
            batch(*options, "--resume", state, stdin=lines + b"more\n", stdout=output, status=73)
            equal(state_of(state)["done"], n + 1, "lines may be added")
        os.unlink(out)  # much, and nothing that another test would look at


@scenario
def an_interrupt_ends_it_between_two_lines():
    with offline() as (options, path):
        state, out = os.path.join(path, "state"), os.path.join(path, "out.usersig")
        for number, lines in ((signal.SIGINT, b"a\nb\n"), (signal.SIGTERM, b"c\n"), (None, b"d\n")):
            before = b"a\nb\nc\n"[:state_of(state)["done"] * 2]
            with open(out, "ab") as output:
                process = subprocess.Popen(["env", "--default-signal=INT", *words(*options, "--resume", state)],  # & ignores it
                                           stdin=subprocess.PIPE, stdout=output, stderr=subprocess.PIPE, env=environment())
            process.stdin.write(before + lines)
            process.stdin.flush()
            until(lambda: len(open(out, "rb").read().splitlines()) == len(before + lines) // 2, "answers")
            if number:
                process.send_signal(number)  # while it waits for the next line
                process.wait(30)
            said = process.communicate(timeout=30)[1].decode()
            equal(process.returncode, -number if number else 0, "ended by the signal")
            true(not number or f"behind line {len(before + lines) // 2}" in said, said)
            equal(state_of(state)["done"], len(before + lines) // 2, "nothing is open")
        with open(out, encoding="ascii") as file:
            equal([json.loads(line)["identifier"] for line in file], ["a", "b", "c", "d"], "each once")


@scenario
def resume_refuses_what_does_not_fit():
    with offline() as (options, path):
        state, out = os.path.join(path, "state"), os.path.join(path, "out.usersig")
        arguments = (*options, "--resume", state)

        def run(status, *said, stdin=b"a\nb\nc\n", mode="ab"):
            with open(out, mode) as output:
                batch(*arguments, stdin=stdin, stdout=output, status=status)
            for word in said:
                true(word in batch.err, f"{word!r} is missing in {batch.err!r}")
        run(0)
        whole = open(out, "rb").read()
        run(65, "first 3 lines", stdin=b"a\nB\nc\nd\n")
        run(65, "has 2 lines", stdin=b"a\nb\n")
        equal(open(out, "rb").read(), whole, "nothing is lost")
        with open(out, "ab") as busy:
            import fcntl  # the lock is a part of the contract between two runs
            fcntl.flock(busy, fcntl.LOCK_EX)
            run(75, "another run")
        run(64, ">>", mode="wb")
        with open(state, "w", encoding="ascii") as file:
            file.write("{}")
        run(65, state)
        arguments = (*options, "--resume", os.path.join(path, "app.key", "state"))
        run(66, "Not a directory")


# ---- by sigd -----------------------------------------------------------------------------------------

def daemon():
    return shared("plain", lambda: Sigd(start=False))


@scenario
def sigd_signs_batches():
    sigd = daemon()
    n = 4500
    lines = identifiers(n).replace(b"u0000100\n", b"group_root\n").replace(b"u0002100\n", b"a\tb\n").splitlines(keepends=True)
    lines[10] = b'{"identifier": "u0000010", "lifetime": 60}\n'
    lines[11] = b'{"identifier": "u0000011", "room": 5, "rights": 42}\n'
    lines[12] = b'{"identifier": "group_root", "room": 5}\n'
    lines[13] = b'{"identifier": "u0000013", "lifetime": 900000000}\n'
    lines[14] = b'{"identifier": "u0000014", "lifetime": "x"}\n'
    lines[15] = b"\xff\n"
    refused = {12: 77, 13: 77, 14: 7, 15: 6, 100: 77, 2100: 6}
    for jobs in ("1", "3"):
        answers = [json.loads(line) for line in batch("--socket", sigd.socket(), "--jobs", jobs, stdin=b"".join(lines), status=73)]
        equal(len(answers), n, "an answer for each")
        for i, answer in enumerate(answers):
            if i in refused:
                equal(answer["error"]["code"], refused[i], f"{i}: {answer}")
            else:
                equal(answer["identifier"], f"u{i:07d}", f"{i}: {answer}")
                equal(answer["expires_at"] - answer["issued_at"], 60 if i == 10 else 86400, f"{i}: lifetime")
                if i != 11 and i % 500 == 0:
                    judged(answer["usersig"], answer["identifier"])
        equal(oracle.room(oracle.decode(answers[11]["usersig"])["userbuf"])["rights"], 42, "room")
    equal(len([line for line in batch("--socket", sigd.socket(), "--format", "text", stdin=b"a\nb\n") if line]), 2, "text")
    fails(68, "no app", arguments=("--socket", sigd.socket(), "--app", "none"))


@scenario
def sigd_counts_and_the_tool_waits():
    """More than the rate: what is refused for the moment is asked again, and nothing is lost."""
    sigd = Sigd(plain_config(allow='allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"*"}  rate = 400 }'))
    answers = [json.loads(line) for line in batch("--socket", sigd.socket(), stdin=identifiers(1000))]
    equal([answer["identifier"] for answer in answers], [f"u{i:07d}" for i in range(1000)], "all of them, in order")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        answer = self.server.answer(asked, len(self.server.asked))
        if answer is None:
            self.close_connection = True
            return
        status, kind, body, cut = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) + cut))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = cut != 0

    def address_string(self):
        return "unix"

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class StandIn(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def stand_in(answer):
    with directory() as path, StandIn(os.path.join(path, "sock"), Handler) as server:
        server.asked, server.answer = [], answer
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        server.options = ("--socket", os.path.join(path, "sock"), "--app", "demo", "--jobs", "1")
        yield server
        server.shutdown()


def signed(asked, end=None, cut=0, **changes):
    names = asked.get("identifiers") or [asked["identifier"]]
    lines = [json.dumps({"identifier": name, "usersig": "x" + name, "issued_at": 1, "expires_at": 2, **changes})
             for name in names[:end]]
    return 200, "application/x-ndjson", "".join(line + "\n" for line in lines).encode(), cut


def problem(status, name, code):
    return status, "application/problem+json", json.dumps(
        {"type": "urn:usersig:problem:" + name, "title": "A title", "status": status, "detail": "a detail",
         "code": code}).encode(), 0


@scenario
def what_is_lost_on_the_way_is_asked_again():
    for first, asked in ((lambda a: None, 5), (lambda a: signed(a, end=3, cut=9), 2), (lambda a: signed(a, end=0, cut=9), 5),
                         (lambda a: problem(503, "unavailable", 75), 5), (lambda a: problem(429, "rate_limited", 75), 5)):
        with stand_in(lambda a, n, first=first: first(a) if n == 1 else signed(a)) as sigd:
            names = [json.loads(line)["identifier"] for line in batch(*sigd.options, stdin=b"a\nb\nc\nd\ne\n")]
            equal(names, ["a", "b", "c", "d", "e"], "each once")
            equal([len(one["identifiers"]) for one in sigd.asked], [5, asked], "asked")


@scenario
def what_fails_for_all_ends_it():
    for answer, status, said in ((problem(403, "forbidden", 77), 77, "A title: a detail"), (problem(404, "unknown_app", 68), 68, "A title"),
                                 ((200, "text/html", b"<p>", 0), 76, ""), ((500, "text/html", b"<p>", 0), 76, "500")):
        with stand_in(lambda a, n, answer=answer: answer) as sigd:
            fails(status, said, arguments=sigd.options)
            equal(len(sigd.asked), 1, "asked once")
            equal(batch.err.count("\n"), 2, f"one reason, one sum: {batch.err}")
    for change in ({"identifier": "b"}, {"usersig": "a b"}, {"usersig": None}, {"issued_at": "x"}, {"expires_at": None},
                   {"error": {"code": 6}}, {"error": {}}):
        with stand_in(lambda a, n, change=change: signed(a, **change)) as sigd:
            fails(76, "makes no sense", arguments=sigd.options)
    for short in (lambda a: signed(a, end=1), lambda a: (200, "application/x-ndjson", signed(a)[2] * 2, 0)):
        with stand_in(lambda a, n, short=short: short(a)) as sigd:
            fails(76, "makes no sense", arguments=sigd.options, stdin=b"a\nb\n")
    with directory() as path:
        fails(69, "is sigd running", arguments=("--socket", os.path.join(path, "none"), "--jobs", "4", "--app", "demo"), stdin=identifiers(50000))
        equal(batch.err.count("is sigd running"), 1, "said once")


@scenario
def a_batch_that_sigd_broke_off_goes_on():
    with stand_in(lambda a, n: signed(a) if n < 3 else problem(403, "forbidden", 77)) as sigd, directory() as path:
        state, out = os.path.join(path, "state"), os.path.join(path, "out.usersig")
        with open(out, "ab") as output:
            batch(*sigd.options, "--resume", state, stdin=identifiers(9000), stdout=output, status=77)
        true("goes on behind line 4000" in batch.err, batch.err)
        sigd.answer = lambda a, n: signed(a)
        with open(out, "ab") as output:
            batch(*sigd.options, "--resume", state, stdin=identifiers(9000), stdout=output)
        with open(out, encoding="ascii") as file:
            equal([json.loads(line)["identifier"] for line in file] == [f"u{i:07d}" for i in range(9000)], True, "each once")


if __name__ == "__main__":
    main()
