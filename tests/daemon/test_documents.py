#!/usr/bin/env python3
"""What docs/OPERATIONS.md and docs/CONTAINERS.md tell people to do, done as it stands there: blocks after <!-- run --> are
run, lines after <!-- edit --> go into sigd.conf, configurations are read and served, YAML is parsed."""
import configparser
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import textwrap

import harness
from harness import (BUILD, KEY, OTHER_KEY, Caller, Sigd, equal, good, in_user_namespace, main, problem, scenario, skip,
                     true, until)
from process import launch_behind

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
MODULES = os.environ.get("USERSIG_NODE_MODULES") or os.path.join(TOP, "tests", "interop", "node_modules")
BLOCK = re.compile(r"^( *)<!-- ([\w: ]+) -->\n\1```\w*\n(.*?)^\1```\n", re.DOTALL | re.MULTILINE)

# where things of the documents are in a test
PLACES = {"/etc/sigd-keys": "keys", "/etc/sigd": "etc", "/run/sigd-admin": "adm", "/run/sigd-shop": "shop",
          "/run/sigd-forum": "forum", "/run/sigd": "run", "/var/lib/sigd": "state", "/var/log/sigd": "log"}


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def blocks(text):
    """(what, content) of the marked blocks."""
    return [(kind, textwrap.dedent(content)) for _, kind, content in BLOCK.findall(text)]


def placed(text, directory):
    for place, name in PLACES.items():
        text = text.replace(place, os.path.join(directory, name))
    return text


# ---- the operator's guide ----------------------------------------------------------------------------

def program(name):
    """The built program itself, not libtool's script before it."""
    for path in (os.path.join(BUILD, "tools", ".libs", name), os.path.join(BUILD, "tools", name)):
        if os.path.isfile(path):
            return path
    return skip(f"{name} is not built", must=True)


