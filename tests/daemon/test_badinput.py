#!/usr/bin/env python3
"""What sigd refuses to start with, and how it says so: key files, config, sockets. Each row goes through the real
program: a start must end by itself with a status that is not 0 and a message that names the path (or file:line) and
what mends it; --check must agree."""
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (KEY, ROOT, SDKAPPID, SIGD, Sigd, equal, good, main, oracle, plain_config,  # noqa: E402
                     scenario, skip, true)

SIGN = "/v1/apps/demo/usersig"
CONFIG_FAULT = 78
PEM = b"""-----BEGIN EC PRIVATE KEY-----
MHQCAQEEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4foAcGBSuBBAAK
oUQDQgAEAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJ
CgsMDQ4PEBESExQVFhcYGRobHB0eHw==
-----END EC PRIVATE KEY-----
"""


def says(text, words, what):
    for word in words:
        true(re.search(word, text), f"{what} does not say {word!r}:\n{text}")


def refused(made, *words, check=CONFIG_FAULT, kept_socket=False):
    """Neither starts nor passes --check, and both messages hold the words (regular expressions; @DIR@ is filled in).
    check: the status of --check; None: it need not look at this."""
    words = [made.fill(word) for word in words]
    status, text = made.fail_to_start()
    true(status > 0, f"exit status {status}; stderr:\n{text}")
    says(text, words, "stderr")
    true(KEY.decode() not in text, "the key is on stderr")
    true(not os.path.exists(made.socket()) or kept_socket, "a socket was left")
    if check is None:
        return
    status, text = made.check()
    equal(status, check, f"status of --check, which said:\n{text}")
    says(text, words, "--check")


def planted(prepare=None, config=None, keys=None):
    """A daemon that is not started, with a fault planted."""
    return Sigd(config, keys, prepare=prepare, start=False)


def key_of(made):
    return made.path("keys", "demo.key")


# ---- key files ---------------------------------------------------------------------------------------

@scenario
def key_file_missing():
    refused(planted(lambda d: os.unlink(key_of(d))), "@DIR@/keys/demo.key", "no such file")


@scenario
def key_file_open_to_others():
    for mode in (0o644, 0o640, 0o604, 0o620, 0o660, 0o602, 0o610):
        refused(planted(lambda d, mode=mode: os.chmod(key_of(d), mode)), "@DIR@/keys/demo.key", "chmod (600|0600|go-rwx)")


@scenario
def key_file_is_a_symbolic_link():
    def link(made):
        os.rename(key_of(made), made.path("real.key"))
        os.symlink(made.path("real.key"), key_of(made))
    refused(planted(link), "@DIR@/keys/demo.key", "symbolic link")


@scenario
def key_file_is_a_fifo():
    def fifo(made):
        os.unlink(key_of(made))
        os.mkfifo(key_of(made), 0o600)
    refused(planted(fifo), "@DIR@/keys/demo.key", "(?i)FIFO")


@scenario
def key_file_is_a_directory_or_a_socket():
    def directory(made):
        os.unlink(key_of(made))
        os.mkdir(key_of(made), 0o700)
    refused(planted(directory), "@DIR@/keys/demo.key", "directory")

    def unix(made):
        os.unlink(key_of(made))
        socket.socket(socket.AF_UNIX).bind(key_of(made))
        os.chmod(key_of(made), 0o600)
    refused(planted(unix), "@DIR@/keys/demo.key", "socket")


@scenario
def key_file_has_a_second_link():
    refused(planted(lambda d: os.link(key_of(d), d.path("second"))), "@DIR@/keys/demo.key", "link")


@scenario
def directory_above_the_key_is_writable():
    for mode in (0o777, 0o775, 0o757):
        refused(planted(lambda d, mode=mode: os.chmod(d.path("keys"), mode)), "@DIR@/keys(?!/)", "chmod (go-w|[0-7]+)")

    def higher(made):
        os.chmod(made.dir, 0o777)
    refused(planted(higher), "@DIR@", "chmod (go-w|[0-7]+)")


