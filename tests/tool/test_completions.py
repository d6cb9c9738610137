#!/usr/bin/env python3
"""The completions of bash, zsh and fish, each in its shell: commands, options, calls, apps and administrators.

Environment: USERSIG, SIGCTL (default <top_builddir>/tools/...), and what harness.py reads."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "daemon"))
from harness import BUILD, Sigd, equal, main, scenario, shared, skip, true  # noqa: E402

COMPLETIONS = os.path.join(os.path.dirname(TESTS), "dist", "completions")
TOOLS = {"usersig": os.environ.get("USERSIG") or os.path.join(BUILD, "tools", "usersig"),
         "sigctl": os.environ.get("SIGCTL") or os.path.join(BUILD, "tools", "sigctl")}
BASH = r"""source "$0"; tool=$1; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$tool"; printf '%s\n' "${COMPREPLY[@]}" """
# zsh's own words add what fits to a list on the screen; here they print it
ZSH = r"""tool=$2
compadd() { if [[ $1 == -a ]]; then print -l -- ${(P)2}; else print -l -- $@; fi }
_describe() { print -l -- ${(P)2} }
_files() { print -l -- $PREFIX*(N) }
compset() { PREFIX=${PREFIX#$2} }
source $1; shift 2; words=("$@"); CURRENT=$#; PREFIX=${words[-1]}
_$tool"""
FISH = r"""source $argv[1]; complete -C (string join ' ' -- (string escape -n -- $argv[3..-2]) $argv[-1])"""


PLACE = tempfile.mkdtemp(prefix="completions-", dir="/tmp")  # commands of the tools' own names: shells look completions up by them


def environment(tool, **more):
    kept = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH")
    if not os.access(TOOLS[tool], os.X_OK):
        skip(f"{TOOLS[tool]} is not built", must=True)
    path = os.path.join(PLACE, tool)
    if not os.path.exists(path):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o755), "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec "{TOOLS[tool]}" "$@"\n')
    return {"PATH": f"{PLACE}:/usr/bin:/bin", "HOME": PLACE, "LC_ALL": "C.UTF-8",
            **{name: os.environ[name] for name in kept if name in os.environ}, **more}


def complete(shell, *line, cwd="/", **more):
    """What the shell offers for the last word of line, without what it says about it."""
    tool = line[0]
    where = shutil.which(shell)
    if not where:
        skip(f"needs the program {shell}", must=True)
    script = os.path.join(COMPLETIONS, {"bash": f"{tool}.bash", "zsh": f"_{tool}", "fish": f"{tool}.fish"}[shell])
    words = {"bash": ["-c", BASH, script, tool], "zsh": ["-f", "-c", ZSH, "zsh", script, tool],
             "fish": ["-N", "-c", FISH, script, tool]}[shell]
    done = subprocess.run([where, *words, *line], env=environment(tool, **more), capture_output=True, text=True, timeout=60,
                          check=False, cwd=cwd)
    equal((done.returncode, done.stderr), (0, ""), f"{shell} {line}")
    offered = [one.split(":")[0] if shell == "zsh" else one.split("\t")[0] for one in done.stdout.splitlines()]
    return sorted(one for one in offered if one and one.startswith(line[-1].lstrip("@") if shell == "zsh" else line[-1]))


def help_of(tool, *command):
    return subprocess.run([TOOLS[tool], *command, "--help"], capture_output=True, text=True, check=True,
                          env=environment(tool)).stdout


def commands(tool):
    listed = help_of(tool).split("\nCommands\n")[1].split("\n\n")[0]
    return {line.split()[0] for line in listed.splitlines()}


def options(tool, command):
    return sorted(line.split()[0] for line in help_of(tool, command).splitlines() if line.startswith("  --"))


def daemon():
    return shared("completed", lambda: Sigd(start=False))


def one_shell(shell):
    for tool, some in (("usersig", "call"), ("sigctl", "reload")):
        offered = set(complete(shell, tool, ""))
        true(commands(tool) <= offered <= commands(tool) | {"help", "--help", "--version"}, f"{shell} {tool}: {offered}")
        equal(complete(shell, tool, some[:-1]), [some], "a command")
        true(commands(tool) <= set(complete(shell, tool, "help", "")), "help")
        for command in sorted(commands(tool)):
            equal(complete(shell, tool, command, "--"), options(tool, command), f"{shell}: the options of {tool} {command}")
    equal(complete(shell, "sigctl", "log-level", "e"), ["error"], "a level")
    equal(complete(shell, "sigctl", "audit", ""), ["find", "verify"], "audit")
    calls = subprocess.run([TOOLS["usersig"], "apis"], capture_output=True, text=True, check=True, env=environment("usersig"))
    known = sorted(line.split()[0] for line in calls.stdout.splitlines() if "/" in line)
    true(len(known) > 100, f"calls: {len(known)}")
    for command in ("url", "call", "apis"):
        equal(complete(shell, "usersig", command, ""), known, f"{shell}: the calls of {command}")
    equal(complete(shell, "usersig", "call", "openim/sendmsg"), [c for c in known if c.startswith("openim/sendmsg")], "some")
    equal(complete(shell, "usersig", "call", "openim/sendmsg", ""), [], "one call is enough")
    equal(complete(shell, "usersig", "export", "p"), ["postman"], "export")
    equal(complete(shell, "usersig", "url", "--region", "s"), ["seoul", "singapore"], "regions")
    equal(complete(shell, "usersig", "sign", "--batch", "--format", ""), ["ndjson", "text"], "formats")
    equal(complete(shell, "usersig", "sign", "--lifetime", ""), [], "free values")
    socket = daemon().socket()
    for env, before in (({"SIGD_SOCKET": socket}, ()), ({}, ("--socket", socket))):
        equal(complete(shell, "usersig", "admin", *before, "--app", "", **env), ["demo"], f"{shell}: apps")
        equal(complete(shell, "usersig", "admin", *before, "--as", "g", **env), ["group_root"], f"{shell}: administrators")
    equal(complete(shell, "usersig", "admin", "--app", "", SIGD_SOCKET="/none"), [], "no sigd, no names, no noise")
    place = daemon().path("keys")
    equal(complete(shell, "usersig", "sign", "--key-file", "dem", cwd=place), ["demo.key"], "files")
    behind = complete(shell, "usersig", "verify", "@dem", cwd=place)
    equal(behind, ["demo.key" if shell == "zsh" else "@demo.key"], "files behind @")


@scenario
def bash():
    one_shell("bash")


@scenario
def zsh():
    one_shell("zsh")


@scenario
def fish():
    one_shell("fish")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(PLACE)
