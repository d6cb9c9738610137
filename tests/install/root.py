"""root.py: a bare Debian in a directory, by debootstrap from the mirror that this machine's apt uses."""
import os
import shutil
import subprocess
import sys
import time

SUITE = "bookworm"
ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
       "DEBIAN_FRONTEND": "noninteractive", **{k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}}
STARTED = time.monotonic()


def say(text):
    print(f"== {text} ({time.monotonic() - STARTED:.0f} s)", flush=True)


def skip(why):
    print(f"skip: {why}")
    sys.exit(77)


def must(done):
    if done.returncode:
        said = done.stdout or b""
        sys.exit(f"{' '.join(map(str, done.args))}: exit status {done.returncode}\n" +
                 (said if isinstance(said, str) else said.decode("utf-8", "replace"))[-4000:])
    return done.stdout


def own_mounts():
    """Runs this program again in a mount namespace of its own: what it mounts goes with it."""
    if os.environ.get("OWN_MOUNTS") != "yes":
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv],
                   {**os.environ, "OWN_MOUNTS": "yes"})


def mirror():
    """The URI of the base system, as apt knows it."""
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
                           "Identifier: Packages"], capture_output=True, text=True, check=True).stdout
    for line in told.splitlines():
        words = line.split()
        if words[1:] == [SUITE, "main"]:
            return words[0]
    return skip(f"apt's sources have no {SUITE}")


class Root:
    """Debian in the directory, fresh from the cache beside it."""

    def __init__(self, build, name):
        self.build, self.dir = build, os.path.join(build, name)
        self.archives = os.path.join(build, "archives")
        self.tarball = os.path.join(build, f"{SUITE}.tar")
        os.makedirs(self.archives, exist_ok=True)
        if not os.path.exists(self.tarball):
            self.bootstrap()
        self.remove()
        os.makedirs(self.dir)
        must(subprocess.run(["tar", "-C", self.dir, "-xpf", self.tarball], capture_output=True, check=False))
        for to, arguments in self.mounts().items():
            must(subprocess.run(["mount", *arguments, self.path(to)], capture_output=True, check=False))
        shutil.copy("/etc/resolv.conf", self.path("/etc/resolv.conf"))
        shutil.copy("/etc/hosts", self.path("/etc/hosts"))
        settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
        self.write("/etc/apt/apt.conf.d/90test", "".join(line + "\n" for line in settings.splitlines()
                                                         if line.startswith("Acquire::http")) +
                   'APT::Keep-Downloaded-Packages "true";\nAcquire::Languages "none";\nDir::Log "";\nDPkg::Path "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";\n')
        self.run("apt-get", "update")

    def mounts(self):
        return {"/proc": ["-t", "proc", "proc"], "/dev/pts": ["-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts"],
                "/dev/shm": ["-t", "tmpfs", "shm"], "/var/cache/apt/archives": ["--bind", self.archives]}

    def bootstrap(self):
        if not shutil.which("debootstrap"):
            skip("needs debootstrap: run scripts/deps --peers")
        say(f"debootstrap {SUITE}")
        made = os.path.join(self.build, "bootstrap")
        shutil.rmtree(made, ignore_errors=True)
        must(subprocess.run(["debootstrap", "--variant=minbase", SUITE, made, mirror()], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False))
        must(subprocess.run(["tar", "-C", made, "-cpf", self.tarball + ".new", "."], capture_output=True, check=False))
        os.rename(self.tarball + ".new", self.tarball)
        shutil.rmtree(made)

    def path(self, inside):
        return os.path.join(self.dir, inside.lstrip("/"))

    def write(self, inside, text, mode=0o644):
        with open(os.open(self.path(inside), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)

    def call(self, *command, text=None, user=None):
        """A command in it; CompletedProcess, with standard error in its output."""
        inside = ["runuser", "-u", user, "--", *command] if user else list(command)
        return subprocess.run(["chroot", self.dir, *inside], env=ENV, input=text, stdout=subprocess.PIPE, cwd="/",
                              stderr=subprocess.STDOUT, text=True, check=False, stdin=None if text is not None else subprocess.DEVNULL)

    def run(self, *command, **more):
        """One that must do well; what it says."""
        return must(self.call(*command, **more))

    def files(self):
        """{path: what it is} of all that is there, what changes by itself left out."""
        found = {}
        for place, folders, names in os.walk(self.dir):
            inside = "/" + os.path.relpath(place, self.dir)
            inside = "" if inside == "/." else inside
            folders[:] = [f for f in folders if f"{inside}/{f}" not in ("/proc", "/dev", "/tmp", "/var/cache/apt", "/var/lib/apt",
                                                                      "/var/log/apt", "/var/lib/dpkg")]
            for name in folders + names:
                state = os.lstat(os.path.join(place, name))
                found[f"{inside}/{name}"] = (oct(state.st_mode), state.st_uid, state.st_gid)
        return found

    def remove(self):
        for to in self.mounts():
            subprocess.run(["umount", "-q", self.path(to)], capture_output=True, check=False)
        if os.path.exists(self.dir):
            if any(line.split()[1].startswith(self.dir + "/") for line in open("/proc/mounts", encoding="utf-8")):
                sys.exit(f"{self.dir}: something is mounted in it; it is not removed")
            shutil.rmtree(self.dir)
