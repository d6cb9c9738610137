"""unit.py: reads systemd's units as systemd does, as far as sigd's need it, and what systemd-analyze says of them."""
import os
import re
import subprocess
import tempfile

from harness import BUILD

SOURCE = os.path.abspath(os.environ.get("srcdir") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DIST = os.path.join(SOURCE, "dist", "systemd")
SERVICE = os.path.join(BUILD, "dist", "systemd", "sigd.service")
SOCKET = os.path.join(BUILD, "dist", "systemd", "sigd.socket")
SINGLE = os.path.join(DIST, "single-uid.conf")
STRICT = os.path.join(DIST, "strict.conf")

LISTS = ("CapabilityBoundingSet", "SystemCallFilter", "RuntimeDirectory", "StateDirectory", "LogsDirectory",
         "RestrictAddressFamilies", "LoadCredential", "ReadWritePaths", "After")
SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def lines_of(files):
    """(section, key, value) of each assignment, drop-ins after their unit."""
    for name in files:
        section = None
        with open(name, encoding="utf-8") as file:
            for line in file.read().replace("\\\n", " ").splitlines():
                line = line.strip()
                if line.startswith("["):
                    section = line.strip("[]")
                elif line and line[0] not in "#;":
                    key, value = line.split("=", 1)
                    yield section, key, value


def read(*files):
    """{key: text, or a list of texts}; an empty assignment to a list empties it."""
    found = {}
    for _, key, value in lines_of(files):
        if key not in LISTS:
            found[key] = value
        elif not value:
            found[key] = []
        else:
            found.setdefault(key, []).append(value)
    return found


def yes(unit, key):
    return unit.get(key, "no") in ("yes", "true", "1", "on")


def words(unit, key):
    return " ".join(unit.get(key, [])).split()


def size(text):
    number, unit = re.fullmatch(r"(\d+)([KMG]?)", text).groups()
    return int(number) * SIZES[unit]


def system_calls(name, known={}):  # noqa: B006 (a memory)
    """The names in a set of system calls (@set), or the one name."""
    if not name.startswith("@"):
        return {name}
    if name not in known:
        told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
        inside = [line.strip() for line in told.stdout.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
        known[name] = set().union(*[system_calls(item) for item in inside])
    return known[name]


def allowed_calls(unit):
    """What SystemCallFilter= lets through, None for all; the first line says that it is a list of what is allowed."""
    filters = unit.get("SystemCallFilter", [])
    if not filters:
        return None
    if filters[0].startswith("~"):
        raise ValueError("a list of what is refused")
    allowed = set(system_calls("@default"))
    for line in filters:
        for word in line.removeprefix("~").split():
            allowed = allowed - system_calls(word) if line.startswith("~") else allowed | system_calls(word)
    return sorted(allowed)


def analyze(verb, unit, dropins=()):
    """systemd-analyze of the service with drop-ins, as if sigd were installed; (status, what it said)."""
    with tempfile.TemporaryDirectory(prefix="unit-") as place:
        path = os.path.join(place, os.path.basename(unit))
        for source in {SERVICE, unit}:  # a socket unit wants its service
            with open(source, encoding="utf-8") as file:
                text = re.sub(r"^Documentation=.*\n", "", file.read(), flags=re.M)  # whose pages it would look for
            with open(os.path.join(place, os.path.basename(source)), "w", encoding="utf-8") as file:
                file.write(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M))
        for dropin in dropins:
            os.makedirs(path + ".d", exist_ok=True)
            with open(dropin, "rb") as file, open(os.path.join(path + ".d", os.path.basename(dropin)), "wb") as copy:
                copy.write(file.read())
        done = subprocess.run(["systemd-analyze", *verb, path], capture_output=True, text=True, check=False,
                              env={**os.environ, "SYSTEMD_UNIT_PATH": place + ":"})
        return done.returncode, (done.stdout + done.stderr).strip()


def exposure(*dropins):
    """systemd's grade of sigd.service with these drop-ins, 0 to 10."""
    status, said = analyze(["security", "--offline=true", "--no-pager", "--threshold=100"], SERVICE, dropins)
    found = re.search(r"Overall exposure level for sigd.service: ([\d.]+)", said)
    if status or not found:
        raise AssertionError(said)
    return float(found[1])
