#!/usr/bin/env python3
"""The audit log of the running daemon: its chain over crashes, a disk that is full, syncs. Judged by sigctl audit verify
and by a walk through the chain that shares no code with it."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import witness  # noqa: E402
from harness import BUILD, Sigd, equal, good, main, plain_config, problem, scenario, skip, true, until  # noqa: E402
from process import limit_files  # noqa: E402
from reloads import BOTH, K1, K2, REVOKED, refused, reloaded  # noqa: E402

SIGCTL = os.environ.get("SIGCTL") or os.path.join(BUILD, "tools", "sigctl")
ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"


def sign(made, identifier="u1"):
    return made.request("POST", SIGN, {"identifier": identifier})


def audit(sync):
    return f'audit {{ file = "@DIR@/log/audit.log"  sync = "{sync}" }}'


def log_of(made):
    return made.path("log", "audit.log")


def hash_of(line):
    return hashlib.blake2b(line, digest_size=32).hexdigest()


def chain_holds(path, gaps=0):
    """Each line has the hash of the one above; lines that are none are told by a gap record. The parsed lines."""
    with open(path, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    above = whole = "0" * 64
    found, damaged = [], False
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or "prev" not in entry:
            damaged, above = True, hash_of(line)
            continue
        equal(entry["prev"], above, f"prev of line {number}")
        if entry["event"] == "gap":
            equal(entry["after"], whole, f"after of line {number}")
        else:
            true(not damaged, f"line {number} follows damage, and is no gap record")
        damaged = False
        above = whole = hash_of(line)
        equal(entry["seq"], len(found) + 1, f"seq of line {number}")
        found.append(entry)
    true(not damaged, "damage at the end")
    equal(sum(entry["event"] == "gap" for entry in found), gaps, "gap records")
    verified = subprocess.run([SIGCTL, "audit", "verify", "--json", "--head", whole, path], capture_output=True,
                              text=True, timeout=30, check=False)
    equal(verified.returncode, 0, f"sigctl audit verify: {verified.stdout}{verified.stderr}")
    document = json.loads(verified.stdout)
    equal((document["good"], document["lines"], document["head"], len(document["gaps"])),
          (True, len(found), whole, gaps), "what verify says")
    return found


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


# ---- lives and deaths --------------------------------------------------------------------------------

@scenario
def a_life_from_start_to_stop():
    made = Sigd()
    for n in range(3):
        good(sign(made, f"u{n}"))
    good(made.request("GET", ADMIN))
    problem(sign(made, "administrator"), 403, "reserved")
    equal(made.stop(), 0, "exit status")
    lines = chain_holds(log_of(made))
    equal([line["event"] for line in lines],
          ["open", "start", "admin", "admin_url", "sign", "sign", "sign", "served", "refused", "stop"], "events")
    made.start()
    equal(made.stop(), 0, "exit status")
    equal([line["event"] for line in chain_holds(log_of(made))[10:]], ["start", "admin", "admin_url", "stop"], "events")
    last = [line for line in made.lines if 'msg="audit head"' in line][-1]
    with open(log_of(made), "rb") as file:
        head = hash_of(file.read().splitlines(keepends=True)[-1])
    true(f"seq=14 head={head}" in last, f"the last head in the log: {last}")


@scenario
def killed_in_the_midst_of_signing():
    """Whatever was acknowledged is there, the chain goes on, and nothing needs mending by hand."""
    made = Sigd(plain_config(audit=audit("none")))
    acknowledged = []
    for life in range(3):
        names, stopped = [], threading.Event()

        def work(prefix):
            try:
                while not stopped.is_set():
                    if sign(made, f"{prefix}{len(names)}").status == 200:
                        names.append(f"{prefix}{len(names)}")
            except Exception:  # noqa: BLE001 (it was killed)
                pass
        thread = threading.Thread(target=work, args=(f"life{life}-",))
        thread.start()
        until(lambda: len(names) >= 50, "50 signatures")
        for pid in [made.child("sigd-signer"), made.pid, *made.children()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        made.wait()
        stopped.set()
        thread.join()
        acknowledged += names
        made.start()
    equal(made.stop(), 0, "exit status")
    found = {line.get("identifier") for line in chain_holds(log_of(made))}
    # the thread may have counted one more than its name tells: names are taken before the answer
    missing = [name for name in acknowledged if name not in found]
    equal(missing, [], "acknowledged and not in the log")


@scenario
def a_torn_line_is_told():
    made = Sigd()
    good(sign(made))
    equal(made.stop(), 0, "exit status")
    os.truncate(log_of(made), os.path.getsize(log_of(made)) - 40)
    made.start()
    good(sign(made, "after"))
    equal(made.stop(), 0, "exit status")
    lines = chain_holds(log_of(made), gaps=1)
    gap, = [line for line in lines if line["event"] == "gap"]
    equal((gap["reason"], gap["seq"]), ("torn", 6), "the gap record")
    true("after" in [line.get("identifier") for line in lines], "what came later")


@scenario(needs=("prlimit",))
def a_limit_of_file_size():
    """A log that takes no more, without root: 503, what happened meanwhile is told later, the chain holds."""
    made = Sigd()
    limit_files(made.child("sigd-signer"), os.path.getsize(log_of(made)) + 2000)
    for n in range(200):
        answer = sign(made, f"u{n}")
        if answer.status != 200:
            break
    problem(answer, 503, "unavailable", 75)
    problem(sign(made, "administrator"), 403, "reserved")  # a refusal needs no log to be one
    good(made.request("GET", ADMIN))
    equal(os.path.getsize(log_of(made) + ".reserve"), 4 << 20, "the reserve, which would not help, stays")
    limit_files(made.child("sigd-signer"), "unlimited")
    until(lambda: sign(made, "again").status == 200, "it is written again")
    equal(made.stop(), 0, "exit status")
    with open(log_of(made), encoding="utf-8") as file:
        gaps = file.read().count('"event":"gap"')
    lines = chain_holds(log_of(made), gaps=gaps)
    true(gaps in (1, 2), f"{gaps} gap records")
    true([line for line in lines if line["event"] == "served"], "the hand-out is told")
    true([line for line in lines if line.get("identifier") == "administrator"], "the refusal is told")
    true(sum(line.get("withheld", 0) for line in lines) >= 1, "what was withheld is told")


# ---- what the master does ----------------------------------------------------------------------------

def verify(*paths):
    done = subprocess.run([SIGCTL, "audit", "verify", *paths], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


@scenario
def rotation():
    """As logrotate does: the file gets another name, then sigd is told. No line is lost, the chain goes on."""
    made = Sigd()
    for n in range(4):
        good(sign(made, f"old{n}"))
        os.rename(log_of(made), f"{log_of(made)}.{n}")
        good(sign(made, f"between{n}"))
        reloaded(made)
        good(sign(made, f"new{n}"))
    equal(made.stop(), 0, "exit status")
    files = [f"{log_of(made)}.{n}" for n in range(4)] + [log_of(made)]
    status, said = verify(*files)
    equal(status, 0, said)
    true("gaps   0" in said, said)
    equal(verify(*files[:2], *files[3:])[0], 65, "without one of them")
    events = []
    for path in files:
        with open(path, encoding="ascii") as file:
            lines = [json.loads(line) for line in file]
        equal(lines[0]["event"], "open", f"the first line of {path}")
        events += lines
    names = [line.get("identifier") for line in events if line["event"] == "sign"]
    equal(names, [f"{when}{n}" for n in range(4) for when in ("old", "between", "new")], "each once, in order")
    equal([line["seq"] for line in events], list(range(1, len(events) + 1)), "numbers")


@scenario
def reloads_and_revocations():
    made = Sigd(plain_config(key=K1), BOTH)
    reloaded(made, key=f"{K1}\n{K2}")
    refused(made, key=f"{K1}\n{K2}", workers="workers = many")
    reloaded(made, key=f"{REVOKED}\n{K2}")
    reloaded(made, key=f"{REVOKED}\n{K2}")
    equal(made.stop(), 0, "exit status")
    lines = chain_holds(log_of(made))
    equal([(line["generation"], line["verdict"]) for line in lines if line["event"] == "reload"],
          [(2, "ok"), (2, "failed"), (3, "ok"), (4, "ok")], "reloads")
    detail, = [line["detail"] for line in lines if line["event"] == "reload" and line["verdict"] == "failed"]
    true("workers" in detail or "sigd.conf" in detail, f"why it failed: {detail}")
    equal([(line["app"], line["key"]) for line in lines if line["event"] == "revoked"], [("demo", "k1")], "told once")
    order = [line["event"] for line in lines]
    true(order.index("revoked") < len(order) - order[::-1].index("admin") - 1, "told before what comes of it")


@scenario
def publications():
    published = 'admin "group_root" { lifetime = "24h"  min_remaining = "10m"  publish_group = "@GID@" }'
    place = tempfile.mkdtemp(prefix="sigd-test-", dir="/dev/shm")
    os.chmod(place, 0o755)
    try:
        top = f'publish_dir = "{place}/pub"'
        made = Sigd(plain_config(top=top, admin=published.replace("@GID@", str(os.getgid()))))
        reloaded(made)
        reloaded(made, top=top)  # no longer published
        reloaded(made, top=top, admin=published.replace("@GID@", str(os.getgid())))
        equal(made.stop(), 0, "exit status")
    finally:
        shutil.rmtree(place)
    lines = [line for line in chain_holds(log_of(made)) if line["event"] in ("published", "withdrawn")]
    equal([line["event"] for line in lines], ["published", "withdrawn", "published", "withdrawn"], "events")
    for line in lines:
        equal((line["app"], line["identifier"], line["verdict"]), ("demo", "group_root", "ok"), f"{line}")


# ---- a full disk -------------------------------------------------------------------------------------

def small_disk(made):
    """A file system of 12 MiB where the log is to be."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=0755", "tmpfs", made.path("log")],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        skip(f"no mount here: {done.stderr.strip()}")


