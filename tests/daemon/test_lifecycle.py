#!/usr/bin/env python3
"""The life of sigd: renewal, drain, sockets, deaths of its children, privileges, and what the audit log says."""
import glob
import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, LIBEXEC, ROOT, SDKAPPID, SIGD, Caller, Sigd, answers_in, children_of, dial,  # noqa: E402
                     drain, equal, good, main, oracle, plain_config, problem, scenario, skip, status_of, true, until)

ADMIN = "/v1/apps/demo/admin"
SIGN = "/v1/apps/demo/usersig"


def head(length, extra=b""):
    return (b"POST %s HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
            % (SIGN.encode(), length, extra))


# ---- renewal -----------------------------------------------------------------------------------------

@scenario
def administrators_are_renewed_in_time():
    """With a lifetime of 6 s: every answer has at least a third left, and the usersig changes by itself."""
    made = Sigd(plain_config(admin='admin "group_root" { lifetime = "6s"  min_remaining = "1s" }'))
    seen, least = [], 10.0
    end = time.monotonic() + 14
    while time.monotonic() < end and len(seen) < 3:
        asked = time.time()
        document = good(made.request("GET", ADMIN))
        least = min(least, document["expires_at"] - asked)
        true(document["expires_at"] - asked >= 1, f"under min_remaining: {document['expires_at'] - asked:.2f} s left")
        equal(oracle.judge(document["usersig"], KEY, SDKAPPID, "group_root", int(asked)), 0, "oracle")
        if not seen or seen[-1]["usersig"] != document["usersig"]:
            if seen:
                true(document["issued_at"] > seen[-1]["issued_at"], "issue times go up")
                kept = document["issued_at"] - seen[-1]["issued_at"]
                true(2 <= kept <= 6, f"renewed after {kept} s of 6")
            seen.append(document)
        time.sleep(0.05)
    true(len(seen) >= 3, f"renewed {len(seen) - 1} times in 14 s")
    # 2/3 of life +- 10 % of 6 s, whole seconds of the clock, and the turn of the renewal itself
    true(least >= 6 / 3 - 0.6 - 1.1, f"the least that was left: {least:.2f} s")
    equal(made.stop(), 0, "exit status")


@scenario
def min_remaining_renews_at_once():
    made = Sigd(plain_config(admin='admin "group_root" { lifetime = "30s"  min_remaining = "1s" }'))
    for _ in range(3):
        document = good(made.request("GET", ADMIN + "?min_remaining=10"))
        true(document["expires_at"] - time.time() >= 10, "min_remaining holds")
    problem(made.request("GET", ADMIN + "?min_remaining=11"), 422, "invalid_field", 64)
    equal(made.stop(), 0, "exit status")


# ---- stopping ----------------------------------------------------------------------------------------

@scenario
def sigterm_drains():
    made = Sigd()
    path = made.socket()
    true(stat.S_ISSOCK(os.stat(path).st_mode), "a socket")
    idle, busy = dial(path), dial(path)
    body = b'{"identifier":"u1"}'
    busy.sendall(head(len(body), b"Expect: 100-continue\r\n"))
    drain(busy, lambda got: b"100" in got and b"\r\n\r\n" in got)  # its header was read: it is busy
    busy.sendall(body[:5])
    made.process.send_signal(signal.SIGTERM)
    equal(drain(idle), (b"", True), "the idle connection is closed")
    busy.sendall(body[5:])
    data, closed = drain(busy)
    found, _ = answers_in(data)
    equal(good(found[0])["identifier"], "u1", "the request in flight is answered")
    true(closed, "and its connection closed")
    equal(made.wait(), 0, "exit status")
    true(not os.path.exists(path), "the socket is unlinked")


@scenario
def sigterm_does_not_wait_for_ever():
    made = Sigd()
    busy = dial(made.socket())
    busy.sendall(head(100, b"Expect: 100-continue\r\n"))
    drain(busy, lambda got: b"\r\n\r\n" in got)
    begun = time.monotonic()
    equal(made.stop(), 0, "exit status")
    true(time.monotonic() - begun < 8, f"took {time.monotonic() - begun:.1f} s")


@scenario
def sigint_stops_as_well():
    made = Sigd()
    equal(made.stop(signal.SIGINT), 0, "exit status")
    true(not os.path.exists(made.socket()), "the socket is unlinked")


@scenario
def no_child_outlives_the_master():
    made = Sigd()
    children = made.children()
    equal(sorted(children.values()), ["sigd-front", "sigd-signer"], "children")
    os.kill(made.pid, signal.SIGKILL)
    made.process.wait(5)
    until(lambda: not any(os.path.exists(f"/proc/{pid}") and status_of(pid).get("State", "Z")[0] != "Z" for pid in children),
          "children end with the master")