class Host:
    """A host as the guide sees it, in a directory."""

    def __init__(self):
        self.made = Sigd("", keys={}, start=False)
        self.dir = self.made.dir
        self.made.config = self.made.path("etc", "sigd.conf")
        for name in ("etc", "bin"):
            os.mkdir(self.made.path(name))
            os.chmod(self.made.path(name), 0o755)
        self.commands()
        for name, content in (("console.key", KEY), ("new.key", OTHER_KEY), ("emergency.key", OTHER_KEY[::-1]),
                              ("passphrase", b"correct horse battery staple\n")):
            self.made.write(name, content)

    def commands(self):
        # where any uid can run it, with its library: the tree may be in somebody's home
        shutil.copy(program("usersig"), self.made.path("bin", "usersig.program"))
        library = os.path.join(BUILD, "libsig", ".libs", "libsig.so.0")
        if os.path.exists(library):
            shutil.copy(library, self.made.path("bin", "libsig.so.0"))
        self.made.write("bin/usersig", f'#!/bin/sh\nLD_LIBRARY_PATH={self.dir}/bin exec {self.dir}/bin/usersig.program "$@"\n'
                        .encode(), 0o755)
        self.made.write("bin/sigd", f'#!/bin/sh\nexec {harness.SIGD} --libexec-dir {harness.LIBEXEC} "$@"\n'.encode(), 0o755)
        extra = "ids = in_namespace" if in_user_namespace() else ""
        moves = " ".join(f"-e 's#\"{place}\\([/\"]\\)#\"{self.dir}/{name}\\1#'" for place, name in PLACES.items())
        self.made.write("bin/sigctl", f"""#!/bin/sh
command=$1
shift
case $command in
init) {BUILD}/tools/sigctl init --config {self.made.config} --sigd {self.dir}/bin/sigd "$@" || exit
      sed -i {moves} {self.made.config} && echo '{extra}' >>{self.made.config} ;;
check) exec {BUILD}/tools/sigctl check --config {self.made.config} --sigd {self.dir}/bin/sigd "$@" ;;
*) exec {BUILD}/tools/sigctl "$command" "$@" ;;
esac
""".encode(), 0o755)

    def shell(self, text):
        done = subprocess.run(["sh", "-euc", placed(text, self.dir)], cwd=self.dir, capture_output=True, text=True,
                              timeout=60, check=False, stdin=subprocess.DEVNULL,
                              env={"PATH": f"{self.dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                   "SIGCTL_SOCKET": f"{self.dir}/adm/admin.sock", "SIGD_SOCKET": f"{self.dir}/run/sigd.sock"})
        true(done.returncode == 0, f"{text}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def systemctl(self, verb):
        if verb == "restart":
            equal(self.made.stop(), 0, "exit status of sigd")
        self.made.start()

    def run(self, text):
        """Lines of shell; systemctl is this test."""
        lines = ""
        for line in text.splitlines(keepends=True):
            if line.startswith("systemctl "):
                self.shell(lines)
                lines = ""
                self.systemctl(line.split()[1])
            else:
                lines += line
        return self.shell(lines)

    def edit(self, text):
        """Each line replaces the line of sigd.conf with the same first two words, or comes after the last key."""
        with open(self.made.config, encoding="utf-8") as file:
            lines = file.read().splitlines()
        for line in placed(text, self.dir).splitlines():
            same = [n for n, old in enumerate(lines) if old.split()[:2] == line.split()[:2]]
            if same:
                lines[same[0]] = line
            else:
                lines.insert(1 + max(n for n, old in enumerate(lines) if old.split()[:1] == ["key"]), line)
        with open(self.made.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def key_in_use(self):
        user = pwd.getpwnam("www-data")
        caller = Caller(user.pw_uid, user.pw_gid)
        signed, admin = caller.ask_all(self.made, [("POST", "/v1/apps/chat/usersig", {"identifier": "alice"}),
                                                   ("GET", "/v1/apps/chat/admin")])
        equal(good(signed)["key"], good(admin)["key"], "keys of users and administrators")
        return good(admin)["key"]


@scenario(root=True)
def the_operators_guide():
    host = Host()
    chapters = re.split(r"^## ", read("docs/OPERATIONS.md"), flags=re.MULTILINE)
    expected = {"A scheduled rollover": "2026b", "A leaked key": "2026c", "Upgrade": "2026c"}
    ran = 0
    for chapter in chapters:
        title = chapter.partition("\n")[0]
        for kind, text in blocks(chapter):
            ran += 1
            if kind == "run":
                host.run(text)
            elif kind != "unit":
                equal(kind, "edit", title)
                host.edit(text)
            if title == "The first key" and kind == "run":  # the guide's year is not for ever
                with open(host.made.config, encoding="utf-8") as file:
                    text = file.read()
                host.made.write("etc/sigd.conf", re.sub(r'key "\w+"', 'key "2026a"', text).encode(), 0o644)
        if title in expected:
            equal(host.key_in_use(), expected[title], f"the key after {title}")
    true(ran > 15, f"only {ran} blocks")
    equal(host.made.stop(), 0, "exit status")


@scenario
def an_upgrade_under_a_running_daemon():
    """Programs that are replaced on the disk are not mixed with those that run."""
    made = Sigd(start=False)
    os.mkdir(made.path("libexec"))
    for name in ("sigd-signer", "sigd-front"):
        shutil.copy(os.path.join(harness.LIBEXEC, name), made.path("libexec", name))
    os.chmod(made.path("libexec"), 0o755)
    made.libexec = made.path("libexec")
    made.start()
    for name in ("sigd-signer", "sigd-front"):
        os.rename(made.write("libexec/new", b"#!/bin/sh\nexit 99\n", 0o755), made.path("libexec", name))
    before = made.child("sigd-front")
    os.kill(before, 9)
    until(lambda: [pid for pid, name in made.children().items() if name == "sigd-front" and pid != before], "another front")
    good(made.request("POST", "/v1/apps/demo/usersig", {"identifier": "alice"}))
    equal(made.stop(), 0, "exit status")
    status, text = made.fail_to_start()
    true(status not in (0, None), f"the new programs are not run: {text}")


# ---- containers --------------------------------------------------------------------------------------

CONTAINERS = {kind.partition(": ")[2]: text for kind, text in blocks(read("docs/CONTAINERS.md")) if kind.startswith("config")}


def container(name, users=True):
    """A daemon with a configuration of the document."""
    made = Sigd("", keys={}, start=False)
    text = CONTAINERS[name]
    if users:  # names that this host does not have
        text = text.replace('"sigd-signer"', '"64001"').replace('"sigd-front"', '"64002"').replace('"im"', '"4242"')
    made.write("sigd.conf", (placed(text, made.dir) + ("ids = in_namespace\n" if in_user_namespace() else "")).encode(), 0o644)
    for directory in ("etc", "keys"):
        os.makedirs(made.path(directory), exist_ok=True)
        made.write(os.path.join(directory, "chat.key"), KEY)
    return made


def parsed(text):
    if not shutil.which("node") or not os.path.isdir(os.path.join(MODULES, "yaml")):
        skip(f"no node, or no yaml in {MODULES}: run scripts/deps --peers", must=True)
    done = subprocess.run(["node", os.path.join(TOP, "tests", "interop", "openapi_peer.js"), MODULES, "yaml"], input=text,
                          capture_output=True, text=True, timeout=60, check=False)
    equal((done.returncode, done.stderr), (0, ""), "yaml")
    document, = json.loads(done.stdout)
    return document


@scenario(root=True)
def a_socket_for_each_tenant():
    made = container("tenants")
    equal(made.check()[0], 0, made.check()[1])
    made.start()
    stranger = Caller(31337)

    def asked(directory, method, target, body=None):
        made.socket = lambda _: made.path(directory, "sigd.sock")
        return stranger.ask(made, method, target, body)
    equal(good(asked("shop", "GET", "/v1/apps/chat/admin"))["identifier"], "administrator")
    good(asked("shop", "POST", "/v1/apps/chat/usersig", {"identifier": "shop_1"}))
    problem(asked("shop", "POST", "/v1/apps/chat/usersig", {"identifier": "forum_1"}), 403, "identifier_not_allowed")
    equal(good(asked("forum", "GET", "/v1/apps/chat/admin"))["identifier"], "forum_bot")
    problem(asked("forum", "GET", "/v1/apps/chat/admin?as=administrator"), 403, "forbidden")
    problem(asked("forum", "POST", "/v1/apps/chat/usersig", {"identifier": "shop_1"}), 403, "forbidden")


@scenario(root=True)
def a_sidecar_with_its_secret():
    made = container("sidecar")
    # as the kubelet lays a Secret out
    os.mkdir(made.path("keys", "..2026_11_23.1"), 0o755)
    os.rename(made.path("keys", "chat.key"), made.path("keys", "..2026_11_23.1", "chat.key"))
    os.chmod(made.path("keys", "..2026_11_23.1", "chat.key"), 0o440)
    os.symlink("..2026_11_23.1", made.path("keys", "..data"))
    os.symlink("..data/chat.key", made.path("keys", "chat.key"))
    os.chmod(made.path("keys"), 0o1777)
    equal(made.check()[0], 0, made.check()[1])
    made.launch()
    made.wait_line('"ready"')
    good(Caller(31337).ask(made, "GET", "/v1/apps/chat/admin"))


@scenario(root=True)
def a_directory_as_an_empty_dir_is():
    """Why the pod has a container that makes directories."""
    made = container("sidecar")
    os.chmod(made.path("run"), 0o777)
    status, text = made.fail_to_start()
    equal(status, 73, text)
    true("chmod go-w" in text, text)


@scenario
def systemd_takes_the_unit():
    if not shutil.which("systemd-analyze"):
        skip("needs systemd-analyze: run scripts/deps --peers", must=True)
    made = Sigd(start=False)
    unit, = [text for kind, text in blocks(read("docs/OPERATIONS.md")) if kind == "unit"]
    for text, well in ((unit, True), (unit.replace("WatchdogSec", "WatchdogSecs"), False)):
        made.write("sigd.service", text.replace("/usr/sbin/sigd", harness.SIGD).encode(), 0o644)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", made.path("sigd.service")], capture_output=True,
                              text=True, timeout=60, check=False, env={"PATH": "/usr/bin:/bin"})
        about = [line for line in done.stderr.splitlines() if "sigd" in line]
        equal(not about, well, done.stderr)


def capabilities():
    """Those of the unit, those of the compose file."""
    unit, = [text for kind, text in blocks(read("docs/OPERATIONS.md")) if kind == "unit"]
    compose, = [text for kind, text in blocks(read("docs/CONTAINERS.md")) if kind == "yaml: compose" and "cap_add" in text]
    kept = configparser.ConfigParser(interpolation=None)
    kept.read_string(unit)
    return (kept["Service"]["CapabilityBoundingSet"].lower().replace("cap_", "").split(),
            [name.lower() for name in parsed(compose)["services"]["sigd"]["cap_add"]])


@scenario(root=True, needs=["setpriv"])
def capabilities_of_unit_and_compose_file_are_enough():
    equal(*map(sorted, capabilities()), "unit and compose file")
    made = container("tenants")
    launch_behind(made, "exec setpriv --no-new-privs --bounding-set=-all," + ",".join("+" + name for name in capabilities()[0]))
    made.wait_line("msg=ready")
    before = made.child("sigd-front")
    os.kill(before, 9)
    until(lambda: [pid for pid, name in made.children().items() if name == "sigd-front" and pid != before], "another front")
    since = len(made.lines)
    made.process.send_signal(signal.SIGHUP)
    made.wait_line('"change done"', since)
    equal(made.stop(), 0, "exit status")


@scenario
def a_restart_makes_a_new_inode():
    """Why the directory is to be mounted, not the socket."""
    made = Sigd()
    before = os.stat(made.socket()).st_ino
    kept = made.path("kept.sock")
    os.link(made.socket(), kept)
    made.stop()
    made.start()
    true(os.stat(made.socket()).st_ino != before, "the inode")
    try:
        harness.request(kept, "GET", "/healthz")
    except ConnectionRefusedError:
        return
    raise AssertionError("the old inode still leads to sigd")


@scenario
def the_yaml_of_containers():
    kinds = [kind for kind, _ in blocks(read("docs/CONTAINERS.md"))]
    equal(kinds.count("yaml: compose"), 2)
    for kind, text in blocks(read("docs/CONTAINERS.md")):
        if kind == "yaml: compose":
            document = parsed(text)
            true(set(document) <= {"services", "volumes"}, str(list(document)))
            mounts = [mount for service in document["services"].values() for mount in service["volumes"]]
            true(all(not mount["target"].endswith(".sock") for mount in mounts), "a socket's file is mounted")
            named = {mount["source"] for mount in mounts if mount["type"] == "volume"}
            equal(named, set(document.get("volumes", {})), "volumes")
        if kind == "yaml: kubernetes":
            document = parsed(text)
            equal(document["kind"], "Pod")
            spec = document["spec"]
            volumes = {volume["name"] for volume in spec["volumes"]}
            mounted = {mount["name"] for one in spec["initContainers"] + spec["containers"] for mount in one["volumeMounts"]}
            equal(mounted, volumes, "volumes")
            socket, = [mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "socket"]
            true(socket["readOnly"], "the backend's mount of the socket")


if __name__ == "__main__":
    main()
