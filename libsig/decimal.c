/* decimal.c: unsigned decimal numbers as the usersig format has them. */
#include "decimal.h"

#include <string.h>

size_t decimal_write(char out[static DECIMAL_MAX], uint64_t value)
{
    char digits[DECIMAL_MAX];
    size_t at = DECIMAL_MAX;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
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
        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return v <= max;
}
