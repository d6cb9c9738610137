"""What the kernel tells of a daemon's processes, daemons behind a shell's limits, and crowds of clients."""
import json
import os
import subprocess
import time

import harness
from harness import reachable_python, true

CROWD = r"""
import json, socket, sys
path, payloads, rounds, stays = json.load(sys.stdin)
for n in range(rounds):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(path)
    try:
        client.sendall(payloads[n % len(payloads)].encode())
        stays and client.recv(65536)
    except (BrokenPipeError, ConnectionResetError):
        pass
    client.close()
"""


HOLD = r"""
import json, socket, sys
path, count = json.loads(sys.stdin.readline())
held = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(count)]
for client in held:
    client.connect(path)
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: sigd\r\n\r\n")
    client.recv(4096)
print("held", flush=True)
sys.stdin.read()
"""


def fds(pid):
    """How many descriptors a process has open; 0 where we may not look, since sigd's processes are root's to look into."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        return 0


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def must_idle(pid, what, most=0.4):
    """A process with nothing to do spends at most this share of a second; one that spins spends nearly all of it."""
    begun = cpu_seconds(pid)
    time.sleep(1)
    spent = cpu_seconds(pid) - begun
    true(spent <= most, f"{what}: {spent:.2f} s of CPU time in a second")


def launch_behind(made, line):
    """Launches a daemon by a line of shell that ends in exec: its limits and its session are the daemon's."""
    program = harness.SIGD
    harness.SIGD = made.write("behind", f'#!/bin/sh\n{line} "{program}" "$@"\n'.encode(), 0o755)
    try:
        made.launch()
    finally:
        harness.SIGD = program


def limits(pid, words):
    """prlimit(1) as the user of the process: no privilege is needed for that."""
    status = harness.status_of(pid)
    owner = {"user": int(status["Uid"].split()[0]), "group": int(status["Gid"].split()[0]), "extra_groups": []}
    done = subprocess.run(["prlimit", f"--pid={pid}", *words], check=True, stdout=subprocess.PIPE, text=True,
                          **(owner if harness.ROOT else {}))
    return done.stdout.strip()


def limit(pid, what, value):
    """Sets a soft limit of a process: fsize, nofile, as, ..."""
    limits(pid, [f"--{what}={value}:"])


def limit_of(pid, what):
    return limits(pid, [f"--{what}", "--output=SOFT", "--noheadings"])


def limit_files(pid, size):
    """How large files may grow that a process writes; what is there already stays."""
    limit(pid, "fsize", size)


def sanitized():
    """Is this a build with AddressSanitizer? That keeps what was freed, and does not lock memory."""
    with open(os.path.join(harness.LIBEXEC, "sigd-signer"), "rb") as file:
        return b"__asan_init" in file.read()


def holder(made, count, uid):
    """A process of another user that holds so many connections, each of which has been answered; until it is killed."""
    process = subprocess.Popen([reachable_python(), "-I", "-c", HOLD], cwd="/", env={"PATH": "/usr/bin:/bin"}, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, user=uid, group=uid, extra_groups=[])
    print(json.dumps([made.socket(), count]), file=process.stdin, flush=True)
    true(process.stdout.readline() == "held\n", f"{count} connections of uid {uid}")
    return process


def crowd(made, payloads, rounds, uid=None, stays=False):
    """A process that connects, sends one of the payloads and leaves, so many times; uid: as somebody else; stays: until it
    is answered."""
    who = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    process = subprocess.Popen([reachable_python(), "-I", "-c", CROWD], cwd="/", env={"PATH": "/usr/bin:/bin"},
                               stdin=subprocess.PIPE, text=True, **who)
    json.dump([made.socket(), [payload.decode() for payload in payloads], rounds, stays], process.stdin)
    process.stdin.close()
    return process
