"""confine.py: starts a program as systemd starts a service, without systemd: the part of a unit's settings that the
kernel does, done by this file. For tests, as root:

    python3 confine.py PLAN.json

The plan: {unit: {setting: value}, calls: [names] or null, argv, env, user: [uid, gid] or null, credentials: {name: file},
listen: [[path, mode, uid, gid]], etc: directory, binds: [[from, to]], root: directory or null}. Without root the process gets /etc, /var, /run and /tmp of its
own, which hold what is bound there and a copy of etc; with root (a whole system) it is put into that.

Done: User=, Group=, CapabilityBoundingSet=, NoNewPrivileges=, UMask=, LimitX=, PrivateNetwork=, PrivateTmp=,
PrivateDevices=, ProtectSystem=strict, ProtectHome=, ProtectProc=, ProcSubset=, the three directories, LoadCredential=,
SystemCallFilter=, RestrictAddressFamilies=AF_UNIX, MemoryDenyWriteExecute=, RestrictNamespaces=, RestrictSUIDSGID=. Not
done: what needs a cgroup (DevicePolicy=, IPAddressDeny=, TasksMax=), and settings that mean the same as another one here."""
import ctypes
import json
import os
import resource
import shutil
import socket
import stat
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWNET = 0x00020000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_SLAVE = 2, 4, 8, 0x1000, 0x4000, 0x80000
MOUNT_SETATTR, AT_RECURSIVE, RDONLY = 442, 0x8000, 1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
CAPABILITIES = ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
                "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT "
                "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL "
                "SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split()
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NE, MASKED_EQ = 1, 7
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97


def must(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def mount(source, target, kind, flags=0, data=None):
    must(LIBC.mount(source.encode(), target.encode(), kind.encode() if kind else None, flags, data.encode() if data else None),
         f"mount {source} on {target}")


def attributes(path, add=0, remove=0, recursive=0):
    must(LIBC.syscall(MOUNT_SETATTR, -100, path.encode(), recursive, struct.pack("QQQQ", add, remove, 0, 0), 32),
         f"attributes of {path}")


# ---- the file system ---------------------------------------------------------------------------------

def own_places(plan):
    """/etc, /var, /run of its own. What is bound comes from places that this hides: it is opened first."""
    sources = {to: os.open(source, os.O_PATH) for source, to in plan["binds"]}
    kept = {name: open(f"/etc/{name}", "rb").read() for name in ("ld.so.cache", "nsswitch.conf") if os.path.exists(f"/etc/{name}")}
    etc = os.open(plan["etc"], os.O_PATH)
    for place in ("/etc", "/var", "/run", "/tmp"):
        mount("tmpfs", place, "tmpfs", MS_NOSUID, "mode=0755")
    shutil.copytree(f"/proc/self/fd/{etc}/.", "/etc", dirs_exist_ok=True)
    for name, data in kept.items():
        with open(f"/etc/{name}", "wb") as file:
            file.write(data)
        os.chmod(f"/etc/{name}", 0o644)
    for to, fd in sources.items():
        os.makedirs(to, exist_ok=True)
        mount(f"/proc/self/fd/{fd}", to, None, MS_BIND | MS_REC)
        os.close(fd)
    os.close(etc)


def directories(unit, user):
    """RuntimeDirectory= and its like: made, and given to the user; the paths."""
    found = []
    for key, above in (("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib"), ("LogsDirectory", "/var/log")):
        for name in " ".join(unit.get(key, [])).split():
            path = os.path.join(above, name)
            os.makedirs(path, exist_ok=True)
            for inside, folders, files in os.walk(path):
                for each in [inside, *[os.path.join(inside, f) for f in folders + files]]:
                    os.chown(each, *user, follow_symlinks=False)
            os.chmod(path, int(unit.get(key + "Mode", "0755"), 8))
            found.append(path)
    return found + " ".join(unit.get("ReadWritePaths", [])).split()


def readable_to(path, uid, bits):
    """As systemd does it: an access control list, which the mode shows as the group's bits."""
    entries = ((1, bits, -1), (2, bits, uid), (4, 0, -1), (16, bits, -1), (32, 0, -1))
    os.setxattr(path, "system.posix_acl_access",
                struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries))


def credentials(plan, user):
    """Copies in memory. $CREDENTIALS_DIRECTORY"""
    place = "/run/credentials/sigd.service"
    os.makedirs(place)
    mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700")
    for name, source in plan["credentials"].items():
        path = os.path.join(place, name)
        shutil.copyfile(source, path)
        os.chmod(path, 0o400)
        if user[0]:
            readable_to(path, user[0], 4)
    os.chmod(place, 0o500)
    if user[0]:
        readable_to(place, user[0], 5)
    attributes(place, add=RDONLY)
    return place


def devices():
    mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755")
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(f"/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        os.chmod(f"/dev/{name}", 0o666)


def view(unit, writable):
    """What is left of the file system."""
    is_set = lambda key: unit.get(key) == "yes"  # noqa: E731
    if is_set("PrivateTmp"):
        for place in ("/tmp", "/var/tmp"):
            os.makedirs(place, exist_ok=True)
            mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
            writable = [*writable, place]
    if is_set("ProtectHome"):
        for place in ("/root", "/home"):
            mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0000")
    if is_set("PrivateDevices"):
        devices()
    options = [f"hidepid={unit['ProtectProc']}"] if unit.get("ProtectProc", "default") != "default" else []
    options += ["subset=pid"] if unit.get("ProcSubset") == "pid" else []
    if options:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, ",".join(options))
    if unit.get("ProtectSystem") == "strict":
        for path in writable:
            if not os.path.ismount(path):
                mount(path, path, None, MS_BIND)
        attributes("/", add=RDONLY, recursive=AT_RECURSIVE)
        for path in [*writable, "/proc", "/dev"]:
            attributes(path, remove=RDONLY)


