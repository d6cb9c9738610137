#!/usr/bin/env python3
"""readme.py: the README's two commands where it says that they work: on a bare Debian, as root, in a clone of this
repository, with nothing but git installed. `make test-install-readme` runs it; `--only quickstart` leaves out the second.

    readme.py --build DIRECTORY [--only WORD]"""
import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from root import Root, must, own_mounts, say, skip  # noqa: E402

SOURCE = os.path.abspath(os.environ.get("srcdir") or os.path.dirname(os.path.dirname(HERE)))


def commands():
    """As the README has them."""
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        chapter = file.read().partition("## Two commands")[2].partition("\n## ")[0]
    return re.findall(r"^(scripts/\S+)", chapter, re.M)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", required=True)
    options.add_argument("--only", default="", help="commands with this word")
    chosen = options.parse_args()
    if os.getuid() != 0:
        skip("needs root")
    if subprocess.run(["git", "-C", SOURCE, "rev-parse"], capture_output=True, check=False).returncode:
        skip(f"{SOURCE} is no git repository")
    own_mounts()
    os.makedirs(chosen.build, exist_ok=True)
    root = Root(os.path.abspath(chosen.build), "readme")
    try:
        say("git, and a clone of what is committed")
        root.run("apt-get", "install", "-y", "--no-install-recommends", "git", "ca-certificates")
        must(subprocess.run(["git", "clone", "-q", "--no-hardlinks", SOURCE, root.path("/root/usersig")], capture_output=True,
                            check=False))
        for command in [command for command in commands() if chosen.only in command]:
            say(command)
            told = root.run("sh", "-c", f"cd /root/usersig && CI= exec {command}")
            print("".join(f"    {line}\n" for line in told.splitlines()[-3:]), end="")
    finally:
        root.remove()
    say("done")
    print("1 passed, 0 failed, 0 skipped")


main()
