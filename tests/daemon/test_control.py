#!/usr/bin/env python3
"""The admin socket: who may connect, frames good and bad, peers that idle, crowd or do not read, and sigctl status."""
import json
import os
import re
import socket
import stat
import subprocess

from admin import (CLOCK, END, FREEZE, LOG_LEVEL, RELOAD, STATUS, Peer, admin_config, admin_path, frame, sigctl)
from harness import DEADLINE, Sigd, equal, main, me, reachable_python, scenario, shared, skip, true, until
from process import fds
from twins import TwinSigd


def daemon():
    return shared("admin", lambda: Sigd(admin_config(), start=False))


# ---- status ------------------------------------------------------------------------------------------

@scenario
def status_for_programs():
    d = daemon()
    status = json.loads(sigctl("status", "--json", path=admin_path(d)).stdout)
    equal(status["pid"], d.pid)
    equal(status["signer"], d.child("sigd-signer"))
    equal(status["workers"], [{"pid": d.child("sigd-front"), "ready": True}])
    equal([s["path"] for s in status["sockets"]], [d.socket()])
    app = status["apps"][0]
    equal((app["name"], app["sdkappid"]), ("demo", 88888888))
    equal([(k["name"], k["state"]) for k in app["keys"]], [("k1", "signs")])
    admin = app["admins"][0]
    true(admin["issued_at"] < admin["renew_at"] < admin["expires_at"], str(admin))
    rule = app["allow"][0]
    equal((rule["uids"], rule["gids"], rule["admins"], rule["identifiers"]), ([os.getuid()], [], ["group_root"], ["*"]))
    equal(rule["may"], ["admin", "url", "sign", "verify"])
    equal((rule["rights"], app["raw_userbuf"]), (255, False))


@scenario
def status_for_people():
    d = daemon()
    done = sigctl("status", path=admin_path(d))
    equal((done.returncode, done.stderr), (0, ""))
    for text in (f"pid {d.pid}", "app demo, sdkappid 88888888", "key k1: signs", "admin group_root: issued 2",
                 f"uids {me()}", "; rights 255", f"socket main: {d.socket()}"):
        true(text in done.stdout, f"{text!r} in {done.stdout}")


@scenario
def keys_by_their_windows():
    keys = "\n".join(f'key "{name}" {{ file = "@DIR@/keys/demo.key" {words} }}' for name, words in (
        ("old", 'not_before = "2020-01-01T00:00:00Z" not_after = "2021-01-01T00:00:00Z"'),
        ("gone", 'not_before = "2025-06-01T00:00:00Z" revoked = true'),
        ("first", 'not_before = "2024-01-01T00:00:00Z"'),
        ("second", 'not_before = "2025-01-01T00:00:00Z"'),
        ("next", 'not_before = "2100-01-01T00:00:00Z"')))
    d = Sigd(admin_config(key=keys))
    app = json.loads(sigctl("status", "--json", path=admin_path(d)).stdout)["apps"][0]
    equal({k["name"]: k["state"] for k in app["keys"]},
          {"old": "ended", "gone": "revoked", "first": "verifies", "second": "signs", "next": "begins"})
    equal(app["admins"][0]["key"], "second", "what the daemon signs with")


@scenario
def no_secret_in_status():
    d = daemon()
    done = sigctl("status", "--json", path=admin_path(d))
    equal(d.path("keys", "demo.key") in done.stdout, False)
    true(not re.search(r"eJ[A-Za-z0-9*_-]{40}", done.stdout), "a usersig in the status")


# ---- who may connect ---------------------------------------------------------------------------------

SEQ = r"""
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(20)
s.connect(sys.argv[1])
try:
    s.send(struct.pack("=HHI", 1, 1, 0))
except OSError:
    pass
while True:
    try:
        p = s.recv(4096)
    except ConnectionResetError:
        p = s.recv(4096)
    if not p:
        break
    kind, = struct.unpack_from("=H", p, 2)
    if kind == 65:
        print("\n%d" % struct.unpack("=I", p[8:])[0])
        break
    size, = struct.unpack_from("=I", p, 12)
    sys.stdout.write(p[16:16 + size].decode())
"""