def listen(sockets):
    """A socket unit's sockets, from descriptor 3 on."""
    for number, (path, mode, uid, gid) in enumerate(sockets):
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if os.path.exists(path):
            os.unlink(path)
        made.bind(path)
        os.chown(path, uid, gid)
        os.chmod(path, mode)
        made.listen(4096)
        os.dup2(made.fileno(), 100 + number, inheritable=False)
        made.close()
    for number in range(len(sockets)):
        os.dup2(100 + number, 3 + number)


# ---- system calls ------------------------------------------------------------------------------------

class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    def __init__(self, default):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.lib.seccomp_init.argtypes = [ctypes.c_uint32]
        self.lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
        self.lib.seccomp_load.argtypes = [ctypes.c_void_p]
        self.context = self.lib.seccomp_init(default)

    def rule(self, action, name, *comparisons):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of another architecture
        array = (Comparison * len(comparisons))(*[Comparison(*c) for c in comparisons])
        result = self.lib.seccomp_rule_add_array(self.context, action, number, len(comparisons), array)
        if result:
            raise OSError(-result, f"{name}: {os.strerror(-result)}")

    def load(self):
        result = self.lib.seccomp_load(self.context)
        if result:
            raise OSError(-result, f"seccomp_load: {os.strerror(-result)}")


def restrictions(unit):
    """The settings that are filters of their own."""
    made = Filter(ALLOW)
    if unit.get("RestrictAddressFamilies") == ["AF_UNIX"]:
        made.rule(ERRNO | EAFNOSUPPORT, "socket", (0, NE, 1, 0))
    if unit.get("MemoryDenyWriteExecute") == "yes":
        made.rule(ERRNO | EPERM, "mmap", (2, MASKED_EQ, 6, 6))
        for name in ("mprotect", "pkey_mprotect"):
            made.rule(ERRNO | EPERM, name, (2, MASKED_EQ, 4, 4))
    if unit.get("RestrictNamespaces") == "yes":
        for name in ("unshare", "setns"):
            made.rule(ERRNO | EPERM, name)
        made.rule(ERRNO | ENOSYS, "clone3")
        for bit in (7, 17, 25, 26, 27, 28, 29, 30):
            made.rule(ERRNO | EPERM, "clone", (0, MASKED_EQ, 1 << bit, 1 << bit))
    if unit.get("RestrictSUIDSGID") == "yes":
        for name, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2)):
            for bit in (0o4000, 0o2000):
                made.rule(ERRNO | EPERM, name, (argument, MASKED_EQ, bit, bit))
    return made


def allow_list(names):
    made = Filter(ERRNO | EPERM)
    for name in names:
        made.rule(ALLOW, name)
    return made


# ---- the process -------------------------------------------------------------------------------------

def bound(names):
    """The bounding set shrinks to these, as CAP_X."""
    kept = {name.removeprefix("CAP_") for name in names}
    if not kept <= set(CAPABILITIES):
        raise ValueError(f"unknown: {kept - set(CAPABILITIES)}")
    for number, name in enumerate(CAPABILITIES):
        if name not in kept:
            must(LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), name)


def limits(unit):
    for key, value in unit.items():
        if key.startswith("Limit"):
            number = int(value.rstrip("KMG")) << {"K": 10, "M": 20, "G": 30}.get(value[-1], 0)
            resource.setrlimit(getattr(resource, "RLIMIT_" + key[5:]), (number, number))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    unit, user, env = plan["unit"], plan["user"] or [0, 0], dict(plan["env"])
    must(LIBC.unshare(NEWNS | (NEWNET if unit.get("PrivateNetwork") == "yes" else 0)), "unshare")
    mount("none", "/", None, MS_REC | MS_SLAVE)
    filters = [restrictions(unit)] + ([allow_list(plan["calls"])] if plan["calls"] is not None else [])
    if plan["root"]:
        mount(plan["root"], plan["root"], None, MS_BIND | MS_REC)
        os.chroot(plan["root"])
    else:
        own_places(plan)
    os.chdir("/")
    writable = directories(unit, user)
    if plan["credentials"]:
        env["CREDENTIALS_DIRECTORY"] = credentials(plan, user)
    view(unit, writable)
    listen(plan["listen"])
    limits(unit)
    os.umask(int(unit.get("UMask", "0022"), 8))
    if "CapabilityBoundingSet" in unit:
        bound(" ".join(unit["CapabilityBoundingSet"]).split())
    os.setgroups([])
    os.setresgid(user[1], user[1], user[1])
    os.setresuid(user[0], user[0], user[0])
    if unit.get("NoNewPrivileges") == "yes":
        must(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    for each in ("LISTEN_PID", "WATCHDOG_PID"):
        if each in env:
            env[each] = str(os.getpid())
    for each in filters:
        each.load()
    os.execve(plan["argv"][0], plan["argv"], env)


main()
