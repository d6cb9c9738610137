/* utf8.c: UTF-8 by RFC 3629, section 4 (its table of byte ranges). */
#include "utf8.h"

/* Bytes of the sequence that starts at s, 0 when it is not valid; end > s. */
static size_t sequence(const unsigned char *s, const unsigned char *end)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t n;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if ((size_t)(end - s) < n)
        return 0;
    switch (s[0]) { /* the second byte's range keeps out long forms, surrogates and what is too high */
    case 0xE0: low = 0xA0; break;
    case 0xED: high = 0x9F; break;
    case 0xF0: low = 0x90; break;
    case 0xF4: high = 0x8F; break;
    default: break;
    }
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

bool utf8_valid(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text, *end = s + len;
    while (s < end) {
        size_t n = sequence(s, end);
        if (n == 0)
            return false;
        s += n;
    }
    return true;
}

size_t utf8_write(char out[static 4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)((0xF00u >> n) | code); /* 110xxxxx, 1110xxxx, 11110xxx */
    return n;
}
