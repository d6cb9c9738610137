/* craft.c: usersigs of any content, good or bad, made without libsig's own writers. */
#include "craft.h"

#include <check.h>
#include <openssl/hmac.h>
#include <string.h>
#include <zlib.h>

size_t craft_zlib(uint8_t out[static CRAFT_MAX], const void *in, size_t len, int level)
{
    uLongf out_len = CRAFT_MAX;
    int result = compress2(out, &out_len, in, (uLong)len, level);
    ck_assert_msg(result == Z_OK, "compress2: %d", result);
    return out_len;
}

size_t craft_base64(char out[static CRAFT_MAX], const void *in, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    const uint8_t *bytes = in;
    size_t n = 0;
    ck_assert_uint_lt((len + 2) / 3 * 4, CRAFT_MAX);
    for (size_t bit = 0; bit < len * 8; bit += 6) {
        unsigned value = (unsigned)bytes[bit / 8] << 8;
        if (bit / 8 + 1 < len)
            value |= bytes[bit / 8 + 1];
        out[n++] = digits[value >> (10 - bit % 8) & 63];
    }
    while (n % 4)
        out[n++] = '_';
    out[n] = '\0';
    return n;
}

size_t craft_pack(char out[static CRAFT_MAX], const void *json, size_t len)
{
    uint8_t packed[CRAFT_MAX];
    return craft_base64(out, packed, craft_zlib(packed, json, len, 9));
}

void craft_proof(uint8_t proof[static 32], const char *key, const struct usersig_claims *claims)
{
    char text[USERSIG_SIGNED_TEXT_MAX];
    size_t len;
    unsigned proof_len = 0;
    ck_assert_int_eq(usersig_claims_text(claims, text, sizeof text, &len), USERSIG_OK);
    ck_assert_ptr_nonnull(
        HMAC(EVP_sha256(), key, (int)strlen(key), (const uint8_t *)text, len, proof, &proof_len));
    ck_assert_uint_eq(proof_len, 32);
}

size_t craft_usersig(char out[static CRAFT_MAX], const char *key, const struct usersig_claims *claims)
{
    uint8_t proof[32];
    size_t len;
    craft_proof(proof, key, claims);
    ck_assert_int_eq(usersig_encode(claims, proof, sizeof proof, out, CRAFT_MAX, &len), USERSIG_OK);
    return len;
}
