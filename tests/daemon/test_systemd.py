#!/usr/bin/env python3
"""systemd's protocols, spoken by this test: LISTEN_FDS, NOTIFY_SOCKET, WATCHDOG_USEC."""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time

import harness
from admin import admin_config, admin_path, sigctl
from harness import DEADLINE, Sigd, equal, main, plain_config, request, scenario, true, until
from systemd import Manager, Started, listener

def started(sockets=None, names=None, config=None, **more):
    """One with sockets {file name: type}, made before its start."""
    d = Started(config or plain_config(), start=False, **more)
    for name, kind in (sockets or {"run/sigd.sock": socket.SOCK_STREAM}).items():
        os.makedirs(os.path.dirname(d.path(name)), exist_ok=True)
        d.given.append(listener(d.path(name), kind))
    d.env["LISTEN_FDS"] = str(len(d.given))
    if names:
        d.env["LISTEN_FDNAMES"] = ":".join(names)
    return d


def serves(d):
    equal(request(d.socket(), "GET", "/healthz").status, 200)
    equal(request(d.socket(), "GET", "/v1/apps/demo/admin").status, 200, "the caller is known on this socket")


def refused(d, status, *words):
    found, err = d.fail_to_start()
    equal(found, status, err)
    for word in words:
        true(word in err, f"{word!r} in {err}")


# ---- sockets -----------------------------------------------------------------------------------------

@scenario
def a_socket_by_its_name():
    d = started(names=["main"])
    d.start()
    serves(d)


@scenario
def a_socket_by_its_path():
    for names in (None, ["unknown"], ["sigd.socket"], [""]):
        d = started(names=names)
        d.start()
        serves(d)
        equal(d.stop(), 0)


@scenario
def it_is_left_as_it_is():
    d = started(names=["main"])
    before = os.stat(d.socket())
    d.start()
    after = os.stat(d.socket())
    equal((after.st_ino, after.st_mode, after.st_gid), (before.st_ino, before.st_mode, before.st_gid))
    equal(stat.S_IMODE(after.st_mode), 0o640, "the config says 0666")
    equal(d.stop(), 0)
    equal(os.stat(d.socket()).st_ino, before.st_ino, "not removed")
    equal(os.path.exists(d.socket() + ".lock"), False)


@scenario
def no_connection_is_lost_over_a_restart():
    """A client that connects while nobody serves waits in the socket's queue."""
    d = started(names=["main"])
    d.start()
    serves(d)
    equal(d.stop(), 0)
    connection = harness.Connection(d.socket())
    connection.connect()
    d.start()
    equal(connection.ask("GET", "/v1/apps/demo/admin").status, 200)
    connection.close()


@scenario
def several_and_one_of_its_own():
    sockets = "".join(f'socket "{name}" {{ path = "@DIR@/run/{file}.sock" mode = 0666 }}\n'
                      for name, file in (("main", "sigd"), ("second", "second"), ("own", "own")))
    d = started({"run/second.sock": socket.SOCK_STREAM, "run/sigd.sock": socket.SOCK_STREAM},
                config=plain_config(socket=sockets))
    d.start()
    serves(d)
    for name in ("second", "own"):
        equal(request(d.socket(name), "GET", "/v1/apps/demo/admin").status, 200, name)
    equal(d.stop(), 0)
    equal([os.path.exists(d.socket(name)) for name in ("main", "second", "own")], [True, True, False])


@scenario
def the_admin_socket_too():
    d = started({"adm/admin.sock": socket.SOCK_SEQPACKET, "run/sigd.sock": socket.SOCK_STREAM}, names=["admin", "main"],
                config=admin_config())
    d.start()
    serves(d)
    equal(json.loads(sigctl("status", "--json", path=admin_path(d)).stdout)["pid"], d.pid)
    equal(d.stop(), 0)
    equal(os.path.exists(admin_path(d)), True)


@scenario
def descriptors_do_not_reach_the_children():
    d = started(names=["main"])
    d.start()
    inode = re.search(r"\[(\d+)\]", os.readlink(f"/proc/{d.pid}/fd/3"))[1]
    signer = d.child("sigd-signer")
    links = [os.readlink(f"/proc/{signer}/fd/{fd}") for fd in os.listdir(f"/proc/{signer}/fd")]
    true(f"socket:[{inode}]" not in links, str(links))


@scenario
def for_another_process():
    """LISTEN_PID of somebody else: the descriptors are not sigd's."""
    d = started({"other.sock": socket.SOCK_STREAM}, env={"LISTEN_PID": "1"})
    d.start()
    serves(d)
    equal(d.stop(), 0)
    equal(os.path.exists(d.socket()), False, "its own, removed")


@scenario
def faults_of_sockets():
    d = started({"run/sigd.sock": socket.SOCK_STREAM, "run/what.sock": socket.SOCK_STREAM}, names=["main", "what"])
    refused(d, 78, "run/what.sock (what)", "does not know")
    d = started({"run/elsewhere.sock": socket.SOCK_STREAM}, names=["main"])
    refused(d, 73, '"main"', "elsewhere.sock", "the config says", "run/sigd.sock")
    d = started({"run/sigd.sock": socket.SOCK_SEQPACKET}, names=["main"])
    refused(d, 73, '"main"', "ListenStream=")
    d = started({"adm/admin.sock": socket.SOCK_STREAM}, names=["admin"], config=admin_config())
    refused(d, 73, '"admin"', "ListenSequentialPacket=")


