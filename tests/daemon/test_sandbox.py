#!/usr/bin/env python3
"""The sandbox, from outside: what the kernel tells of each process, and what becomes of one that makes a system call which
its program has no use for. The calls are made by twins (tests/twins/inject.c)."""
import ctypes
import errno
import glob
import json
import mmap
import os
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from admin import admin_config, admin_path, sigctl  # noqa: E402
from harness import (LIBEXEC, ROOT, SIGD, Sigd, equal, good, main, plain_config, scenario, skip, status_of, true,  # noqa: E402
                     until)
from process import launch_behind  # noqa: E402
from reloads import refused, reloaded  # noqa: E402
from twins import TEXT, TwinSigd, is_running  # noqa: E402

# system calls' numbers, as the kernel's headers have them
NUMBERS = {
    "x86_64": dict(socket=41, connect=42, openat=257, execve=59, execveat=322, ptrace=101, kill=62, mmap=9, mprotect=10,
                   unshare=272, mount=165, clone=56, setns=308, seccomp=317, landlock_create_ruleset=444, prctl=157, mkdirat=258,
                   unlinkat=263, symlinkat=266, setrlimit=160, bpf=321),
    "aarch64": dict(socket=198, connect=203, openat=56, execve=221, execveat=281, ptrace=117, kill=129, mmap=222, mprotect=226,
                    unshare=97, mount=40, clone=220, setns=268, seccomp=277, landlock_create_ruleset=444, prctl=167, mkdirat=34,
                    unlinkat=35, symlinkat=36, setrlimit=164, bpf=280),
}
SYS = NUMBERS.get(platform.machine())
X, WX = mmap.PROT_READ | mmap.PROT_EXEC, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
ANONYMOUS = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
AT_FDCWD, AT_EMPTY_PATH, CLONE_NEWUSER = -100, 0x1000, 0x10000000
NOWHERE = (1 << 22) + 1  # a pid that is nobody's: above the kernel's limit
WIDENED = re.findall(r"built with: (.*)", subprocess.run([SIGD, "--version"], capture_output=True, text=True, check=True).stdout)
KILLED = "killed by its sandbox"
# CAP_CHOWN, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP by linux/capability.h
MASTERS = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8


def need_numbers():
    if not SYS:
        skip(f"no table of system calls for {platform.machine()}")


# ---- what the kernel tells ---------------------------------------------------------------------------

def limits(pid):
    """{name: (soft, hard)}"""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        return {line[:26].strip(): tuple(line[26:].split()[:2]) for line in file}


@scenario
def every_process_is_shut_in():
    made = Sigd(plain_config(workers="workers = 2"))
    seen = []
    for pid, name in made.processes().items():
        status = status_of(pid)
        equal((status["Seccomp"].strip(), status["NoNewPrivs"].strip()), ("2", "1"), f"{name}: Seccomp, NoNewPrivs")
        # a child has its master's filter besides its own
        equal(status.get("Seccomp_filters", "1" if name == "sigd" else "2").strip(), "1" if name == "sigd" else "2", f"{name}: filters")
        equal(limits(pid)["Max core file size"], ("0", "0"), f"{name}: cores")
        for word in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            value = int(status[word], 16)
            most = MASTERS if name == "sigd" and ROOT and word in ("CapPrm", "CapEff") else 0
            equal(value & ~most, 0, f"{name}: {word}")
        if ROOT:
            bounding = int(status["CapBnd"], 16)
            equal(bounding & ~(MASTERS if name == "sigd" else 0), 0, f"{name}: CapBnd")
        if name != "sigd" and not WIDENED:
            equal(limits(pid)["Max processes"], ("0", "0"), f"{name}: processes")
        if name == "sigd-front" and not WIDENED:
            equal(limits(pid)["Max file size"], ("0", "0"), f"{name}: files")
        if name != "sigd" and ROOT:
            uid = status["Uid"].split()
            equal((len(set(uid)), status["Groups"].strip()), (1, ""), f"{name}: one uid, no groups: {uid}")
            true(uid[0] != "0", f"{name}: uid {uid}")
        seen.append(name)
    equal(sorted(seen), ["sigd", "sigd-front", "sigd-front", "sigd-signer"], "processes")
    equal(made.stop(), 0, "exit status")


