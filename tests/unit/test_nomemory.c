/* test_nomemory.c: whatever call for memory fails, libsig says so, gives back what it has and does not crash. Each row is
 * done with its first call refused, its second, and so on until none is left to refuse; once alone and once with all
 * that follow. Twice, since libraries keep what they needed the first time. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "unit.h"

#include "alloc.h"

#include <stdio.h>

#ifndef ALLOC_SANITIZED

#include "craft.h"
#include "usersig_diagnose.h"
#include "zinit.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

#define MOST 2000 /* calls; no row has so many */

static const uint8_t scalar[32] = "any scalar that a test may need";
static const struct usersig_claims claims = {
    .sdkappid = 1, .issued_at = 2, .lifetime = 3, .identifier_len = 1, .identifier = "a"
};

/* Made before anything is refused. */
static struct {
    char pem[2][3][CRAFT_MAX]; /* of P-256 and secp256k1, by craft_form */
    size_t pem_len[2][3];
    usersig_key *key[2][3];
    uint8_t proof[2][USERSIG_PROOF_MAX];
    char text[2][USERSIG_ENCODED_MAX], mac_text[USERSIG_ENCODED_MAX];
} made;

static void sign_text(char out[static USERSIG_ENCODED_MAX], const usersig_key *key)
{
    size_t len;
    ck_assert_int_eq(usersig_sign(key, &claims, out, USERSIG_ENCODED_MAX, &len), USERSIG_OK);
}

static void make_all(void)
{
    static const int curves[] = { NID_X9_62_prime256v1, NID_secp256k1 };
    usersig_key *mac;
    size_t len;
    for (int curve = 0; curve < 2; curve++) {
        EC_KEY *key = craft_key(curves[curve], scalar);
        for (int form = 0; form < 3; form++) {
            char *pem = made.pem[curve][form];
            made.pem_len[curve][form] = len = craft_pem(pem, key, (enum craft_form)form);
            ck_assert_int_eq(usersig_key_pem(&made.key[curve][form], pem, len), USERSIG_OK);
        }
        EC_KEY_free(key);
        ck_assert_int_eq(usersig_prove(made.key[curve][0], &claims, made.proof[curve], &len), USERSIG_OK);
        sign_text(made.text[curve], made.key[curve][0]);
    }
    ck_assert_int_eq(usersig_key_hmac(&mac, "secret", 6), USERSIG_OK);
    sign_text(made.mac_text, mac);
    usersig_key_free(mac);
}

static void free_all(void)
{
    for (int curve = 0; curve < 2; curve++)
        for (int form = 0; form < 3; form++)
            usersig_key_free(made.key[curve][form]);
}

/* ---- what needs memory --------------------------------------------------------------------------- */

#define UNTRUE (-1) /* a refusal with a key, success without one, with a bad one, or with a wrong answer */

/* Is it the key whose proof has been made? */
static bool serves(const usersig_key *key, const uint8_t *proof)
{
    struct usersig_claims versioned = claims;
    versioned.version = usersig_key_version(key);
    return usersig_check(&key, 1, &versioned, proof, USERSIG_PROOF_MAX, NULL, 2, NULL) == USERSIG_OK;
}

/* The error, when what came with it is right. */
static int judged(int error, usersig_key *key, const uint8_t *proof)
{
    alloc_refuse(0, false); /* OpenSSL can do without some of its memory: then the key must serve */
    bool right = error ? !key : key && (!proof || serves(key, proof));
    usersig_key_free(key);
    return right ? error : UNTRUE;
}

static int key_hmac(int curve, int form)
{
    usersig_key *key = made.key[curve][form]; /* anything but NULL */
    int error = usersig_key_hmac(&key, "secret", 6);
    return judged(error, key, NULL);
}

static int key_pem(int curve, int form)
{
    usersig_key *key = made.key[curve][form];
    int error = usersig_key_pem(&key, made.pem[curve][form], made.pem_len[curve][form]);
    return judged(error, key, made.proof[curve]);
}

static int prove(int curve, int form)
{
    uint8_t proof[USERSIG_PROOF_MAX];
    size_t len;
    return usersig_prove(made.key[curve][form], &claims, proof, &len);
}

static int check(int curve, int form)
{
    struct usersig_claims versioned = claims;
    const usersig_key *const keys[] = { made.key[curve][form] };
    versioned.version = 1;
    return usersig_check(keys, 1, &versioned, made.proof[curve], USERSIG_PROOF_MAX, NULL, 2, NULL);
}

static int greedy_encode(int curve, int form)
{
    struct usersig_claims versioned = claims;
    char out[USERSIG_ENCODED_MAX];
    size_t len;
    (void)form;
    versioned.version = 1;
    zinit_greed = 47 * 1024;
    int error = usersig_encode(&versioned, made.proof[curve], USERSIG_PROOF_MAX, out, sizeof out, &len);
    zinit_greed = 0;
    return error;
}

static int diagnose(const void *secret, size_t len, const char *text)
{
    struct usersig_diagnosis diagnosis;
    int error = usersig_diagnose_secret(secret, len, text, strlen(text), NULL, 2, &diagnosis);
    /* success must be the whole truth: each text is of the key that is asked about, some by another spelling */
    return error || diagnosis.verdict == USERSIG_OK || diagnosis.cause == USERSIG_CAUSE_KEY_SPACE ? error
                                                                                                  : UNTRUE;
}