@scenario
def faults_of_descriptors():
    left, right = socket.socketpair()
    inet = socket.socket()
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0sigd-test-{os.getpid()}")
    abstract.listen()
    unbound = socket.socket(socket.AF_UNIX)
    with tempfile.TemporaryFile() as file:
        for name, given, words in (("a pair", left, "does not listen"), ("TCP", inet, "is not a UNIX socket"),
                                   ("abstract", abstract, "has no path"), ("not listening", unbound, "does not listen"),
                                   ("a file", file, "is not a UNIX socket")):
            d = Started(plain_config(), [given], start=False)
            refused(d, 78, "descriptor 3", words)
            true(name, name)
    for listen in ("-1", "x", "1x", "", "99999999999999999999", "18"):
        d = Started(plain_config(), listen=listen, start=False)
        refused(d, 78, f"LISTEN_FDS={listen}")
    d = Started(plain_config(), listen="1", start=False)
    refused(d, 78, "descriptor 3", "is not a UNIX socket")
    for s in (left, right, inet, abstract, unbound):
        s.close()


# ---- states ------------------------------------------------------------------------------------------

@scenario
def ready_and_stopping():
    for abstract in (False, True):
        manager = Manager(abstract)
        d = Started(plain_config(), env={"NOTIFY_SOCKET": manager.name})
        manager.wait("READY")
        equal(manager.sender, d.pid, "NotifyAccess=main")
        true(any("STATUS" in words for words in manager.seen), str(manager.seen))
        serves(d)
        d.process.send_signal(signal.SIGTERM)
        manager.wait("STOPPING")
        equal(d.wait(), 0)
        manager.close()


@scenario
def reloading_and_ready_again():
    """Type=notify-reload: after SIGHUP, with a time that is not before the signal; whatever comes of the reload."""
    manager = Manager()
    d = Started(plain_config(), env={"NOTIFY_SOCKET": manager.name})
    manager.wait("READY")
    for config, key in ((plain_config(key='key "k2" { file = "@DIR@/keys/demo.key" }'), "k2"),
                        (plain_config(sdkappid="0"), "k2")):
        d.write("sigd.conf", d.fill(config).encode(), 0o644)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        d.process.send_signal(signal.SIGHUP)
        told = manager.wait("RELOADING")
        true(before <= int(told["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000, str(told))
        manager.wait("READY")
        equal(request(d.socket(), "GET", "/v1/apps/demo/admin").document["key"], key)
    equal(d.stop(), 0)
    manager.close()


@scenario
def ready_means_that_it_serves():
    """Nothing is said before the sockets answer."""
    manager = Manager()
    d = Started(plain_config(), env={"NOTIFY_SOCKET": manager.name}, start=False)
    d.launch()
    manager.wait("READY")
    serves(d)
    manager.close()


@scenario
def a_start_that_fails_is_not_ready():
    manager = Manager()
    d = Started(plain_config(sdkappid="0"), env={"NOTIFY_SOCKET": manager.name}, start=False)
    equal(d.fail_to_start()[0], 78)
    manager.socket.setblocking(False)
    try:
        words = manager.receive()
    except BlockingIOError:
        words = None
    equal(words, None)
    manager.close()


@scenario
def a_check_says_nothing():
    manager = Manager()
    d = Sigd(plain_config(), start=False)
    done = subprocess.run([harness.SIGD, "--check", "--config", d.config, "--libexec-dir", d.libexec], check=False,
                          env={"NOTIFY_SOCKET": manager.name}, capture_output=True, timeout=DEADLINE)
    equal(done.returncode, 0, done.stderr)
    manager.socket.setblocking(False)
    try:
        words = manager.receive()
    except BlockingIOError:
        words = None
    equal(words, None)
    manager.close()


@scenario
def the_variables_are_taken_away():
    """What the master starts must not speak to the manager."""
    manager = Manager()
    d = started(names=["main"], env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "60000000"})
    d.start()
    for pid in d.children():
        with open(f"/proc/{pid}/environ", "rb") as file:
            equal(file.read(), b"", f"the environment of {pid}")
    manager.close()


@scenario
def a_manager_that_is_not_there():
    for name, warned in (("/tmp/no-such-notify-socket", False), ("relative", True), ("@", True), ("/" + "x" * 200, True)):
        d = Started(plain_config(), env={"NOTIFY_SOCKET": name})
        serves(d)
        equal("systemd is not told" in d.stderr, warned, name)
        equal(d.stop(), 0)


@scenario
def the_watchdog():
    manager = Manager()
    d = Started(plain_config(), env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "200000"})
    manager.wait("READY")
    for _ in range(5):
        equal(manager.wait("WATCHDOG")["WATCHDOG"], "1")
    d.process.send_signal(signal.SIGSTOP)  # a master that hangs says nothing
    until(lambda: harness.status_of(d.pid)["State"].startswith("T"), "stopped")
    manager.socket.setblocking(False)
    try:
        while True:
            manager.receive()
    except BlockingIOError:
        pass
    manager.socket.settimeout(1)
    try:
        words = manager.receive()
    except TimeoutError:
        words = None
    equal(words, None, "from a stopped master")
    d.process.send_signal(signal.SIGCONT)
    manager.socket.settimeout(DEADLINE)
    manager.wait("WATCHDOG")
    equal(d.stop(), 0)
    manager.close()


@scenario
def no_watchdog_of_another_process():
    """Half a second of watching would show it: the first one is said at once."""
    for env in ({"WATCHDOG_PID": "1", "WATCHDOG_USEC": "1000"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"}, {}):
        manager = Manager()
        d = Started(plain_config(), env={"NOTIFY_SOCKET": manager.name, **env})
        manager.wait("READY")
        d.process.send_signal(signal.SIGTERM)
        manager.wait("STOPPING")
        equal(d.wait(), 0)
        true(not any("WATCHDOG" in words for words in manager.seen), f"{env}: {manager.seen}")
        manager.close()


main()
