#!/usr/bin/env python3
"""Writes template_tables.h: the DEFLATE bits of what never changes in a version 2 usersig, and the codes of what does.

The JSON's keys and punctuation are constant, so that the block's header, their literals and the matches for the
repeated `,"TLS.` are constants too; only values are coded. The code lengths are those that make the whole text shortest
on a seeded corpus of claims, the header's own bits counted; another corpus, not used for that, tells the mean.

gen_template.py            prints the header; deterministic: a test runs it and compares
gen_template.py --orders   the mean length for every order of the fields, shortest first
"""
import base64
import itertools
import sys
import zlib

from deflate_code import (END, LIMIT, as_list, bits_of, canonical, code_for, decoder, distance_symbol, header, huffman,
                          joined, kraft, length_symbol, rows)
from template_corpus import BASE64, PRINTABLE, corpus

# Two orders that begin with the identifier would save 0.4 characters more. This one keeps the identifier out of every
# distance, so that identifiers of any length are covered, and says more before the first value.
ORDER = ("ver", "sdkappid", "time", "expire", "sig", "identifier")
STRINGS = ("identifier", "sig")

# ---- the constant pieces -------------------------------------------------------------------------------

def pieces_of(order):
    """[constant text before a value, that value's field], ..., and the last text."""
    pieces, text = [], "{"
    for n, field in enumerate(order):
        text += ("," if n else "") + f'"TLS.{field}":'
        if field == "ver":
            text += '"2.0"'
            continue
        if field in STRINGS:
            text += '"'
        pieces.append((text, field))
        text = "=" if field == "sig" else ""
        text += '"' if field in STRINGS else ""
    return pieces + [(text + "}", None)]


def sources(pieces, n, at):
    """Matches for the n-th text at `at`: (length, distance without values, fields between). The texts before it only
    count as far as they are constant; only one match a text may reach over values, see tokens."""
    text = pieces[n][0]
    for back in range(n, -1, -1):
        other = pieces[back][0]
        between = [field for _, field in pieces[back:n]]
        constant = sum(len(t) for t, _ in pieces[back:n])
        for start in range(len(other) if back < n else at):
            length = 0
            while (at + length < len(text) and length < 18
                   and start + length < len(other) and other[start + length] == text[at + length]):
                length += 1
                if length >= 3:
                    yield length, constant + at - start, between


def tokens(pieces, n, cost, widths):
    """The cheapest way to say the n-th text: literals and matches as (length, distance, fields between)."""
    text = pieces[n][0]
    best = {(0, False): (0, [])}
    for at in range(len(text)):
        for crossed in (False, True):
            if (at, crossed) not in best:
                continue
            bits, said = best[at, crossed]
            steps = [(bits + cost(0, ord(text[at])), (at + 1, crossed), ord(text[at]))]
            for length, distance, between in sources(pieces, n, at):
                if between and crossed:
                    continue
                typical = distance + sum(widths[field] for field in between)
                symbol, _, extra = distance_symbol(typical)
                steps.append((bits + cost(0, length_symbol(length)[0]) + length_symbol(length)[2] + cost(1, symbol)
                              + extra, (at + length, crossed or bool(between)), (length, distance, tuple(between))))
            for total, state, token in steps:
                if state not in best or total < best[state][0]:
                    best[state] = (total, said + [token])
    return min((best[state] for state in ((len(text), False), (len(text), True)) if state in best),
               key=lambda entry: entry[0])[1]


def count(pieces, parsed, texts, smoothing):
    """Mean number of times that each symbol is said."""
    literals, distances = {END: 1.0}, {}

    def add(table, symbol, weight):
        table[symbol] = table.get(symbol, 0) + weight

    for said in parsed:
        for token in said:
            if isinstance(token, int):
                add(literals, token, 1)
            else:
                add(literals, length_symbol(token[0])[0], 1)
    share = 1 / len(texts)
    for values in texts:
        for _, field in pieces[:-1]:
            for c in values[field]:
                add(literals, ord(c), share)
        for said in parsed:
            for token in said:
                if not isinstance(token, int):
                    add(distances, distance_symbol(token[1] + sum(len(values[f]) for f in token[2]))[0], share)
    for c in PRINTABLE:
        add(literals, c, smoothing)
    return literals, distances


def extras(parsed, texts):
    """Mean extra bits of the matches."""
    total = 0
    for values in texts:
        for token in itertools.chain(*parsed):
            if not isinstance(token, int):
                total += length_symbol(token[0])[2] + \
                    distance_symbol(token[1] + sum(len(values[f]) for f in token[2]))[2]
    return total / len(texts)


def far_codes(distances):
    """Code lengths for distances that are worth a try: flat ones cost some bits more and take less header."""
    yield as_list(huffman(distances, LIMIT), 1)
    yield [4] * 16
    for first in range(max(distances) - 7, min(distances) + 1):
        yield [0] * first + [3] * 8


