/* prefix.c: a DEFLATE code made of its lengths: a table by the next bits, and the canonical order for what is longer. */
#include "prefix.h"

#include <string.h>

/* One bit after the other. */
unsigned prefix_long(const struct prefix_code *code, uint64_t bits)
{
    unsigned value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= PREFIX_BITS_MAX; length++) {
        value |= bits & 1;
        bits >>= 1;
        unsigned count = code->count[length];
        if (value < first + count)
            return (unsigned)code->sorted[index + (value - first)] << 6 | length;
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    return 0;
}

int prefix_make(struct prefix_code *code, const uint16_t *symbols, size_t n)
{
    unsigned offset[PREFIX_BITS_MAX + 2], used = 0, word = 0, size = 1;
    offset[1] = 0;
    code->bits = 0;
    for (unsigned length = 1; length <= PREFIX_BITS_MAX; length++) {
        offset[length + 1] = offset[length] + code->count[length];
        used += (unsigned)code->count[length] << (PREFIX_BITS_MAX - length);
        if (code->count[length])
            code->bits = length < PREFIX_TABLE_BITS ? length : PREFIX_TABLE_BITS;
    }
    if (used > 1u << PREFIX_BITS_MAX)
        return -1;
    for (size_t i = 0; i < n; i++)
        code->sorted[offset[symbols[i] & 15]++] = symbols[i] >> 4;

    /* Codes count up with their first bit lowest. The table doubles with each bit: what is shorter stands in it twice,
     * what is longer not yet. */
    const uint16_t *next = code->sorted;
    code->table[0] = 0;
    for (unsigned length = 1; length <= code->bits; length++) {
        memcpy(code->table + size, code->table, size * sizeof code->table[0]);
        size <<= 1;
        for (unsigned left = code->count[length]; left > 0; left--) {
            code->table[word] = (uint16_t)((unsigned)*next++ << 6 | length);
            unsigned zeros = word ^ (size - 1);
            if (zeros) { /* else all ones: nothing follows */
                unsigned highest = 0x80000000u >> __builtin_clz(zeros);
                word = (word & (highest - 1)) | highest;
            }
        }
    }
    return (int)((1u << PREFIX_BITS_MAX) - used);
}

bool prefix_is_usable(const struct prefix_code *code, int unused, size_t n)
{
    return unused == 0 || (unused > 0 && n == code->count[1]);
}