@scenario
def directories_that_are_fine():
    for mode in (0o711, 0o755, 0o1777, 0o700):
        made = planted(lambda d, mode=mode: os.chmod(d.path("keys"), mode))
        made.start()
        good(made.request("POST", SIGN, {"identifier": "u1"}))
        equal(made.stop(), 0, f"exit status with {mode:o}")


@scenario(root=True)
def key_file_of_somebody_else():
    refused(planted(lambda d: os.chown(key_of(d), 70100, 0)), "@DIR@/keys/demo.key", "owned by uid 70100", "chown")
    refused(planted(lambda d: os.chown(d.path("keys"), 70100, 0)), "@DIR@/keys(?!/)", "owned by uid 70100", "chown")


@scenario
def key_file_is_empty():
    for content in (b"", b"\n"):
        refused(planted(keys={"demo.key": content}), "@DIR@/keys/demo.key", "empty", check=None)


@scenario
def key_file_is_too_large():
    refused(planted(keys={"demo.key": b"k" * 65537}), "@DIR@/keys/demo.key", "65536|64 KiB")


@scenario
def pem_that_is_no_private_key():
    for content, why in ((PEM, "PEM"), (b"\n" + PEM, "PEM"), (b"key\n" + PEM, "PEM"), (PEM[:60], "PEM"),
                         (PEM.replace(b"EC PRIVATE", b"PUBLIC"), "public"),
                         (PEM.replace(b"EC PRIVATE", b"ENCRYPTED PRIVATE"), "decrypt"), (PEM + b"x" * 5000, "PEM")):
        refused(planted(keys={"demo.key": content}), "@DIR@/keys/demo.key", why, check=None)


@scenario
def key_with_a_newline_works_with_a_note():
    made = planted(keys={"demo.key": KEY + b"\n"})
    made.start()
    document = good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(oracle.judge(document["usersig"], KEY, SDKAPPID, "u1", int(time.time())), 0, "the newline is no part of the key")
    notes = [line for line in made.lines if "demo.key" in line and "newline" in line]
    equal(len(notes), 1, f"one note on stderr:\n{made.stderr}")
    equal(made.stop(), 0, "exit status")


@scenario
def key_without_a_newline_has_no_note():
    made = planted()
    made.start()
    true("newline" not in made.stderr, f"a note on stderr:\n{made.stderr}")
    equal(made.stop(), 0, "exit status")


@scenario
def only_one_newline_is_trimmed():
    made = planted(keys={"demo.key": KEY + b"\n\n"})
    made.launch()
    try:
        made.wait_line("msg=ready")
    except AssertionError:
        says(made.stderr, [made.path("keys", "demo.key")], "stderr")  # refusing it is fine as well
        return
    document = good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(oracle.judge(document["usersig"], KEY + b"\n", SDKAPPID, "u1", int(time.time())), 0, "every other byte counts")


# ---- the config file ---------------------------------------------------------------------------------

@scenario
def config_file_rules():
    def plant(change):
        made = planted()
        change(made)
        return made
    refused(plant(lambda d: os.unlink(d.config)), "@DIR@/sigd.conf", "no such file")
    refused(plant(lambda d: os.chmod(d.config, 0o666)), "@DIR@/sigd.conf", "chmod (go-w|[0-7]+)")
    refused(plant(lambda d: (os.rename(d.config, d.path("real")), os.symlink(d.path("real"), d.config))),
            "@DIR@/sigd.conf", "symbolic link")
    refused(plant(lambda d: os.link(d.config, d.path("second"))), "@DIR@/sigd.conf", "link")
    if ROOT:
        refused(plant(lambda d: os.chown(d.config, 70100, 0)), "@DIR@/sigd.conf", "owned by uid 70100")


