/* test_sign.c: sign and prove: what they refuse, how they use space, and that verify takes what they make. */
#include "unit.h"

#include "craft.h"

#include <stdlib.h>
#include <string.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"

static usersig_key *key;

static void make_key(void)
{
    ck_assert_int_eq(usersig_key_hmac(&key, KEY, strlen(KEY)), USERSIG_OK);
}

static void free_key(void)
{
    usersig_key_free(key);
}

static struct usersig_claims good(void)
{
    return (struct usersig_claims){ .sdkappid = 1400000000,
                                    .issued_at = 1700000000,
                                    .lifetime = 86400,
                                    .identifier_len = 5,
                                    .identifier = "alice" };
}

/* The MAC computed elsewhere (Python's hmac) for this key and good(). */
START_TEST(known_proof)
{
    static const uint8_t expected[32] = { 0xE8, 0x69, 0xA3, 0x8C, 0x99, 0x48, 0xD1, 0x97, 0xEF, 0x76, 0x30,
                                          0xB4, 0xA8, 0x9C, 0x85, 0x8C, 0x79, 0x27, 0x2E, 0xA2, 0x15, 0x7A,
                                          0xB2, 0x3A, 0xAE, 0x92, 0x4E, 0x81, 0x6C, 0x5F, 0x83, 0x59 };
    struct usersig_claims claims = good();
    uint8_t proof[USERSIG_PROOF_MAX];
    for (claims.version = 0; claims.version <= 2; claims.version += 2) {
        size_t len = 0;
        ck_assert_int_eq(usersig_prove(key, &claims, proof, &len), USERSIG_OK);
        ck_assert_uint_eq(len, 32);
        ck_assert_mem_eq(proof, expected, 32);
    }
}
END_TEST

/* Claims that may be signed, of every kind. */
static struct usersig_claims any_claims(void)
{
    struct usersig_claims claims = { .version = unit_below(2) ? 2 : 0 };
    claims.sdkappid = 1 + (uint32_t)unit_below(UINT32_MAX);
    claims.issued_at = unit_random() >> unit_below(64);
    claims.lifetime = 1 + unit_below(USERSIG_LIFETIME_MAX);
    if (unit_below(4) == 0)
        claims.flags = USERSIG_ALLOW_UTF8;
    if (claims.flags) {
        while (claims.identifier_len < 3 || unit_below(20)) {
            if (claims.identifier_len + 3 > USERSIG_IDENTIFIER_MAX)
                break;
            const char *part = unit_below(2) ? "\xE5\xB0\x8F" : " \"\\";
            memcpy(claims.identifier + claims.identifier_len, part, 3);
            claims.identifier_len += 3;
        }
    } else {
        claims.identifier_len = 1 + unit_below(USERSIG_IDENTIFIER_SIGN_MAX);
        for (size_t i = 0; i < claims.identifier_len; i++)
            claims.identifier[i] = (char)('!' + unit_below(94));
    }
    if (unit_below(3) == 0)
        claims.userbuf_len = unit_below(USERSIG_USERBUF_MAX + 1);
    unit_fill(claims.userbuf, claims.userbuf_len);
    return claims;
}

START_TEST(round_trip)
{
    const usersig_key *const keys[] = { key };
    unit_seed();
    for (int round = 0; round < 5000; round++) {
        struct usersig_claims claims = any_claims();
        struct usersig_expect expect = { .sdkappid = claims.sdkappid,
                                         .identifier = claims.identifier,
                                         .userbuf = claims.userbuf,
                                         .userbuf_len = claims.userbuf_len };
        struct usersig_ticket ticket;
        char text[USERSIG_TEXT_MAX];
        size_t len, which;
        ck_assert_int_eq(usersig_sign(key, &claims, text, sizeof text, &len), USERSIG_OK);
        ck_assert_uint_eq(strlen(text), len);
        int verdict = usersig_verify(keys, 1, text, len, &expect, claims.issued_at, &ticket, &which);
        ck_assert_msg(verdict == USERSIG_OK, "round %d: %s: %s", round, usersig_error_name(verdict), text);
        ck_assert_uint_eq(which, 0);
        ck_assert_uint_eq(ticket.claims.lifetime, claims.lifetime);
        ck_assert_uint_eq(ticket.claims.issued_at, claims.issued_at);
        ck_assert_str_eq(ticket.claims.identifier, claims.identifier);
        ck_assert_uint_eq(ticket.claims.userbuf_len, claims.userbuf_len);
    }
}
END_TEST

