#!/usr/bin/env python3
"""Writes a completion script anew, with the calls of libsig/rest-apis.tsv between its marks; the rest is kept.

    dist/completions/gen_calls.py FILE"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MARKS = re.compile(r"(?<=# calls: by gen_calls\.py\n)(.*?)(?=# end of calls\n)", re.DOTALL)


def calls():
    with open(os.path.join(HERE, "..", "..", "libsig", "rest-apis.tsv"), encoding="ascii") as file:
        next(file)
        return sorted("/".join(line.split("\t")[:2]) for line in file)


def block(name):
    names = "\n".join("    " + call for call in calls())
    if name.endswith(".fish"):
        return f"set -g __usersig_calls (string split -n ' ' (string join ' ' '\n{names}\n' | string replace -ra '\\s+' ' '))\n"
    if name.endswith(".bash"):
        return f"_usersig_calls='\n{names}\n'\n"
    return f"_usersig_calls=(\n{names}\n)\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    if len(MARKS.findall(text)) != 1:
        sys.exit(f"{sys.argv[1]}: no marks, or more than one pair")
    sys.stdout.write(MARKS.sub(lambda _: block(sys.argv[1]), text))


main()
