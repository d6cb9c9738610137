#!/usr/bin/env python3
"""sigctl and a real sigd: reload, flush, freeze, clock, one change at a time."""
import json
import os
import signal

from admin import RELOAD, Peer, admin_config, admin_path, frame, sigctl
from harness import Connection, Sigd, equal, good, main, request, scenario, status_of, true, until
from reloads import BOTH, K1, K2, REVOKED

ADMIN = "/v1/apps/demo/admin"


def start(keys=None, **words):
    d = Sigd(admin_config(**{"top": 'state_dir = "@DIR@/state"', **words}), keys=keys, start=False)
    return d.start()


def rewrite(d, **words):
    d.write("sigd.conf", d.fill(admin_config(**{"top": 'state_dir = "@DIR@/state"', **words})).encode(), 0o644)


def run(d, *arguments, status=0):
    done = sigctl(*arguments, path=admin_path(d))
    equal(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
    return done


def faults(done):
    """What was said beside warnings."""
    return [line for line in done.stderr.splitlines() if "warning: " not in line]


def status(d):
    return json.loads(run(d, "status", "--json").stdout)


def held(d):
    answer = request(d.socket(), "GET", ADMIN)
    return answer.document if answer.status == 200 else answer.status


# ---- reload ------------------------------------------------------------------------------------------

@scenario
def reload_returns_when_it_counts():
    d = start()
    equal(status(d)["generation"], 1)
    rewrite(d, key='key "k2" { file = "@DIR@/keys/demo.key" }', more="")
    done = run(d, "reload")
    equal((done.stdout, faults(done)), ("configuration 2 counts\n", []))
    equal(held(d)["key"], "k2")
    now = status(d)
    equal((now["generation"], now["apps"][0]["keys"][0]["name"]), (2, "k2"))
    true("request=reload" in d.stderr and f"uid={os.getuid()}" in d.stderr, d.stderr)


@scenario
def a_broken_config_is_refused_with_its_lines():
    d = start()
    before = held(d)
    rewrite(d, sdkappid="0", allow='allow { users = {"no-such-user"} may = {"sing"} }')
    done = run(d, "reload", status=78)
    equal(done.stdout, "")
    for text in ("sigd.conf:", "sdkappid", "no-such-user", "sing"):
        true(text in done.stderr, f"{text!r} in {done.stderr}")
    true(all(line.startswith("sigctl: reload: ") for line in done.stderr.splitlines()), done.stderr)
    equal(held(d), before)
    equal(status(d)["generation"], 1)


@scenario
def what_is_lost_is_accepted_by_name():
    d = start(admin='admin "group_root" {}\n    admin "second" {}')
    rewrite(d)
    done = run(d, "reload", status=78)
    true("--accept demo" in done.stderr and "second" in done.stderr, done.stderr)
    done = run(d, "reload", "--accept", "stranger", status=78)
    true("--accept stranger: there is no such app" in done.stderr, done.stderr)
    run(d, "reload", "--accept", "demo")
    equal([a["identifier"] for a in status(d)["apps"][0]["admins"]], ["group_root"])


@scenario
def a_dry_run_changes_nothing():
    d = start()
    rewrite(d, key='key "k2" { file = "@DIR@/keys/demo.key" }')
    equal(faults(run(d, "reload", "--dry-run")), [])
    rewrite(d, key='key "k2" { file = "@DIR@/keys/none" }')
    true("keys/none" in run(d, "reload", "--dry-run", status=78).stderr, "the fault")
    rewrite(d, sdkappid="x")
    true("sdkappid" in run(d, "reload", "--dry-run", status=78).stderr, "the fault")
    before = len(os.listdir(f"/proc/{d.pid}/fd"))
    for _ in range(5):
        run(d, "reload", "--dry-run", status=78)
    until(lambda: len(os.listdir(f"/proc/{d.pid}/fd")) <= before, "descriptors are closed behind sigctl, the first one's too")
    equal((status(d)["generation"], held(d)["key"]), (1, "k1"))


@scenario
def a_key_that_is_none_is_told():
    d = start()
    d.write("keys/bad.key", b"one\ntwo\n", 0o600)
    rewrite(d, key='key "k2" { file = "@DIR@/keys/bad.key" }')
    done = run(d, "reload", status=78)
    true("k2" in done.stderr and "bad.key" in done.stderr, done.stderr)
    equal(held(d)["key"], "k1")


@scenario
def one_change_at_a_time():
    """A front that is stopped keeps a reload waiting, for a second at most; who comes meanwhile is told so."""
    d = start()
    front = d.child("sigd-front")
    os.kill(front, signal.SIGSTOP)
    until(lambda: status_of(front)["State"].startswith("T"), "stopped")
    peer = Peer(admin_path(d))
    peer.send(frame(RELOAD, b"\0" * 296))
    until(lambda: status(d)["generation"] == 2, "the signer has it")
    for arguments in (("reload",), ("flush", "demo", "group_root"), ("freeze", "demo")):
        true("another change" in run(d, *arguments, status=75).stderr, str(arguments))
    equal(peer.answer()[0], 0, "the front was killed")
    until(lambda: held(d)["key"] == "k1", "a new front serves")
    run(d, "reload")


@scenario
def who_asked_may_leave():
    d = start()
    front = d.child("sigd-front")
    os.kill(front, signal.SIGSTOP)
    until(lambda: status_of(front)["State"].startswith("T"), "stopped")
    peer = Peer(admin_path(d))
    peer.send(frame(RELOAD, b"\0" * 296))
    until(lambda: status(d)["generation"] == 2, "the signer has it")
    peer.close()
    d.wait_line("change done")
    equal(run(d, "reload").stdout, "configuration 3 counts\n")


@scenario(root=True)
def the_group_changes_with_a_reload():
    d = start()
    rewrite(d)
    config = d.path("sigd.conf")
    with open(config, encoding="utf-8") as file:
        text = file.read()
    d.write("sigd.conf", text.replace('admin.sock" }', 'admin.sock"  mode = 0660  group = "34567" }').encode(), 0o644)
    run(d, "reload")
    found = os.stat(admin_path(d))
    equal((found.st_gid, found.st_mode & 0o777), (34567, 0o660))


@scenario
def revoked_keys_come_back_by_word_alone():
    d = start(keys=BOTH)

    def remembered():
        with open(d.path("state", "state"), encoding="utf-8") as file:
            return file.read()

    rewrite(d, key=REVOKED + K2)
    run(d, "reload")
    equal(remembered(), "revoked demo k1\n")
    rewrite(d, key=K1 + K2)
    for arguments in (("reload", "--dry-run"), ("reload",)):
        true("--accept demo" in run(d, *arguments).stderr, "that it stays revoked is told to who asks")
    equal(held(d)["key"], "k2")
    rewrite(d, key=K1)
    true("no key could sign" in run(d, "reload", status=78).stderr, "the key that the config shows is revoked")
    d.write("keys/empty.key", b"")
    for broken in ('"@DIR@/keys/none.key"', '"@DIR@/keys/empty.key"'):
        rewrite(d, key=K1 + f'key "k3" {{ file = {broken} }}')
        run(d, "reload", "--accept", "demo", status=78)
        equal(remembered(), "revoked demo k1\n", "a reload that is refused forgets nothing")
    rewrite(d, key=K2)
    run(d, "reload", "--accept", "demo")
    equal(remembered(), "revoked demo k1\n", "a key that is not there")
    rewrite(d, key=K1)
    run(d, "reload", "--accept", "demo")
    equal(remembered(), "")
    equal(held(d)["key"], "k1")


@scenario
def what_a_start_finds_revoked_is_remembered():
    d = start(keys=BOTH)
    d.stop()
    rewrite(d, key=REVOKED + K2)
    d.start()
    d.stop()
    rewrite(d, key=K1)
    d.start()
    equal(held(d), 503, "revoked")
    run(d, "reload", "--accept", "demo")
    equal(held(d)["key"], "k1")


# ---- flush and freeze --------------------------------------------------------------------------------

@scenario
def flush_signs_anew():
    d = start()
    before = held(d)
    run(d, "flush", "demo", "group_root")
    after = held(d)
    true(after["issued_at"] > before["issued_at"], f"{before['issued_at']} {after['issued_at']}")
    true(after["usersig"] != before["usersig"], "another one")
    true("no app" in run(d, "flush", "none", "group_root", status=70).stderr, "an app that is none")
    true("no administrator" in run(d, "flush", "demo", "nobody", status=70).stderr, "an administrator that is none")


@scenario
def freeze_and_thaw():
    d = start()
    for how in (("demo",), ("--all",)):
        run(d, "freeze", *how)
        equal(held(d), 503, "frozen")
        equal([app["frozen"] for app in good(d.request("GET", "/v1/apps"))["apps"]], [True], "told to callers")
        equal(status(d)["apps"][0]["frozen"], True)
        true("FROZEN" in run(d, "status").stdout, "for people")
        d.stop()
        d.start()
        equal(held(d), 503, "after a restart")
        run(d, "freeze", *how, "--off")
        equal(held(d)["key"], "k1")
        equal(status(d)["apps"][0]["frozen"], False)
        equal([app["frozen"] for app in good(d.request("GET", "/v1/apps"))["apps"]], [False], "told to callers")
    run(d, "freeze", "none", status=70)


@scenario
def the_audit_log_says_who_asked():
    d = start()
    run(d, "reload")
    run(d, "flush", "demo", "group_root")
    run(d, "freeze", "demo")
    run(d, "freeze", "demo", "--off")
    d.stop()
    for event in ("reload", "flush", "freeze", "thaw"):
        lines = [line for line in d.audit_lines() if line["event"] == event]
        equal([line.get("uid") for line in lines], [os.getuid()], f"who asked for {event}: {lines}")
        true(lines[0]["pid"] > 0 and lines[0]["verdict"] == "ok", f"{event}: {lines}")


@scenario
def freeze_all_is_every_app():
    more = "\n".join(f'app "a{i}" {{ sdkappid = {99 + i}  key "k" {{ file = "@DIR@/keys/demo.key" }}\n'
                     'admin "administrator" {} allow { users = {"@UID@"} may = {"admin"} } }' for i in range(3))
    d = start(more=more)
    run(d, "freeze", "--all")
    equal([app["frozen"] for app in status(d)["apps"]], [True] * 4)
    connection = Connection(d.socket())
    for name in ("demo", "a0", "a1", "a2"):
        equal(connection.ask("GET", f"/v1/apps/{name}/admin").status, 503, name)
    run(d, "freeze", "a1", "--off")
    equal([app["frozen"] for app in status(d)["apps"]], [True, True, False, True])
    run(d, "freeze", "--all", "--off")
    equal([app["frozen"] for app in status(d)["apps"]], [False] * 4)
    connection.close()


@scenario
def thawing_all_stops_at_none():
    later = 'key "k1" { file = "@DIR@/keys/demo.key"  not_before = "2099-01-01T00:00:00Z" }'
    d = start(key=later, more='app "a0" { sdkappid = 99  key "k" { file = "@DIR@/keys/demo.key" }\n'
                              'admin "administrator" {} allow { users = {"@UID@"} may = {"admin"} } }')
    run(d, "freeze", "--all")
    done = run(d, "freeze", "--all", "--off", status=70)
    true("app demo" in done.stderr and "could not be signed" in done.stderr, done.stderr)
    equal([app["frozen"] for app in status(d)["apps"]], [False, False])


# ---- clock -------------------------------------------------------------------------------------------

@scenario
def the_clock_is_shown():
    d = start()
    shown = run(d, "clock").stdout
    true(shown.startswith("20") and "the kernel says" in shown, shown)
    equal(run(d, "clock", "show").stdout.split(",")[1:], shown.split(",")[1:])


# ---- log ---------------------------------------------------------------------------------------------

@scenario
def the_log_level_is_every_process_s():
    d = start()
    equal(status(d)["log_level"], "info")
    equal(faults(run(d, "log-level", "debug")), [])
    equal(status(d)["log_level"], "debug")
    equal(held(d)["key"], "k1")
    true("proc=front" in d.wait_line("level=debug"), "a request of the front's")
    equal(faults(run(d, "log-level", "error")), [])
    until(lambda: sum("request=log-level" in line for line in d.lines) == 2, "the last line of the old level")
    before = len(d.lines)
    run(d, "freeze", "demo")
    run(d, "freeze", "demo", "--off")
    held(d)
    equal([line for line in d.lines[before:] if "level=error" not in line], [], "neither the master's nor a front's")
    run(d, "reload")
    equal(status(d)["log_level"], "info", "as the configuration says")
    true("one of error, warn, info, debug" in run(d, "log-level", "loud", status=64).stderr, "no such level")


main()
