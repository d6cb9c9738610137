#!/usr/bin/env python3
"""sigd under configs that are out of the ordinary: every word, volumes of Kubernetes, credentials of systemd, a user
namespace, an app without keys, warnings."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, Caller, Sigd, equal, good, in_user_namespace, main, plain_config, problem, reachable_python,  # noqa: E402
                     scenario, skip, true)
from process import launch_behind  # noqa: E402

SIGN = "/v1/apps/demo/usersig"
# runs a program in a user namespace that maps all ids but the last few to themselves; only a process outside may say so
IN_NAMESPACE = r"""
import ctypes, os, sys
begin, begun = os.pipe()
helper = os.fork()
if helper == 0:
    os.read(begin, 1)
    for kind in ("uid", "gid"):
        with open(f"/proc/{os.getppid()}/{kind}_map", "w") as file:
            file.write("0 0 70100\n")
    os._exit(0)
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
    sys.stderr.write("no user namespace here\n")
    os._exit(1)
os.write(begun, b"x")
if os.waitpid(helper, 0)[1]:
    sys.stderr.write("no user namespace here\n")
    os._exit(1)
os.close(begin)
os.close(begun)
os.execv(sys.argv[1], sys.argv[1:])
"""


def sign(made, socket_name="main"):
    return made.request("POST", SIGN, {"identifier": "u1"}, socket_name=socket_name)


@scenario
def every_word():
    made = Sigd(plain_config(
        top='log { format = "logfmt"  level = "info" }  state_dir = "@DIR@/state"  unsynced = serve  ids = in_namespace\n'
            'key_files = kubernetes  admin_socket { path = "@DIR@/admin/admin.sock" }',
        app="raw_userbuf = true",
        allow='allow { users = {"@UID@"}  may = {"admin", "url", "sign", "verify"}  rights = 255  rate = 1000 }'))
    good(sign(made))
    equal(made.stop(), 0, "exit status")


@scenario
def each_way_of_syncing():
    for sync in ("batch", "1s", "none"):
        made = Sigd(plain_config(audit=f'audit {{ file = "@DIR@/log/audit.log"  sync = "{sync}" }}'))
        good(sign(made))
        equal(made.stop(), 0, f"exit status with {sync}")


@scenario
def warnings_stop_nothing():
    made = Sigd(plain_config(key='key "old" { file = "@DIR@/keys/demo.key"  not_after = "2999-01-01T00:00:00Z" }\n'
                                 'key "new" { file = "@DIR@/keys/demo.key"  not_before = "2999-01-01T00:00:00Z" }'),
                start=False)
    made.write("run/other", b"")
    status, text = made.check()
    equal(status, 0, f"--check said:\n{text}")
    for piece in ("warning: no state_dir", 'warning: key "new" begins at 2999-01-01T00:00:00Z, too late for key "old"',
                  f'warning: path: {made.path("run")} holds "other" too'):
        true(piece in text, f"no {piece!r} in:\n{text}")
    made.start()
    good(sign(made))
    equal(made.stop(), 0, "exit status")


@scenario
def app_whose_administrator_is_signed_elsewhere():
    hosted = """app "partner" {
    sdkappid = 1400000001
    admin "boss" { usersig_file = "@DIR@/keys/boss.usersig" }
    allow { users = {"@UID@"}  may = {"admin"} }
}"""
    made = Sigd(plain_config(more=hosted), start=False)
    made.write("keys/boss.usersig", b"eJwtzE0LgkAUheH-MtvC7nxoKrRyU0kRIdVyZCYuZTOMY0jRf8_U5XkO7*x")
    made.start()
    good(sign(made))
    problem(made.request("POST", "/v1/apps/partner/usersig", {"identifier": "u1"}), 403, "forbidden")
    equal(made.stop(), 0, "exit status")


def volume(made):
    """The key as the kubelet lays it out; only root can make root's links."""
    os.unlink(made.path("keys", "demo.key"))
    os.mkdir(made.path("keys", "..2026_11_23.1"), 0o755)
    made.write("keys/..2026_11_23.1/demo.key", KEY, 0o440)
    os.symlink("..2026_11_23.1", made.path("keys", "..data"))
    os.symlink("..data/demo.key", made.path("keys", "demo.key"))
    os.chmod(made.path("keys"), 0o1777)


@scenario(root=True)
def key_in_a_volume_of_kubernetes():
    made = Sigd(plain_config(top="key_files = kubernetes"), prepare=volume)
    good(sign(made))
    equal(made.stop(), 0, "exit status")
    made = Sigd(start=False, prepare=volume)
    status, text = made.fail_to_start()
    equal(status, 78, "exit status")
    true("demo.key: is a symbolic link" in text, text)


@scenario(root=True)
def key_as_a_credential_of_systemd():
    def prepare(made):
        os.chmod(made.path("keys", "demo.key"), 0o440)
    made = Sigd(plain_config(key='key "k1" { file = "credential:demo.key" }'), start=False, prepare=prepare)
    launch_behind(made, f'CREDENTIALS_DIRECTORY={made.path("keys")} exec')
    made.wait_line("msg=ready")
    good(sign(made))
    equal(made.stop(), 0, "exit status")


def launch_in_namespace(made):
    program = made.write("namespace.py", IN_NAMESPACE.encode(), 0o755)
    launch_behind(made, f"exec {reachable_python()} -I {program}")
    try:
        made.wait_line("msg=ready")
    except AssertionError:
        if "no user namespace here" in made.stderr:
            skip("no user namespaces here")
        raise


POD = 'socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0666 }\nsocket "pod" { path = "@DIR@/run/pod.sock"  mode = 0666 }'
POD_RULE = '\n    allow { sockets = {"pod"}  may = {"sign"} }'
USER_RULE = 'allow { users = {"0", "60001"}  groups = {"60002"}  may = {"sign"} }'


@scenario(root=True)
def ids_of_a_user_namespace_match_nobody():
    if in_user_namespace():
        skip("in a user namespace already")
    made = Sigd(plain_config(socket=POD, allow=USER_RULE + POD_RULE), start=False)
    launch_in_namespace(made)
    true("warning: this user namespace" in made.stderr, f"no warning:\n{made.stderr}")
    body = {"identifier": "u1"}
    problem(sign(made), 403, "forbidden")
    problem(Caller(60001).ask(made, "POST", SIGN, body), 403, "forbidden")
    problem(Caller(60003, groups=[60002]).ask(made, "POST", SIGN, body), 403, "forbidden")
    good(sign(made, "pod"))
    good(Caller(60003).ask(made, "POST", SIGN, body, socket_name="pod"))
    problem(Caller(70200).ask(made, "POST", SIGN, body, socket_name="pod"), 403, "forbidden")  # shown as the overflow uid
    equal(made.stop(), 0, "exit status")


@scenario(root=True)
def ids_of_a_user_namespace_that_are_meant():
    made = Sigd(plain_config(socket=POD, top="ids = in_namespace", allow=USER_RULE + POD_RULE), start=False)
    launch_in_namespace(made)
    true("warning: this user namespace" not in made.stderr, f"a warning:\n{made.stderr}")
    body = {"identifier": "u1"}
    good(sign(made))
    good(Caller(60001).ask(made, "POST", SIGN, body))
    good(Caller(60003, groups=[60002]).ask(made, "POST", SIGN, body))
    problem(Caller(60003).ask(made, "POST", SIGN, body), 403, "forbidden")
    problem(Caller(70200).ask(made, "POST", SIGN, body), 403, "forbidden")
    equal(made.stop(), 0, "exit status")


if __name__ == "__main__":
    main()
