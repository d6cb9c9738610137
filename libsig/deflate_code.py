"""DEFLATE (RFC 1951) for the generators: symbols, codes, a block's header, and the code lengths that make a block with
its header shortest."""
import heapq
import itertools

LIMIT = 10  # bits of the longest code that code_for makes
END = 256
RARE = " "  # may go without a code where that pays: then the text is made the general way; names have no spaces
MISSING = 60  # bits that such a character without a code counts for


def length_symbol(length):
    """Symbol, extra bits' value, their number (section 3.2.5)."""
    if length == 258:
        return 285, 0, 0
    length -= 3
    if length < 8:
        return 257 + length, 0, 0
    bits = length.bit_length() - 3
    return 257 + 4 * bits + (length >> bits), length & ((1 << bits) - 1), bits


def distance_symbol(distance):
    distance -= 1
    if distance < 4:
        return distance, 0, 0
    bits = distance.bit_length() - 2
    return 2 * bits + (distance >> bits), distance & ((1 << bits) - 1), bits


def huffman(weights, limit):
    """Lengths of a complete code for the symbols with a weight, at most limit bits (weights are raised until it is)."""
    weights = {symbol: weight for symbol, weight in weights.items() if weight > 0}
    floor = 0
    while True:
        heap = [(max(weight, floor), n, (symbol,)) for n, (symbol, weight) in enumerate(sorted(weights.items()))]
        lengths = dict.fromkeys(weights, 0 if len(heap) > 1 else 1)
        heapq.heapify(heap)
        n = len(heap)
        while len(heap) > 1:
            a, b = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in a[2] + b[2]:
                lengths[symbol] += 1
            n += 1
            heapq.heappush(heap, (a[0] + b[0], n, a[2] + b[2]))
        if max(lengths.values()) <= limit:
            return lengths
        floor = floor * 1.5 if floor else sum(weights.values()) / 2 ** (limit + 2)


HCLEN_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def runs(lengths):
    """The lengths as symbols of the code length code: [(symbol, extra value, extra bits)]."""
    said = []
    for value, group in itertools.groupby(lengths):
        left = len(list(group))
        if value == 0:
            while left >= 3:
                n = min(left, 138)
                if 0 < left - n < 3:
                    n -= 3 - (left - n)
                said.append((18, n - 11, 7) if n >= 11 else (17, n - 3, 3))
                left -= n
        else:
            said.append((value, 0, 0))
            left -= 1
            while left >= 3:
                n = min(left, 6)
                if 0 < left - n < 3 and left >= 6:
                    n = left - 3
                said.append((16, n - 3, 2))
                left -= n
        said += [(value, 0, 0)] * left
    return said


def header(literals, distances):
    """The block's header as [(value, bits)]: literals and distances are lists of code lengths."""
    said = runs(literals + distances)
    weights = {}
    for symbol, _, _ in said:
        weights[symbol] = weights.get(symbol, 0) + 1
    lengths = huffman(weights, 7)
    codes = canonical([lengths.get(symbol, 0) for symbol in range(19)])
    count = max(n for n, symbol in enumerate(HCLEN_ORDER) if symbol in lengths) + 1
    out = [(1, 1), (2, 2), (len(literals) - 257, 5), (len(distances) - 1, 5), (count - 4, 4)]
    out += [(lengths.get(symbol, 0), 3) for symbol in HCLEN_ORDER[:count]]
    for symbol, extra, bits in said:
        out += [codes[symbol], (extra, bits)]
    return out


def canonical(lengths):
    """[(code as it goes into the stream, its first bit lowest; its length)]."""
    code, codes = 0, [(0, 0)] * len(lengths)
    for bits in range(1, 16):
        for symbol, length in enumerate(lengths):
            if length == bits:
                codes[symbol] = (int(format(code, f"0{bits}b")[::-1], 2), bits)
                code += 1
        code <<= 1
    return codes


def as_list(lengths, least):
    return [lengths.get(symbol, 0) for symbol in range(max(max(lengths) + 1, least))]


def bits_of(parts):
    return sum(bits for _, bits in parts)


