/* bomb.c: texts that are made to keep a verifier busy. */
#include "bomb.h"

#include "usersig.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ZEROS (78u << 20)
#define PACKED_MAX (256u * 1024)
#define LONGEST (USERSIG_TEXT_MAX / 4 * 3)

struct bits {
    uint8_t *bytes;
    size_t at;
};

static struct text {
    char *text;
    size_t len;
} inflating, longest;

static void put(struct bits *bits, unsigned value, unsigned n)
{
    for (; n > 0; n--, value >>= 1, bits->at++)
        bits->bytes[bits->at / 8] |= (uint8_t)((value & 1) << bits->at % 8);
}

/* A block with codes of its own and nothing in it: 90 bits, the most work for each byte. */
static void put_empty_block(struct bits *bits)
{
    put(bits, 2 << 1, 3);
    put(bits, 14 << 10, 14); /* 257 and 1 lengths, 18 lengths for these */
    for (int i = 0; i < 18;
         i++) /* one bit each for 18 (zeros) and 1, the third and the eighteenth in their order */
        put(bits, i == 2 || i == 17, 3);
    put(bits, 1 | 127 << 1, 8); /* code 1: 138 zeros, then 118 */
    put(bits, 1 | 107 << 1, 8);
    put(bits, 0, 2); /* one bit for the end of the block, one for a distance */
    put(bits, 0, 1); /* the end */
}

static bool as_text(struct text *text, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    len -= len % 3;
    char *at = text->text = malloc(len / 3 * 4);
    for (size_t i = 0; at && i < len; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (unsigned shift = 24; shift > 0;)
            *at++ = digits[group >> (shift -= 6) & 63];
    }
    text->len = len / 3 * 4;
    return text->text != NULL;
}

bool bomb_prepare(void)
{
    uint8_t *packed = calloc(1, PACKED_MAX), *zeros = calloc(1, ZEROS);
    uLongf len = PACKED_MAX;
    bool ok = packed && zeros && compress2(packed, &len, zeros, ZEROS, 9) == Z_OK &&
              as_text(&inflating, packed, len);
    if (ok) {
        struct bits bits = { packed, 0 };
        memset(packed, 0, PACKED_MAX);
        put(&bits, 0xDA78, 16);
        while (bits.at + 90 <= 8 * LONGEST)
            put_empty_block(&bits);
        ok = as_text(&longest, packed, LONGEST);
    }
    free(packed);
    free(zeros);
    return ok;
}

static bool refused(const struct text *text, size_t n, uint32_t stage)
{
    struct usersig_ticket ticket;
    size_t failed = 0;
    for (size_t i = 0; i < n; i++)
        failed +=
            usersig_decode(&ticket, text->text, text->len) != USERSIG_MALFORMED || ticket.stage != stage;
    return failed == 0;
}

bool bomb_inflating(size_t n)
{
    return refused(&inflating, n, USERSIG_STAGE_LENGTH);
}

bool bomb_longest(size_t n)
{
    return refused(&longest, n, USERSIG_STAGE_INFLATE);
}
