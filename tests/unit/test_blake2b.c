/* test_blake2b.c: the audit log's hash against libsodium's, and the numbers and hashes of its lines. */
#include "unit.h"

#include "../../sigd/signer/audit_text.h"
#include "../../sigd/signer/blake2b.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN_MAX 700 /* more than five blocks */

START_TEST(as_in_the_rfc)
{
    unsigned char hash[64];
    char hex[2 * sizeof hash + 1];
    blake2b(hash, sizeof hash, "abc", 3);
    hex[audit_text_hex(hex, hash, sizeof hash)] = '\0';
    ck_assert_str_eq(hex, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                          "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}
END_TEST

START_TEST(as_libsodium)
{
    unsigned char ours[BLAKE2B_MAX], theirs[BLAKE2B_MAX];
    ck_assert_int_ge(sodium_init(), 0);
    for (size_t len = 0; len <= LEN_MAX; len++) {
        size_t out =
            crypto_generichash_BYTES_MIN + unit_below(BLAKE2B_MAX - crypto_generichash_BYTES_MIN + 1);
        unsigned char *bytes = malloc(len ? len : 1); /* to the byte, for the sanitizers */
        unit_fill(bytes, len);
        blake2b(ours, out, bytes, len);
        crypto_generichash(theirs, out, bytes, len, NULL, 0);
        unit_assert(memcmp(ours, theirs, out) == 0, "%zu bytes hashed to %zu differ", len, out);
        free(bytes);
    }
    blake2b(ours, 32, NULL, 0);
    crypto_generichash(theirs, 32, NULL, 0, NULL, 0);
    ck_assert_mem_eq(ours, theirs, 32);
}
END_TEST

static void number(uint64_t value)
{
    char ours[AUDIT_TEXT_DIGITS + 1], theirs[AUDIT_TEXT_DIGITS + 1];
    ours[audit_text_number(ours, value)] = '\0';
    snprintf(theirs, sizeof theirs, "%llu", (unsigned long long)value);
    unit_assert(strcmp(ours, theirs) == 0, "expected %s, got %s", theirs, ours);
}

START_TEST(numbers)
{
    number(0);
    number(UINT64_MAX);
    for (uint64_t ten = 1; ten < UINT64_MAX / 10; ten *= 10) {
        number(ten - 1);
        number(ten);
        number(unit_below(ten));
    }
}
END_TEST

static void fill(TCase *tests)
{
    unit_seed();
    tcase_add_test(tests, as_in_the_rfc);
    tcase_add_test(tests, as_libsodium);
    tcase_add_test(tests, numbers);
}

int main(void)
{
    return unit_run("blake2b", fill);
}
