"""judge.py: what is left after a fault: the audit log beside what clients got, descriptors, memory."""
import json
import os

from admin import sigctl
from harness import equal, status_of, true
from month_audit import fingerprint


def lines_of(path):
    """The whole lines that are JSON; what a gap record tells of is left out."""
    found = []
    with open(path, "rb") as file:
        for line in file.read().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return [line for line in found if isinstance(line, dict) and "event" in line]


def verified(path, gaps):
    """sigctl calls the log good; all its gap records are of these reasons."""
    done = sigctl("audit", "verify", "--json", path)
    equal(done.returncode, 0, f"sigctl audit verify: {done.stdout}{done.stderr}")
    said = json.loads(done.stdout)
    true({gap["reason"] for gap in said["gaps"]} <= set(gaps), f"gap records beside {gaps}: {said['gaps']}")
    return said


def has_lines(lines, signatures, once=True):
    """Each of these signatures has its line, and no identifier has two."""
    by = {}
    for line in lines:
        if line["event"] == "sign" and line["verdict"] == "ok":
            by.setdefault(line["identifier"], []).append(line)
    missing = []
    for identifier, (usersig, key, _) in signatures.items():
        mark = fingerprint(usersig, key)
        if not any((line["key"], line["fingerprint"]) == (key, mark) for line in by.get(identifier, ())):
            missing.append(identifier)
    equal(missing[:5], [], f"{len(missing)} of {len(signatures)} acknowledged and not in the log")
    if once:
        equal([identifier for identifier, found in by.items() if len(found) > 1][:5], [], "signed twice for one request")


def was_asked(run, identifier):
    """By a client, or by the fault itself."""
    label, _, number = identifier.rpartition("-")
    asked = {client.label: client.serial for client in run.load.clients}
    return identifier in run.own or (number.isdigit() and int(number) <= asked.get(label, 0))


def audited(run, once=True):
    path = run.made.path("log", "audit.log")
    said = verified(path, run.fault.gaps)
    lines = lines_of(path)
    has_lines(lines, run.load.signatures, once)
    stray = [line["identifier"] for line in lines if line["event"] == "sign" and not was_asked(run, line["identifier"])]
    equal(stray[:5], [], "signed, and nobody asked for it")
    told = {(line["identifier"], line["fingerprint"]) for line in lines if line["event"] == "admin" and line["verdict"] == "ok"}
    missing = [who for usersig, who in run.load.administrators.items() if (who[0], fingerprint(usersig, who[1])) not in told]
    equal(missing, [], "administrators' usersigs without a line")
    for reason in sorted({gap["reason"] for gap in said["gaps"]}):
        run.note(f"{sum(gap['reason'] == reason for gap in said['gaps'])} gap records ({reason})")
    return len(lines)


def named(made):
    """{pid: name} of the daemon; fronts by their numbers."""
    found = {made.pid: "sigd", **made.children()}
    for pid, name in found.items():
        if name == "sigd-front":
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found[pid] = file.read().rstrip(b"\0").decode()
    return found


def open_files(made):
    """{name: descriptors}; of what we may not look into, nothing."""
    found = {}
    for pid, name in named(made).items():
        try:
            found[name] = len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            continue
    return found


def memory(made):
    """{name: kB of its own}."""
    found = {}
    for pid, name in named(made).items():
        try:
            found[name] = int(status_of(pid)["RssAnon"].split()[0])
        except (OSError, KeyError):
            continue
    return found
