/* base64.c: strict base64 in the two alphabets of a usersig. */
#include "base64.h"

#include <string.h>

/* clang-format off */
const struct base64_alphabet base64_standard = {
    .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
              "ghijklmnopqrstuvwxyz0123456789+/",
    .padding = '=',
    .values = {
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 63,  0,  0,  0, 64,
        53, 54, 55, 56, 57, 58, 59, 60, 61, 62,  0,  0,  0,  0,  0,  0,
         0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,  0,  0,  0,  0,  0,
         0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
        42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,  0,  0,  0,  0,  0,
    },
};
const struct base64_alphabet base64_outer = {
    .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
              "ghijklmnopqrstuvwxyz0123456789*-",
    .padding = '_',
    .values = {
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 63,  0,  0, 64,  0,  0,
        53, 54, 55, 56, 57, 58, 59, 60, 61, 62,  0,  0,  0,  0,  0,  0,
         0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,  0,  0,  0,  0,  0,
         0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
        42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,  0,  0,  0,  0,  0,
    },
};
/* clang-format on */

size_t base64_encode(const struct base64_alphabet *alphabet, char *out, const void *in, size_t len)
{
    const char *digits = alphabet->digits;
    const uint8_t *s = in;
    char *start = out;
    for (; len >= 8; len -= 6, s += 6, out += 8) { /* eight bytes in one load, six of them in use */
        uint64_t word;
        memcpy(&word, s, sizeof word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        out[0] = digits[word >> 58];
        out[1] = digits[word >> 52 & 63];
        out[2] = digits[word >> 46 & 63];
        out[3] = digits[word >> 40 & 63];
        out[4] = digits[word >> 34 & 63];
        out[5] = digits[word >> 28 & 63];
        out[6] = digits[word >> 22 & 63];
        out[7] = digits[word >> 16 & 63];
    }
    for (; len >= 3; len -= 3, s += 3, out += 4) {
        uint32_t group = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
        out[0] = digits[group >> 18];
        out[1] = digits[group >> 12 & 63];
        out[2] = digits[group >> 6 & 63];
        out[3] = digits[group & 63];
    }
    if (len) {
        uint32_t group = (uint32_t)s[0] << 16 | (len == 2 ? (uint32_t)s[1] << 8 : 0);
        out[0] = digits[group >> 18];
        out[1] = digits[group >> 12 & 63];
        out[2] = len == 2 ? digits[group >> 6 & 63] : alphabet->padding;
        out[3] = alphabet->padding;
        out += 4;
    }
    return (size_t)(out - start);
}

/* The last group, of n bytes: its padding counts as zero bits; anywhere else padding is not in the table. */
static bool decode_last(const uint8_t *values, uint8_t *out, const uint8_t *s, size_t n)
{
    uint8_t a = values[s[0]], b = values[s[1]], c = n > 1 ? values[s[2]] : 1, d = n > 2 ? values[s[3]] : 1;
    if (!a || !b || !c || !d)
        return false;
    uint32_t group = (a - 1u) << 18 | (b - 1u) << 12 | (c - 1u) << 6 | (d - 1u);
    if (group & (0xFFFFFFu >> 8 * n)) /* bits beyond the last byte */
        return false;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(group >> (16 - 8 * i));
    return true;
}

bool base64_decode(const struct base64_alphabet *alphabet, void *out, size_t out_size, size_t *out_len,
                   const char *in, size_t len)
{
    const uint8_t *values = alphabet->values;
    const uint8_t *s = (const uint8_t *)in;
    uint8_t *o = out;
    size_t padding = 0, bytes;

    *out_len = 0;
    if (len % 4)
        return false;
    if (len && in[len - 1] == alphabet->padding)
        padding = in[len - 2] == alphabet->padding ? 2 : 1;
    bytes = BASE64_BYTES(len) - padding;
    if (bytes > out_size)
        return false;
    /* all groups but the last; a character that is not in the table sets bits above the 24 */
    uint32_t wrong = 0;
    for (size_t left = bytes; left > 3; left -= 3, s += 4, o += 3) {
        uint32_t a = values[s[0]] - 1u, b = values[s[1]] - 1u, c = values[s[2]] - 1u, d = values[s[3]] - 1u;
        uint32_t group = a << 18 | b << 12 | c << 6 | d;
        wrong |= a | b | c | d;
        o[0] = (uint8_t)(group >> 16);
        o[1] = (uint8_t)(group >> 8);
        o[2] = (uint8_t)group;
    }
    if (wrong >> 6)
        return false;
    if (bytes && !decode_last(values, o, s, 3 - padding))
        return false;
    *out_len = bytes;
    return true;
}
