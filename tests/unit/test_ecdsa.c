/* test_ecdsa.c: ECDSA with SHA-256: published vectors of RFC 6979 nonces, ranges of r and s, OpenSSL as the judge. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "unit.h"

#include "craft.h"
#include "ecdsa.h"
#include "rfc6979.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>

static void from_hex(uint8_t *out, size_t len, const char *hex)
{
    size_t got;
    ck_assert_int_eq(sodium_hex2bin(out, len, hex, strlen(hex), NULL, &got, NULL), 0);
    ck_assert_uint_eq(got, len);
}

#define ORDER_P256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define ORDER_K1 "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define K1_LAST "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
#define P256_LAST "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"

/* P-256: RFC 6979, A.2.5, with its k. secp256k1: the vectors that its implementations share, s in its lower form. */
#define RFC_KEY "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
static const struct {
    enum eckey_curve curve;
    const char *key, *text, *r, *s, *k;
} vectors[] = {
    { ECKEY_P256, RFC_KEY, "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
      "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60" },
    { ECKEY_P256, RFC_KEY, "test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
      "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
      "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0" },
    { ECKEY_SECP256K1, ONE, "Satoshi Nakamoto",
      "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
      "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5", NULL },
    { ECKEY_SECP256K1, ONE, "All those moments will be lost in time, like tears in rain. Time to die...",
      "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
      "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21", NULL },
    { ECKEY_SECP256K1, K1_LAST, "Satoshi Nakamoto",
      "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
      "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5", NULL },
    { ECKEY_SECP256K1, "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
      "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c",
      "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea", NULL },
};

/* In ordinary memory: it is alignment and contents that ecdsa_* want. */
static int make(struct ecdsa_key *key, enum eckey_curve curve, const uint8_t scalar[static 32])
{
    struct eckey from = { .curve = curve, .has_scalar = true };
    memset(key, 0, sizeof *key);
    memcpy(from.scalar, scalar, 32);
    return ecdsa_init(key, &from);
}

START_TEST(vector)
{
    uint8_t scalar[32], expected[64], proof[64], hash[32], nonce[32], known[32];
    const char *text = vectors[_i].text;
    struct ecdsa_key key;
    from_hex(scalar, 32, vectors[_i].key);
    from_hex(expected, 32, vectors[_i].r);
    from_hex(expected + 32, 32, vectors[_i].s);
    ck_assert_int_eq(make(&key, vectors[_i].curve, scalar), USERSIG_OK);
    ck_assert_int_eq(ecdsa_sign(&key, text, strlen(text), proof), USERSIG_OK);
    ck_assert_msg(memcmp(proof, expected, 64) == 0, "%s: another proof", text);
    ck_assert_int_eq(ecdsa_verify(&key, text, strlen(text), proof), USERSIG_OK);
    ck_assert_int_eq(ecdsa_verify(&key, text, strlen(text) - 1, proof), USERSIG_WRONG_KEY);
    ecdsa_clear(&key);
    if (vectors[_i].k) {
        struct rfc6979 state;
        from_hex(known, 32, vectors[_i].k);
        SHA256((const uint8_t *)text, strlen(text), hash); /* below the order, both of them */
        ck_assert(rfc6979_begin(&state, scalar, hash) && rfc6979_next(&state, nonce));
        ck_assert_msg(memcmp(nonce, known, 32) == 0, "%s: another k", text);
    }
}
END_TEST

static const struct {
    enum eckey_curve curve;
    const char *scalar;
    int expected;
} scalars[] = {
    { ECKEY_P256, ZERO, USERSIG_ERR_KEY },          { ECKEY_P256, ONE, USERSIG_OK },
    { ECKEY_P256, P256_LAST, USERSIG_OK },          { ECKEY_P256, ORDER_P256, USERSIG_ERR_KEY },
    { ECKEY_P256, K1_LAST, USERSIG_ERR_KEY },       { ECKEY_SECP256K1, ZERO, USERSIG_ERR_KEY },
    { ECKEY_SECP256K1, ONE, USERSIG_OK },           { ECKEY_SECP256K1, K1_LAST, USERSIG_OK },
    { ECKEY_SECP256K1, ORDER_K1, USERSIG_ERR_KEY },
};