def fill(path, leave=0):
    """Takes all the room of the file system, but for some bytes."""
    with open(path, "wb", buffering=0) as file:
        free = os.statvfs(os.path.dirname(path))
        left = free.f_bavail * free.f_frsize - leave
        while left > 0:
            left -= file.write(b"x" * min(left, 65536))


@scenario(root=True, needs=("mount", "umount"))
def a_full_disk():
    """Administrators are renewed from the reserve while ordinary signing stops with 503; then all is as before."""
    begins = int(time.time()) + 5
    keys = 'key "k1" { file = "@DIR@/keys/demo.key" }\n' + "".join(
        f'    key "k{n + 2}" {{ file = "@DIR@/keys/demo.key"  not_before = "{stamp(begins + 2 * n)}" }}\n' for n in range(2))
    made = Sigd(plain_config(key=keys, audit=audit("batch")), start=False)
    small_disk(made)
    try:
        made.start()
        equal(os.path.getsize(log_of(made) + ".reserve"), 4 << 20, "the reserve")
        good(sign(made))
        filler = made.path("log", "filler")
        fill(filler)
        for n in range(100):
            answer = sign(made, f"u{n}")
            if answer.status != 200:
                break
        problem(answer, 503, "unavailable", 75)
        true(answer.headers.get("Retry-After"), "Retry-After")
        made.wait_line("no room for the audit log")
        equal(os.path.getsize(log_of(made) + ".reserve"), 0, "the reserve is let go")
        true(time.time() < begins, "the machine was too slow for this scenario")
        for key in ("k2", "k3"):
            until(lambda: good(made.request("GET", ADMIN))["key"] == key, f"renewed with {key}", begins - time.time() + 10)
            problem(sign(made), 503, "unavailable", 75)
        problem(sign(made, "administrator"), 403, "reserved")
        os.unlink(filler)
        until(lambda: sign(made, "again").status == 200, "signing goes on")
        made.wait_line("there is room for the audit log again")
        equal(os.path.getsize(log_of(made) + ".reserve"), 4 << 20, "the reserve is back")
        equal(made.stop(), 0, "exit status")
        with open(log_of(made), encoding="utf-8") as file:
            gaps = file.read().count('"event":"gap"')
        lines = chain_holds(log_of(made), gaps=gaps)
        equal([line["key"] for line in lines if line["event"] == "admin"], ["k1", "k2", "k3"], "renewals")
        true(sum(line.get("withheld", 0) for line in lines) >= 3, "what was withheld is told")
        true([line for line in lines if line.get("identifier") == "administrator"], "the refusal is told, later")
        # the same from the start: the disk is full, the reserve is gone
        fill(filler)
        os.truncate(log_of(made) + ".reserve", 0)
        made.start()
        problem(sign(made), 503, "unavailable", 75)
        good(made.request("GET", ADMIN))
        os.unlink(filler)
        until(lambda: sign(made).status == 200, "signing goes on")
        equal(made.stop(), 0, "exit status")
    finally:
        if made.process and made.process.poll() is None:
            made.stop()
        witness.keep(made.path("log"))
        subprocess.run(["umount", made.path("log")], check=False)