START_TEST(space)
{
    struct usersig_claims claims = good();
    char text[USERSIG_TEXT_MAX];
    size_t len, needed;
    ck_assert_int_eq(usersig_sign(key, &claims, text, sizeof text, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_sign(key, &claims, NULL, 0, &needed), USERSIG_ERR_SPACE);
    ck_assert_uint_eq(needed, len);
    for (size_t size = 0; size <= len + 1; size++) {
        int expected = size <= len ? USERSIG_ERR_SPACE : USERSIG_OK;
        char *exact = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(exact);
        int got = usersig_sign(key, &claims, exact, size, &needed);
        ck_assert_msg(got == expected && needed == len, "%zu bytes: expected %s, got %s, %zu needed", size,
                      usersig_error_name(expected), usersig_error_name(got), needed);
        if (!got)
            ck_assert_str_eq(exact, text);
        free(exact);
    }
}
END_TEST

static const struct {
    const char *name;
    struct usersig_claims claims;
    int expected;
} refused[] = {
    { "sdkappid 0", { .lifetime = 1, .identifier_len = 1, .identifier = "a" }, USERSIG_ERR_ARGUMENT },
    { "unknown flag",
      { .sdkappid = 1, .flags = 8, .lifetime = 1, .identifier_len = 1, .identifier = "a" },
      USERSIG_ERR_ARGUMENT },
    { "empty identifier", { .sdkappid = 1, .lifetime = 1 }, USERSIG_ERR_IDENTIFIER },
    { "newline",
      { .sdkappid = 1, .lifetime = 1, .identifier_len = 2, .identifier = "a\n" },
      USERSIG_ERR_IDENTIFIER },
    { "newline, with UTF-8 allowed",
      { .sdkappid = 1, .flags = 1, .lifetime = 1, .identifier_len = 2, .identifier = "a\n" },
      USERSIG_ERR_IDENTIFIER },
    { "UTF-8",
      { .sdkappid = 1, .lifetime = 1, .identifier_len = 2, .identifier = "\xC3\xA9" },
      USERSIG_ERR_IDENTIFIER },
    { "length beyond the array",
      { .sdkappid = 1, .flags = 1, .lifetime = 1, .identifier_len = 256 },
      USERSIG_ERR_IDENTIFIER },
    { "lifetime 0", { .sdkappid = 1, .identifier_len = 1, .identifier = "a" }, USERSIG_ERR_LIFETIME },
    { "lifetime over 50 years",
      { .sdkappid = 1, .lifetime = 1576800001, .identifier_len = 1, .identifier = "a" },
      USERSIG_ERR_LIFETIME },
    { "userbuf too long",
      { .sdkappid = 1, .lifetime = 1, .identifier_len = 1, .identifier = "a", .userbuf_len = 513 },
      USERSIG_ERR_USERBUF },
    { "version 1",
      { .version = 1, .sdkappid = 1, .lifetime = 1, .identifier_len = 1, .identifier = "a" },
      USERSIG_WRONG_KEY_TYPE },
    { "version 3",
      { .version = 3, .sdkappid = 1, .lifetime = 1, .identifier_len = 1, .identifier = "a" },
      USERSIG_WRONG_KEY_TYPE },
};

START_TEST(refused_row)
{
    uint8_t proof[USERSIG_PROOF_MAX];
    char text[USERSIG_TEXT_MAX];
    size_t len = 99, proof_len = 99;
    int got = usersig_sign(key, &refused[_i].claims, text, sizeof text, &len);
    ck_assert_msg(got == refused[_i].expected && len == 0, "sign %s: expected %s, got %s, length %zu",
                  refused[_i].name, usersig_error_name(refused[_i].expected), usersig_error_name(got), len);
    got = usersig_prove(key, &refused[_i].claims, proof, &proof_len);
    ck_assert_msg(got == refused[_i].expected && proof_len == 0, "prove %s: expected %s, got %s, length %zu",
                  refused[_i].name, usersig_error_name(refused[_i].expected), usersig_error_name(got),
                  proof_len);
}
END_TEST

START_TEST(arguments)
{
    struct usersig_claims claims = good();
    uint8_t proof[USERSIG_PROOF_MAX];
    char text[USERSIG_TEXT_MAX];
    size_t len;
    ck_assert_int_eq(usersig_sign(NULL, &claims, text, sizeof text, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_sign(key, NULL, text, sizeof text, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_sign(key, &claims, NULL, 1, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_sign(key, &claims, text, sizeof text, NULL), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_prove(NULL, &claims, proof, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_prove(key, NULL, proof, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_prove(key, &claims, proof, NULL), USERSIG_ERR_ARGUMENT);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_key, free_key);
    tcase_add_test(tests, known_proof);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, space);
    tcase_add_loop_test(tests, refused_row, 0, UNIT_ROWS(refused));
    tcase_add_test(tests, arguments);
}

int main(void)
{
    return unit_run("sign", fill);
}
