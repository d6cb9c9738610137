"""disks.py: file systems that are full, read-only, or broken."""
import errno
import os
import subprocess
import time

from fault import fault
from harness import Connection, equal, good, true, until
from month_clients import Reader

MOUNT = ("mount", "umount")


def fill(path):
    """Takes all the room of the file system that this file is in."""
    with open(path, "wb", buffering=0) as file:
        size = 65536
        while size:
            try:
                file.write(b"x" * size)
            except OSError as fault_found:
                if fault_found.errno != errno.ENOSPC:
                    raise
                size //= 2


def admin(run):
    return good(run.made.request("GET", "/v1/apps/demo/admin?as=second"))


def refused_meanwhile(run, known):
    """Signing is refused while administrators are served, to those who are there and to newcomers."""
    run.must_come()
    for _ in range(5):
        equal(good(known.ask("GET", "/v1/apps/demo/admin?as=second"))["identifier"], "second", "an administrator")
        admin(run)


@fault("Disks", "the audit log's disk is full", weight=9, must=["503 unavailable"], gaps=["write"], root=True, needs=MOUNT, holds={
    "refused": "signing stops with 503: what cannot be audited is not signed",
    "served": "administrators' usersigs are handed out, and renewed from the reserve",
    "then": "once there is room, all is served within 1 s, and the reserve of 4 MiB is back",
})
def audit_full(run):
    run.daemon(prepare=lambda made: run.small_disk("log", "16m"))
    known = Connection(run.made.socket())
    log = run.made.path("log", "audit.log")
    run.wait(0.2, 0.5)
    for _ in range(2):
        run.load.rest()
        fill(run.made.path("log", "filler"))
        run.harm()
        run.load.go_on()
        refused_meanwhile(run, known)
        before = admin(run)["usersig"]
        run.sigctl("flush", "demo", "second")
        true(admin(run)["usersig"] != before, "renewed from the reserve")
        run.made.wait_line("no room for the audit log")
        since = time.monotonic()
        os.unlink(run.made.path("log", "filler"))
        run.served_again(since)
        until(lambda: os.path.getsize(log + ".reserve") == 4 << 20, "the reserve is back")
    known.close()
    run.held("refused", "served", "then")
    run.end()


@fault("Disks", "`state_dir`'s disk is full", must=["503 frozen"], may=["lost", "503 unavailable"], root=True, needs=MOUNT, holds={
    "told": "`sigctl freeze` fails and says why, and nothing is frozen: no restart may forget what was told to be done",
    "serves": "all else goes on",
    "then": "with room, it freezes and thaws",
})
def state_full(run):
    run.daemon(prepare=lambda made: run.small_disk("state", "64k"))
    fill(run.made.path("state", "filler"))
    freeze_fails(run)
    os.unlink(run.made.path("state", "filler"))
    freezes(run)
    run.held("told", "serves", "then")
    run.end()


def freeze_fails(run):
    for _ in range(3):
        said = run.sigctl("freeze", "demo", status=None)
        true("state" in said, f"says why: {said}")
        run.load.turn()
    true('"frozen": true' not in run.sigctl("status", "--json").lower(), "nothing is frozen")


def freezes(run):
    run.harm("frozen")
    run.sigctl("freeze", "demo")
    run.must_come()
    run.sigctl("freeze", "demo", "--off")
    run.served_again(time.monotonic())


@fault("Disks", "`state_dir` is read-only", must=["503 frozen"], may=["lost", "503 unavailable"], root=True, needs=MOUNT, holds={
    "told": "`sigctl freeze` fails and says why, and nothing is frozen",
    "serves": "all else goes on",
    "then": "once it is writable, it freezes and thaws",
})
def state_read_only(run):
    run.daemon(prepare=lambda made: run.small_disk("state", "64k"))
    subprocess.run(["mount", "-o", "remount,ro", run.made.path("state")], check=True)
    freeze_fails(run)
    subprocess.run(["mount", "-o", "remount,rw", run.made.path("state")], check=True)
    freezes(run)
    run.held("told", "serves", "then")
    run.end()


