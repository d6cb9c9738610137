/* audit_text.c: numbers and hashes as text. */
#include "audit_text.h"

#include <string.h>

size_t audit_text_number(char out[static AUDIT_TEXT_DIGITS], uint64_t value)
{
    char digits[AUDIT_TEXT_DIGITS];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t audit_text_hex(char *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return 2 * len;
}
