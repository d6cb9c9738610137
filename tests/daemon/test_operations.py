#!/usr/bin/env python3
"""docs/OPERATIONS.md, done as it stands there: blocks after <!-- run --> are run one after the other, lines after
<!-- edit --> go into sigd.conf; an upgrade."""
import os
import pwd
import re
import shutil
import subprocess

import harness
from documents import PLACES, blocks, placed, read
from harness import (BUILD, KEY, OTHER_KEY, Caller, Sigd, equal, good, in_user_namespace, main, scenario, skip, true,
                     until)


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
            else:
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


if __name__ == "__main__":
    main()