# ---- the socket --------------------------------------------------------------------------------------

@scenario
def stale_socket_is_replaced():
    def stale(made):
        left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        left.bind(made.socket())
        left.close()
    made = Sigd(prepare=stale)
    good(made.request("GET", "/healthz"))
    equal(made.stop(), 0, "exit status")


@scenario
def killed_daemon_can_be_started_again():
    made = Sigd()
    children = made.children()
    os.kill(made.pid, signal.SIGKILL)
    made.process.wait(5)
    for pid in children:
        until(lambda pid=pid: not os.path.exists(f"/proc/{pid}") or status_of(pid)["State"][0] == "Z", "child gone")
    made.reader.join(5)
    true(os.path.exists(made.socket()), "the socket is left over")
    made.start()
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(made.stop(), 0, "exit status")


@scenario
def second_daemon_on_the_same_socket_is_refused():
    first = Sigd()
    second = Sigd(directory=first.dir, start=False)
    status, text = second.fail_to_start()
    true(status > 0, f"exit status {status}")
    true(first.socket() in text, f"the message names the socket: {text}")
    true(re.search(r"already|in use|another", text), f"the message says that it is served: {text}")
    good(first.request("POST", SIGN, {"identifier": "u1"}))
    equal(first.stop(), 0, "exit status of the first")


@scenario
def socket_mode_and_group_are_as_configured():
    group = '  group = "70500"' if ROOT else ""
    made = Sigd(plain_config(socket=f'socket "main" {{ path = "@DIR@/run/sigd.sock"  mode = 0660{group} }}'))
    status = os.stat(made.socket())
    equal(stat.S_IMODE(status.st_mode), 0o660, "mode")
    if ROOT:
        equal((status.st_uid, status.st_gid), (0, 70500), "owner")
    equal(made.stop(), 0, "exit status")


# ---- deaths ------------------------------------------------------------------------------------------

@scenario
def killed_front_is_replaced():
    made = Sigd()
    held = good(made.request("GET", ADMIN))["usersig"]
    signer = made.child("sigd-signer")
    for _ in range(3):
        old = made.child("sigd-front")
        os.kill(old, signal.SIGKILL)
        until(lambda: [pid for pid, name in made.children().items() if name == "sigd-front" and pid != old], "a new front")
        answer = until(lambda: made.request("POST", SIGN, {"identifier": "u1"}, timeout=3), "service is back")
        equal(good(answer)["identifier"], "u1", "identifier")
        answer = until(lambda: (lambda a: a.status == 200 and a)(made.request("GET", ADMIN, timeout=3)), "administrator is back")
        equal(oracle.judge(answer.document["usersig"], KEY, SDKAPPID, "group_root", int(time.time())), 0, "oracle")
    equal(made.child("sigd-signer"), signer, "the signer lives on")
    true(held, "held")
    equal(made.stop(), 0, "exit status")


@scenario
def killed_front_of_two_workers():
    made = Sigd(plain_config(workers="workers = 2"))
    fronts = [pid for pid, name in made.children().items() if name == "sigd-front"]
    equal(len(fronts), 2, "fronts")
    os.kill(fronts[0], signal.SIGKILL)
    until(lambda: len([pid for pid, name in made.children().items() if name == "sigd-front"]) == 2, "two again")
    for _ in range(20):
        until(lambda: made.request("POST", SIGN, {"identifier": "u1"}, timeout=3).status == 200, "service")
    equal(made.stop(), 0, "exit status")


@scenario
def killed_signer_ends_everything():
    made = Sigd()
    others = [pid for pid, name in made.children().items() if name != "sigd-signer"]
    os.kill(made.child("sigd-signer"), signal.SIGKILL)
    status = made.wait()
    true(status > 0, f"exit status {status}, of its own will and not 0")
    true("signer" in made.stderr, f"stderr says why: {made.stderr}")
    for pid in others:
        true(not os.path.exists(f"/proc/{pid}") or status_of(pid)["State"][0] == "Z", "a front lives on")


# ---- privileges --------------------------------------------------------------------------------------

def ids(pid):
    status = status_of(pid)
    return status["Uid"].split(), status["Gid"].split(), status["Groups"].split()


def no_capability(pid, who):
    status = status_of(pid)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        equal(int(status[name], 16), 0, f"{who}: {name}")
    equal(status["NoNewPrivs"], "1", f"{who}: NoNewPrivs")


