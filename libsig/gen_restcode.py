#!/usr/bin/env python3
"""Writes restcode_table.h of error-codes.tsv: the ErrorCodes of the REST API, by number."""
from rest_tables import require, rows, text

COLUMNS = ["code", "last", "family", "meaning", "class", "caller", "advice"]
CLASSES = {name: "USERSIG_REST_" + name.upper().replace("-", "_")
           for name in ("fix", "back-off", "transient", "credential", "wait", "later", "unsure")}


def main():
    codes = rows("error-codes.tsv", COLUMNS)
    above = None
    print("/* restcode_table.h: written by gen_restcode.py of error-codes.tsv; do not edit. */\n/* clang-format off */\n")
    print(f"#define RESTCODE_ROWS {len(codes)}\n")
    print("static const struct usersig_rest_code restcode_table[RESTCODE_ROWS] = {")
    for row in codes:
        code, last = int(row["code"]), int(row["last"])
        require(code != 0 and code <= last and (above is None or above < code), f"error-codes.tsv: {code} is out of order")
        require(row["class"] in CLASSES and row["caller"] in ("yes", "no"), f"error-codes.tsv: {code}: class or caller")
        require(row["family"] and row["meaning"], f"error-codes.tsv: {code}: family or meaning")
        above = last
        print(f"    {{ {code}, {last}, {text(row['family'])}, {text(row['meaning'])},\n"
              f"      {CLASSES[row['class']]}, {int(row['caller'] == 'yes')}, {text(row['advice'])} }},")
    print("};\n/* clang-format on */")


main()
