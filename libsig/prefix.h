/* prefix.h: a DEFLATE code made of its lengths (RFC 1951, section 3.2.2), by zlib's rules on which may be incomplete. */
#ifndef LIBSIG_PREFIX_H
#define LIBSIG_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREFIX_BITS_MAX 15 /* bits of a code */
#define PREFIX_SYMBOLS_MAX 286
#define PREFIX_TABLE_BITS 9 /* longer codes are rare in short streams, and found bit by bit */

/* A code by the next bits of the stream; longer ones by the canonical order of their symbols. */
struct prefix_code {
    unsigned bits;                       /* of the table: no more than the longest code has */
    uint16_t count[PREFIX_BITS_MAX + 1]; /* symbols by the length of their code; [0] means nothing */
    uint16_t sorted[PREFIX_SYMBOLS_MAX];
    uint16_t table[1 << PREFIX_TABLE_BITS];
};

/* Makes a code of n symbols << 4 | length, in the symbols' order, which code->count has counted. Returns how much of the
 * code is unused, in units of the longest length: 0 for a complete code, negative for one that is over-subscribed. */
int prefix_make(struct prefix_code *code, const uint16_t *symbols, size_t n);

/* zlib takes an incomplete code of n symbols only when it is one code of one bit, or for distances none at all. */
bool prefix_is_usable(const struct prefix_code *code, int unused, size_t n);

/* A code that the table lacks, by the next bits: its symbol << 6 | length, 0 for none. */
unsigned prefix_long(const struct prefix_code *code, uint64_t bits);

#endif