@fault("Disks", "`publish_dir`'s disk is full", root=True, needs=MOUNT, may=["lost"], holds={
    "http": "over HTTP the new usersig is served",
    "never": "what is published is never one that was withdrawn: the page and the file have the new one, or nothing",
    "then": "with room, the next renewal publishes it",
})
def publish_full(run):
    place = []
    group = f'publish_group = "{os.getgid()}"'
    admins = "\n".join(f'    admin "{name}" {{ lifetime = "24h"  min_remaining = "10m"  {group if name == "second" else ""} }}'
                       for name in ("group_root", "second"))
    run.daemon(prepare=lambda made: place.append(run.small_disk("pub", "64k")), admin=admins, top='publish_dir = "@DIR@/pub"')
    base = os.path.join(place[0], "demo", "second")
    reader = Reader(None, None, None, base, "demo", "second")

    def published():
        """What page and file say: usersigs."""
        found = set()
        try:
            reader.map = reader.open()
            found.add(reader.read(time.time()))
        except (LookupError, FileNotFoundError):
            pass
        try:
            with open(base + ".usersig", encoding="ascii") as file:
                found.add(file.read().rstrip("\n"))
        except FileNotFoundError:
            pass
        return found

    first = admin(run)["usersig"]
    equal(published(), {first}, "published")
    run.harm()
    fill(os.path.join(place[0], "filler"))
    withdrawn = {first}
    for _ in range(3):
        time.sleep(1.1)  # another second, another usersig
        said = run.sigctl("flush", "demo", "second", status=None)
        now = admin(run)["usersig"]
        true(now not in withdrawn, f"the new one is served: {said}")
        true(published() <= {now}, "what is published was withdrawn")
        withdrawn.add(now)
    run.held("http", "never")
    os.unlink(os.path.join(place[0], "filler"))
    time.sleep(1.1)
    run.sigctl("flush", "demo", "second")
    equal(published(), {admin(run)["usersig"]}, "published again")
    run.held("then")
    run.served_again(time.monotonic())
    run.end()


@fault("Disks", "sigd is started on a read-only disk", clients=False, root=True, needs=MOUNT, holds={
    "told": "it does not start, and names the file and why",
    "again": "once it is writable, it starts and goes on with its audit log",
})
def start_read_only(run):
    run.daemon(prepare=lambda made: run.small_disk("log"))
    run.load.rest()
    equal(run.made.stop(), 0, "exit status")
    subprocess.run(["mount", "-o", "remount,ro", run.made.path("log")], check=True)
    status, said = run.made.fail_to_start()
    true(status > 0 and "audit.log" in said and "ead-only" in said, f"{status}: {said}")
    subprocess.run(["mount", "-o", "remount,rw", run.made.path("log")], check=True)
    run.held("told")
    run.came(f"exit status {status}")
    run.made.start()
    run.load.begin("calm", ["lost"])  # connections of before
    run.load.go_on()
    run.load.turn()
    run.held("again")
    run.end()


@fault("Disks", "each write to the audit log fails (EIO)", must=["503 unavailable"], gaps=["write"], holds={
    "refused": "signing stops with 503: what cannot be audited is not signed",
    "served": "administrators' usersigs are handed out",
    "then": "once it can be written, all is served within 1 s, and a gap record tells how many were refused",
})
def audit_error(run):
    run.daemon(shimmed=True)
    known = Connection(run.made.socket())
    for _ in range(3):
        run.wait(0.1, 0.5)
        run.harm()
        run.made.faults["signer"].write_error = errno.EIO
        refused_meanwhile(run, known)
        since = time.monotonic()
        run.made.faults["signer"].write_error = 0
        run.served_again(since)
    true(run.made.faults["signer"].failed, "writes failed")
    known.close()
    run.held("refused", "served", "then")
    run.end()


@fault("Disks", "each sync of the audit log fails (EIO), with `sync = \"batch\"`", must=["503 unavailable"], gaps=["write"], holds={
    "refused": "signing stops with 503: what may be lost with the power was not answered",
    "served": "administrators' usersigs are handed out",
    "then": "once it can be synced, all is served within 1 s",
})
def sync_error(run):
    run.daemon(shimmed=True, sync="batch")
    known = Connection(run.made.socket())
    for _ in range(3):
        run.wait(0.1, 0.5)
        run.harm()
        run.made.faults["signer"].sync_error = errno.EIO
        refused_meanwhile(run, known)
        since = time.monotonic()
        run.made.faults["signer"].sync_error = 0
        run.served_again(since)
    true(run.made.faults["signer"].failed, "syncs failed")
    known.close()
    run.held("refused", "served", "then")
    run.end()


@fault("Disks", "writes to the audit log fail at random, and write a part at random", weight=7, must=["503 unavailable"], gaps=["write"], holds={
    "chain": "the chain holds over every torn line, and each that was answered is whole",
    "then": "once it can be written, all is served within 1 s",
})
def audit_torn(run):
    run.daemon(shimmed=True)
    signer = run.made.faults["signer"]
    run.harm()
    signer.cut = 3
    for _ in range(30):
        run.wait(0.02, 0.1)
        signer.write_error = errno.ENOSPC
        run.wait(0.01, 0.05)
        signer.write_error = 0
    run.must_come()
    since = time.monotonic()
    run.made.faults.none()
    run.served_again(since)
    true(signer.failed and signer.was_cut, "writes failed and were cut")
    run.held("chain", "then")
    run.end()
