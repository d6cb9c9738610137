/* adler.c: Adler-32, eight bytes at a time in one register: a usersig is too short for zlib's own to warm up. */
#include "adler.h"

#include <string.h>

#define EVEN 0x00FF00FF00FF00FFu

/* The eight bytes as lanes of 16 bits; a product's top lane is the sum of lanes times weights, no lane overflows. */
static void add_eight(uint64_t *a, uint64_t *b, const uint8_t *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    uint64_t even = word & EVEN, odd = word >> 8 & EVEN; /* bytes 0 2 4 6, bytes 1 3 5 7, lowest first */
    *b += 8 * *a + (even * 0x0008000600040002u >> 48) + (odd * 0x0007000500030001u >> 48);
    *a += (even + odd) * 0x0001000100010001u >> 48;
}

uint32_t adler_sum(uint32_t adler, const void *bytes, size_t len)
{
    const uint8_t *s = bytes;
    uint64_t a = adler & 0xFFFF, b = adler >> 16; /* 64 KiB keep far below 2^64: one division is enough */
    for (; len >= 8; len -= 8, s += 8)
        add_eight(&a, &b, s);
    for (; len > 0; len--) {
        a += *s++;
        b += a;
    }
    return (uint32_t)(b % ADLER_MODULUS << 16 | a % ADLER_MODULUS);
}
