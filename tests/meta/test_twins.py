#!/usr/bin/env python3
"""The clock is in one file, and only the twins that tests build have another one in its place; only they fail at will."""
import os
import re
import subprocess

from tree import BUILD, binary, check, done, nm, read, sources, without_comments

CLOCK = "sigd/common/clock.c"
CALLS = re.compile(r"\b(clock_(?:gettime|settime|getres|adjtime|nanosleep)|gettimeofday|settimeofday|time|ftime|timespec_get"
                   r"|timerfd_\w+|timer_create|setitimer|alarm|adjtimex|adjtime|ntp_\w+|nanosleep|usleep|sleep)\s*\(")
ENVIRONMENT = re.compile(r"\b(?:secure_)?getenv\s*\(([^)]*)\)")
# what service managers say; nothing of it is a time
MAY_BE_READ = {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
               "CREDENTIALS_DIRECTORY"}
MARK = b"this is a twin of sigd"
PROGRAMS = ("sigd", "sigd-signer", "sigd-front")


def check_sources():
    faults, names = [], []
    for path in sources("sigd"):
        text = without_comments(read(path))
        if path != CLOCK:
            faults += [f"{path}: calls {name}(): ask clock.h" for name in CALLS.findall(text)]
        names += [(path, name.strip().strip('"')) for name in ENVIRONMENT.findall(text)]
    check(f"only {CLOCK} asks the kernel for time", faults)
    check(f"{CLOCK} does", [] if CALLS.search(read(CLOCK)) else ["no call found: does this check see anything?"])
    check("sigd reads no environment but the service manager's",
          [f"{path}: {name}" for path, name in names if name not in MAY_BE_READ])


def faults_of(path, twin):
    if path is None:
        return ["not built"]
    symbols = {name for _, name in nm(path) or []}
    with open(path, "rb") as file:
        marked = MARK in file.read()
    faults = [] if symbols else ["nm shows nothing: stripped?"]
    if ("clock_fake" in symbols) != twin or marked != twin:
        faults.append(f"{path}: clock_fake {'is missing' if twin else 'is in it'}")
    if ("adjtimex" in symbols) == twin:
        faults.append(f"{path}: adjtimex {'is in it' if twin else 'is missing'}")
    return faults


def check_shim():
    """Only the programs of tests/fault fail at will."""
    for folder, wanted in (("sigd", False), ("tests/fault", True)):
        faults = []
        for name in PROGRAMS:
            path = binary(f"{folder}/{name}")
            if path is None:
                faults.append(f"{folder}/{name}: not built")
                continue
            with open(path, "rb") as file:
                if (b"this program fails where a test wants it to" in file.read()) != wanted:
                    faults.append(f"{path}: the shim {'is missing' if wanted else 'is in it'}")
        check(f"programs in {folder} {'have' if wanted else 'have no'} shim", faults)


def check_pace():
    """usersig waits by the clock, its twin does not, and reads what the tests tell it."""
    faults = []
    for name, twin in (("tools/usersig", False), ("tests/twins/usersig", True)):
        path = binary(name)
        if path is None:
            faults.append(f"{name}: not built")
            continue
        symbols = {symbol for _, symbol in nm(path) or []}
        with open(path, "rb") as file:
            data = file.read()
        if ("pace_fake" in symbols) != twin or (b"this is a twin of usersig" in data) != twin or (b"USERSIG_TWIN" in data) != twin:
            faults.append(f"{name}: pace_fake {'is missing' if twin else 'is in it'}")
        if not any(symbol.startswith("pace_") for symbol in symbols):
            faults.append(f"{name}: no pace at all: does this check see anything?")
    check("usersig has the kernel's waits, its twin the tests'", faults)


def main():
    check_sources()
    check_pace()
    check_shim()
    for name in PROGRAMS:
        check(f"{name} has the kernel's clock", faults_of(binary(f"sigd/{name}"), False))
        check("its twin has the tests' clock", faults_of(binary(f"tests/twins/{name}"), True))
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    plan = subprocess.run(["make", "-n", "-C", BUILD, "install", "DESTDIR=/nowhere"], env=environment, capture_output=True,
                          text=True, check=False)
    lines = plan.stdout.splitlines()
    check("make install would not install twins",
          (["make -n install says nothing"] if plan.returncode or not any("/nowhere" in line for line in lines) else [])
          + [line for line in lines if "twins" in line or "tests/fault" in line])
    done()


main()
