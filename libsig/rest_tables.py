"""What gen_catalogue.py and gen_restcode.py share: reading a table beside this file, and C's strings."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(name, columns):
    """The rows of a table as dictionaries. Its first line must name the columns."""
    with open(os.path.join(HERE, name), encoding="ascii") as file:
        lines = file.read().splitlines()
    require(lines[0].split("\t") == columns, f"{name}: the first line is not: {' '.join(columns)}")
    found = []
    for number, line in enumerate(lines[1:], 2):
        values = line.split("\t")
        require(len(values) == len(columns), f"{name}:{number}: {len(values)} columns")
        found.append(dict(zip(columns, values)))
    return found


def require(good, fault):
    if not good:
        sys.exit(fault)


def text(value):
    """A C string, NULL for an empty value."""
    if not value:
        return "NULL"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