static int diagnose_pem(int curve, int form)
{
    return diagnose(made.pem[curve][form], made.pem_len[curve][form], made.text[curve]);
}

static int diagnose_mac(int curve, int form)
{
    (void)curve;
    return form ? diagnose(" secret ", 8, made.mac_text) : diagnose("secret", 6, made.mac_text);
}

#ifdef WITH_SECP256K1
#define K1_UNSURE false
#else
#define K1_UNSURE true
#endif

enum { P256, SECP256K1 };
static const struct {
    const char *name;
    int (*run)(int curve, int form);
    int curve, form;
    bool unsure; /* OpenSSL calls a point that it has no memory to look at one that is not on the curve */
} rows[] = {
    { "usersig_key_hmac", key_hmac, 0, 0, false },
    { "usersig_key_pem, P-256, SEC 1", key_pem, P256, CRAFT_SEC1, true },
    { "usersig_key_pem, P-256, PKCS #8", key_pem, P256, CRAFT_PKCS8, true },
    { "usersig_key_pem, P-256, public", key_pem, P256, CRAFT_PUBLIC, true },
    { "usersig_key_pem, secp256k1, SEC 1", key_pem, SECP256K1, CRAFT_SEC1, K1_UNSURE },
    { "usersig_key_pem, secp256k1, PKCS #8", key_pem, SECP256K1, CRAFT_PKCS8, K1_UNSURE },
    { "usersig_key_pem, secp256k1, public", key_pem, SECP256K1, CRAFT_PUBLIC, K1_UNSURE },
    { "usersig_prove, P-256", prove, P256, CRAFT_SEC1, false },
    { "usersig_prove, secp256k1", prove, SECP256K1, CRAFT_SEC1, false },
    { "usersig_check, P-256, private", check, P256, CRAFT_SEC1, false },
    { "usersig_check, P-256, public", check, P256, CRAFT_PUBLIC, false },
    { "usersig_check, secp256k1", check, SECP256K1, CRAFT_PUBLIC, false },
    { "usersig_encode, a zlib that wants more", greedy_encode, P256, 0, false },
    { "usersig_diagnose_secret, the key", diagnose_mac, 0, 0, false },
    { "usersig_diagnose_secret, the key in spaces", diagnose_mac, 0, 1, false },
    { "usersig_diagnose_secret, P-256", diagnose_pem, P256, CRAFT_SEC1, true },
    { "usersig_diagnose_secret, P-256, public", diagnose_pem, P256, CRAFT_PUBLIC, true },
    { "usersig_diagnose_secret, secp256k1", diagnose_pem, SECP256K1, CRAFT_PKCS8, K1_UNSURE },
};

/* ---- refusals ------------------------------------------------------------------------------------ */

static size_t done_without, taken_for_bad; /* refusals that did not show; that looked like a bad key */

/* Refuses the n-th call. False when the row had none to refuse. */
static bool refuse(int row, size_t n, bool all, bool count)
{
    long before = alloc_held();
    alloc_refuse(n, all);
    int error = rows[row].run(rows[row].curve, rows[row].form);
    bool refused = alloc_refused();
    alloc_refuse(0, false);
    long lost = alloc_held() - before;
    const char *name = rows[row].name, *said = error == UNTRUE ? "an untruth" : usersig_error_name(error);
    if (error == USERSIG_OK)
        done_without += refused;
    else if (!refused)
        ck_abort_msg("%s: %s with all its memory", name, said);
    else if (rows[row].unsure && (error == USERSIG_ERR_KEY || error == UNTRUE))
        taken_for_bad++;
    else if (error != USERSIG_ERR_MEMORY && error != USERSIG_ERR_CRYPTO)
        ck_abort_msg("%s: %s with call %zu refused%s", name, said, n, all ? " and all after it" : "");
    ck_assert_msg(!count || lost == 0, "%s: %ld blocks lost with call %zu refused%s", name, lost, n,
                  all ? " and all after it" : "");
    return refused;
}

START_TEST(says_so)
{
    size_t n[2];
    done_without = taken_for_bad = 0;
    for (int all = 0; all < 2; all++) {
        for (n[all] = 1; refuse(_i, n[all], all, false); n[all]++)
            ck_assert_uint_lt(n[all], MOST);
        for (size_t again = 1; refuse(_i, again, all, true); again++)
            ck_assert_uint_lt(again, MOST);
    }
    printf("%s: %zu calls, %zu refusals: %zu did not show, %zu showed as a bad key\n", rows[_i].name,
           n[0] - 1, 2 * (n[0] + n[1] - 2), done_without, taken_for_bad);
    fflush(stdout);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_all, free_all);
    tcase_add_loop_test(tests, says_so, 0, UNIT_ROWS(rows));
}

int main(void)
{
    return unit_run("nomemory", fill);
}

#else

int main(void)
{
    puts("skip - nomemory (a sanitizer has taken malloc's place)");
    return 77;
}

#endif
