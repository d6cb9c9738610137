#!/usr/bin/env python3
"""sigctl: its command line, init and check, and a sigd that answers nonsense. What a real sigd answers is in
tests/daemon/test_control.py."""
import contextlib
import os
import pty
import pwd
import re
import select
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "daemon"))
import harness  # noqa: E402
import witness  # noqa: E402
from admin import END, SIGCTL, TEXT, frame, sigctl  # noqa: E402
from harness import DEADLINE, KEY, Sigd, equal, main, plain_config, scenario, skip, true  # noqa: E402

SOURCE = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
USER = pwd.getpwuid(os.getuid()).pw_name


def commands():
    text = sigctl("--help").stdout.split("Commands\n", 1)[1].split("\n\n", 1)[0]
    return [line.split()[0] for line in text.splitlines()]


def fails(done, status, *words):
    equal(done.returncode, status, done.stderr)
    equal(done.stdout, "", "stdout")
    for word in words:
        true(word in done.stderr, f"{word!r} in {done.stderr!r}")


@contextlib.contextmanager
def directory():
    path = tempfile.mkdtemp(prefix="sigctl-test-", dir="/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def write(path, data, mode):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)
    witness.planted(path, data, mode)
    return path


def program(where):
    """sigd of this build, as installed."""
    return write(os.path.join(where, "sigd"),
                 f'#!/bin/sh\nexec {harness.SIGD} --libexec-dir {harness.LIBEXEC} "$@"\n'.encode(), 0o755)


# ---- the command line --------------------------------------------------------------------------------

@scenario
def help_for_a_newcomer():
    text = sigctl("--help").stdout
    true("SIGCTL_SOCKET" in text and "sigctl(8)" in text, text)
    equal(sigctl("help").stdout, text)
    true(re.fullmatch(r"sigctl \d+\.\d+\.\d+.*\n", sigctl("--version").stdout), "--version")
    true({"init", "check", "status", "reload", "flush", "freeze", "clock", "log-level"} <= set(commands()), text)
    for command in commands():
        own = sigctl(command, "--help")
        equal(own.returncode, 0, own.stderr)
        for word in (f"sigctl {command}", "Options", "Examples", "--help"):
            true(word in own.stdout, f"{word!r} is missing in {command} --help")
        equal(sigctl("help", command).stdout, own.stdout)
        wide = [line for line in own.stdout.splitlines() if len(line) > 116]
        equal(wide, [], f"{command} --help is too wide")


@scenario
def every_command_is_in_the_manual():
    with open(os.path.join(SOURCE, "docs", "sigctl.8"), encoding="utf-8") as file:
        page = file.read()
    for command in commands():
        true(re.search(rf"^\.Ss {re.escape(command)}", page, re.MULTILINE), f"{command} has no section in sigctl.8")
        for option in re.findall(r"^  --([a-z-]+)", sigctl(command, "--help").stdout, re.MULTILINE):
            true(f"Fl -{option}" in page, f"--{option} of {command} is not in sigctl.8")


@scenario
def wrong_command_lines():
    for arguments, words in (((), ("Usage",)), (("statsu",), ('did you mean "status"',)), (("--json",), ("comes first",)),
                             (("status", "--jsno"), ("did you mean --json",)), (("status", "x"), ("takes options only",)),
                             (("reload", "--config", "x"), ("does not go with",)), (("flush",), ("which?",)),
                             (("flush", "a"), ("which?",)), (("flush", "a", "b", "c"), ("takes APP and ADMIN",)),
                             (("freeze",), ("which?",)), (("freeze", "a", "--all"), ("which?",)),
                             (("freeze", "a", "b"), ("takes one APP",)), (("clock", "reset"), ("neither show nor accept",)),
                             (("log-level",), ("which?",)), (("log-level", "loudest-of-all"), ("is no level",)),
                             (("reload", "--accept", "x" * 40), ("so long a name",)),
                             (("reload", *["--accept", "a"] * 9), ("more than 8",)),
                             (("reload", "--accept", ""), ("is empty",)), (("flush", "x" * 40, "a"), ("so long a name",)),
                             (("flush", "a/b", "c"), ("no name in sigd.conf has",)), (("init", "--key", "x"), ("--key",))):
        fails(sigctl(*arguments), 64, *words)


@scenario
def completion_knows_what_help_knows():
    bash = shutil.which("bash")
    if not bash:
        skip("needs bash")
    script = ("source \"$0\"; COMP_WORDS=(\"$SIGCTL\" \"$@\"); COMP_CWORD=$#; _sigctl; printf '%s\\n' \"${COMPREPLY[@]}\"")

    def complete(*words):
        done = subprocess.run([bash, "-c", script, os.path.join(SOURCE, "dist", "completions", "sigctl.bash"), *words],
                              env={"PATH": "/usr/bin:/bin", "SIGCTL": SIGCTL}, capture_output=True, text=True,
                              timeout=30, check=False)
        equal(done.returncode, 0, done.stderr)
        return done.stdout.split()
    true(set(commands()) <= set(complete("")), "commands")
    equal(complete("relo"), ["reload"])
    equal(sorted(complete("reload", "--")), ["--accept", "--dry-run", "--help", "--socket"])
    equal(complete("log-level", "e"), ["error"])
    equal(complete("audit", "v"), ["verify"])
    equal(complete("audit", "verify", __file__[:-1]), [__file__], "a log's file")


# ---- check -------------------------------------------------------------------------------------------

@scenario
def check_is_sigds():
    with directory() as path:
        d = Sigd(plain_config(), start=False)
        done = sigctl("check", "--config", d.config, "--sigd", program(path))
        equal(done.returncode, 0, done.stderr)
        true("good" in done.stdout, done.stdout)
        broken = Sigd(plain_config(sdkappid="0"), start=False)
        done = sigctl("check", "--config", broken.config, "--sigd", program(path))
        equal(done.returncode, 78)
        true("sdkappid" in done.stderr, done.stderr)
    fails(sigctl("check", "--sigd", "/none/sigd"), 69, "cannot run /none/sigd", "--sigd")


# ---- init --------------------------------------------------------------------------------------------

OPTIONS = ("--sdkappid", "88888888", "--region", "china", "--user", USER)


@scenario
def init_from_standard_input():
    with directory() as path:
        config, key = os.path.join(path, "etc", "sigd.conf"), os.path.join(path, "etc", "chat.key")
        done = sigctl("init", "--config", config, "--sigd", program(path), *OPTIONS, text=KEY.decode() + "\n")
        equal(done.returncode, 0, done.stderr)
        true(key in done.stdout and "sigctl status" in done.stdout, done.stdout)
        equal(stat.S_IMODE(os.stat(config).st_mode), 0o644)
        equal(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        with open(key, "rb") as file:
            equal(file.read(), KEY + b"\n")
        with open(config, encoding="ascii") as file:
            text = file.read()
        true(KEY.decode() not in text + done.stdout + done.stderr, "the key shows")
        equal(sorted(os.listdir(os.path.dirname(config))), ["chat.key", "sigd.conf"])
        for old, new in (("/run/sigd/", "@DIR@/run/"), ("/run/sigd-admin/", "@DIR@/adm/"), ("/var/log/sigd/", "@DIR@/log/"),
                         ('state_dir = "/var/lib/sigd"', "")):
            true(old in text, f"{old} in {text}")
            text = text.replace(old, new)
        d = Sigd(text)  # it serves whom it names, and nobody else is named
        equal(harness.request(d.socket(), "GET", "/v1/apps/chat/admin").status, 200)
        before = os.stat(config)
        fails(sigctl("init", "--config", config, "--sigd", program(path), *OPTIONS, text=KEY.decode()), 74,
              "is there already")
        equal(os.stat(config).st_mtime_ns, before.st_mtime_ns)


@scenario
def init_with_a_key_file():
    with directory() as path:
        key = write(os.path.join(path, "my.key"), KEY, 0o600)
        config = os.path.join(path, "sigd.conf")
        done = sigctl("init", "--config", config, "--sigd", program(path), *OPTIONS, "--app", "shop", "--admin", "one",
                      "--admin", "two", "--key-file", key, text="")
        equal(done.returncode, 0, done.stderr)
        with open(config, encoding="ascii") as file:
            text = file.read()
        for part in ('app "shop"', f'file = "{key}"', 'admin "one"', 'admin "two"', 'admins = {"one", "two"}',
                     f'users = {{"{USER}"}}'):
            true(part in text, f"{part} in {text}")
        equal(sorted(os.listdir(path)), ["my.key", "sigd", "sigd.conf"])


@scenario
def init_leaves_nothing_half_made():
    with directory() as path:
        config = os.path.join(path, "etc", "sigd.conf")
        sigd = program(path)
        for name, status, arguments, text, words in (
                ("no key", 5, OPTIONS, "", ("is no key",)), ("two lines", 5, OPTIONS, "a\nb\n", ("is no key",)),
                ("no user", 64, OPTIONS[:4], KEY.decode(), ("--user",)),
                ("no sdkappid", 64, OPTIONS[2:], KEY.decode(), ("--sdkappid",)),
                ("no region", 64, (*OPTIONS[:2], *OPTIONS[4:]), KEY.decode(), ("--region",)),
                ("wrong region", 64, (*OPTIONS[:3], "mars", *OPTIONS[4:]), KEY.decode(), ("no data centre", "china")),
                ("wrong user", 64, (*OPTIONS[:5], "no-such-user"), KEY.decode(), ("no user",)),
                ("a quote", 64, (*OPTIONS, "--admin", 'a" }'), KEY.decode(), ("no administrator",)),
                ("a bad name", 64, (*OPTIONS, "--app", "../x"), KEY.decode(), ("no name for an app",)),
                ("an expansion", 64, (*OPTIONS, "--admin", "${HOME}"), KEY.decode(), ("no administrator",)),
                ("an open key", 78, (*OPTIONS, "--key-file", write(os.path.join(path, "open"), KEY, 0o644)), "", ("chmod",)),
                ("no key file", 66, (*OPTIONS, "--key-file", os.path.join(path, "none")), "", ("No such file",)),
                ("no sigd", 69, (*OPTIONS, "--sigd", "/none"), KEY.decode(), ("cannot run /none",))):
            more = () if "--sigd" in arguments else ("--sigd", sigd)
            done = sigctl("init", "--config", config, *more, *arguments, text=text)
            equal(done.returncode, status, f"{name}: {done.stderr}")
            for word in words:
                true(word in done.stderr, f"{name}: {word!r} in {done.stderr}")
            true(not os.path.exists(os.path.dirname(config)), f"{name}: the directory is left over")


class Terminal:
    """sigctl at a terminal of its own; what it shows, answer by answer."""

    def __init__(self, *arguments):
        try:
            self.pid, self.fd = pty.fork()
        except OSError as error:
            skip(f"no pseudo terminal here: {error}")
        if self.pid == 0:
            try:
                os.execve(SIGCTL, [SIGCTL, *arguments], {"PATH": "/usr/bin:/bin", "TERM": "dumb"})
            finally:
                os._exit(127)
        self.shown = b""

    def wait(self, text, after=0):
        end = time.monotonic() + DEADLINE
        while text not in self.shown[after:]:
            ready, _, _ = select.select([self.fd], [], [], end - time.monotonic())
            if not ready:
                raise AssertionError(f"no {text!r} in {self.shown!r}")
            try:
                self.shown += os.read(self.fd, 4096)
            except OSError:
                raise AssertionError(f"ended before {text!r}: {self.shown!r}") from None

    def answer(self, question, text):
        self.wait(question)
        os.write(self.fd, text + b"\n")

    def end(self):
        with contextlib.suppress(OSError):
            while piece := os.read(self.fd, 4096):
                self.shown += piece
        os.close(self.fd)
        witness.wrote("nothing", "terminal", self.shown)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@scenario
def init_at_a_terminal():
    with directory() as path:
        config = os.path.join(path, "sigd.conf")
        terminal = Terminal("init", "--config", config, "--sigd", program(path))
        terminal.answer(b"Name of the app", b"")
        terminal.answer(b"SDKAppID", b"88888888")
        terminal.answer(b"Data centre", b"china")
        terminal.answer(b"Administrator", b"boss")
        terminal.answer(b"User", USER.encode())
        terminal.answer(b"Key", KEY)
        equal(terminal.end(), 0, terminal.shown.decode())
        true(KEY not in terminal.shown, "the key was shown")
        with open(os.path.join(path, "chat.key"), "rb") as file:
            equal(file.read(), KEY)
        with open(config, encoding="ascii") as file:
            true('admin "boss"' in file.read(), "the answer counts")
        terminal = Terminal("init", "--config", os.path.join(path, "none", "sigd.conf"), "--sigd", program(path), *OPTIONS)
        terminal.answer(b"Name of the app", b"")
        terminal.answer(b"Administrator", b"")
        terminal.answer(b"Key", b"")
        equal(terminal.end(), 66, terminal.shown.decode())
        true(b"no key was given" in terminal.shown and not os.path.exists(os.path.join(path, "none")), terminal.shown.decode())


# ---- a sigd that is none -----------------------------------------------------------------------------

@contextlib.contextmanager
def stand_in(*packets):
    """Answers one request with these packets; the requests that it saw."""
    with directory() as path:
        where, seen = os.path.join(path, "admin.sock"), []
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(where)
        listener.listen(4)

        def serve():
            peer, _ = listener.accept()
            with peer:
                seen.append(peer.recv(4096))
                for packet in packets:
                    peer.send(packet)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield where, seen
        thread.join(DEADLINE)
        listener.close()


def text(stream, data, size=None):
    return frame(TEXT, struct.pack("=II", stream, len(data) if size is None else size) + data.ljust(1000, b"\0"))


def end(status):
    return frame(END, struct.pack("=I", status))


@scenario
def requests_as_they_are_sent():
    name = b"chat".ljust(36, b"\0")
    for arguments, wanted in (
            (("status", "--json"), frame(1)), (("reload",), frame(2, b"\0" * 296)),
            (("reload", "--dry-run", "--accept", "chat"), frame(2, struct.pack("=II", 1, 1) + name + b"\0" * 252)),
            (("flush", "chat", "the boss"), frame(3, name + b"the boss".ljust(36, b"\0"))),
            (("freeze", "chat"), frame(4, b"\0" * 4 + name)), (("freeze", "--all", "--off"), frame(4, b"\1\0\0\0" + b"\0" * 36)),
            (("clock",), frame(5, b"\0" * 4)), (("clock", "accept"), frame(5, b"\1\0\0\0")),
            (("log-level", "debug"), frame(6, b"debug\0\0\0"))):
        with stand_in(text(0, b"{}"), end(0)) as (path, seen):
            done = sigctl(*arguments, path=path)
            equal(done.returncode, 0, done.stderr)
        equal(seen, [wanted], str(arguments))


@scenario
def answers_go_where_they_belong():
    with stand_in(text(0, b"one\ntw"), text(1, b"first "), text(0, b"o\n"), text(1, b"fault\nsecond"), end(78)) as (path, _):
        done = sigctl("reload", path=path)
    equal((done.returncode, done.stdout, done.stderr),
          (78, "one\ntwo\n", "sigctl: reload: first fault\nsigctl: reload: second\n"))


@scenario
def hostile_text_is_escaped():
    with stand_in(text(0, b"\x1b[31mred\xff\n"), text(1, b"\x1b[2J\n"), end(0)) as (path, _):
        done = sigctl("clock", path=path)
    equal((done.stdout, done.stderr), ("\\x1b[31mred\\xff\n", "sigctl: clock: \\x1b[2J\n"))


@scenario
def nonsense_is_told_from_answers():
    for name, packets, status in (
            ("no end", (text(0, b"x"),), 69), ("nothing", (), 69), ("another type", (frame(99),), 76), ("half", (b"\1\0",), 76),
            ("another version", (frame(END, b"\0" * 4, number=9),), 76), ("too long a text", (text(0, b"x", 1001),), 76),
            ("a third stream", (text(2, b"x"),), 76), ("an odd status", (end(300),), 76), ("a NUL", (text(0, b"a\0b"),), 76),
            ("a request", (frame(1),), 76)):
        with stand_in(*packets) as (path, _):
            done = sigctl("clock", path=path)
        equal(done.returncode, status, f"{name}: {done.stderr}")
    for name, data in (("no JSON", b"hello"), ("an array", b"[]"), ("twice", b'{"pid":1,"pid":2}'), ("empty", b"")):
        with stand_in(text(0, data), end(0)) as (path, _):
            fails(sigctl("status", path=path), 76, "no JSON object")
        true(name, name)


@scenario
def a_sigd_that_is_not_there():
    fails(sigctl("status", path="/none/admin.sock"), 69, "/none/admin.sock", "is sigd running")
    fails(sigctl("status", env={"SIGCTL_SOCKET": "/none/x.sock"}), 69, "/none/x.sock")
    fails(sigctl("status", path="/" + "x" * 200), 69)


main()
