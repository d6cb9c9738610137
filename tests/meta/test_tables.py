#!/usr/bin/env python3
"""The tables that are checked in are what their generators write today."""
import os
import subprocess
import sys

from tree import SOURCE, check, done, read

GENERATED = {"libsig/template_tables.h": "libsig/gen_template.py", "libsig/inflate_tables.h": "libsig/gen_inflate.py",
             "libsig/catalogue_table.h": "libsig/gen_catalogue.py", "libsig/restcode_table.h": "libsig/gen_restcode.py"}


# written anew between their marks
KEPT = {f"dist/completions/{name}": "dist/completions/gen_calls.py" for name in ("usersig.bash", "_usersig", "usersig.fish")}


def main():
    for path, generator in (*GENERATED.items(), *KEPT.items()):
        arguments = [os.path.join(SOURCE, path)] if path in KEPT else []
        ran = subprocess.run([sys.executable, os.path.join(SOURCE, generator), *arguments], capture_output=True, text=True, check=False,
                             env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "random"})
        faults = [ran.stderr.strip()] if ran.returncode else []
        if not faults and ran.stdout != read(path):
            faults = [f"run {generator} {path if arguments else ''} and make its output {path}"]
        check(f"{path} is what {generator} writes", faults)
    done()


main()
