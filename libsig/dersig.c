/* dersig.c: an ECDSA signature as r || s and as DER. */
#include "dersig.h"

#include <string.h>

#define HALF (DERSIG_PROOF_LEN / 2)
enum { SEQUENCE = 0x30, INTEGER = 0x02 };

/* One INTEGER at *at, before end. Its length has one byte: no length here reaches 128, so a long form is never the
 * shortest one. */
static bool read_integer(uint8_t out[static HALF], const uint8_t **at, const uint8_t *end)
{
    const uint8_t *s = *at;
    if (end - s < 3 || s[0] != INTEGER || s[1] == 0 || s[1] > HALF + 1 || s[1] > end - s - 2)
        return false;
    size_t len = s[1];
    s += 2;
    *at = s + len;
    if (s[0] & 0x80) /* negative */
        return false;
    if (s[0] == 0) {
        if (len == 1 || !(s[1] & 0x80)) /* zero, or a leading zero without need */
            return false;
        s++;
        len--;
    }
    if (len > HALF)
        return false;
    memset(out, 0, HALF - len);
    memcpy(out + HALF - len, s, len);
    return true;
}

bool dersig_read(uint8_t proof[static DERSIG_PROOF_LEN], const uint8_t *der, size_t len)
{
    const uint8_t *at = der + 2, *end = der + len;
    return len >= 2 && len <= DERSIG_MAX && der[0] == SEQUENCE && der[1] == len - 2 &&
           read_integer(proof, &at, end) && read_integer(proof + HALF, &at, end) && at == end;
}

static uint8_t *write_integer(uint8_t *out, const uint8_t *value)
{
    size_t len = HALF;
    while (len > 0 && *value == 0) {
        value++;
        len--;
    }
    if (len == 0)
        return NULL;
    size_t sign = *value >> 7;
    *out++ = INTEGER;
    *out++ = (uint8_t)(len + sign);
    if (sign)
        *out++ = 0;
    memcpy(out, value, len);
    return out + len;
}

size_t dersig_write(uint8_t der[static DERSIG_MAX], const uint8_t proof[static DERSIG_PROOF_LEN])
{
    uint8_t *at = write_integer(der + 2, proof);
    if (at)
        at = write_integer(at, proof + HALF);
    if (!at)
        return 0;
    size_t len = (size_t)(at - der);
    der[0] = SEQUENCE;
    der[1] = (uint8_t)(len - 2);
    return len;
}
