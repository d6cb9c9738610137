#!/usr/bin/env python3
"""install.py: the packages of _build/package on a bare Debian: installed, served from as the unit says, upgraded from the
build before, removed, purged. `make test-install` runs it, as root; it needs the network for Debian's packages.

    install.py --packages DIRECTORY --build DIRECTORY"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TESTS, "daemon"), os.path.join(TESTS, "standin"), HERE]
from root import Root, must, own_mounts, say, skip  # noqa: E402
import unit  # noqa: E402
from harness import equal, true, until  # noqa: E402
from rest_standin import Standin  # noqa: E402

OURS = ("libsig0", "libsig-dev", "usersig", "sigd")
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
CALL = "group_open_http_svc/get_appid_group_list"
BEFORE = "~before"  # sorts before nothing at all
# systemd's command, where there is no systemd: what is asked of the manager is written down
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/tmp/systemctl.asked
case "$*" in
*preset* | *is-enabled*) SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl "$@" ;;
*is-active* | *is-failed*) exit 1 ;;
esac
"""


# ---- packages ----------------------------------------------------------------------------------------

def built(folder):
    """{package: file}"""
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".deb") and name.split("_")[0] in OURS and BEFORE not in name:
            found[name.split("_")[0]] = os.path.join(folder, name)
    if set(found) != set(OURS):
        sys.exit(f"{folder}: not all of {OURS}: run scripts/package")
    return found


def of_before(packages, folder):
    """The same with a version that is lower."""
    made = {}
    for name, path in packages.items():
        place = os.path.join(folder, name)
        must(subprocess.run(["dpkg-deb", "-R", path, place], capture_output=True, check=False))
        control = os.path.join(place, "DEBIAN", "control")
        with open(control, encoding="utf-8") as file:
            text = file.read()
        version = re.search(r"^Version: (.*)$", text, re.M)[1]
        with open(control, "w", encoding="utf-8") as file:
            file.write(text.replace(version, version + BEFORE))
        made[name] = os.path.join(folder, f"{name}{BEFORE}.deb")
        must(subprocess.run(["dpkg-deb", "--root-owner-group", "-b", place, made[name]], capture_output=True, check=False))
    return made


def give(root, packages):
    """Their paths inside."""
    os.makedirs(root.path("/tmp/packages"), exist_ok=True)
    return [shutil.copy(path, root.path("/tmp/packages")).removeprefix(root.dir) for path in packages.values()]


def install(root, packages):
    root.run("apt-get", "install", "-y", "--no-install-recommends", *give(root, packages))


def dependencies(root, packages):
    """What they need comes first, so that what is left at the end is theirs alone."""
    planned = root.run("apt-get", "install", "-s", "--no-install-recommends", *give(root, packages))
    names = [name for name in re.findall(r"^Inst (\S+)", planned, re.M) if name not in OURS]
    root.run("apt-get", "install", "-y", "--no-install-recommends", *names)
    return names


def state(root, package):
    return root.call("dpkg-query", "-W", "-f", "${db:Status-Status}", package).stdout


def asked(root):
    """What the packages asked systemd to do since the last call."""
    path = root.path("/tmp/systemctl.asked")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        lines = [re.sub(r"--\S* ", "", line.strip()) for line in file]
    os.unlink(path)
    return lines


# ---- the daemon --------------------------------------------------------------------------------------