START_TEST(scalar_row)
{
    uint8_t scalar[32], proof[64];
    struct ecdsa_key key;
    from_hex(scalar, 32, scalars[_i].scalar);
    int got = make(&key, scalars[_i].curve, scalar);
    ck_assert_msg(got == scalars[_i].expected, "curve %d, %s: got %s", scalars[_i].curve, scalars[_i].scalar,
                  usersig_error_name(got));
    if (got == USERSIG_OK) {
        ck_assert_int_eq(ecdsa_sign(&key, "x", 1, proof), USERSIG_OK);
        ck_assert_int_eq(ecdsa_verify(&key, "x", 1, proof), USERSIG_OK);
        ecdsa_clear(&key);
    }
}
END_TEST

/* A half of a good proof, replaced. */
START_TEST(ranges)
{
    const enum eckey_curve curve = _i ? ECKEY_P256 : ECKEY_SECP256K1;
    const char *const values[] = { ZERO,
                                   ONE,
                                   K1_LAST,
                                   P256_LAST,
                                   ORDER_K1,
                                   ORDER_P256,
                                   "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" };
    uint8_t scalar[32] = { 1, 2, 3 }, proof[64], changed[64];
    struct ecdsa_key key;
    ck_assert_int_eq(make(&key, curve, scalar), USERSIG_OK);
    ck_assert_int_eq(ecdsa_sign(&key, "text", 4, proof), USERSIG_OK);
    for (int half = 0; half < 64; half += 32)
        for (int i = 0; i < UNIT_ROWS(values); i++) {
            memcpy(changed, proof, 64);
            from_hex(changed + half, 32, values[i]);
            ck_assert_int_eq(ecdsa_verify(&key, "text", 4, changed), USERSIG_WRONG_KEY);
        }
    memset(changed, 0, sizeof changed);
    ck_assert_int_eq(ecdsa_verify(&key, "text", 4, changed), USERSIG_WRONG_KEY);
    memcpy(changed, proof + 32, 32); /* r and s changed over */
    memcpy(changed + 32, proof, 32);
    ck_assert_int_eq(ecdsa_verify(&key, "text", 4, changed), USERSIG_WRONG_KEY);
    ecdsa_clear(&key);
}
END_TEST

/* order - s, which holds exactly when s does */
static void other_s(uint8_t proof[static 64], const char *order)
{
    uint8_t n[32];
    int borrow = 0;
    from_hex(n, 32, order);
    for (int i = 31; i >= 0; i--) {
        int digit = n[i] - proof[32 + i] - borrow;
        borrow = digit < 0;
        proof[32 + i] = (uint8_t)digit;
    }
}

START_TEST(against_openssl)
{
    const enum eckey_curve curve = _i ? ECKEY_P256 : ECKEY_SECP256K1;
    unit_seed();
    for (int round = 0; round < 60; round++) {
        uint8_t scalar[32], proof[64], again[64], text[200];
        struct ecdsa_key key;
        size_t len = unit_below(sizeof text);
        unit_fill(scalar, sizeof scalar);
        unit_fill(text, sizeof text);
        memset(scalar, 0, unit_below(3) ? 1 : 20 + unit_below(12)); /* in range; some short ones */
        scalar[31] |= 1;
        ck_assert_int_eq(make(&key, curve, scalar), USERSIG_OK);
        EC_KEY *theirs = craft_key(_i ? NID_X9_62_prime256v1 : NID_secp256k1, scalar);
        ck_assert_int_eq(ecdsa_sign(&key, text, len, proof), USERSIG_OK);
        ck_assert_int_eq(ecdsa_sign(&key, text, len, again), USERSIG_OK);
        ck_assert_mem_eq(proof, again, sizeof proof);
        ck_assert(craft_verify(theirs, text, len, proof));
        ck_assert(curve == ECKEY_P256 || proof[32] < 0x80); /* low */
        other_s(proof, _i ? ORDER_P256 : ORDER_K1);
        ck_assert_int_eq(ecdsa_verify(&key, text, len, proof), USERSIG_OK);
        proof[unit_below(64)] ^= (uint8_t)(1 + unit_below(255));
        ck_assert_int_eq(ecdsa_verify(&key, text, len, proof), USERSIG_WRONG_KEY);
        EC_KEY_free(theirs);
        ecdsa_clear(&key);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, vector, 0, UNIT_ROWS(vectors));
    tcase_add_loop_test(tests, scalar_row, 0, UNIT_ROWS(scalars));
    tcase_add_loop_test(tests, ranges, 0, 2);
    tcase_add_loop_test(tests, against_openssl, 0, 2);
}

int main(void)
{
    return sodium_init() < 0 ? 99 : unit_run("ecdsa", fill);
}