def cheapest(weights, price, slope):
    """Code lengths for a list of weights (None: no code) that minimise data + header + slope * sum(2^-length), where
    price is what the code length code asks for each of its symbols. Viterbi over the list; the state is the length
    before, which a repetition (16) may go on with."""
    n = len(weights)
    zeros = [0] * (n + 1)
    for at in range(n - 1, -1, -1):
        zeros[at] = zeros[at + 1] + 1 if weights[at] is None or chr(at) in RARE else 0
    missing = [weights[at] * MISSING if zeros[at] and weights[at] is not None else 0 for at in range(n)]
    best = [{} for _ in range(n + 1)]  # length before -> (cost, where from)
    best[0][0] = (0, None)

    def offer(at, length, cost, origin):
        if length not in best[at] or cost < best[at][length][0]:
            best[at][length] = (cost, origin)
    for at in range(n):
        floor = min(cost for cost, _ in best[at].values())
        for before, (cost, _) in best[at].items():
            if zeros[at]:
                offer(at + 1, 0, cost + price[0] + missing[at], (at, before))
                total = missing[at]
                for run in range(2, min(zeros[at], 138) + 1):
                    total += missing[at + run - 1]
                    if run >= 3:
                        offer(at + run, 0, cost + total + (price[17] + 3 if run < 11 else price[18] + 7), (at, before))
            if weights[at] is None:
                continue
            if cost == floor:
                for length in range(1, LIMIT + 1):
                    offer(at + 1, length, cost + price[length] + weights[at] * length + slope * 2.0 ** -length,
                          (at, before))
            if before:
                cost += price[16] + 2
                for run in range(1, 7):
                    if at + run > n or weights[at + run - 1] is None:
                        break
                    cost += weights[at + run - 1] * before + slope * 2.0 ** -before
                    if run >= 3:
                        offer(at + run, before, cost, (at, before))
    at, length = n, min(best[n], key=lambda key: best[n][key][0])
    lengths = []
    while at:
        start, before = best[at][length][1]
        lengths = [length] * (at - start) + lengths
        at, length = start, before
    return lengths


def kraft(lengths):
    return sum(1 << (LIMIT - length) for length in lengths if length)


def completed(lengths, weights):
    """Shortens codes until they use all there is to use; what is left over is given where it saves most."""
    left = (1 << LIMIT) - kraft(lengths)
    while left:
        at = max((at for at, length in enumerate(lengths) if length > 1 and 1 << (LIMIT - length) <= left),
                 key=lambda at: weights[at] * 2.0 ** lengths[at])
        left -= 1 << (LIMIT - lengths[at])
        lengths[at] -= 1
    return lengths


def code_for(literals, distances, far):
    """The best code for literals beside far, the distances' lengths: (mean bits of header and data, its lengths)."""
    weights = [literals.get(symbol) for symbol in range(max(literals) + 1)]
    fixed = sum(weight * far[symbol] for symbol, weight in distances.items())
    best = None
    for flat in (3.0, 4.0, 5.0):  # what the header's symbols cost at first: where the search begins
        price = [flat] * 19
        for _ in range(6):
            low, high, found = 0.0, 4096.0, None
            for _ in range(12):
                slope = (low + high) / 2
                lengths = cheapest(weights, price, slope)
                if kraft(lengths) > 1 << LIMIT:
                    low = slope
                    continue
                high = slope
                lengths = completed(lengths, weights)
                data = sum(w * length for w, length in zip(weights, lengths) if length)
                total = fixed + data + bits_of(header(lengths, far))
                if found is None or total < found[0]:
                    found = (total, lengths)
            if best is None or found[0] < best[0]:
                best = found
            said = [symbol for symbol, _, _ in runs(found[1] + far)]
            share = huffman({symbol: said.count(symbol) for symbol in said}, 7)
            price = [(price[symbol] + share.get(symbol, 8.0)) / 2 for symbol in range(19)]
    return best


def joined(parts):
    value = at = 0
    for part, bits in parts:
        value |= part << at
        at += bits
    return value, at


def rows(values, per_line):
    for at in range(0, len(values), per_line):
        yield "    " + " ".join(f"{value}," for value in values[at:at + per_line])


def decoder(codes):
    """By the next bits of the stream: symbol << 6 | length."""
    width = max(bits for _, bits in codes)
    table = [0] * (1 << width)
    for symbol, (code, bits) in enumerate(codes):
        if bits:
            for rest in range(1 << (width - bits)):
                table[rest << bits | code] = symbol << 6 | bits
    return width, table
