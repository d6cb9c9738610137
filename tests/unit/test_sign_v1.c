/* test_sign_v1.c: version 1 from key to verdict: round trips, refusals, and that the key decides the algorithm. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "unit.h"

#include "craft.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

enum { K1, P256, CURVES };
static const int nids[CURVES] = { NID_secp256k1, NID_X9_62_prime256v1 };
static usersig_key *private_keys[CURVES], *public_keys[CURVES], *mac_key;
static EC_KEY *theirs[CURVES];
static char public_pem[CURVES][CRAFT_MAX], text[CRAFT_MAX];

static void make_keys(void)
{
    for (int i = 0; i < CURVES; i++) {
        char pem[CRAFT_MAX];
        uint8_t scalar[32];
        memset(scalar, 0x51 + i, sizeof scalar);
        theirs[i] = craft_key(nids[i], scalar);
        size_t len = craft_pem(pem, theirs[i], CRAFT_SEC1);
        ck_assert_int_eq(usersig_key_pem(&private_keys[i], pem, len), USERSIG_OK);
        len = craft_pem(public_pem[i], theirs[i], CRAFT_PUBLIC);
        ck_assert_int_eq(usersig_key_pem(&public_keys[i], public_pem[i], len), USERSIG_OK);
    }
    ck_assert_int_eq(usersig_key_hmac(&mac_key, "secret", 6), USERSIG_OK);
}

static void free_keys(void)
{
    for (int i = 0; i < CURVES; i++) {
        usersig_key_free(private_keys[i]);
        usersig_key_free(public_keys[i]);
        EC_KEY_free(theirs[i]);
    }
    usersig_key_free(mac_key);
}

static struct usersig_claims good(void)
{
    return (struct usersig_claims){ .sdkappid = 1400000000,
                                    .issued_at = 1700000000,
                                    .lifetime = 86400,
                                    .identifier_len = 5,
                                    .identifier = "alice" };
}

static void random_field(char out[static USERSIG_V1_FIELD_MAX + 1])
{
    size_t len = unit_below(USERSIG_V1_FIELD_MAX + 1);
    for (size_t i = 0; i < len; i++)
        out[i] = (char)('0' + unit_below(10));
}

START_TEST(round_trip)
{
    unit_seed();
    for (int round = 0; round < 50; round++) {
        struct usersig_claims claims = { .version = (int)unit_below(2),
                                         .sdkappid = (uint32_t)(unit_random() | 1),
                                         .issued_at = unit_random(),
                                         .lifetime = 1 + unit_below(USERSIG_LIFETIME_MAX),
                                         .identifier_len = 1 + unit_below(32),
                                         .userbuf_len = unit_below(USERSIG_USERBUF_MAX + 1) };
        struct usersig_ticket ticket;
        char signed_text[USERSIG_SIGNED_TEXT_MAX];
        size_t len, signed_len, which;
        for (size_t i = 0; i < claims.identifier_len; i++)
            claims.identifier[i] = (char)(0x21 + unit_below(0x5E));
        unit_fill(claims.userbuf, claims.userbuf_len);
        random_field(claims.account_type);
        claims.flags = 2 * (uint32_t)unit_below(3);
        if (!claims.flags)
            random_field(claims.appid_at_3rd);
        const usersig_key *const keys[] = { public_keys[!_i], mac_key, public_keys[_i] };
        struct usersig_expect expect = { .sdkappid = claims.sdkappid,
                                         .identifier = claims.identifier,
                                         .userbuf = claims.userbuf,
                                         .userbuf_len = claims.userbuf_len };
        ck_assert_int_eq(usersig_sign(private_keys[_i], &claims, text, sizeof text, &len), USERSIG_OK);
        ck_assert_int_eq(usersig_verify(keys, 3, text, len, &expect, claims.issued_at, &ticket, &which),
                         USERSIG_OK);
        ck_assert_uint_eq(which, 2);
        ck_assert_int_eq(ticket.claims.version, 1);
        ck_assert_uint_eq(ticket.claims.flags, claims.flags);
        ck_assert_str_eq(ticket.claims.account_type, claims.account_type[0] ? claims.account_type : "0");
        ck_assert_str_eq(ticket.claims.appid_at_3rd,
                         claims.appid_at_3rd[0] || claims.flags ? claims.appid_at_3rd : "0");
        ck_assert_uint_eq(ticket.proof_len, 64);
        ck_assert_int_eq(usersig_claims_text(&ticket.claims, signed_text, sizeof signed_text, &signed_len),
                         USERSIG_OK);
        ck_assert(craft_verify(theirs[_i], signed_text, signed_len, ticket.proof));
        ck_assert_int_eq(usersig_verify(keys, 2, text, len, &expect, claims.issued_at, &ticket, &which),
                         USERSIG_WRONG_KEY);
        ck_assert_uint_eq(which, SIZE_MAX);
        ck_assert_uint_eq(ticket.proof_len, 0);
        expect.identifier = "nobody, since no identifier here has spaces";
        ck_assert_int_eq(usersig_verify(keys, 3, text, len, &expect, claims.issued_at, NULL, NULL),
                         USERSIG_WRONG_IDENTIFIER);
    }
}
END_TEST

/* The private key checks as well; the same claims give the same text. */
START_TEST(private_key_checks)
{
    struct usersig_claims claims = good();
    const usersig_key *const keys[] = { private_keys[_i] };
    char again[CRAFT_MAX];
    size_t len, again_len;
    ck_assert_int_eq(usersig_key_version(private_keys[_i]), 1);
    ck_assert_int_eq(usersig_key_version(mac_key), 2);
    ck_assert_int_eq(usersig_key_version(NULL), 0);
    ck_assert_int_eq(usersig_sign(private_keys[_i], &claims, text, sizeof text, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_sign(private_keys[_i], &claims, again, sizeof again, &again_len), USERSIG_OK);
    ck_assert_str_eq(text, again);
    ck_assert_int_eq(usersig_verify(keys, 1, text, len, NULL, 1700086400, NULL, NULL), USERSIG_OK);
    ck_assert_int_eq(usersig_verify(keys, 1, text, len, NULL, 1700086401, NULL, NULL), USERSIG_EXPIRED);
    ck_assert_int_eq(usersig_sign(private_keys[_i], &claims, text, len, &len), USERSIG_ERR_SPACE);
}
END_TEST

START_TEST(refusals)
{
    struct usersig_claims claims = good();
    uint8_t proof[USERSIG_PROOF_MAX];
    size_t len = 99;
    ck_assert_int_eq(usersig_sign(public_keys[_i], &claims, text, sizeof text, &len), USERSIG_ERR_KEY);
    ck_assert_int_eq(usersig_prove(public_keys[_i], &claims, proof, &len), USERSIG_ERR_KEY);
    ck_assert_uint_eq(len, 0);
    claims.version = 2;
    ck_assert_int_eq(usersig_prove(private_keys[_i], &claims, proof, &len), USERSIG_WRONG_KEY_TYPE);
    claims.version = 1;
    ck_assert_int_eq(usersig_prove(mac_key, &claims, proof, &len), USERSIG_WRONG_KEY_TYPE);
    claims.version = 0;
    claims.account_type[0] = 'x';
    ck_assert_int_eq(usersig_prove(private_keys[_i], &claims, proof, &len), USERSIG_ERR_ARGUMENT);
    claims = good();
    claims.lifetime = 0;
    ck_assert_int_eq(usersig_prove(private_keys[_i], &claims, proof, &len), USERSIG_ERR_LIFETIME);
}
END_TEST

/* What a legacy verifier took: a version 2 usersig MACed with the text of the public key that it holds. */
START_TEST(algorithm_confusion)
{
    struct usersig_claims claims = good();
    const usersig_key *keys[] = { public_keys[_i], private_keys[_i], mac_key };
    uint8_t proof[64] = { 1 };
    size_t len;
    claims.version = 2;
    for (int trimmed = 0; trimmed <= 1; trimmed++) {
        if (trimmed)
            public_pem[_i][strlen(public_pem[_i]) - 1] = '\0';
        len = craft_usersig(text, public_pem[_i], &claims);
        ck_assert_int_eq(usersig_verify(keys, 2, text, len, NULL, 1700000000, NULL, NULL),
                         USERSIG_WRONG_KEY_TYPE);
        ck_assert_int_eq(usersig_verify(keys, 3, text, len, NULL, 1700000000, NULL, NULL), USERSIG_WRONG_KEY);
    }
    claims.version = 1;
    ck_assert_int_eq(usersig_sign(private_keys[_i], &claims, text, sizeof text, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_verify(keys + 2, 1, text, len, NULL, 1700000000, NULL, NULL),
                     USERSIG_WRONG_KEY_TYPE);
    /* proofs of the other version's length */
    craft_proof(proof, "secret", &claims);
    ck_assert_int_eq(usersig_check(keys, 3, &claims, proof, 32, NULL, 1700000000, NULL), USERSIG_WRONG_KEY);
    ck_assert_int_eq(usersig_check(keys, 3, &claims, proof, 64, NULL, 1700000000, NULL), USERSIG_WRONG_KEY);
    claims.version = 2;
    craft_proof(proof, "secret", &claims);
    ck_assert_int_eq(usersig_check(keys, 3, &claims, proof, 64, NULL, 1700000000, NULL), USERSIG_WRONG_KEY);
    ck_assert_int_eq(usersig_check(keys, 3, &claims, proof, 32, NULL, 1700000000, NULL), USERSIG_OK);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_keys, free_keys);
    tcase_add_loop_test(tests, round_trip, 0, CURVES);
    tcase_add_loop_test(tests, private_key_checks, 0, CURVES);
    tcase_add_loop_test(tests, refusals, 0, CURVES);
    tcase_add_loop_test(tests, algorithm_confusion, 0, CURVES);
}

int main(void)
{
    return unit_run("sign_v1", fill);
}