def fit(order, texts, passes):
    """Pieces, their tokens and codes, by turns: the codes price the tokens, the tokens weigh the codes."""
    pieces = pieces_of(order)
    widths = {field: round(sum(len(t[field]) for t in texts) / len(texts)) for _, field in pieces[:-1]}
    prices, best = None, None
    for _ in range(passes):
        def price(table, symbol, prices=prices):
            if prices is None:
                return 4 if table else 6 if symbol < END else 7
            return (prices[table][symbol:symbol + 1] or [0])[0] or 9
        parsed = [tokens(pieces, n, price, widths) for n in range(len(pieces))]
        near, distances = count(pieces, parsed, texts, 0.001)
        for far in far_codes(distances):
            bits, literals = code_for(near, distances, far)
            bits += extras(parsed, texts)
            if best is None or bits < best[0]:
                best = (bits, pieces, parsed, literals, far)
        prices = best[3:]
    return best


# ---- what is written -----------------------------------------------------------------------------------

class Template:
    """The stream of any covered claims, as bits, from the pieces and codes that the tables will hold."""

    def __init__(self, fitted):
        _, self.pieces, self.parsed, self.literals, self.distances = fitted
        self.near, self.far = canonical(self.literals), canonical(self.distances)
        assert kraft(self.literals) == kraft(self.distances) == 1 << LIMIT  # zlib takes complete codes alone

    def match(self, token, widths=None):
        """A match as (bits up to its distance, bits of its distance)."""
        symbol, extra, bits = length_symbol(token[0])
        head = [self.near[symbol], (extra, bits)]
        if widths is None:
            return head, None
        symbol, extra, bits = distance_symbol(token[1] + sum(widths[field] for field in token[2]))
        if symbol >= len(self.far) or not self.far[symbol][1]:
            raise KeyError(symbol)
        return head, [self.far[symbol], (extra, bits)]

    def said(self, n):
        """The n-th text as (bits before its match over values, that match or None, bits after it)."""
        head, match, tail = [], None, []
        for token in self.parsed[n]:
            part = tail if match else head
            if isinstance(token, int):
                part.append(self.near[token])
            elif token[2]:
                part += self.match(token)[0]
                match = token
            else:
                part += sum(self.match(token, {}), [])
        if n == len(self.pieces) - 1:
            (tail if match else head).append(self.near[END])
        return head, match, tail

    def stream(self, values):
        """The zlib stream; KeyError where something has no code."""
        parts = [(0x78, 8), (0xDA, 8)] + header(self.literals, self.distances)
        widths = {field: len(value) for field, value in values.items()}
        for n, (_, field) in enumerate(self.pieces):
            head, match, tail = self.said(n)
            parts += head + (self.match(match, widths)[1] if match else []) + tail
            for c in values[field] if field else "":
                if not self.literals[ord(c)]:
                    raise KeyError(c)
                parts.append(self.near[ord(c)])
        value, bits = joined(parts)
        return value.to_bytes((bits + 7) // 8, "little") + zlib.adler32(self.json(values)).to_bytes(4, "big")

    def json(self, values):
        return "".join(text + (values[field] if field else "") for text, field in self.pieces).encode()


def outer(data):
    return base64.b64encode(data, b"*-").decode().replace("=", "_")


def general(values):
    """What zlib's best level makes of the same JSON in the order of the official libraries."""
    text = "".join(t + (values[f] if f else "") for t, f in
                   pieces_of(("ver", "identifier", "sdkappid", "expire", "time", "sig")))
    return outer(zlib.compress(text.encode(), 9))


def measured(template, texts):
    """Mean characters of the template's texts, of zlib's, and the share of claims that the template covers."""
    ours, theirs, covered = 0, 0, 0
    for values in texts:
        other = len(general(values))
        theirs += other
        try:
            stream = template.stream(values)
            assert zlib.decompress(stream) == template.json(values)
            ours += len(outer(stream))
            covered += 1
        except KeyError:
            ours += other
    return ours / len(texts), theirs / len(texts), covered / len(texts)


def split(parts):
    """Bits as two numbers of at most 56 bits."""
    value, bits = joined(parts)
    assert bits <= 112
    return (f"{{ 0x{value & (1 << 56) - 1:x}u, 0x{value >> 56:x}u }}",
            f"{{ {min(bits, 56)}, {max(bits - 56, 0)} }}")


def packed(codes):
    """Codes as code << 4 | length, 0 for none."""
    return [code << 4 | bits for code, bits in codes]


def piece(template, n):
    text = template.pieces[n][0]
    head, match, tail = template.said(n)
    since = 0
    if match:
        fields = [field for _, field in template.pieces[:-1]]
        since = fields.index(match[2][0])
        assert tuple(fields[since:n]) == match[2]
    head_bits, head_counts = split(head)
    tail_bits, tail_counts = split(tail)
    return (f"    {{ .head = {head_bits}, .head_bits = {head_counts}, .distance = {match[1] if match else 0}, "
            f".since = {since},\n"
            f"      .tail = {tail_bits}, .tail_bits = {tail_counts},\n"
            f"      .len = {len(text)}, .sum = {sum(map(ord, text))}, "
            f".weighted = {sum((len(text) - at) * ord(c) for at, c in enumerate(text))} }},")


def start(template):
    """The constant beginning: (bytes in whole groups of three, bits left over, state of a decoder there)."""
    parts = [(0x78, 8), (0xDA, 8)] + header(template.literals, template.distances)
    after_header = bits_of(parts)
    said = template.said(0)[0]
    value, bits = joined(parts + said)
    groups = bits // 24
    known, at = "", after_header  # the last symbol that ends within the whole groups
    text, done = template.pieces[0][0], 0
    for token in template.parsed[0]:
        code = [template.near[token]] if isinstance(token, int) else sum(template.match(token, {}), [])
        if at + bits_of(code) > 24 * groups:
            break
        at += bits_of(code)
        done += 1 if isinstance(token, int) else token[0]
        known = text[:done]
    whole = value & (1 << 24 * groups) - 1
    return whole.to_bytes(3 * groups, "little"), (value >> 24 * groups, bits - 24 * groups), \
        (known, whole >> at, 24 * groups - at)


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def c_lines(text, width=90):
    return "\n".join("    " + c_string(text[at:at + width]) for at in range(0, len(text), width))


def write(template, out):
    beginning, (rest, rest_bits), (known, hold, held) = start(template)
    first = template.pieces[0][0]
    fields = [field for _, field in template.pieces[:-1]]
    near_width, near_table = decoder(template.near)
    far_width, far_table = decoder(template.far)
    ours, theirs, covered = measured(template, corpus(2, 1000))
    print(f"""/* template_tables.h: written by gen_template.py; do not edit.
 * On 1000 claims that were not used to make it: mean text {ours:.1f} characters, zlib level 9 {theirs:.1f}; {covered:.1%} covered. */
/* clang-format off */

/* the first whole groups of every text */
#define TEMPLATE_START_LEN {len(outer(beginning))}
static const char template_start[TEMPLATE_START_LEN + 1] =
{c_lines(outer(beginning))};

/* the encoder there: bits left over, and the check sum's state after the JSON before the first value */
#define TEMPLATE_REST 0x{rest:x}u
#define TEMPLATE_REST_BITS {rest_bits}
#define TEMPLATE_FIRST_LEN {len(first)}
#define TEMPLATE_FIRST_A {1 + sum(map(ord, first))}
#define TEMPLATE_FIRST_B {len(first) + sum((len(first) - at) * ord(c) for at, c in enumerate(first))}

/* the decoder there: JSON that is known, and bits that belong to its next symbol */
#define TEMPLATE_KNOWN_LEN {len(known)}
static const char template_known[TEMPLATE_KNOWN_LEN + 1] =
{c_lines(known)};
#define TEMPLATE_HOLD 0x{hold:x}u
#define TEMPLATE_HOLD_BITS {held}

/* the values in their order */
enum template_field {{ {", ".join("TEMPLATE_" + field.upper() for field in fields)}, TEMPLATE_FIELDS }};

/* the JSON after each of them */
static const struct template_piece template_pieces[TEMPLATE_FIELDS] = {{""", file=out)
    for n in range(1, len(template.pieces)):
        print(piece(template, n), file=out)
    print(f"""}};

/* code << 4 | its length, 0 for none: of characters that need no escape, of base64's digits, of distances */
#define TEMPLATE_CODE_MAX {near_width}
static const uint16_t template_codes[128] = {{""", file=out)
    codes = packed(template.near)
    print(*rows([code if chr(c) not in '"\\' else 0 for c, code in enumerate(codes[:128])], 16), "};", sep="\n", file=out)
    print("static const uint16_t template_digits[64] = {", file=out)
    print(*rows([codes[ord(c)] for c in BASE64], 16), "};", sep="\n", file=out)
    print(f"#define TEMPLATE_DISTANCES {len(template.far)}", file=out)
    print("static const uint16_t template_distances[TEMPLATE_DISTANCES] = {", file=out)
    print(*rows(packed(template.far), 16), "};", sep="\n", file=out)
    print(f"""
/* symbol << 6 | length of its code, by the next bits of a stream */
#define TEMPLATE_NEAR_BITS {near_width}
static const uint16_t template_near[1 << TEMPLATE_NEAR_BITS] = {{""", file=out)
    print(*rows(near_table, 16), "};", sep="\n", file=out)
    print(f"""#define TEMPLATE_FAR_BITS {far_width}
static const uint16_t template_far[1 << TEMPLATE_FAR_BITS] = {{""", file=out)
    print(*rows(far_table, 16), "};", "/* clang-format on */", sep="\n", file=out)


def main():
    texts = corpus(1, 400)
    if sys.argv[1:] == ["--orders"]:
        found = [(measured(Template(fit(order, texts, 1)), texts), order) for order in itertools.permutations(ORDER)]
        for (ours, _, _), order in sorted(found):
            print(f"{ours:.1f}", *order)
        return
    write(Template(fit(ORDER, texts, 3)), sys.stdout)


main()