BASE = plain_config()
# name, what to change in the config (old, new), a piece of the line that the message must name, words of the message
FAULTS = [
    ("unknown word at the top", ("workers = 1", "workerz = 1"), "workerz", ["workerz"]),
    ("unknown word in app", ("url_lifetime =", "url_lifetimes ="), "url_lifetimes", ["url_lifetimes"]),
    ("unknown word in allow", ('identifiers = {"*"}', 'identifers = {"*"}'), "identifers", ["identifers"]),
    ("unknown word in admin", ("min_remaining =", "min_remain ="), "min_remain ", ["min_remain"]),
    ("unknown section", ("workers = 1", 'apps "x" { }'), 'apps "x"', ["apps"]),
    ("repeated scalar", ("workers = 1", "workers = 1\nworkers = 2"), "workers = 2", ["workers"]),
    ("repeated in app", ('region = "china"', 'region = "china"\n    region = "seoul"'), '"seoul"', ["region"]),
    ("environment", ('identifiers = {"*"}', 'identifiers = {"${HOME}*"}'), "${HOME}", [r"\$\{|\$"]),
    ("empty title", ('app "demo"', 'app ""'), 'app ""', ["app"]),
    ("name with a slash", ('app "demo"', 'app "de/mo"'), 'app "de/mo"', ["de/mo"]),
    ("unknown user", ('users = {"@UID@"}', 'users = {"no-such-user-here"}'), "no-such-user-here", ["no-such-user-here"]),
    ("unknown group", ('users = {"@UID@"}', 'groups = {"no-such-group-here"}'), "no-such-group", ["no-such-group-here"]),
    ("mode without 0", ("mode = 0666", "mode = 666"), "mode = 666", ["mode", "666"]),
    ("mode with 8", ("mode = 0666", "mode = 0668"), "mode = 0668", ["mode", "0668"]),
    ("mode too long", ("mode = 0666", "mode = 01777"), "mode = 01777", ["mode", "01777"]),
    ("sdkappid 0", (f"sdkappid = {SDKAPPID}", "sdkappid = 0"), "sdkappid = 0", ["sdkappid"]),
    ("sdkappid 2^32", (f"sdkappid = {SDKAPPID}", "sdkappid = 4294967296"), "4294967296", ["sdkappid"]),
    ("sdkappid negative", (f"sdkappid = {SDKAPPID}", "sdkappid = -1"), "sdkappid = -1", ["sdkappid"]),
    ("sdkappid in hex", (f"sdkappid = {SDKAPPID}", "sdkappid = 0x54C5638"), "0x54C5638", ["sdkappid"]),
    ("sdkappid missing", (f"sdkappid = {SDKAPPID}", ""), 'app "demo"', ["sdkappid"]),
    ("duration without unit", ('lifetime = "24h"  max', 'lifetime = "24"  max'), '"24"', ["lifetime"]),
    ("duration of two units", ('lifetime = "24h"  max', 'lifetime = "1h30m"  max'), '"1h30m"', ["lifetime"]),
    ("duration 0", ('lifetime = "24h"  max', 'lifetime = "0s"  max'), '"0s"', ["lifetime"]),
    ("region", ('region = "china"', 'region = "moon"'), '"moon"', ["moon", "china"]),
    ("lifetime over max_lifetime", ('lifetime = "24h"  max_lifetime', 'lifetime = "52w"  max_lifetime'), '"52w"', ["max_lifetime"]),
    ("min_remaining over a third", ('min_remaining = "10m"', 'min_remaining = "9h"'), '"9h"', ["min_remaining"]),
    ("url without admin", ('may = {"admin", "url", "sign", "verify"}', 'may = {"url"}'), 'may = {"url"}', ["url", "admin"]),
    ("unknown action", ('"verify"}', '"verfy"}'), '"verfy"', ["verfy"]),
    ("unknown admin", ('admins = {"group_root"}', 'admins = {"group_rot"}'), '"group_rot"', ["group_rot"]),
    ("unknown socket", ('identifiers = {"*"}', 'sockets = {"side"}'), '"side"', ["side"]),
    ("no key", ('key "k1" { file = "@DIR@/keys/demo.key" }', ""), 'app "demo"', ["key"]),
    ("key without a file", ('{ file = "@DIR@/keys/demo.key" }', "{ }"), 'key "k1"', ["file"]),
    ("key with a relative path", ('"@DIR@/keys/demo.key"', '"keys/demo.key"'), '"keys/demo.key"', ["absolute path"]),
    ("date", ('demo.key" }', 'demo.key"  not_before = "2026-02-30T00:00:00Z" }'), "2026-02-30", ["not_before"]),
    ("two keys of one name", ('demo.key" }', 'demo.key" }\n    key "k1" { file = "@DIR@/keys/2.key" }'), "keys/2.key", ["k1"]),
    ("two apps of one name",
     ('app "demo" {', 'app "demo" { sdkappid = 5  key "k" { file = "@DIR@/keys/demo.key" } }\napp "demo" {'), None, ["demo"]),
    ("workers 0", ("workers = 1", "workers = 0"), "workers = 0", ["workers"]),
    ("rate 0", ('identifiers = {"*"}', "rate = 0"), "rate = 0", ["rate"]),
    ("administrator with a newline", ('admin "group_root"', 'admin "group\\nroot"'), 'admin "group', ["admin"]),
    ("overflow uid", ('users = {"@UID@"}', 'users = {"65534"}'), '"65534"', ["65534"]),
    ("socket without a path", ('path = "@DIR@/run/sigd.sock"', ""), 'socket "main"', ["path"]),
    ("socket path too long", ("@DIR@/run/sigd.sock", "@DIR@/run/" + "s" * 100), "sssss", ["107|108|long"]),
    ("syntax", ("workers = 1", "workers = = 1"), "workers = =", []),
    ("end missing", ("\n}\n", "\n"), None, []),
    ("control socket's mode", ("workers = 1", 'admin_socket { path = "@DIR@/run/a.sock"  mode = 0666 }'), "0666", ["mode", "0600"]),
    ("control socket's path", ("workers = 1", 'admin_socket { path = "@DIR@/run/sigd.sock" }'), "admin_socket", ["path"]),
    ("directory without a slash", ("workers = 1", 'publish_dir = "run/sigd-pub"'), "publish_dir", ["absolute"]),
    ("state_dir with a slash", ("workers = 1", 'state_dir = "/var/lib/sigd/"'), "state_dir", ["'/'"]),
    ("key_files", ("workers = 1", "key_files = docker"), "key_files", ["docker", "kubernetes"]),
    ("ids", ("workers = 1", "ids = on"), "ids", ["in_namespace"]),
    ("unsynced", ("workers = 1", "unsynced = run"), "unsynced", ["run", "wait, refuse, serve"]),
    ("sync", ('sync = "none"', 'sync = "2s"'), "sync", ["2s", "none, 1s, batch"]),
    ("log level", ("workers = 1", "log { level = loud }"), "level", ["loud", "error, warn, info, debug"]),
    ("raw_userbuf", ('region = "china"', "raw_userbuf = 1"), "raw_userbuf", ["true nor false"]),
    ("publish_group without publish_dir", ('min_remaining = "10m"', "publish_group = 0"), "publish_group", ["publish_dir"]),
    ("credential without systemd", ('file = "@DIR@/keys/demo.key"', 'file = "credential:chat"'), "credential", ["LoadCredential"]),
    ("rights", ("rights = 255", "rights = 256"), "rights", ["256", "255"]),
]