# ---- syncs -------------------------------------------------------------------------------------------

class Traced:
    """The system calls of the signer, one name a line."""

    def __init__(self, made):
        self.path = made.path("trace")
        self.process = subprocess.Popen(
            ["strace", "-qq", "-e", "trace=write,fdatasync,fsync,sendmsg", "-o", self.path, "-p",
             str(made.child("sigd-signer"))], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        pid = made.child("sigd-signer")

        def attached():
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                return re.search(r"TracerPid:\t[1-9]", file.read()) or self.process.poll() is not None
        until(attached, "strace is attached")
        if self.process.poll() is not None:
            skip(f"strace may not trace here: {self.process.stderr.read().decode().strip()}")

    def calls(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return [line.split("(")[0] for line in file if "(" in line]

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        return self.calls()


@scenario(root=True, needs=("strace",))
def sync_batch_comes_before_each_answer():
    made = Sigd(plain_config(audit=audit("batch")))
    traced = Traced(made)
    for n in range(20):
        good(sign(made, f"u{n}"))
    calls = traced.end()
    true(calls.count("fdatasync") >= 20, f"{calls}")
    unsynced = False
    for call in calls:
        if call == "write":
            unsynced = True
        elif call == "fdatasync":
            unsynced = False
        elif call == "sendmsg":
            true(not unsynced, f"an answer left before its sync: {calls}")
    equal(made.stop(), 0, "exit status")
    chain_holds(log_of(made))


@scenario(root=True, needs=("strace",))
def sync_each_second_and_none():
    made = Sigd(plain_config(audit=audit("1s")))
    traced = Traced(made)
    for n in range(5):
        good(sign(made, f"u{n}"))
    until(lambda: "fdatasync" in traced.calls(), "a sync by the clock")
    calls = traced.end()
    true(calls.count("fdatasync") < 5, f"not one each: {calls}")
    equal(made.stop(), 0, "exit status")
    made.discard()
    made = Sigd(plain_config(audit=audit("none")))
    traced = Traced(made)
    for n in range(5):
        good(sign(made, f"u{n}"))
    time.sleep(1.5)  # what should not come cannot be waited for
    equal(traced.end().count("fdatasync"), 0, "syncs")
    equal(made.stop(), 0, "exit status")


# ---- the file of before ------------------------------------------------------------------------------

@scenario
def what_stands_beside_it():
    """The reserve obeys the rules of the log."""
    def planted(plant):
        made = Sigd(start=False)
        plant(made)
        status, said = made.fail_to_start()
        equal(status, 73, f"exit status; {said}")
        true("audit.log.reserve" in said, f"names the file: {said}")
        made.discard()
    planted(lambda made: os.symlink("/dev/null", log_of(made) + ".reserve"))
    planted(lambda made: os.mkdir(log_of(made) + ".reserve"))
    planted(lambda made: (made.write("log/audit.log.reserve", b""), os.chmod(log_of(made) + ".reserve", 0o666)))
    made = Sigd()
    equal(os.stat(log_of(made) + ".reserve").st_mode & 0o777, 0o600, "mode")
    os.unlink(log_of(made) + ".reserve")
    good(sign(made))
    equal(made.stop(), 0, "exit status")
    shutil.copy(log_of(made), log_of(made) + ".1")
    chain_holds(log_of(made) + ".1")


if __name__ == "__main__":
    main()