@scenario
def a_log_that_is_a_file_still_grows():
    """RLIMIT_FSIZE counts for it: a front whose standard error is a file has no such limit."""
    made = Sigd(start=False)
    launch_behind(made, f'exec 2>"{made.path("log", "stderr")}"; exec')
    until(lambda: "msg=ready" in made_text(made), "ready, in the file")
    front = made.child("sigd-front")
    true(limits(front)["Max file size"][0] != "0", f"{limits(front)['Max file size']}")
    made.process.send_signal(signal.SIGTERM)
    equal(made.process.wait(10), 0, "exit status")


def made_text(made):
    with open(made.path("log", "stderr"), encoding="utf-8") as file:
        return file.read()


@scenario(root=True)
def nothing_else_is_inherited():
    made = Sigd(start=False)
    launch_behind(made, "exec 7</etc/passwd; exec")
    made.wait_line("msg=ready")
    for pid, name in made.processes().items():
        links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        true("/etc/passwd" not in links and links, f"{name}: {links}")
    equal(made.stop(), 0, "exit status")


# ---- what becomes of who goes too far ----------------------------------------------------------------

# name: (number, arguments); allowed in widened builds
CALLS = {
    "socket": (lambda: (SYS["socket"], 1, 1), False),
    "connect": (lambda: (SYS["connect"], 99), False),
    "open a file": (lambda: (SYS["openat"], AT_FDCWD, TEXT), True),
    "execve": (lambda: (SYS["execve"], TEXT), False),
    "execute a descriptor": (lambda: (SYS["execveat"], 99, TEXT, 0, 0, AT_EMPTY_PATH), False),
    "ptrace": (lambda: (SYS["ptrace"], 16, os.getpid()), True),
    "kill": (lambda: (SYS["kill"], NOWHERE, signal.SIGKILL), True),
    "executable memory": (lambda: (SYS["mmap"], 0, 4096, X, ANONYMOUS, -1), False),
    "make memory executable": (lambda: (SYS["mprotect"], 0, 4096, X), False),
    "unshare": (lambda: (SYS["unshare"], CLONE_NEWUSER), False),
    "mount": (lambda: (SYS["mount"],), False),
    "a new user namespace": (lambda: (SYS["clone"], CLONE_NEWUSER | signal.SIGCHLD), True),
}
MASTERS_CALLS = {
    "execve": (lambda: (SYS["execve"], TEXT), False),
    "execute a path": (lambda: (SYS["execveat"], AT_FDCWD, TEXT, 0, 0, 0), False),
    "ptrace": (lambda: (SYS["ptrace"], 16, os.getpid()), True),
    "kill by another signal": (lambda: (SYS["kill"], NOWHERE, signal.SIGTERM), True),
    "writable and executable memory": (lambda: (SYS["mmap"], 0, 4096, WX, ANONYMOUS, -1), False),
    "unshare": (lambda: (SYS["unshare"], 0), False),
    "mount": (lambda: (SYS["mount"],), False),
    "setns": (lambda: (SYS["setns"], 99), False),
    "bpf": (lambda: (SYS["bpf"],), False),
    "a symbolic link": (lambda: (SYS["symlinkat"], TEXT, AT_FDCWD, TEXT), False),
}


def forbidden(calls):
    need_numbers()
    return [(name, call()) for name, (call, widened) in calls.items() if not (widened and WIDENED)]


@scenario
def a_front_that_goes_too_far_is_killed_and_replaced():
    made = TwinSigd()
    for name, call in forbidden(CALLS):
        front, mark = made.child("sigd-front"), len(made.lines)
        equal(made.clock.inject(front, *call, text="/etc/hostname"), None, f"{name}: the process died")
        line = made.wait_line(KILLED, mark)
        true("program=sigd-front-0" in line and "level=error" in line and "syscall=" in line, f"{name}: {line}")
        made.wait_line('how="signal 31"', mark)
        made.clock.advance(seconds=2)
        until(lambda front=front: [pid for pid, what in made.children().items() if what == "sigd-front" and pid != front],
              f"{name}: another front")
        answer = until(lambda: made.request("GET", "/v1/apps/demo/admin", timeout=3), f"{name}: service")
        good(answer)
    equal(made.stop(), 0, "exit status")


@scenario
def a_signer_that_goes_too_far_ends_everything():
    for name, call in forbidden(CALLS):
        made = TwinSigd()
        equal(made.clock.inject(made.child("sigd-signer"), *call, text="/etc/hostname"), None, f"{name}: the process died")
        equal(made.wait(), 71, f"{name}: exit status")
        line = made.wait_line(KILLED)
        true("program=sigd-signer" in line and "level=error" in line, f"{name}: {line}")
        made.destroy()


