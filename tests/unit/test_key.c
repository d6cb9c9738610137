/* test_key.c: making version 2 keys: lengths, arguments, and that the text is used as it stands. */
#include "unit.h"

#include "craft.h"

#include <string.h>

static const struct {
    const char *name;
    size_t len;
    int expected;
} lengths[] = {
    { "empty", 0, USERSIG_ERR_KEY },         { "1 byte", 1, USERSIG_OK },
    { "63 bytes", 63, USERSIG_OK },          { "64 bytes", 64, USERSIG_OK },
    { "65 bytes", 65, USERSIG_OK },          { "4096 bytes", 4096, USERSIG_OK },
    { "4097 bytes", 4097, USERSIG_ERR_KEY }, { "SIZE_MAX", SIZE_MAX, USERSIG_ERR_KEY },
};

START_TEST(length)
{
    static char secret[4097];
    const struct usersig_claims claims = {
        .version = 2, .sdkappid = 1, .issued_at = 2, .lifetime = 3, .identifier_len = 1, .identifier = "a"
    };
    uint8_t proof[USERSIG_PROOF_MAX], expected[32];
    usersig_key *key = (usersig_key *)(uintptr_t)&claims; /* anything but NULL */
    size_t proof_len;
    memset(secret, 'k', sizeof secret - 1);
    int got = usersig_key_hmac(&key, secret, lengths[_i].len);
    ck_assert_msg(got == lengths[_i].expected, "%s: expected %s, got %s", lengths[_i].name,
                  usersig_error_name(lengths[_i].expected), usersig_error_name(got));
    if (got) {
        ck_assert_ptr_null(key);
        return;
    }
    secret[lengths[_i].len] = '\0';
    craft_proof(expected, secret, &claims);
    memset(secret, 0, sizeof secret); /* the caller's copy is the caller's */
    ck_assert_int_eq(usersig_prove(key, &claims, proof, &proof_len), USERSIG_OK);
    ck_assert_uint_eq(proof_len, 32);
    ck_assert_msg(memcmp(proof, expected, 32) == 0, "%s: another MAC than OpenSSL's", lengths[_i].name);
    usersig_key_free(key);
}
END_TEST

START_TEST(arguments)
{
    usersig_key *key = NULL;
    ck_assert_int_eq(usersig_key_hmac(NULL, "k", 1), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_key_hmac(&key, NULL, 1), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_key_hmac(&key, NULL, 0), USERSIG_ERR_ARGUMENT);
    usersig_key_free(NULL);
}
END_TEST

/* Every byte counts: a newline, a space, a NUL make another key; the hex digits are not decoded. */
START_TEST(text_as_it_stands)
{
    static const struct {
        const char *secret;
        size_t len;
    } texts[] = { { "6b6b", 4 }, { "6B6B", 4 }, { "kk", 2 }, { "6b6b\n", 5 }, { "6b6b ", 5 },
                  { "k\0x", 3 }, { "k\0y", 3 }, { "k", 1 },  { "\xFF", 1 } };
    const struct usersig_claims claims = {
        .sdkappid = 1, .issued_at = 2, .lifetime = 3, .identifier_len = 1, .identifier = "a"
    };
    uint8_t proofs[UNIT_ROWS(texts)][USERSIG_PROOF_MAX];
    for (int i = 0; i < UNIT_ROWS(texts); i++) {
        usersig_key *key;
        size_t proof_len;
        ck_assert_int_eq(usersig_key_hmac(&key, texts[i].secret, texts[i].len), USERSIG_OK);
        ck_assert_int_eq(usersig_prove(key, &claims, proofs[i], &proof_len), USERSIG_OK);
        usersig_key_free(key);
        for (int j = 0; j < i; j++)
            ck_assert_msg(memcmp(proofs[i], proofs[j], 32) != 0, "keys %d and %d make the same MAC", i, j);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, length, 0, UNIT_ROWS(lengths));
    tcase_add_test(tests, arguments);
    tcase_add_test(tests, text_as_it_stands);
}

int main(void)
{
    return unit_run("key", fill);
}
