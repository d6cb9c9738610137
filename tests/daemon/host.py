"""host.py: a host as documents see it, in a directory: sigd and the tools by their names, the places of the documents inside
(documents.PLACES), and where asked for a stand-in of the service that the tools find."""
import os
import pwd
import shutil
import subprocess

import harness
from documents import PLACES, placed
from harness import BUILD, KEY, OTHER_KEY, Caller, Sigd, equal, good, in_user_namespace, skip, true


def program(name):
    """The built program itself, not libtool's script before it."""
    for path in (os.path.join(BUILD, "tools", ".libs", name), os.path.join(BUILD, "tools", name)):
        if os.path.isfile(path):
            return path
    return skip(f"{name} is not built", must=True)


class Host:
    """A host as the guide sees it, in a directory. service: a Standin, which the tools and curl find as the service."""

    def __init__(self, service=None):
        self.made = Sigd("", keys={}, start=False)
        self.dir = self.made.dir
        self.service = service
        self.input = ""  # of each shell
        self.extra = "ids = in_namespace\n" if in_user_namespace() else ""  # what a config needs here
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
        there = [f"--host localhost:{self.service.port}", f"--cacert {self.service.ca}"] if self.service else ["", ""]
        self.script("usersig", f"""
case $1 in
call) shift; set -- call {" ".join(there)} "$@" ;;
url) shift; set -- url {there[0]} "$@" ;;
esac
LD_LIBRARY_PATH={self.dir}/bin exec {self.dir}/bin/usersig.program "$@"
""")
        self.script("curl", f"exec {shutil.which('curl')} --noproxy '*' {there[1]} \"$@\"\n")
        self.script("sigd", f'exec {harness.SIGD} --libexec-dir {harness.LIBEXEC} "$@"\n')
        moves = " ".join(f"-e 's#\"{place}\\([/\"]\\)#\"{self.dir}/{name}\\1#'" for place, name in PLACES.items())
        self.script("sigctl", f"""
command=$1
shift
case $command in
init) {BUILD}/tools/sigctl init --config {self.made.config} --sigd {self.dir}/bin/sigd "$@" || exit
      sed -i {moves} {self.made.config} && printf '%s' '{self.extra}' >>{self.made.config} ;;
check) exec {BUILD}/tools/sigctl check --config {self.made.config} --sigd {self.dir}/bin/sigd "$@" ;;
probe) exec {BUILD}/tools/sigctl probe --config {self.made.config} {" ".join(there)} "$@" ;;
*) exec {BUILD}/tools/sigctl "$command" "$@" ;;
esac
""")

    def script(self, name, text):
        self.made.write(f"bin/{name}", f"#!/bin/sh\n{text}".encode(), 0o755)

    def shell(self, text):
        done = subprocess.run(["sh", "-euc", placed(text, self.dir)], cwd=self.dir, capture_output=True, text=True,
                              timeout=60, check=False, input=self.input,
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
