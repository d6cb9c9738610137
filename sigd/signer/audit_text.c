/* audit_text.c: numbers and hashes as text. */
#include "audit_text.h"

#include <endian.h>
#include <string.h>

size_t audit_text_number(char out[static AUDIT_TEXT_DIGITS], uint64_t value)
{
    char digits[AUDIT_TEXT_DIGITS];
    size_t at = sizeof digits;
    for (; value >= 100; value /= 100) { /* two at once: half the divisions */
        unsigned two = (unsigned)(value % 100);
        digits[--at] = (char)('0' + two % 10);
        digits[--at] = (char)('0' + two / 10);
    }
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t audit_text_hex(char *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    size_t i = 0;
    for (; len - i >= 4; i += 4) { /* eight digits at once, a byte each */
        const uint64_t each = 0x0101010101010101u;
        uint32_t word;
        memcpy(&word, bytes + i, sizeof word);
        uint64_t x = le32toh(word);
        x = (x | x << 16) & 0x0000FFFF0000FFFFu;
        x = (x | x << 8) & 0x00FF00FF00FF00FFu;
        x = (x >> 4 & 0x000F000F000F000Fu) | (x & 0x000F000F000F000Fu) << 8;
        uint64_t letters = (x + 6 * each) >> 4 & each;
        x = htole64(x + '0' * each + letters * ('a' - '0' - 10));
        memcpy(out + 2 * i, &x, sizeof x);
    }
    for (; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return 2 * len;
}
