#!/usr/bin/env python3
"""One JSON line of what a bench ran on: machine.py COMPILER FLAGS VERSION."""
import json
import os
import platform
import subprocess
import sys


def cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()


def main():
    compiler, flags, version = sys.argv[1:]
    says = subprocess.run([*compiler.split(), "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    print(json.dumps({"bench": "machine", "cpu": cpu(), "cores": os.cpu_count(),
                      "kernel": platform.release(), "compiler": says, "flags": flags, "version": version}))


main()
