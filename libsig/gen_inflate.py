#!/usr/bin/env python3
"""Writes inflate_tables.h: the tables of RFC 1951, section 3.2.5, and decoders for the codes of section 3.2.6."""
from deflate_code import canonical, decoder, distance_symbol, length_symbol, rows


def bases(symbol_of, first, end):
    """For each symbol the least value that it stands for, and its extra bits."""
    base, extra = {}, {}
    for value in range(first, end):
        symbol, _, bits = symbol_of(value)
        base.setdefault(symbol, value)
        extra[symbol] = bits
    return [base[symbol] for symbol in sorted(base)], [extra[symbol] for symbol in sorted(extra)]


def table(kind, name, size, values):
    print(f"static const {kind} {name}[{size}] = {{", *rows(values, 16), "};", sep="\n")


def main():
    print("/* inflate_tables.h: written by gen_inflate.py; do not edit. */\n/* clang-format off */\n")
    length_base, length_extra = bases(length_symbol, 3, 259)
    distance_base, distance_extra = bases(distance_symbol, 1, 32769)
    print("/* lengths by symbol - 257, distances by symbol: the least, and how many bits more */")
    table("uint16_t", "inflate_length_base", 29, length_base)
    table("uint8_t", "inflate_length_extra", 29, length_extra)
    table("uint16_t", "inflate_distance_base", 30, distance_base)
    table("uint8_t", "inflate_distance_extra", 30, distance_extra)
    print("\n/* the fixed codes by the next bits: symbol << 6 | length of its code */")
    for name, lengths in (("near", [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8), ("far", [5] * 32)):
        width, entries = decoder(canonical(lengths))
        print(f"#define INFLATE_FIXED_{name.upper()}_BITS {width}")
        table("uint16_t", f"inflate_fixed_{name}", f"1 << INFLATE_FIXED_{name.upper()}_BITS", entries)
    print("/* clang-format on */")


main()
