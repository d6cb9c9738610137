#!/usr/bin/env python3
"""Reload: what changes, what stays, who is refused, and that nothing that was withdrawn is answered afterwards."""
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
import termios
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (OTHER_KEY, SDKAPPID, Connection, Sigd, answers_in, dial, drain, equal, good, main, oracle,  # noqa: E402
                     plain_config, problem, scenario, true, until)
from process import fds, launch_behind  # noqa: E402
from reloads import BOTH, K1, K2, OTHER_APP, REVOKED, configure, refused, reloaded  # noqa: E402

def admin(made, app="demo"):
    return made.request("GET", f"/v1/apps/{app}/admin")


def sign(made, app="demo"):
    return made.request("POST", f"/v1/apps/{app}/usersig", {"identifier": "u1"})


@scenario
def the_same_config_again():
    made = Sigd()
    before = good(admin(made))
    for generation in (2, 3, 4):
        reloaded(made)
        equal(good(admin(made))["key"], before["key"], "key")
        good(sign(made))
        true(f"generation={generation}" in made.stderr, "generation in the log")
    equal(made.stop(), 0, "exit status")


@scenario
def a_broken_config_changes_nothing():
    made = Sigd()
    pids = made.processes()
    text = refused(made, app='region = "atlantis"')
    true("sigd.conf:" in text and "atlantis" in text, f"the fault is not told: {text}")
    made.write("sigd.conf", b"app {{{\n", 0o644)
    refused(made)
    os.unlink(made.path("sigd.conf"))
    true("sigd.conf" in refused(made), "the missing file is not told")
    configure(made, key='key "k1" { file = "@DIR@/keys/none.key" }')
    true("none.key" in refused(made), "the missing key is not told")
    made.write("keys/empty.key", b"")
    configure(made, key='key "k1" { file = "@DIR@/keys/empty.key" }')
    true("empty" in refused(made), "the empty key is not told")
    good(sign(made))
    good(admin(made))
    equal(made.processes(), pids, "the same processes")


@scenario
def an_app_comes_and_goes():
    made = Sigd(keys=BOTH)
    problem(sign(made, "other"), 404, "unknown_app")
    reloaded(made, more=OTHER_APP)
    equal(good(sign(made, "other"))["sdkappid"], SDKAPPID + 1, "sdkappid")
    good(admin(made, "other"))
    text = refused(made, more="")
    true("app other" in text and "--accept other" in text, f"the way out is not told: {text}")
    good(sign(made, "other"))
    text = refused(made, more=OTHER_APP.replace('admin "boss"', 'admin "boss2"').replace('{"boss"}', '{"boss2"}'))
    true('administrator "boss"' in text.replace("'", '"'), f"the administrator is not named: {text}")


@scenario
def the_last_key_that_signs():
    made = Sigd(keys=BOTH)
    text = refused(made, key=K1.replace("}", ' not_after = "2020-01-01T00:00:00Z" }'))
    true("no key could sign" in text, f"not told: {text}")
    reloaded(made, key=REVOKED)
    problem(sign(made), 503, "unavailable")
    problem(admin(made), 503, "unavailable")


@scenario
def a_rollover_under_load():
    """Key after key, with clients that never stop asking: nothing fails."""
    made = Sigd(keys=BOTH)
    stop, faults, counts = threading.Event(), [], [0]

    def ask():
        connection = Connection(made.socket())
        while not stop.is_set():
            for call in (("GET", "/v1/apps/demo/admin"), ("POST", "/v1/apps/demo/usersig", {"identifier": "u1"}),
                         ("GET", "/v1/apps/demo/url/openim/sendmsg")):
                answer = connection.ask(*call)
                counts[0] += 1
                if answer.status != 200:
                    faults.append((call, answer.status, answer.document))
                    return
        connection.close()

    def run():
        try:
            ask()
        except Exception as fault:  # noqa: BLE001 (told by the scenario)
            faults.append(repr(fault))

    clients = [threading.Thread(target=run, daemon=True) for _ in range(4)]
    for client in clients:
        client.start()
    for keys in (K1 + K2, K2 + K1, K1 + K2, K2, K2 + K1, K1):
        until(lambda was=counts[0]: counts[0] > was + 50 or faults, "requests between two reloads")
        equal(faults, [], "failed requests")
        reloaded(made, key=keys, more=OTHER_APP)
    stop.set()
    for client in clients:
        client.join()
    equal(faults, [], "failed requests")
    equal(good(sign(made))["key"], "k1", "key")