@scenario
def a_master_that_goes_too_far_dies():
    for name, call in forbidden(MASTERS_CALLS):
        made = TwinSigd()
        children = made.children()
        equal(made.clock.inject(made.pid, *call, text=made.path("run", "thing")), None, f"{name}: the process died")
        equal(made.wait(), -signal.SIGSYS, f"{name}: exit status")
        until(lambda children=children: not any(is_running(pid) for pid in children), f"{name}: no child lives on")
        made.destroy()


@scenario
def what_is_allowed_goes_on():
    """The way by which the others die lets live: a call of each program's list, with and without an error."""
    need_numbers()
    made = TwinSigd()
    for pid, name in made.processes().items():
        getpid = {"x86_64": 39, "aarch64": 172}[platform.machine()]
        equal(made.clock.inject(pid, getpid), 0, f"{name}: getpid")
        equal(made.clock.inject(pid, SYS["mmap"], 0, 4096, mmap.PROT_READ, ANONYMOUS, -1), 0, f"{name}: mmap")
        equal(made.clock.inject(pid, SYS["mmap"], 0, 0, mmap.PROT_READ, ANONYMOUS, -1), errno.EINVAL, f"{name}: mmap of nothing")
    equal(made.stop(), 0, "exit status")


@scenario
def the_master_is_told_no():
    """Libraries of the host run in it (NSS): what they may try is answered with an error."""
    need_numbers()
    made = TwinSigd()
    equal(made.clock.inject(made.pid, SYS["socket"], 2, 1), errno.EAFNOSUPPORT, "an INET socket")
    equal(made.clock.inject(made.pid, SYS["socket"], 16, 3), errno.EAFNOSUPPORT, "a NETLINK socket")
    equal(made.clock.inject(made.pid, SYS["mprotect"], 0, 4096, X), errno.EPERM, "executable memory")
    equal(made.clock.inject(made.pid, SYS["execveat"], 2, TEXT, 0, 0, AT_EMPTY_PATH, text=""), errno.EACCES, "executing its log")
    for name in ("sigd-signer", "sigd-front"):
        memory = f"/proc/{made.child(name)}/mem"
        equal(made.clock.inject(made.pid, SYS["openat"], AT_FDCWD, TEXT, os.O_RDONLY, text=memory), errno.EACCES, memory)
    equal(made.stop(), 0, "exit status")


class NameService:
    """A stand-in of systemd's user database, which knows nobody: one Varlink call a connection."""

    def __init__(self, path):
        self.asked = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(path)
        self.socket.listen(5)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.socket.accept()
            self.asked.append(client.recv(65536))
            client.sendall(b'{"error":"io.systemd.UserDatabase.NoRecordFound","parameters":{}}\0')
            client.close()


def module_of_systemd():
    with open("/etc/nsswitch.conf", encoding="utf-8") as file:
        named = re.search(r"^passwd:.*\bsystemd\b", file.read(), re.MULTILINE)
    return named and glob.glob("/lib*/*/libnss_systemd.so.2") + glob.glob("/usr/lib*/libnss_systemd.so.2")


@scenario(root=True, needs=("unshare",))
def a_module_of_nss_asks_its_service_at_a_reload():
    """It is loaded behind the filter, and opens sockets, timers and an epoll there."""
    if not module_of_systemd():
        skip("NSS does not ask systemd here: libnss-systemd")
    made = Sigd(start=False)
    os.makedirs(made.path("systemd", "userdb"))
    service = NameService(made.path("systemd", "userdb", "io.systemd.DynamicUser"))
    launch_behind(made, f"""exec unshare --mount sh -c 'mount -t tmpfs none /run && mkdir /run/systemd &&
        mount --bind {made.path("systemd")} /run/systemd && exec "$@"' sh""")
    made.wait_line("msg=ready")
    said = refused(made, allow='allow { users = {"usersig-nobody"}  may = {"sign"} }')
    true('no user' in said and "usersig-nobody" in said, said)
    true(any(b"usersig-nobody" in asked for asked in service.asked), f"the service was asked: {service.asked}")
    equal(made.stop(), 0, "exit status")


# ---- Landlock ----------------------------------------------------------------------------------------

def landlock_version():
    need_numbers()
    version = ctypes.CDLL(None, use_errno=True).syscall(SYS["landlock_create_ruleset"], None, 0, 1)
    return max(version, 0)


def need_landlock(version=1):
    if WIDENED:
        skip(f"this build is {WIDENED[0]}")
    if landlock_version() < version:
        skip(f"this kernel has version {landlock_version()} of Landlock")


