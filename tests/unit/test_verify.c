/* test_verify.c: verify and check: several keys, the caller's own faults, proofs of the wrong form. */
#include "unit.h"

#include "craft.h"

#include <string.h>

#define N_KEYS 3
static const char *const secrets[N_KEYS] = { "first", "second", "third" };
static usersig_key *keys[N_KEYS];
static char text[CRAFT_MAX];

static const struct usersig_claims claims = { .version = 2,
                                              .sdkappid = 1400000000,
                                              .issued_at = 1700000000,
                                              .lifetime = 86400,
                                              .identifier_len = 5,
                                              .identifier = "alice" };
static const struct usersig_expect alice = { .sdkappid = 1400000000, .identifier = "alice" };

static void make_keys(void)
{
    for (int i = 0; i < N_KEYS; i++)
        ck_assert_int_eq(usersig_key_hmac(&keys[i], secrets[i], strlen(secrets[i])), USERSIG_OK);
}

static void free_keys(void)
{
    for (int i = 0; i < N_KEYS; i++)
        usersig_key_free(keys[i]);
}

/* Bit i of have: key i is in the array, in this order. */
START_TEST(which_of_the_keys)
{
    unsigned have = (unsigned)_i % (1u << N_KEYS);
    size_t signer = (size_t)_i / (1u << N_KEYS), n = 0, expected = SIZE_MAX, which = 99;
    const usersig_key *set[N_KEYS];
    for (size_t i = 0; i < N_KEYS; i++)
        if (have >> i & 1) {
            if (i == signer)
                expected = n;
            set[n++] = keys[i];
        }
    size_t len = craft_usersig(text, secrets[signer], &claims);
    int verdict = n == 0 ? USERSIG_WRONG_KEY_TYPE : expected == SIZE_MAX ? USERSIG_WRONG_KEY : USERSIG_OK;
    int got = usersig_verify(set, n, text, len, &alice, 1700000000, NULL, &which);
    ck_assert_msg(got == verdict && which == expected,
                  "keys %X, signed by %zu: expected %s by %zd, got %s by %zd", have, signer,
                  usersig_error_name(verdict), (ssize_t)expected, usersig_error_name(got), (ssize_t)which);
}
END_TEST

START_TEST(same_key_twice)
{
    const usersig_key *const set[] = { keys[0], keys[1], keys[1] };
    size_t which, len = craft_usersig(text, secrets[1], &claims);
    ck_assert_int_eq(usersig_verify(set, 3, text, len, &alice, 1700000000, NULL, &which), USERSIG_OK);
    ck_assert_uint_eq(which, 1); /* the first that matched */
}
END_TEST

START_TEST(key_array_may_be_null_without_keys)
{
    size_t which, len = craft_usersig(text, secrets[0], &claims);
    ck_assert_int_eq(usersig_verify(NULL, 0, text, len, &alice, 1700000000, NULL, &which),
                     USERSIG_WRONG_KEY_TYPE);
    ck_assert_uint_eq(which, SIZE_MAX);
}
END_TEST

static const struct {
    const char *name;
    size_t n_keys;
    int null_keys, null_key, null_text, use_expect;
    struct usersig_expect expect;
} misuse[] = {
    { "keys NULL", 1, 1, 0, 0, 0, { 0 } },
    { "a key NULL", 2, 0, 1, 0, 0, { 0 } },
    { "text NULL", 1, 0, 0, 1, 0, { 0 } },
    { "nothing expected by accident", 1, 0, 0, 0, 1, { 0 } },
    { "sdkappid forgotten", 1, 0, 0, 0, 1, { .identifier = "alice" } },
    { "identifier forgotten", 1, 0, 0, 0, 1, { .sdkappid = 1 } },
    { "userbuf NULL with a length", 1, 0, 0, 0, 1, { .sdkappid = 1, .identifier = "a", .userbuf_len = 1 } },
    { "unknown flag", 1, 0, 0, 0, 1, { .sdkappid = 1, .identifier = "a", .flags = 8 } },
};

