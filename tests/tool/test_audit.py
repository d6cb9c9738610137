#!/usr/bin/env python3
"""sigctl audit, on logs that are made here, by the words of docs/AUDIT.md and without sigd's code.

Environment: SIGCTL (default <top_builddir>/tools/sigctl), and what harness.py reads."""
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "daemon"))
from harness import (BUILD, KEY, SDKAPPID, Sigd, equal, good, main, oracle, scenario, skip, true)  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(HERE))
SIGCTL = os.environ.get("SIGCTL") or os.path.join(BUILD, "tools", "sigctl")
ZEROS = "0" * 64
NOW = 1795400000


# ---- logs --------------------------------------------------------------------------------------------

def hash_of(line):
    return hashlib.blake2b(line, digest_size=32).hexdigest()


class Log:
    """Lines as sigd writes them."""

    def __init__(self, head=ZEROS, seq=0):
        self.above, self.seq, self.lines = head, seq, []

    def add(self, event="sign", after=None, **fields):
        entry = {"time": "2026-11-23T02:13:20Z", "event": event, **fields}
        if after is not None:
            entry["after"] = after
        self.seq += 1
        entry["seq"], entry["prev"] = self.seq, self.above
        self.raw(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        return self

    def gap(self, after, **fields):
        return self.add("gap", after, reason="torn", bytes=3, **fields)

    def raw(self, line):
        self.lines.append(line)
        self.above = hash_of(line if line.endswith(b"\n") else line + b"\n")
        return self

    def many(self, n):
        for _ in range(n):
            self.add(uid=1000, identifier=f"u{self.seq}", verdict="ok")
        return self

    @property
    def bytes(self):
        return b"".join(self.lines)


class Ran:
    def __init__(self, arguments, done):
        self.arguments, self.status = arguments, done.returncode
        self.out, self.err = done.stdout.decode(), done.stderr.decode()

    def __str__(self):
        return f"sigctl audit {self.arguments}\n  status {self.status}\n  stdout {self.out!r}\n  stderr {self.err!r}"


def audit(action, *files, options=(), stdin=b""):
    """files: bytes (written to a file), or paths."""
    if not os.access(SIGCTL, os.X_OK):
        skip(f"{SIGCTL} is not built", must=True)
    folder = tempfile.mkdtemp(prefix="sigd-test-", dir="/tmp")
    try:
        paths = []
        for number, content in enumerate(files):
            if isinstance(content, bytes):
                paths.append(os.path.join(folder, f"log{number}"))
                with open(paths[-1], "wb") as file:
                    file.write(content)
            else:
                paths.append(content)
        arguments = [action, *paths, *options]
        return Ran(arguments, subprocess.run([SIGCTL, "audit", *arguments], input=stdin, capture_output=True, timeout=60,
                                             check=False))
    finally:
        shutil.rmtree(folder)


def is_good(log, *more, gaps=0, options=(), stdin=b""):
    files = [log.bytes if isinstance(log, Log) else log, *[m.bytes if isinstance(m, Log) else m for m in more]]
    ran = audit("verify", *files, options=("--json", *options), stdin=stdin)
    equal(ran.status, 0, str(ran))
    document = json.loads(ran.out)
    equal((document["good"], document["faults"], len(document["gaps"])), (True, [], gaps), str(ran))
    plain = audit("verify", *files, options=options, stdin=stdin)
    equal((plain.status, plain.out.splitlines()[-1]), (0, "good"), str(plain))
    true(f"head   {document['head']}\n" in plain.out or not document["lines"], str(plain))
    return document


def is_damaged(log, line, *words, more=(), options=(), file=0):
    """The first fault is told of this line of this file."""
    files = [log.bytes if isinstance(log, Log) else log, *[m.bytes if isinstance(m, Log) else m for m in more]]
    ran = audit("verify", *files, options=("--json", *options))
    equal(ran.status, 65, str(ran))
    document = json.loads(ran.out)
    true(not document["good"] and document["faults"], str(ran))
    first = document["faults"][0]
    equal((first["line"], os.path.basename(first["file"])), (line, f"log{file}"), str(ran))
    above = files[file].split(b"\n")[:line - 1]
    equal(first["offset"], sum(len(a) + 1 for a in above), f"offset: {ran}")
    for word in words:
        true(word in first["fault"] and word in ran.err, f"{word!r} is missing in {ran}")
    true(f"line {line} (byte {first['offset']})" in ran.err, str(ran))
    plain = audit("verify", *files, options=options)
    equal((plain.status, plain.out.splitlines()[-1]), (65, "damaged"), str(plain))


# ---- verify ------------------------------------------------------------------------------------------

@scenario
def verify_good_logs():
    document = is_good(Log().many(1))
    equal(document["lines"], 1, "lines")
    log = Log().many(500)
    document = is_good(log)
    equal((document["lines"], document["seq"], document["head"]), (500, 500, log.above), "lines, seq and head")
    is_good(Log("ab" * 32, 41).many(9))  # the files before are not here
    equal(is_good(b"")["lines"], 0, "an empty file")


@scenario
def verify_several_files():
    first = Log().add("open").many(20)
    second = Log(first.above, first.seq).add("open").many(20)
    third = Log(second.above, second.seq).add("open")
    equal(is_good(first, second, third)["lines"], 43, "lines")
    equal(is_good(first, b"", second, third)["lines"], 43, "an empty file between")
    is_good(second, third)
    is_damaged(second, 1, "begins anew", more=(first,), file=1)
    is_damaged(first, 1, "missing", more=(third,), file=1)
    is_damaged(first, 1, "begins anew", more=(Log().add("open").many(3),), file=1)
    equal(is_good("-", second, third, stdin=first.bytes)["lines"], 43, "the first from standard input")


@scenario
def verify_gap_records():
    log = Log().many(5)
    whole = log.above
    torn = log.raw(b'{"time":"20\n')
    is_damaged(log, 6, "no gap record")
    is_good(log.gap(whole).many(3), gaps=1)
    log = Log().many(5)
    is_good(log.gap(log.above, withheld=3).many(2), gaps=1)  # without damage: a write failed
    log = Log().many(5)
    whole = log.above
    is_good(log.raw(b"\n").raw(b"\0" * 100 + b"\n").raw(b"[]\n").gap(whole).many(1), gaps=1)
    log = Log().many(5)
    whole = log.above
    long = Log(ZEROS, log.seq)
    log.raw(b"\0" * 1000000 + b"\n")
    long.gap(whole).many(1)  # too long to be hashed
    is_good(log.bytes + long.bytes, gaps=1)
    log = Log().many(5)
    second = Log(log.above, log.seq).add("open")
    is_good(log.bytes + b'{"time', second)  # torn, and then another file
    del torn


@scenario
def verify_gap_records_that_hide_something():
    log = Log().many(5)
    log.raw(b"x\n").gap("ab" * 32).many(2)
    is_damaged(log, 7, "does not follow the last whole line")
    log = Log().many(5)
    whole = log.above
    log.raw(b"x\n").gap(whole)
    cut = Log().many(3)  # lines 4 and 5 are gone, the gap record pretends
    is_damaged(cut.bytes + b"".join(log.lines[5:]), 5, "does not follow the last whole line")
    log = Log().many(5)
    log.raw(b"x\n").gap(ZEROS).many(1)
    is_damaged(log, 7, "begins anew")
    log = Log().many(5)
    whole = log.above
    log.raw(b"x\n").raw(b"y\n")
    log.above = whole
    is_damaged(log.gap(whole).many(1), 8, "changed or missing")
    log = Log().many(5).raw(b"x\n").many(2)  # somebody wrote, and sigd went on without a gap record
    is_damaged(log, 6, "no gap record")
    is_damaged(Log().many(5).bytes + b"x\ny", 6, "no gap record")


@scenario
def verify_names_the_first_damage():
    lines = Log().many(60).lines
    for seed in range(20):
        chance = random.Random(seed)
        n = chance.randrange(1, 58)  # neither the first nor the last
        is_damaged(b"".join(lines[:n] + lines[n + 1:]), n + 1, "missing")
        is_damaged(b"".join(lines[:n] + [lines[n + 1], lines[n]] + lines[n + 2:]), n + 1)
        is_damaged(b"".join(lines[:n] + [lines[n]] + lines[n:]), n + 2)
        changed = lines[n].replace(b'"verdict":"ok"', b'"verdict":"no"')
        is_damaged(b"".join(lines[:n] + [changed] + lines[n + 1:]), n + 2, "changed")
        flipped = bytearray(b"".join(lines))
        flipped[chance.randrange(len(lines[0]), len(flipped) - len(lines[-1]))] ^= 1 << chance.randrange(7)
        ran = audit("verify", bytes(flipped))
        equal(ran.status, 65, f"seed {seed}: {ran}")
    is_damaged(b"".join(lines[:30] + [b"\n"] + lines[30:]), 31, "no gap record")
    is_damaged(b"".join(lines) + b"hello\n", 61, "no gap record")


@scenario
def verify_an_end_that_is_not_whole():
    """As while sigd writes, or after a crash: no damage, but said."""
    log = Log().many(5)
    whole = log.bytes
    last = len(log.lines[-1])
    for cut in range(1, last):
        ran = audit("verify", whole[:-cut])
        equal((ran.status, ran.out.splitlines()[-1]), (0, "good"), str(ran))
        lines = 5 if cut == 1 else 4
        true(f"lines  {lines}\n" in ran.out, str(ran))
        true(("not whole" in ran.err) == (cut > 1), str(ran))


@scenario
def verify_a_head_that_was_noted():
    log = Log().many(20)
    noted = hash_of(log.lines[9])
    is_good(log, options=("--head", noted))
    is_good(log, options=("--head", log.above))
    cut = b"".join(log.lines[:9])
    is_good(cut)
    is_damaged(cut, 9, "cut off", options=("--head", noted))
    for wrong in ("", "abc", noted.upper(), noted + "0", "x" * 64):
        equal(audit("verify", log.bytes, options=("--head", wrong)).status, 64, f"--head {wrong!r}")
    ran = audit("verify", b"", options=("--head", noted))
    equal(ran.status, 65, str(ran))


@scenario
def verify_a_large_log():
    """Some 60 MiB in far less memory than that, as a stream."""
    log = Log().many(2000)
    for _ in range(3):
        whole = log.above
        log.raw(b"z" * (20 << 20) + b"\n").gap(whole).many(3)
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        file.write(log.bytes)
        file.flush()
        done = subprocess.run(["/bin/sh", "-c", 'ulimit -v 60000; exec "$0" audit verify "$1"', SIGCTL, file.name],
                              capture_output=True, text=True, timeout=120, check=False)
    if "sanitizer" in done.stderr.lower():
        skip("a sanitizer needs memory of its own")
    equal((done.returncode, done.stdout.splitlines()[-1]), (0, "good"), done.stdout + done.stderr)


@scenario
def files_that_are_not_there():
    ran = audit("verify", "/nowhere/audit.log")
    equal((ran.status, ran.out), (66, ""), str(ran))
    true("/nowhere/audit.log" in ran.err, str(ran))
    equal(audit("verify", "/").status, 66, "a directory")
    equal(audit("verfy").status, 64, "no such action")
    true("verify" in audit("verfy").err, "it says which there are")
    done = subprocess.run([SIGCTL, "audit"], capture_output=True, check=False)
    equal(done.returncode, 64, "no action")


@scenario
def nothing_raw_reaches_the_terminal():
    log = Log().many(2)
    log.add("gap", log.above, reason="\x1b[31mred", bytes=1)
    ran = audit("verify", log.bytes)
    true("\x1b" not in ran.out + ran.err, str(ran))


# ---- the document ------------------------------------------------------------------------------------

@scenario(needs=("b2sum",))
def the_document_is_true():
    """docs/AUDIT.md: its log verifies, its heads are of it, its commands print what it says."""
    with open(os.path.join(SOURCE, "docs", "AUDIT.md"), encoding="utf-8") as file:
        text = file.read()
    log = re.search(r"```json\n(.*?)```", text, re.DOTALL)[1]
    document = is_good(log.encode())
    true(document["lines"] >= 3, "an example of some lines")
    equal(set(re.findall(r"head[= ]([0-9a-f]{64})", text)), {document["head"]}, "the heads that it tells")
    folder = tempfile.mkdtemp(prefix="sigd-test-", dir="/tmp")
    try:
        with open(os.path.join(folder, "audit.log"), "w", encoding="ascii") as file:
            file.write(log)
        ran = [subprocess.run(["/bin/sh", "-c", commands], cwd=folder, capture_output=True, text=True, check=True).stdout
               for commands in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    finally:
        shutil.rmtree(folder)
    equal(len(ran), 2, "commands")
    last = json.loads(log.splitlines()[-1])
    equal(ran[0].split(), [last["prev"]] * 2, "what both print")
    equal(ran[1].split()[0], last["fingerprint"], "the fingerprint by hand")


# ---- find --------------------------------------------------------------------------------------------

def print_of(text, key):
    return hashlib.blake2b(text + key.encode(), digest_size=16).hexdigest()


def a_ticket(identifier="alice", issued_at=NOW):
    """A usersig, and the text that it signs."""
    return (oracle.sign(KEY, SDKAPPID, identifier, issued_at, 3600),
            oracle.signed_text(identifier, SDKAPPID, issued_at, 3600))


@scenario
def find_the_line():
    ticket, text = a_ticket()
    log = Log().add("open").many(3)
    for key in ("2025", "2026a", "2026b"):
        log.add(app="chat", identifier="bob", key=key, fingerprint="00" * 16, verdict="ok")
    log.add(app="chat", uid=33, identifier="alice", issued_at=NOW, key="2026a", fingerprint=print_of(text, "2026a"),
            verdict="ok")
    log.many(3)
    ran = audit("find", log.bytes, stdin=ticket.encode() + b"\n")
    equal(ran.status, 0, str(ran))
    line, = ran.out.splitlines()
    equal(json.loads(line)["uid"], 33, str(ran))
    url = f"https://console.tim.qq.com/v4/x/y?sdkappid=1&identifier=alice&usersig={ticket}&random=1"
    equal(audit("find", log.bytes, stdin=url.encode()).out, ran.out, "from a URL")
    equal(audit("find", Log().many(5).bytes, log.bytes, stdin=ticket.encode()).out, ran.out, "in the second file")
    other, _ = a_ticket(issued_at=NOW + 1)
    ran = audit("find", log.bytes, stdin=other.encode())
    equal((ran.status, ran.out), (67, ""), str(ran))
    true(ticket not in ran.err and other not in ran.err, "no usersig in a message")


@scenario
def find_who_got_it():
    ticket, text = a_ticket("administrator")
    log = Log().add("open")
    log.add("admin", app="chat", identifier="administrator", issued_at=NOW, key="k", fingerprint=print_of(text, "k"),
            verdict="ok")
    log.add("served", uid=33, app="chat", identifier="administrator", issued_at=NOW, verdict="ok")
    log.add("served", uid=34, app="chat", identifier="administrator", issued_at=NOW - 1, verdict="ok")
    log.add("served", uid=35, app="other", identifier="administrator", issued_at=NOW, verdict="ok")
    log.add("served", uid=36, app="chat", identifier="boss", issued_at=NOW, verdict="ok")
    log.add("published", app="chat", identifier="administrator", issued_at=NOW, verdict="ok")
    log.add("admin_url", app="chat", identifier="administrator", issued_at=NOW, key="k", fingerprint="11" * 16,
            verdict="ok")
    ran = audit("find", log.bytes, stdin=ticket.encode())
    equal([json.loads(line)["seq"] for line in ran.out.splitlines()], [2, 3, 7], str(ran))


@scenario
def find_takes_usersigs_only():
    log = Log().many(3).bytes
    equal(audit("find", log, stdin=b"").status, 65, "nothing")
    equal(audit("find", log, stdin=b"eJxhello").status, 16, "no usersig")
    ticket, _ = a_ticket()
    equal(audit("find", "-", stdin=ticket.encode()).status, 64, "the log from standard input, too")
    equal(audit("find", "/nowhere", stdin=ticket.encode()).status, 66, "no such file")


@scenario
def find_in_the_log_of_sigd():
    made = Sigd()
    tickets = [good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": f"u{n}"}))["usersig"] for n in range(3)]
    held = good(made.request("GET", "/v1/apps/demo/admin"))["usersig"]
    equal(made.stop(), 0, "exit status")
    path = made.path("log", "audit.log")
    for n, ticket in enumerate(tickets):
        line, = audit("find", path, stdin=ticket.encode()).out.splitlines()
        equal(json.loads(line)["identifier"], f"u{n}", "found")
    events = [json.loads(line)["event"] for line in audit("find", path, stdin=held.encode()).out.splitlines()]
    equal(events, ["admin", "served"], "of the administrator's credential")
    equal(audit("verify", path).status, 0, "verify")


if __name__ == "__main__":
    main()
