/* test_consttime.c: what secrets are does not show in branches or addresses. Secrets are marked as never set, so that
 * valgrind objects to every branch and address that depends on them; results are marked as set where they become public:
 * a proof that is given out, and the verdict of a comparison. Without valgrind the same calls run, and prove nothing.
 *
 * test_consttime leaky: compares MACs by memcmp instead, which valgrind must not let pass.
 *
 * Not covered, for these are not constant in time: reading PEM and saying whether its scalar is in range, once a key;
 * diagnoses with a secret, for trusted callers; P-256, since OpenSSL's BN_bin2bn drops leading zeros. */
#include "unit.h"

#include "key.h"

#include <dlfcn.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifdef WITH_SECP256K1
#include <secp256k1.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define CAN_MARK
#include <valgrind/memcheck.h>
#endif
#endif

#ifdef CAN_MARK

#define UNWATCHED 77 /* automake's "skipped" */

static bool leaky;

static void conceal(const void *p, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void publish(const void *p, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

/* Does all of it still depend on what was concealed? True without valgrind. */
static bool is_concealed(const void *p, size_t len)
{
    uint8_t bits[64] = { 0 };
    size_t n = 0;
    if (VALGRIND_GET_VBITS(p, bits, len) != 1)
        return true;
    for (size_t i = 0; i < len; i++)
        n += bits[i] == 0xFF;
    return n == len;
}

/* ---- where results become public: in front of the library's own --------------------------------- */

static void *next_of(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    ck_assert_msg(found != NULL, "no other %s", name);
    return found;
}

static size_t compared;

/* libsodium's. Whether MACs are the same is the verdict; which bytes are is not. */
int crypto_verify_32(const unsigned char *x, const unsigned char *y)
{
    int (*volatile careless)(const void *, const void *, size_t) = memcmp;
    int (*compare)(const unsigned char *, const unsigned char *);
    *(void **)&compare = next_of("crypto_verify_32");
    ck_assert_msg(is_concealed(x, 32), "the MAC is not secret");
    compared++;
    int differs = leaky ? careless(x, y, 32) : compare(x, y);
    publish(&differs, sizeof differs);
    return differs;
}

#ifdef WITH_SECP256K1
/* A public key, and that a scalar has one. */
int secp256k1_ec_pubkey_create(const secp256k1_context *context, secp256k1_pubkey *point,
                               const unsigned char *scalar)
{
    int (*create)(const secp256k1_context *, secp256k1_pubkey *, const unsigned char *);
    *(void **)&create = next_of("secp256k1_ec_pubkey_create");
    ck_assert_msg(is_concealed(scalar, 32), "the scalar is not secret");
    int ok = create(context, point, scalar);
    publish(&ok, sizeof ok);
    publish(point, sizeof *point);
    return ok;
}

/* A signature, and that it was made. libsecp256k1 itself says (secp256k1_declassify) where signing may branch: whether
 * the nonce is in range and whether it served. As distributions build it, it does not say so to valgrind:
 * consttime.supp lets these two pass. */
int secp256k1_ecdsa_sign(const secp256k1_context *context, secp256k1_ecdsa_signature *signature,
                         const unsigned char *hash, const unsigned char *scalar,
                         secp256k1_nonce_function nonce, const void *data)
{
    int (*sign)(const secp256k1_context *, secp256k1_ecdsa_signature *, const unsigned char *,
                const unsigned char *, secp256k1_nonce_function, const void *);
    *(void **)&sign = next_of("secp256k1_ecdsa_sign");
    ck_assert_msg(is_concealed(scalar, 32), "the scalar is not secret");
    int ok = sign(context, signature, hash, scalar, nonce, data);
    ck_assert_msg(is_concealed(signature, sizeof *signature), "the signature does not depend on the scalar");
    publish(&ok, sizeof ok);
    publish(signature, sizeof *signature);
    return ok;
}
#endif

/* ---- version 2 ----------------------------------------------------------------------------------- */

static const struct usersig_claims claims = { .version = 2,
                                              .sdkappid = 1400000000,
                                              .issued_at = 1700000000,
                                              .lifetime = 86400,
                                              .identifier_len = 5,
                                              .identifier = "alice" };

static const struct {
    const char *name;
    size_t len;          /* of the key; beyond 64 bytes it is hashed first */
    bool midstates_only; /* concealed when the key is made, not its text */
    int changed;         /* byte of the proof, -1: none */
    int expected;
} macs[] = {
    { "the console's length", 64, false, -1, USERSIG_OK },
    { "a short key", 1, false, -1, USERSIG_OK },
    { "a long key", 200, false, -1, USERSIG_OK },
    { "midstates", 64, true, -1, USERSIG_OK },
    { "wrong in the first byte", 64, false, 0, USERSIG_WRONG_KEY },
    { "wrong in the middle", 64, false, 16, USERSIG_WRONG_KEY },
    { "wrong in the last byte", 64, false, 31, USERSIG_WRONG_KEY },
    { "midstates, wrong in the first byte", 64, true, 0, USERSIG_WRONG_KEY },
};

START_TEST(mac)
{
    unsigned before = VALGRIND_COUNT_ERRORS;
    char secret[200];
    uint8_t proof[USERSIG_PROOF_MAX];
    usersig_key *key;
    size_t len, which;
    memset(secret, 'k', sizeof secret);
    if (!macs[_i].midstates_only)
        conceal(secret, sizeof secret);
    ck_assert_int_eq(usersig_key_hmac(&key, secret, macs[_i].len), USERSIG_OK);
    if (macs[_i].midstates_only) {
        conceal(key->hmac.inner.h, sizeof key->hmac.inner.h);
        conceal(key->hmac.outer.h, sizeof key->hmac.outer.h);
    }
    const usersig_key *const keys[] = { key };
    ck_assert_int_eq(usersig_prove(key, &claims, proof, &len), USERSIG_OK);
    ck_assert_uint_eq(len, 32);
    ck_assert_msg(is_concealed(proof, len), "%s: the proof does not depend on the secret", macs[_i].name);
    publish(proof, len);
    if (macs[_i].changed >= 0)
        proof[macs[_i].changed] ^= 1;
    compared = 0;
    int got = usersig_check(keys, 1, &claims, proof, len, NULL, 1700000000, &which);
    ck_assert_msg(got == macs[_i].expected && compared == 1, "%s: expected %s, got %s; compared %zu times",
                  macs[_i].name, usersig_error_name(macs[_i].expected), usersig_error_name(got), compared);
    usersig_key_free(key);
    unsigned errors = VALGRIND_COUNT_ERRORS - before;
    ck_assert_msg(leaky || errors == 0, "%s: valgrind counts %u errors", macs[_i].name, errors);
}
END_TEST

/* ---- version 1 ----------------------------------------------------------------------------------- */

#ifdef WITH_SECP256K1
static const struct {
    const char *name, *scalar;
} scalars[] = {
    { "any", "0123456789abcdef0123456789abcdef" },
    { "one", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" },
    { "small", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0" },
};

START_TEST(scalar)
{
    static struct ecdsa_key key;
    const struct eckey from = { .curve = ECKEY_SECP256K1, .has_scalar = true };
    uint8_t proof[ECDSA_LEN];
    unsigned before = VALGRIND_COUNT_ERRORS;
    memset(&key, 0, sizeof key);
    key.curve = from.curve;
    key.is_private = true;
    memcpy(key.scalar, scalars[_i].scalar, sizeof key.scalar);
    conceal(key.scalar, sizeof key.scalar);
    ck_assert_int_eq(ecdsa_secp256k1_init(&key, &from), USERSIG_OK);
    ck_assert_int_eq(ecdsa_sign(&key, "text", 4, proof), USERSIG_OK);
    ck_assert_int_eq(ecdsa_verify(&key, "text", 4, proof), USERSIG_OK);
    unsigned errors = VALGRIND_COUNT_ERRORS - before;
    ck_assert_msg(leaky || errors == 0, "scalar %s: valgrind counts %u errors", scalars[_i].name, errors);
}
END_TEST
#endif

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, mac, 0, UNIT_ROWS(macs));
#ifdef WITH_SECP256K1
    if (!leaky)
        tcase_add_loop_test(tests, scalar, 0, UNIT_ROWS(scalars));
#endif
}

int main(int argc, char **argv)
{
    leaky = argc > 1 && strcmp(argv[1], "leaky") == 0;
    if (leaky && !RUNNING_ON_VALGRIND) {
        puts("skip - leaky (nobody watches: run it under valgrind)");
        return UNWATCHED;
    }
    return unit_run("consttime", fill);
}

#else

int main(void)
{
    puts("skip - consttime (built without valgrind/memcheck.h)");
    return 77;
}

#endif