@scenario
def the_master_writes_around_its_places_only():
    need_landlock()
    made = TwinSigd(start=False)
    other = Sigd(start=False)  # a directory of ours that is none of its own
    made.start()
    write = os.O_WRONLY | os.O_CREAT
    for path, expected in ((made.path("run", "new"), 0), (made.path("log", "new"), 0), (other.path("run", "new"), errno.EACCES),
                           ("/etc/usersig-test", errno.EACCES), ("/tmp/usersig-test", errno.EACCES)):
        equal(made.clock.inject(made.pid, SYS["openat"], AT_FDCWD, TEXT, write, 0o600, text=path), expected, f"make {path}")
        true(expected == 0 or not os.path.exists(path), f"{path} is there")
    equal(made.clock.inject(made.pid, SYS["mkdirat"], AT_FDCWD, TEXT, 0o700, text=other.path("run", "dir")), errno.EACCES, "mkdir")
    equal(made.clock.inject(made.pid, SYS["unlinkat"], AT_FDCWD, TEXT, 0, text=other.path("sigd.conf")), errno.EACCES, "unlink")
    equal(made.clock.inject(made.pid, SYS["openat"], AT_FDCWD, TEXT, os.O_RDONLY, 0, text=other.path("sigd.conf")), 0, "it reads")
    if landlock_version() >= 6:
        equal(made.clock.inject(made.pid, SYS["kill"], os.getpid(), 0), errno.EPERM, "a signal to another program")
    equal(made.stop(), 0, "exit status")


@scenario
def a_reload_to_another_place_is_refused_with_its_reason():
    need_landlock()
    made, other = Sigd(), Sigd(start=False)
    inside = f'socket "main" {{ path = "@DIR@/run/sigd.sock"  mode = 0666 }}\nsocket "second" {{ path = "@DIR@/beside/s.sock" }}'
    outside = inside.replace("@DIR@/beside", other.path("run"))
    said = refused(made, socket=outside)
    true(re.search(r"s\.sock: sigd may write around the places .* restart sigd", said), said)
    reloaded(made, socket=inside)
    true(os.path.exists(made.path("beside", "s.sock")), "a directory beside the first is made")
    equal(made.stop(), 0, "exit status")


@scenario
def programs_that_were_replaced_go_on():
    """As a package's upgrade does it, or its removal: what was opened at the start is what is started again."""
    made = Sigd(start=False)
    made.libexec = made.path("libexec")
    os.makedirs(made.libexec)
    for name in ("sigd-signer", "sigd-front"):
        shutil.copy(os.path.join(LIBEXEC, name), made.path("libexec", name))
    made.start()
    for harm in (lambda path: os.rename(made.write("next", b"#!/bin/false\n", 0o755), path), os.unlink):
        for name in ("sigd-signer", "sigd-front"):
            harm(made.path("libexec", name))
        front = made.child("sigd-front")
        os.kill(front, signal.SIGKILL)
        until(lambda: "sigd-front" in [name for pid, name in made.children().items() if pid != front],  # pylint: disable=cell-var-from-loop
              "another front")
        good(made.request("GET", "/v1/apps"))
    equal(made.stop(), 0, "exit status")


# ---- kernels that lack something ---------------------------------------------------------------------

def without(number, error, argument=None):
    """For a child, before exec: one system call (where argument: with that first argument) is answered with error. A filter
    in the kernel's classic BPF: struct seccomp_data begins with the number, its first argument is at 16."""
    load, equals, answer = 0x20, 0x15, 0x06
    allow, fail = 0x7FFF0000, 0x00050000 | error
    code = [(load, 0, 0, 0), (equals, 0, 3, number), (load, 0, 0, 16), (equals, 0 if argument is not None else 1, 1, argument or 0),
            (answer, 0, 0, fail), (answer, 0, 0, allow)]
    if argument is None:
        code = [(load, 0, 0, 0), (equals, 0, 1, number), (answer, 0, 0, fail), (answer, 0, 0, allow)]
    program = b"".join(struct.pack("=HBBI", *one) for one in code)
    libc = ctypes.CDLL(None, use_errno=True)
    held = ctypes.create_string_buffer(program)
    header = struct.pack("@HP", len(code), ctypes.addressof(held))

    def enter():
        if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, header, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
            os._exit(99)
    enter.held = held
    return enter


class Lacking(Sigd):
    """A daemon on a kernel that lacks a system call."""

    def __init__(self, *arguments, enter, **words):
        self.enter = enter
        super().__init__(*arguments, start=False, **words)

    def launch(self):
        real = subprocess.Popen
        subprocess.Popen = lambda *a, **k: real(*a, **k, preexec_fn=self.enter)
        try:
            super().launch()
        finally:
            subprocess.Popen = real