/* The same answer for a good usersig and for a damaged one: a caller's fault does not hide behind bad data. */
START_TEST(misuse_row)
{
    const usersig_key *const set[] = { keys[0], misuse[_i].null_key ? NULL : keys[1] };
    size_t len = craft_usersig(text, secrets[0], &claims);
    const struct usersig_expect *expect = misuse[_i].use_expect ? &misuse[_i].expect : NULL;
    for (size_t cut = 0; cut < 2; cut++) {
        struct usersig_ticket ticket, zero;
        size_t which = 99;
        memset(&ticket, 0xA5, sizeof ticket);
        memset(&zero, 0, sizeof zero);
        int got = usersig_verify(misuse[_i].null_keys ? NULL : set, misuse[_i].n_keys,
                                 misuse[_i].null_text ? NULL : text, len - cut, expect, 1700000000, &ticket,
                                 &which);
        ck_assert_msg(got == USERSIG_ERR_ARGUMENT, "%s, %s usersig: expected ERR_ARGUMENT, got %s",
                      misuse[_i].name, cut ? "damaged" : "good", usersig_error_name(got));
        ck_assert_msg(which == SIZE_MAX && memcmp(&ticket, &zero, sizeof zero) == 0, "%s: outputs are filled",
                      misuse[_i].name);
    }
}
END_TEST

START_TEST(check_arguments)
{
    const usersig_key *const set[] = { keys[0], NULL };
    const struct usersig_expect nothing = { 0 };
    uint8_t proof[32];
    size_t which = 99;
    craft_proof(proof, secrets[0], &claims);
    ck_assert_int_eq(usersig_check(NULL, 1, &claims, proof, 32, &alice, 0, &which), USERSIG_ERR_ARGUMENT);
    ck_assert_uint_eq(which, SIZE_MAX);
    ck_assert_int_eq(usersig_check(set, 2, &claims, proof, 32, &alice, 0, &which), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_check(set, 1, NULL, proof, 32, &alice, 0, &which), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_check(set, 1, &claims, NULL, 32, &alice, 0, &which), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_check(set, 1, &claims, proof, 32, &nothing, 0, &which), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_check(set, 1, &claims, proof, 32, &alice, 1700000000, NULL), USERSIG_OK);
    ck_assert_int_eq(usersig_check(set, 1, &claims, proof, 32, NULL, 1700000000, &which), USERSIG_OK);
    ck_assert_uint_eq(which, 0);
}
END_TEST

START_TEST(check_proof_lengths)
{
    const usersig_key *const set[] = { keys[0] };
    uint8_t proof[USERSIG_PROOF_MAX] = { 0 };
    craft_proof(proof, secrets[0], &claims);
    for (size_t len = 0; len <= sizeof proof; len++) {
        size_t which = 99;
        int expected = len == 32 ? USERSIG_OK : USERSIG_WRONG_KEY;
        int got = usersig_check(set, 1, &claims, proof, len, &alice, 1700000000, &which);
        ck_assert_msg(got == expected, "proof of %zu bytes: expected %s, got %s", len,
                      usersig_error_name(expected), usersig_error_name(got));
        ck_assert_uint_eq(which, len == 32 ? 0 : SIZE_MAX);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(usersig_check(set, 1, &claims, proof, 32, &alice, 1700000000, NULL),
                         USERSIG_WRONG_KEY);
        proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(check_other_versions)
{
    const usersig_key *const set[] = { keys[0] };
    uint8_t proof[32];
    craft_proof(proof, secrets[0], &claims);
    for (int version = 0; version < 4; version++) {
        struct usersig_claims other = claims;
        other.version = version;
        int expected = version == 2 ? USERSIG_OK : USERSIG_WRONG_KEY_TYPE;
        ck_assert_int_eq(usersig_check(set, 1, &other, proof, 32, &alice, 1700000000, NULL), expected);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_keys, free_keys);
    tcase_add_loop_test(tests, which_of_the_keys, 0, N_KEYS << N_KEYS);
    tcase_add_test(tests, same_key_twice);
    tcase_add_test(tests, key_array_may_be_null_without_keys);
    tcase_add_loop_test(tests, misuse_row, 0, UNIT_ROWS(misuse));
    tcase_add_test(tests, check_arguments);
    tcase_add_test(tests, check_proof_lengths);
    tcase_add_test(tests, check_other_versions);
}

int main(void)
{
    return unit_run("verify", fill);
}
