#!/usr/bin/env python3
"""Writes catalogue_table.h of rest-apis.tsv: the endpoints of the REST API, by service and command."""
import json
import re

from rest_tables import require, rows, text

COLUMNS = ["service", "command", "group", "title", "min_body", "kind", "rate", "items", "cursor_in", "cursor_out",
           "complete", "limit", "limit_max", "source"]
KINDS = {"read": "USERSIG_REST_READ", "write": "USERSIG_REST_WRITE", "send": "USERSIG_REST_SEND"}
FIELD = r"[A-Za-z_]+(\.[A-Za-z_]+)*"


def check(row):
    name = f"{row['service']}/{row['command']}"
    require(re.fullmatch(r"[A-Za-z0-9_]{1,64}/[A-Za-z0-9_]{1,64}", name), f"{name}: not a name")
    require(re.fullmatch(r"[a-z-]+", row["group"]) and row["title"], f"{name}: group or title")
    require(row["kind"] in KINDS, f"{name}: kind {row['kind']}")
    body = json.loads(row["min_body"])
    require(isinstance(body, dict) and json.dumps(body, separators=(",", ":")) == row["min_body"],
            f"{name}: min_body is no compact JSON object")
    require(re.fullmatch(r"[0-9]*", row["rate"] + row["limit_max"]), f"{name}: rate or limit_max")
    inward, outward = row["cursor_in"].split(","), row["cursor_out"].split(",")
    require(bool(row["items"]) == bool(row["cursor_in"]) and len(inward) == len(outward), f"{name}: cursors")
    if row["items"]:
        require(row["kind"] == "read", f"{name}: pages, and is no read")
        for field in row["items"].split(",") + inward:
            require(re.fullmatch(FIELD, field), f"{name}: field {field}")
        for field in outward:
            require(re.fullmatch(rf"\+|-?{FIELD}", field), f"{name}: cursor_out {field}")
        require(re.fullmatch(rf"(=?{FIELD})?", row["complete"]), f"{name}: complete {row['complete']}")
    return name


def main():
    apis = rows("rest-apis.tsv", COLUMNS)
    names = [check(row) for row in apis]
    keys = [(row["service"], row["command"]) for row in apis]
    require(keys == sorted(set(keys)), "rest-apis.tsv: not sorted by service and command, or one is there twice")
    print("/* catalogue_table.h: written by gen_catalogue.py of rest-apis.tsv; do not edit. */\n/* clang-format off */\n")
    print(f"#define CATALOGUE_ROWS {len(names)}\n")
    print("static const struct usersig_rest_api catalogue_table[CATALOGUE_ROWS] = {")
    for row in apis:
        print(f"    {{ {text(row['service'])}, {text(row['command'])}, {text(row['group'])}, {text(row['title'])},\n"
              f"      {text(row['min_body'])},\n"
              f"      {row['rate'] or 0}, {KINDS[row['kind']]}, "
              + ", ".join(text(row[column]) for column in ("items", "cursor_in", "cursor_out", "complete", "limit"))
              + f", {row['limit_max'] or 0} }},")
    print("};\n/* clang-format on */")


main()