@scenario
def without_landlock_it_goes_on_and_says_so():
    need_numbers()
    made = Lacking(admin_config(), enter=without(SYS["landlock_create_ruleset"], errno.EOPNOTSUPP))
    made.start()
    line = made.wait_line("no Landlock")
    true("level=warn" in line and "mend=" in line, line)
    good(made.request("GET", "/v1/apps/demo/admin"))
    true("sandbox: no Landlock in this kernel" in sigctl("status", path=admin_path(made)).stdout, "sigctl status says so")
    equal(made.stop(), 0, "exit status")


@scenario
def status_tells_of_the_sandbox():
    made = Sigd(admin_config())
    status = json.loads(sigctl("status", "--json", path=admin_path(made)).stdout)
    equal(status["sandbox"], {"landlock": landlock_version(), "widened": WIDENED[0].split(" (")[0] if WIDENED else None}, "status")
    equal("sandbox" in sigctl("status", path=admin_path(made)).stdout, bool(WIDENED) or landlock_version() == 0, "for people")
    equal(made.stop(), 0, "exit status")


@scenario
def without_seccomp_it_does_not_start():
    need_numbers()
    set_mode_filter = 1
    made = Lacking(enter=without(SYS["seccomp"], errno.EINVAL, set_mode_filter))
    status, text = made.fail_to_start()
    equal(status, 71, "exit status")
    true("the kernel takes no seccomp filter" in text and "CONFIG_SECCOMP_FILTER" in text and "Invalid argument" in text, text)


# ---- the master's capabilities -----------------------------------------------------------------------

def lacks(capability):
    """A daemon whose master never had that capability."""
    made = Sigd(plain_config(socket='socket "main" { path = "@DIR@/run/sigd.sock"  mode = 0660  group = "70500" }'), start=False)
    launch_behind(made, f"exec setpriv --bounding-set=-{capability}")
    return made


@scenario(root=True, needs=("setpriv",))
def each_capability_of_the_master_is_needed():
    for capability, wanted in (("setuid", "error"), ("setgid", "error"), ("chown", "cannot be served")):
        made = lacks(capability)
        equal(made.wait(), 71, f"without {capability}: exit status")
        true(wanted in made.stderr, f"without {capability}: {made.stderr}")
    made = lacks("setpcap")
    made.wait_line("msg=ready")
    status = status_of(made.child("sigd-signer"))
    true(int(status["CapBnd"], 16) != 0, "without setpcap a child's bounding set is not empty")
    equal(int(status["CapPrm"], 16), 0, "what it has")
    equal(made.stop(), 0, "exit status")


@scenario(root=True, needs=("setpriv",))
def without_kill_a_silent_front_is_not_replaced():
    made = lacks("kill")
    made.wait_line("msg=ready")
    front = made.child("sigd-front")
    os.kill(front, signal.SIGSTOP)
    made.process.send_signal(signal.SIGHUP)
    made.wait_line("killed", deadline=10)
    true(is_running(front), "the front was killed all the same")
    os.kill(front, signal.SIGKILL)
    made.stop()


# ---- builds ------------------------------------------------------------------------------------------

@scenario
def a_normal_build_widens_nothing():
    if WIDENED:
        skip(f"this build is {WIDENED[0]}")
    done = subprocess.run([SIGD, "--version"], capture_output=True, text=True, check=True)
    true(re.fullmatch(r"sigd \d+\.\d+\.\d+\n", done.stdout), f"--version: {done.stdout!r}")
    for name in ("sigd", "sigd-signer", "sigd-front"):
        symbols = subprocess.run(["nm", os.path.join(LIBEXEC, name)], capture_output=True, text=True, check=True).stdout
        true(" main\n" in symbols, f"nm shows no symbols of {name}")
        equal(re.findall(r"__(?:asan|ubsan|gcov|llvm_profile)\w*", symbols), [], name)


@scenario
def a_widened_build_says_so():
    if not WIDENED:
        skip("a normal build")
    with open(os.path.join(LIBEXEC, "sigd-signer"), "rb") as file:
        signer = file.read()
    equal("sanitizers" in WIDENED[0], b"__asan_init" in signer, "sanitizers")
    equal("coverage" in WIDENED[0], b"__gcov_init" in signer or b"__llvm_profile" in signer, "coverage")


if __name__ == "__main__":
    main()