def as_other(command, path, **more):
    done = subprocess.run([*command, reachable_python(), "-I", "-c", SEQ, path], cwd="/", capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin:/usr/sbin"}, timeout=60, check=False, **more)
    true(done.returncode == 0, done.stderr)
    return done.stdout


def open_wide(d):
    """So that only sigd's own check stands between."""
    os.chmod(d.path("adm"), 0o755)
    os.chmod(admin_path(d), 0o666)


@scenario(root=True)
def strangers_are_refused():
    d = Sigd(admin_config())
    open_wide(d)
    said = as_other([], admin_path(d), user=12345, group=12345, extra_groups=[])
    true("neither root nor sigd's own" in said and said.endswith("77\n"), said)
    true("uid=12345" in d.wait_line("refused on the admin socket"), d.stderr)


@scenario(root=True)
def the_group_may():
    group = 'admin_socket { path = "@DIR@/adm/admin.sock"  mode = 0660  group = "23456" }'
    d = Sigd(admin_config().replace('admin_socket { path = "@DIR@/adm/admin.sock" }', group))
    equal(os.stat(admin_path(d)).st_gid, 23456)
    os.chmod(d.path("adm"), 0o755)
    os.chmod(admin_path(d), 0o666)
    for gid, groups, status in ((23456, [], "0"), (1, [5, 23456, 7], "0"), (1, [5], "77")):
        said = as_other([], admin_path(d), user=12345, group=gid, extra_groups=groups)
        equal(said.split("\n")[-2], status, f"gid {gid}, groups {groups}: {said}")


@scenario(needs=("unshare",))
def another_user_namespace_is_refused():
    d = Sigd(admin_config())
    open_wide(d)
    if subprocess.run(["unshare", "-U", "-r", "true"], capture_output=True, check=False).returncode:
        skip("user namespaces are not permitted here", must=True)
    said = as_other(["unshare", "-U", "-r"], admin_path(d))
    true("another user namespace" in said and said.endswith("77\n"), said)


@scenario(root=True, needs=("unshare",))
def another_pid_namespace_is_refused():
    """The daemon in a PID namespace of its own cannot see who calls from outside: pid 0."""
    if subprocess.run(["unshare", "-p", "-f", "--mount-proc", "true"], capture_output=True, check=False).returncode:
        skip("PID namespaces are not permitted here", must=True)
    import harness
    d = Sigd(admin_config(), start=False)
    wrapper = d.write("in-namespace", f'#!/bin/sh\nexec unshare -p -f --mount-proc --kill-child {harness.SIGD} "$@"\n'.encode(),
                      0o755)
    before, harness.SIGD = harness.SIGD, wrapper
    try:
        d.start()
    finally:
        harness.SIGD = before
    try:
        done = sigctl("status", path=admin_path(d))
        equal(done.returncode, 77, done.stderr)
        true("another PID namespace" in done.stderr, done.stderr)
    finally:
        inner = [pid for pid, name in d.children().items() if name == "sigd"]
        for pid in inner:
            os.kill(pid, 15)
        equal(d.wait(), 0)


@scenario
def the_socket_is_the_owners():
    d = daemon()
    mode = os.stat(admin_path(d)).st_mode
    true(stat.S_ISSOCK(mode) and stat.S_IMODE(mode) & 0o007 == 0, oct(mode))


# ---- frames ------------------------------------------------------------------------------------------

@scenario
def bad_frames_end_the_connection():
    d = daemon()
    for name, data in (("empty type", frame(0)), ("an answer", frame(END, b"\0" * 4)), ("no such type", frame(999)),
                       ("half a header", b"\1\0\1"), ("a length too long", frame(STATUS, length=8)),
                       ("a body too many", frame(STATUS, b"\0" * 4)), ("half a body", frame(CLOCK, b"\0\0")),
                       ("4 KiB", frame(RELOAD, b"\0" * 4096)), ("a bad number", frame(CLOCK, b"\2\0\0\0")),
                       ("a bad name", frame(FREEZE, b"\0" * 4 + b"a/b".ljust(36, b"\0"))),
                       ("an endless word", frame(LOG_LEVEL, b"x" * 8))):
        peer = Peer(admin_path(d))
        peer.send(data)
        status, out, err = peer.answer()
        equal((status, out), (76, b""), name)
        true(err.startswith(b"sigd was sent "), f"{name}: {err}")
        equal(peer.receive(), None, f"{name}: closed")
        peer.close()
    equal(sigctl("status", path=admin_path(d)).returncode, 0)


@scenario
def another_version_says_so():
    d = daemon()
    peer = Peer(admin_path(d))
    peer.send(frame(STATUS, number=2))
    status, _, err = peer.answer()
    equal(status, 76)
    true(b"another version" in err, str(err))


@scenario
def several_requests_on_one_connection():
    d = daemon()
    peer = Peer(admin_path(d))
    for _ in range(3):
        peer.send(frame(STATUS))
    for _ in range(3):
        status, out, _ = peer.answer()
        equal(status, 0)
        equal(json.loads(out)["pid"], d.pid)
    peer.close()


@scenario
def descriptors_are_not_taken():
    d = daemon()
    before = fds(d.pid)
    peer = Peer(admin_path(d))
    for _ in range(50):
        socket.send_fds(peer.socket, [frame(STATUS)], [0] * 8)
        equal(peer.answer()[0], 0)
    peer.close()
    until(lambda: fds(d.pid) <= before, "descriptors go back")


@scenario
def the_ninth_peer_is_refused():
    d = Sigd(admin_config())
    peers = []
    for _ in range(8):
        peers.append(Peer(admin_path(d)))
        equal(peers[-1].ask(STATUS)[0], 0)
    done = sigctl("status", path=admin_path(d))
    equal(done.returncode, 75, done.stderr)
    true("as many sigctl connected as it takes" in done.stderr, done.stderr)
    for peer in peers:
        equal(peer.ask(STATUS)[0], 0, "the others are served")
    peers.pop().close()
    until(lambda: sigctl("status", path=admin_path(d)).returncode == 0, "a place is free again")
    for peer in peers:
        peer.close()


@scenario
def a_peer_that_does_not_read():
    """Its answers wait in the daemon, which serves the others and forgets it when it goes."""
    rules = "\n".join('allow { users = {' + ", ".join(f'"{1000 + i}"' for i in range(30)) + '} may = {"verify"} }'
                      for _ in range(60))
    d = Sigd(admin_config(allow=rules))
    before = fds(d.pid)
    peer = Peer(admin_path(d))
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    sent = 0
    peer.socket.setblocking(False)
    try:
        for sent in range(1000):
            peer.send(frame(STATUS))
    except BlockingIOError:
        pass
    true(sent > 1, f"{sent} were sent")
    for _ in range(5):
        equal(sigctl("status", path=admin_path(d)).returncode, 0)
    peer.socket.settimeout(DEADLINE)
    for _ in range(sent // 2):
        status, out, _ = peer.answer()
        equal(status, 0)
        equal(len(json.loads(out)["apps"][0]["allow"]), 60)
    peer.close()
    until(lambda: fds(d.pid) <= before, "the peer is forgotten")


@scenario
def a_peer_that_leaves_at_once():
    d = daemon()
    for kind, body in ((STATUS, b""), (RELOAD, b"\0" * 296), (CLOCK, b"\0" * 4)):
        for _ in range(20):
            peer = Peer(admin_path(d))
            peer.send(frame(kind, body))
            peer.close()
    until(lambda: sigctl("status", path=admin_path(d)).returncode == 0, "it serves on")


@scenario
def who_idles_is_let_go():
    """30 seconds after its connect or its last answer; under a clock that the test drives."""
    d = TwinSigd(admin_config())
    silent, asks = Peer(admin_path(d)), Peer(admin_path(d))
    equal(asks.ask(STATUS)[0], 0)
    d.clock.advance(20)
    equal(asks.ask(STATUS)[0], 0)
    d.clock.advance(20)
    equal(silent.receive(), None, "silent for 40 s")
    equal(asks.ask(STATUS)[0], 0, "silent for 20 s")
    d.clock.advance(31)
    equal(asks.receive(), None, "silent for 31 s")
    silent.close()
    asks.close()


@scenario
def who_does_not_read_is_let_go():
    rules = "\n".join('allow { users = {' + ", ".join(f'"{1000 + i}"' for i in range(30)) + '} may = {"verify"} }'
                      for _ in range(60))
    d = TwinSigd(admin_config(allow=rules))
    before = fds(d.pid)
    peer = Peer(admin_path(d))
    peer.socket.setblocking(False)
    try:
        while True:
            peer.send(frame(STATUS))
    except BlockingIOError:
        pass

    def let_go():
        d.clock.advance(31)  # again, where it took a request after the last time
        return fds(d.pid) <= before
    until(let_go, "let go with its answers unread")
    equal(sigctl("status", path=admin_path(d)).returncode, 0)
    peer.close()


# ---- life --------------------------------------------------------------------------------------------

@scenario
def one_daemon_a_socket():
    d = daemon()
    other = Sigd(admin_config().replace("@DIR@/adm", d.path("adm")), start=False)
    status, err = other.fail_to_start()
    equal(status, 73)
    true("already served by another sigd" in err, err)


@scenario
def it_goes_with_the_daemon():
    d = Sigd(admin_config())
    path = admin_path(d)
    equal(d.stop(), 0)
    equal(os.path.exists(path), False)
    done = sigctl("status", path=path)
    equal(done.returncode, 69)
    true("is sigd running" in done.stderr and "SIGCTL_SOCKET" in done.stderr, done.stderr)


@scenario
def what_a_killed_daemon_left_is_replaced():
    d = Sigd(admin_config())
    d.process.kill()
    d.wait()
    equal(os.path.exists(admin_path(d)), True)
    d.start()
    equal(sigctl("status", path=admin_path(d)).returncode, 0)


@scenario
def no_admin_socket_no_answer():
    from harness import plain_config
    d = Sigd(plain_config())
    done = sigctl("status", path=admin_path(d))
    equal(done.returncode, 69)
    true("admin_socket in sigd.conf" in done.stderr, done.stderr)


@scenario
def the_wrong_socket():
    d = daemon()
    done = sigctl("status", path=d.socket())
    equal(done.returncode, 69)
    true("another type" in done.stderr, done.stderr)


main()