@scenario(root=True)
def started_as_root_children_run_as_their_users():
    for users, signer, front in (('users { signer = "70901"  front = "70902" }', "70901", "70902"), ("", "64001", "64002")):
        made = Sigd(plain_config(users=users))
        for name, uid in (("sigd-signer", signer), ("sigd-front", front)):
            pid = made.child(name)
            uids, gids, groups = ids(pid)
            equal(uids, [uid] * 4, f"{name}: uids")
            true("0" not in gids and len(set(gids)) == 1, f"{name}: gids {gids}")
            true("0" not in groups, f"{name}: groups {groups}")
            no_capability(pid, name)
        equal(ids(made.pid)[0], ["0"] * 4, "the master stays root")
        equal(status_of(made.pid)["NoNewPrivs"], "1", "master: NoNewPrivs")
        true(not users or "64001" not in made.stderr, "no warning with users{}")
        true(users or re.search("(?i)warn", made.stderr), f"a warning without users{{}}: {made.stderr}")
        good(made.request("POST", SIGN, {"identifier": "u1"}))
        equal(made.stop(), 0, "exit status")


@scenario(root=True)
def started_by_somebody_else():
    """No switch of users, the rest stays."""
    if not os.access(SIGD, os.X_OK):
        skip(f"{SIGD} is not built", must=True)
    path = f"/tmp/sigd-test-user-{os.getpid()}"
    os.mkdir(path, 0o755)
    try:
        for name in ("run", "log", "keys", "bin"):
            os.mkdir(os.path.join(path, name), 0o755)
        # the tree may lie in /root, where nobody else may go
        programs = [shutil.copy(program, os.path.join(path, "bin"))
                    for program in (SIGD, os.path.join(LIBEXEC, "sigd-signer"), os.path.join(LIBEXEC, "sigd-front"))]
        with open(os.path.join(path, "keys", "demo.key"), "wb") as file:
            file.write(KEY)
        with open(os.path.join(path, "sigd.conf"), "w", encoding="ascii") as file:
            file.write(plain_config().replace("@DIR@", path).replace("@UID@", "70903"))
        for entry in [path, *glob.glob(path + "/**", recursive=True)]:
            os.chown(entry, 70903, 70903)
        os.chmod(os.path.join(path, "keys", "demo.key"), 0o600)
        process = subprocess.Popen([programs[0], "--config", path + "/sigd.conf", "--foreground", "--libexec-dir",
                                    os.path.join(path, "bin")], cwd="/", stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, user=70903, group=70903,
                                   extra_groups=[])
        try:
            text = ""
            for line in process.stderr:
                text += line
                if "msg=ready" in line:
                    break
            true("msg=ready" in text, f"not ready: {text}")
            class Where:
                @staticmethod
                def socket(_name):
                    return path + "/run/sigd.sock"
            good(Caller(70903).ask(Where, "POST", SIGN, {"identifier": "u1"}))
            children = children_of(process.pid)
            equal(sorted(children.values()), ["sigd-front", "sigd-signer"], "children")
            for pid, name in children.items():
                equal(ids(pid)[0], ["70903"] * 4, f"{name}: uids")
                no_capability(pid, name)
        finally:
            process.terminate()
            equal(process.wait(10), 0, "exit status")
            process.stderr.close()
    finally:
        shutil.rmtree(path, ignore_errors=True)


@scenario
def children_cannot_be_dumped():
    made = Sigd()
    for pid, name in made.processes().items():
        with open(f"/proc/{pid}/limits", encoding="ascii") as file:
            core = [line.split() for line in file if line.startswith("Max core file size")][0]
        equal(core[4], "0", f"{name}: core size")
    if not ROOT:
        for pid, name in made.children().items():
            try:
                with open(f"/proc/{pid}/mem", "rb"):
                    raise AssertionError(f"{name} can be read by its own uid")
            except PermissionError:
                pass
    equal(made.stop(), 0, "exit status")


@scenario
def no_key_on_command_lines_or_in_environments():
    made = Sigd()
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    for pid, name in made.processes().items():
        for file in ("cmdline", "environ", "comm"):
            try:
                with open(f"/proc/{pid}/{file}", "rb") as handle:
                    text = handle.read()
            except PermissionError:
                true(not ROOT, f"{name}: {file} cannot be read")
                continue
            true(KEY[:16] not in text and KEY not in text, f"{name}: the key is in {file}")
    equal(made.stop(), 0, "exit status")


@scenario
def no_descriptor_of_a_key_file_stays_open():
    made = Sigd()
    for pid, name in made.processes().items():
        try:
            links = [os.readlink(path) for path in glob.glob(f"/proc/{pid}/fd/*")]
        except PermissionError:
            continue
        true(not any(link.endswith("demo.key") for link in links), f"{name} holds the key file open: {links}")
        if name == "sigd-front":
            true(not any("audit.log" in link for link in links), f"{name} holds the audit log: {links}")
    equal(made.stop(), 0, "exit status")


# ---- audit -------------------------------------------------------------------------------------------

