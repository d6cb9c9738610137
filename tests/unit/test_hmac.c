/* test_hmac.c: HMAC-SHA256 from midstates: RFC 4231's vectors, and OpenSSL's HMAC for every length around a block. */
#include "unit.h"

#include "hmac.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

/* RFC 4231, section 4. key and text: bytes, repeated `times`. The fifth gives the first 128 bits only. */
static const struct {
    const char *key;
    size_t key_times;
    const char *text;
    size_t text_times;
    const char *mac;
} rfc4231[] = {
    { "\x0b", 20, "Hi There", 1, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "Jefe", 1, "what do ya want for nothing?", 1,
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "\xaa", 20, "\xdd", 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
      1, "\xcd", 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    { "\x0c", 20, "Test With Truncation", 1, "a3b6167473100ee06e0c796c2955552b" },
    { "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 1,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "\xaa", 131,
      "This is a test using a larger than block-size key and a larger than block-size data. "
      "The key needs to be hashed before being used by the HMAC algorithm.",
      1, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};

static size_t repeat(uint8_t *out, const char *text, size_t times)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < times; i++)
        memcpy(out + i * len, text, len);
    return len * times;
}

START_TEST(vector)
{
    uint8_t secret[256], text[256], mac[HMAC_LEN];
    char hex[2 * HMAC_LEN + 1];
    struct hmac_key key;
    size_t secret_len = repeat(secret, rfc4231[_i].key, rfc4231[_i].key_times);
    size_t text_len = repeat(text, rfc4231[_i].text, rfc4231[_i].text_times);
    ck_assert(hmac_init(&key, secret, secret_len));
    for (int use = 0; use < 2; use++) { /* a key serves again */
        ck_assert(hmac_compute(&key, text, text_len, mac));
        for (size_t i = 0; i < sizeof mac; i++)
            snprintf(hex + 2 * i, 3, "%02x", mac[i]);
        ck_assert_msg(strncmp(hex, rfc4231[_i].mac, strlen(rfc4231[_i].mac)) == 0,
                      "case %d: expected %s, got %s", _i + 1, rfc4231[_i].mac, hex);
    }
}
END_TEST

START_TEST(every_length)
{
    uint8_t secret[200], text[200], mac[HMAC_LEN], expected[HMAC_LEN];
    unit_seed();
    for (size_t len = 1; len <= sizeof secret; len++) {
        struct hmac_key key;
        unit_fill(secret, len);
        unit_fill(text, sizeof text);
        ck_assert(hmac_init(&key, secret, len));
        for (size_t n = 0; n <= sizeof text; n += 1 + n / 8) {
            ck_assert(hmac_compute(&key, text, n, mac));
            ck_assert_ptr_nonnull(HMAC(EVP_sha256(), secret, (int)len, text, n, expected, NULL));
            ck_assert_msg(memcmp(mac, expected, sizeof mac) == 0, "key of %zu bytes, text of %zu", len, n);
        }
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, vector, 0, UNIT_ROWS(rfc4231));
    tcase_add_test(tests, every_length);
}

int main(void)
{
    return unit_run("hmac", fill);
}
