/* decimal.c: unsigned decimal numbers as the usersig format has them. */
#include "decimal.h"

#include <string.h>

size_t decimal_write(char out[static DECIMAL_MAX], uint64_t value)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    char digits[DECIMAL_MAX];
    size_t at = DECIMAL_MAX;
    for (; value >= 100; value /= 100)
        memcpy(digits + (at -= 2), pairs + 2 * (value % 100), 2);
    if (value >= 10)
        memcpy(digits + (at -= 2), pairs + 2 * value, 2);
    else
        digits[--at] = (char)('0' + value);
    memcpy(out, digits + at, DECIMAL_MAX - at);
    return DECIMAL_MAX - at;
}

bool decimal_read(uint64_t *value, const char *text, size_t len, uint64_t max)
{
    uint64_t v = 0;
    if (len == 0 || len > DECIMAL_MAX || (len > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || (i == DECIMAL_MAX - 1 && v > (UINT64_MAX - digit) / 10)) /* 19 digits always fit */
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return v <= max;
}