FIELDS = {"time", "event", "uid", "pid", "socket", "app", "identifier", "lifetime", "key", "fingerprint", "verdict"}


@scenario
def audit_has_one_line_a_signature_and_a_refusal():
    made = Sigd()
    tickets = [good(made.request("POST", SIGN, {"identifier": f"u{n}", "lifetime": 60 + n}))["usersig"] for n in range(5)]
    held = good(made.request("GET", ADMIN))["usersig"]
    problem(made.request("POST", SIGN, {"identifier": "administrator"}), 403, "reserved")
    problem(made.request("POST", SIGN, {"identifier": "u9", "lifetime": 604801}), 403, "over_cap")
    early = made.audit_lines()  # acknowledged means written: before the daemon ends
    equal(made.stop(), 0, "exit status")
    lines = made.audit_lines()
    equal(lines[:len(early)], early, "the log only grows")
    fingerprints = set()
    for n in range(5):
        found = [line for line in early if line.get("identifier") == f"u{n}"]
        equal(len(found), 1, f"lines of u{n}")
        line = found[0]
        true(FIELDS <= set(line), f"fields missing: {FIELDS - set(line)} in {line}")
        equal((line["uid"], line["pid"], line["socket"], line["app"], line["lifetime"], line["key"], line["verdict"]),
              (os.getuid(), os.getpid(), "main", "demo", 60 + n, "k1", "ok"), f"line of u{n}")
        true(re.fullmatch(r"[0-9a-f]{32}", line["fingerprint"]), f"fingerprint: {line['fingerprint']}")
        fingerprints.add(line["fingerprint"])
        true(line["event"], "event")
    equal(len(fingerprints), 5, "fingerprints differ")
    for identifier in ("administrator", "u9"):
        found = [line for line in early if line.get("identifier") == identifier]
        equal(len(found), 1, f"refusals of {identifier}: {lines}")
        true(found[0]["verdict"] != "ok" and found[0]["uid"] == os.getuid() and found[0]["app"] == "demo", f"{found}")
    true([line for line in lines if line.get("identifier") == "group_root" and line.get("app") == "demo"],
         "the administrator's credential has a line")
    with open(made.path("log", "audit.log"), encoding="utf-8") as file:
        text = file.read()
    for secret in (KEY.decode(), held, *tickets):
        true(secret not in text and secret[:40] not in text, "a secret in the audit log")
        true(secret not in made.stderr and secret[:40] not in made.stderr, "a secret on stderr")


@scenario
def audit_fingerprint_is_of_signed_text_and_key_name():
    made = Sigd()
    ticket = good(made.request("POST", SIGN, {"identifier": "u1"}))["usersig"]
    equal(made.stop(), 0, "exit status")
    line, = [line for line in made.audit_lines() if line.get("identifier") == "u1"]
    claims = oracle.decode(ticket)
    text = oracle.signed_text("u1", SDKAPPID, claims["time"], claims["expire"])
    candidates = [text + b"k1", text + b"\0k1", b"k1" + text, b"k1\0" + text, text + b"k1\0"]
    true(line["fingerprint"] in [hashlib.blake2b(c, digest_size=16).hexdigest() for c in candidates],
         f"BLAKE2b-128 of signed text and key name: {line['fingerprint']}")


@scenario
def audit_survives_a_restart_by_growing():
    made = Sigd()
    good(made.request("POST", SIGN, {"identifier": "first"}))
    equal(made.stop(), 0, "exit status")
    made.start()
    good(made.request("POST", SIGN, {"identifier": "second"}))
    equal(made.stop(), 0, "exit status")
    order = [line.get("identifier") for line in made.audit_lines() if line.get("identifier") in ("first", "second")]
    equal(order, ["first", "second"], "both are there")


@scenario
def audit_keeps_each_acknowledged_signature_over_sigkill():
    made = Sigd()
    acknowledged = [f"u{n}" for n in range(50) if made.request("POST", SIGN, {"identifier": f"u{n}"}).status == 200]
    for pid in [made.pid, *made.children()]:
        os.kill(pid, signal.SIGKILL)
    made.process.wait(5)
    found = {line.get("identifier") for line in made.audit_lines()}
    equal([name for name in acknowledged if name not in found], [], "acknowledged and not in the log")
    equal(len(acknowledged), 50, "acknowledged")


@scenario
def audit_escapes_what_callers_send():
    made = Sigd()
    name = 'a"\\/{}<b>'
    good(made.request("POST", SIGN, {"identifier": name}))
    made.request("POST", SIGN, {"identifier": '@TIM#"}\\'})
    equal(made.stop(), 0, "exit status")
    found = [line.get("identifier") for line in made.audit_lines()]
    true(name in found and '@TIM#"}\\' in found, f"identifiers read back: {found}")


if __name__ == "__main__":
    main()