@scenario
def live_connections_get_their_policy_anew():
    made = Sigd()
    connection = made.connection()
    good(connection.ask("GET", "/v1/apps/demo/admin"))
    allow = 'allow { users = {"@UID@"}  may = {"sign"}  identifiers = {"a*"} }'
    reloaded(made, allow=allow)
    problem(connection.ask("GET", "/v1/apps/demo/admin"), 403, "forbidden")
    problem(connection.ask("POST", "/v1/apps/demo/usersig", {"identifier": "b"}), 403, "identifier_not_allowed")
    good(connection.ask("POST", "/v1/apps/demo/usersig", {"identifier": "ab"}))
    reloaded(made, allow="")
    problem(connection.ask("POST", "/v1/apps/demo/usersig", {"identifier": "ab"}), 403, "forbidden")


@scenario
def a_body_that_comes_after_the_reload():
    """The request names an app; at which place that stands in the config is nothing to the client."""
    for more, status in (({"top": OTHER_APP}, 200), ({"allow": ""}, 403)):
        made = Sigd(keys=BOTH)
        body = b'{"identifier":"u1"}'
        client = dial(made.socket())
        client.sendall(b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n"
                       b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        drain(client, lambda got: b"100" in got and b"\r\n\r\n" in got)
        reloaded(made, **more)
        client.sendall(body)
        answer = answers_in(drain(client, lambda got: answers_in(got)[0])[0])[0][-1]
        equal(answer.status, status, f"status: {answer.document}")
        if status == 200:
            equal(answer.document["sdkappid"], SDKAPPID, "sdkappid")


@scenario
def sockets_come_and_go():
    made = Sigd()
    two = 'socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0660 }\n' \
          'socket "second" { path = "@DIR@/run/second.sock"  mode = 0600 }'
    kept = made.connection()
    good(kept.ask("GET", "/v1/apps"))
    reloaded(made, socket=two)
    good(made.request("GET", "/v1/apps", socket_name="second"))
    equal(os.stat(made.socket()).st_mode & 0o777, 0o660, "mode of the socket that stays")
    second = made.connection("second")
    good(second.ask("GET", "/v1/apps"))
    reloaded(made, socket=two.splitlines()[0])
    true(not os.path.exists(made.socket("second")), "the socket is still there")
    good(kept.ask("GET", "/v1/apps"))
    problem(second.ask("GET", "/v1/apps/demo/admin"), 403, "forbidden")
    blocked = two.replace("second.sock", "blocked")
    made.write("run/blocked", b"not a socket")
    true("not a socket" in refused(made, socket=blocked), "what is in the way is not told")
    good(kept.ask("GET", "/v1/apps"))


@scenario
def whatever_the_umask():
    """A socket's directory that sigd makes can be entered by those whom the socket lets in."""
    made = Sigd(plain_config(socket='socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }'), start=False)
    launch_behind(made, "umask 077 && exec")
    made.wait_line("ready")
    two = 'socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }\n' \
          'socket "second" { path = "@DIR@/fresh/second.sock"  mode = 0666 }'
    reloaded(made, socket=two)
    equal(os.stat(made.path("fresh")).st_mode & 0o777, 0o755, "mode of the directory")
    equal(os.stat(made.path("fresh", "second.sock")).st_mode & 0o777, 0o666, "mode of the socket")
    equal(os.stat(made.path("fresh", "second.sock.lock")).st_mode & 0o777, 0o600, "mode of the lock")


@scenario
def revocation_beats_queues():
    """A stopped front with 1,000 requests before it: once the reload is done, no answer has the old credential."""
    made = Sigd(keys=BOTH)
    old = good(admin(made))["usersig"].encode()
    front = made.child("sigd-front")
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(made.socket())
    client.sendall(b"GET /v1/apps/demo/admin HTTP/1.1\r\nHost: sigd\r\n\r\n")
    true(old in client.recv(65536), "the first answer")
    os.kill(front, signal.SIGSTOP)
    client.setblocking(False)
    sent = client.send(b"GET /v1/apps/demo/admin HTTP/1.1\r\nHost: sigd\r\n\r\n" * 1000)
    true(sent > 40000, f"only {sent} bytes were taken")
    begun = time.monotonic()
    reloaded(made, key=REVOKED + K2)
    true(time.monotonic() - begun < 5, "a reload does not wait for a front that is stopped")
    try:
        os.kill(front, signal.SIGCONT)
    except ProcessLookupError:
        pass
    client.setblocking(True)
    client.settimeout(5)
    read = b""
    while True:
        try:
            chunk = client.recv(65536)
        except OSError:
            break
        if not chunk:
            break
        read += chunk
    true(old not in read, "the old credential was answered after the reload")
    document = until(lambda: good(admin(made)), "the front again")
    equal(document["key"], "k2", "key")
    equal(oracle.judge(document["usersig"], OTHER_KEY, SDKAPPID, "group_root", int(time.time()) + 1), 0, "oracle")


@scenario
def answers_that_wait_are_cut_off():
    """A client that does not read has answers with the old credential before it: they do not go out after a revocation."""
    made = Sigd(keys=BOTH)
    old = good(admin(made))["usersig"].encode()
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(made.socket())
    client.setblocking(False)
    requests = b"GET /v1/apps/demo/admin HTTP/1.1\r\nHost: sigd\r\n\r\n" * 5000
    waiting = []

    def stuck():
        """Nothing more goes in, and nothing more comes out."""
        try:
            client.send(requests)
        except BlockingIOError:
            pass
        waiting.append(struct.unpack("=i", fcntl.ioctl(client, termios.FIONREAD, b"\0" * 4))[0])
        return waiting[-1] > 0 and waiting[-10:] == waiting[-1:] * 10

    until(stuck, "a client that the front waits for")
    reloaded(made, key=REVOKED + K2)
    kernel = 1 << 20  # what had left the front before
    client.setblocking(True)
    client.settimeout(5)
    read = b""
    while True:
        try:
            chunk = client.recv(65536)
        except ConnectionResetError:
            break
        if not chunk:
            break
        read += chunk
    true(len(read) < kernel, f"{len(read)} bytes came")
    good(admin(made))
    true(old not in good(admin(made))["usersig"].encode(), "the new one")


@scenario
def revoked_stays_revoked():
    """With a state_dir a key that was revoked stays so, whatever an older config says, until an operator accepts it."""
    made = Sigd(plain_config(key=K1 + K2, top='state_dir = "@DIR@/state"'), keys=BOTH)
    reloaded(made, key=REVOKED + K2, top='state_dir = "@DIR@/state"')
    with open(made.path("state", "state"), encoding="utf-8") as file:
        equal(file.read(), "revoked demo k1\n", "the state")
    equal(os.stat(made.path("state", "state")).st_mode & 0o777, 0o600, "its mode")
    made.stop()
    configure(made, key=K1, top='state_dir = "@DIR@/state"')
    made.start()
    true("a key that was revoked before stays so" in made.stderr, "not told")
    problem(sign(made), 503, "unavailable")
    made.stop()
    made.write("state/state", b"nonsense\n")
    status, text = made.fail_to_start()
    equal(status, 78, "exit status")
    true("state:1:" in text, f"the line is not named: {text}")


@scenario
def reloads_one_after_the_other():
    """A storm of signals: each reload is whole, the last one counts."""
    made = Sigd(keys=BOTH)
    for i in range(20):
        configure(made, key=K1 if i % 2 else K1 + K2)
        made.process.send_signal(signal.SIGHUP)
    last = 'region = "china"  lifetime = "23h"  max_lifetime = "30d"  url_lifetime = "1h"  reserved = {"ops"}'
    configure(made, key=K2, app=last)
    made.process.send_signal(signal.SIGHUP)

    def lifetime():
        signed = good(sign(made))
        return signed["expires_at"] - signed["issued_at"]
    until(lambda: lifetime() == 23 * 3600, "the last config")
    true("change refused" not in made.stderr, "one was refused")
    equal(good(admin(made))["key"], "k2", "key")
    equal(made.stop(), 0, "exit status")


def stop_during_a_reload(answers):
    """The stop waits for the reload, so that requests under way are answered; from a signer that does not answer it goes on
    without it, and what that says later is no fault."""
    made = Sigd()
    signer = made.child("sigd-signer")
    body = b'{"identifier":"u1"}'
    busy = dial(made.socket())
    busy.sendall(b"POST /v1/apps/demo/usersig HTTP/1.1\r\nHost: sigd\r\nContent-Type: application/json\r\n"
                 b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
    drain(busy, lambda got: b"100" in got and b"\r\n\r\n" in got)  # stopping waits for its body
    before = fds(made.pid)
    os.kill(signer, signal.SIGSTOP)
    try:
        made.process.send_signal(signal.SIGHUP)
        until(lambda: fds(made.pid) > before, "the reload has opened the audit log")
        made.process.send_signal(signal.SIGTERM)
        if not answers:
            made.wait_line("sigd stops")
    finally:
        os.kill(signer, signal.SIGCONT)
    if answers:
        made.wait_line("change done")
        busy.sendall(body)
        good(answers_in(drain(busy)[0])[0][-1])
    equal(made.wait(), 0, "exit status")
    true("signer ended" not in made.stderr, made.stderr)


@scenario(root=True)  # looks at the descriptors of the master
def a_stop_waits_for_a_reload():
    stop_during_a_reload(True)


@scenario(root=True)  # looks at the descriptors of the master
def a_stop_gives_a_reload_up():
    stop_during_a_reload(False)


@scenario(root=True)  # looks at the descriptors of the master
def a_renewal_that_meets_a_reload():
    """What the master asks by the old model while the signer takes the new one in is answered, and asked anew."""
    made = Sigd(plain_config(admin='admin "group_root" { lifetime = "3s"  min_remaining = "1s" }'))
    signer = made.child("sigd-signer")
    first = good(admin(made))
    before = fds(made.pid)
    os.kill(signer, signal.SIGSTOP)
    try:
        made.process.send_signal(signal.SIGHUP)
        until(lambda: fds(made.pid) > before, "the reload has opened the audit log")
        until(lambda: time.time() > first["issued_at"] + 4, "a renewal is due")
    finally:
        os.kill(signer, signal.SIGCONT)
    true("change done" in made.wait_line("change="), made.stderr)
    true(good(admin(made))["issued_at"] > first["issued_at"], "renewed")
    equal(made.stop(), 0, "exit status")


@scenario
def too_few_descriptors():
    """A reload that runs out of them in the middle of telling the signer is refused whole, and the next one is taken."""
    made = Sigd(keys=BOTH, start=False)
    launch_behind(made, "ulimit -n 256 && exec")
    made.wait_line("ready")
    resource.prlimit(made.pid, resource.RLIMIT_NOFILE, (32, 256))
    pids = made.processes()
    many = " ".join(f'key "n{i}" {{ file = "@DIR@/keys/demo.key" }}' for i in range(8))
    true("LimitNOFILE" in refused(made, key=many), "the mend is not told")
    good(sign(made))
    reloaded(made, key=K1 + K2)
    equal(good(sign(made))["key"], "k2", "key")
    equal(made.processes(), pids, "the same processes")


@scenario
def a_full_config():
    """64 apps of 8 keys under the usual soft limit of 1024 descriptors, at the start and again."""
    apps = "".join(f'app "a{a}" {{ sdkappid = {SDKAPPID + 1 + a}\n' +
                   "".join(f'key "n{i}" {{ file = "@DIR@/keys/demo.key" }}\n' for i in range(8)) + "}\n" for a in range(63))
    made = Sigd(plain_config(more=apps, key=K1), start=False)
    launch_behind(made, "ulimit -Sn 1024 && exec")
    made.wait_line("ready")
    reloaded(made, more=apps, key=K1)
    good(sign(made))


if __name__ == "__main__":
    main()