class Service:
    """sigd in the root, as its unit says (tests/daemon/confine.py)."""

    def __init__(self, root):
        self.root = root
        place = root.path("/lib/systemd/system/sigd.service")
        self.unit = unit.read(place)
        plan = {"unit": self.unit, "calls": unit.allowed_calls(self.unit), "argv": self.unit["ExecStart"].split(), "env": {},
                "user": None, "credentials": {}, "listen": [], "etc": None, "binds": [], "root": root.dir}
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(plan, file)
        self.process = subprocess.Popen([sys.executable, "-I", os.path.join(TESTS, "daemon", "confine.py"), file.name],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines, self.ready = [], threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()
        self.ready.wait(20)
        os.unlink(file.name)
        true("msg=ready" in "".join(self.lines), "".join(self.lines))

    def listen(self):
        for line in self.process.stderr:
            self.lines.append(line)
            if "msg=ready" in line:
                self.ready.set()
        self.ready.set()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        equal(self.process.wait(20), 0, "".join(self.lines))

    def users(self):
        """{program: uid}"""
        told = subprocess.run(["ps", "-o", "comm=,uid=", "--pid", str(self.process.pid), "--ppid", str(self.process.pid)],
                              capture_output=True, text=True, check=True).stdout
        return dict(line.split() for line in told.splitlines())


def condition(root):
    """Would systemd start it?"""
    return os.path.exists(root.path(unit.read(root.path("/lib/systemd/system/sigd.service"))["ConditionPathExists"]))


# ---- what a user does --------------------------------------------------------------------------------

def serves(root, service):
    """Signed, verified, called."""
    true("chat" in root.run("usersig", "status", user="www-data"), "usersig status")
    signed = root.run("usersig", "sign", "alice", user="www-data").strip()
    root.run("usersig", "verify", "--for", "alice", text=signed + "\n", user="www-data")
    true(root.call("usersig", "verify", "--for", "bob", text=signed + "\n", user="www-data").returncode != 0, "of another")
    true(root.call("usersig", "sign", "alice", user="backup").returncode != 0, "who has no grant")
    answer = root.run("usersig", "call", CALL, "--host", f"localhost:{service.port}", "--cacert", "/tmp/ca.pem", user="www-data")
    equal(json.loads(answer)["ErrorCode"], 0)
    return signed


def audit(root):
    """Lines of the log, whose chain holds."""
    root.run("sigctl", "audit", "verify", "/var/log/sigd/audit.log")
    with open(root.path("/var/log/sigd/audit.log"), encoding="utf-8") as file:
        return file.read().splitlines()


def mode(root, path):
    found = os.lstat(root.path(path))
    return oct(found.st_mode & 0o7777), found.st_uid


# ---- the story ---------------------------------------------------------------------------------------

def installed_without_config(root):
    equal([state(root, name) for name in OURS], ["installed"] * 4)
    told = asked(root)
    true("start sigd.service" in told, f"systemd is asked to start it, and has its condition: {told}")
    equal(condition(root), False, "a config that nobody wrote")
    wanted = root.path("/etc/systemd/system/multi-user.target.wants/sigd.service")
    equal(os.readlink(wanted), "/lib/systemd/system/sigd.service", "enabled")
    equal(os.path.lexists(root.path("/etc/systemd/system/sockets.target.wants/sigd.socket")), False, "the socket is not")
    for user in ("sigd-signer", "sigd-front", "sigd"):
        true("nologin" in root.run("getent", "passwd", user), user)
    equal({path: mode(root, path) for path in ("/etc/sigd", "/run/sigd", "/var/lib/sigd", "/var/log/sigd")},
          {"/etc/sigd": ("0o755", 0), "/run/sigd": ("0o755", 0), "/var/lib/sigd": ("0o700", 0), "/var/log/sigd": ("0o700", 0)})
    equal(os.listdir(root.path("/etc/sigd")), [])
    root.run("sh", "-c", "sigd --version && sigctl --version && usersig --version && test -e /usr/share/man/man8/sigd.8.gz")


def configured(root):
    root.run("sigctl", "init", "--app", "chat", "--sdkappid", "88888888", "--region", "china", "--admin", "administrator",
             "--user", "www-data", text=KEY)
    root.run("sigctl", "check")
    equal({path: mode(root, path) for path in ("/etc/sigd/chat.key", "/etc/sigd/sigd.conf")},
          {"/etc/sigd/chat.key": ("0o600", 0), "/etc/sigd/sigd.conf": ("0o644", 0)})
    equal(condition(root), True)


def upgraded(root, service, packages, rest):
    """The old daemon serves on, a front that dies under it is one of its own; the new one begins where it ended."""
    before = audit(root)
    root.run("sigctl", "freeze", "chat")
    front = [pid for pid in unit_children(service) if comm(pid) == "sigd-front"][0]
    install(root, packages)
    equal(service.process.poll(), None, "it runs on")
    os.kill(front, signal.SIGKILL)
    until(lambda: [pid for pid in unit_children(service) if comm(pid) == "sigd-front" and pid != front], "another front")
    told = asked(root)
    true("restart sigd.service" in told, f"systemd is asked to restart it: {told}")
    equal(BEFORE in root.run("dpkg-query", "-W", *OURS), False, "all of the new version")
    service.stop()
    service = Service(root)
    true(root.call("usersig", "sign", "alice", user="www-data").returncode != 0, "frozen before is frozen after")
    root.run("sigctl", "freeze", "chat", "--off")
    serves(root, rest)
    after = audit(root)
    equal(after[:len(before)], before, "the audit log goes on")
    true(len(after) > len(before), "and grows")
    return service


def unit_children(service):
    with open(f"/proc/{service.process.pid}/task/{service.process.pid}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def comm(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def removed(root, bare):
    root.run("apt-get", "remove", "-y", *OURS)
    told = asked(root)
    true("stop sigd.service" in told, f"stopped: {told}")
    for path in ("/usr/sbin/sigd", "/usr/bin/usersig", "/lib/systemd/system/sigd.service"):
        equal(os.path.lexists(root.path(path)), False, path)
    for path in ("/etc/sigd/chat.key", "/etc/sigd/sigd.conf", "/var/log/sigd/audit.log", "/var/lib/sigd"):
        equal(os.path.lexists(root.path(path)), True, f"{path} stays until the purge")
    told = root.run("dpkg", "--purge", *OURS)
    true("/etc/sigd holds what the package did not make" in told, told)
    left = {path for path in root.files() if path not in bare}
    equal(left, {"/etc/sigd", "/etc/sigd/chat.key", "/etc/sigd/sigd.conf"} | (left & ACCOUNTS), "what an administrator made stays")
    shutil.rmtree(root.path("/etc/sigd"))
    root.run("apt-get", "install", "-y", "--no-install-recommends", *OTHER)
    root.run("dpkg", "--purge", *OURS)
    found = root.files()
    equal({path: what for path, what in found.items() if bare.get(path) != what and path not in ACCOUNTS}, {}, "nothing is left")
    equal({path for path in bare if path not in found}, set(), "nothing else is gone")


# users stay, as Debian's do
ACCOUNTS = {f"/etc/{name}{end}" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid") for end in ("", "-")} | {"/etc/.pwd.lock"}
OTHER = []


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--packages", required=True)
    options.add_argument("--build", required=True)
    chosen = options.parse_args()
    if os.getuid() != 0:
        skip("needs root")
    own_mounts()
    packages = built(chosen.packages)
    os.makedirs(chosen.build, exist_ok=True)
    root = Root(os.path.abspath(chosen.build), "root")
    service = None
    with tempfile.TemporaryDirectory() as work, Standin(KEY.encode(), 88888888, admins=["administrator"]) as rest:
        try:
            say("what the packages need")
            dependencies(root, packages)
            root.write("/usr/local/bin/systemctl", SYSTEMCTL, 0o755)
            os.makedirs(root.path("/run/systemd/system"), exist_ok=True)
            shutil.copy(rest.ca, root.path("/tmp/ca.pem"))
            os.chmod(root.path("/tmp/ca.pem"), 0o644)
            bare = root.files()
            say("installed, the build before")
            install(root, of_before(packages, work))
            installed_without_config(root)
            say("configured, and started as the unit says")
            configured(root)
            service = Service(root)
            uid = {name: root.run("id", "-u", name).strip() for name in ("sigd-signer", "sigd-front")}
            equal(service.users(), {"sigd": "0", **uid})
            serves(root, rest)
            say("upgraded")
            service = upgraded(root, service, packages, rest)
            service.stop()
            say("removed, purged")
            OTHER.extend(give(root, packages))
            removed(root, bare)
        finally:
            if service and service.process.poll() is None:
                service.process.kill()
                service.process.wait()
            root.remove()
    say("done")
    print("1 passed, 0 failed, 0 skipped")


main()