def changed(old, new):
    true(BASE.count(old) >= 1, f"the test's own config has no {old!r}")
    return BASE.replace(old, new, 1)


def line_of(made, piece):
    with open(made.config, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if made.fill(piece) in line:
                return number
    raise AssertionError(f"no line with {piece!r}")


@scenario
def config_faults_are_named_with_file_and_line():
    wrong = []
    for name, (old, new), piece, words in FAULTS:
        made = planted(config=changed(old, new))
        place = re.escape(made.config) + (f":{line_of(made, piece)}:" if piece else r":\d+:")
        try:
            refused(made, place, *words)
        except AssertionError as fault:
            wrong.append(f"{name}: {fault}")
        made.discard()
    true(not wrong, "\n".join(wrong))


@scenario
def all_semantic_faults_are_listed():
    made = planted(config=changed("mode = 0666", "mode = 999").replace('region = "china"', 'region = "moon"')
                   .replace("workers = 1", "workers = x"))
    places = [re.escape(made.config) + f":{line_of(made, piece)}:" for piece in ("mode = 999", "workers = x", '"moon"')]
    refused(made, *places)


@scenario
def check_of_a_good_config():
    made = planted()
    status, text = made.check()
    equal(status, 0, f"--check said:\n{text}")
    true(not os.path.exists(made.socket()), "--check makes no socket")
    true(not re.search(r"(?i)\berror\b", text), f"--check said:\n{text}")
    made.start()
    equal(made.check()[0], 0, "--check beside a running daemon")
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(made.stop(), 0, "exit status")


@scenario
def usage():
    for arguments in (["--nonsense"], ["--config"], ["stray"]):
        done = subprocess.run([SIGD, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=False,
                              cwd="/") if os.access(SIGD, os.X_OK) else skip("sigd is not built", must=True)
        true(done.returncode > 0 and done.stderr, f"{arguments}: {done.returncode} {done.stderr!r}")


# ---- sockets, logs, programs -------------------------------------------------------------------------

@scenario
def socket_path_is_served_by_another_program():
    made = planted()
    other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    other.bind(made.socket())
    other.listen(8)
    refused(made, "@DIR@/run/sigd.sock", "already|in use|another", check=None, kept_socket=True)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(made.socket())  # still the other program's
    other.settimeout(5)
    other.accept()


@scenario
def socket_path_is_a_file():
    made = planted(lambda d: d.write("run/sigd.sock", b"precious"))
    refused(made, "@DIR@/run/sigd.sock", check=None, kept_socket=True)
    with open(made.socket(), "rb") as file:
        equal(file.read(), b"precious", "the file")


@scenario
def socket_directory_is_missing_or_open():
    deeper = plain_config().replace("@DIR@/run/", "@DIR@/run/a/b/")
    refused(planted(config=deeper), "@DIR@/run/a/b", check=None)
    refused(planted(lambda d: os.chmod(d.path("run"), 0o777)), "@DIR@/run", "chmod", check=None)


@scenario
def a_missing_last_directory_is_made():
    """/run is empty after a boot, and nobody should have to mkdir by hand."""
    def prepare(d):
        os.rmdir(d.path("run"))
        os.rmdir(d.path("log"))
    made = Sigd(prepare=prepare)
    good(made.request("POST", SIGN, {"identifier": "u1"}))
    equal(os.stat(made.path("run")).st_mode & 0o777, 0o755, "mode of the socket's directory")
    equal(os.stat(made.path("log")).st_mode & 0o777, 0o700, "mode of the audit log's directory")


@scenario
def audit_log_cannot_be_written():
    deeper = plain_config().replace("@DIR@/log/", "@DIR@/log/a/b/")
    refused(planted(config=deeper), "@DIR@/log/a/b", check=None)
    refused(planted(lambda d: os.mkdir(d.path("log", "audit.log"))), "@DIR@/log/audit.log", check=None)
    refused(planted(lambda d: os.symlink("/dev/null", d.path("log", "audit.log"))), "@DIR@/log/audit.log", check=None)


@scenario
def programs_of_the_children_are_missing():
    made = planted()
    made.libexec = made.path("run")
    refused(made, "@DIR@/run", check=None)


if __name__ == "__main__":
    main()
