#!/usr/bin/env python3
"""The tables that are checked in are what their generators write today."""
import os
import subprocess
import sys

from tree import SOURCE, check, done, read

GENERATED = {"libsig/template_tables.h": "libsig/gen_template.py", "libsig/inflate_tables.h": "libsig/gen_inflate.py",
             "libsig/catalogue_table.h": "libsig/gen_catalogue.py", "libsig/restcode_table.h": "libsig/gen_restcode.py"}


def main():
    for path, generator in GENERATED.items():
        ran = subprocess.run([sys.executable, os.path.join(SOURCE, generator)], capture_output=True, text=True, check=False,
                             env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "random"})
        faults = [ran.stderr.strip()] if ran.returncode else []
        if not faults and ran.stdout != read(path):
            faults = [f"run {generator} > {path}"]
        check(f"{path} is what {generator} writes", faults)
    done()


main()
