/* ecdsa_openssl.c: P-256 by OpenSSL, and secp256k1 where libsecp256k1 is left out.
 *
 * OpenSSL 3.0 has no deterministic nonces, so k is made here (RFC 6979) and given to ECDSA_do_sign_ex as r and 1/k. All
 * that touches k and the private scalar is of OpenSSL's constant-time kind: EC_POINT_mul by the generator, a Montgomery
 * power for the inverse, and its own arithmetic for s. The key keeps the scalar in guarded memory; OpenSSL's copies of
 * it and of k live on the heap for one call, and every one of them is cleared. */
#define OPENSSL_SUPPRESS_DEPRECATED /* EC_KEY and ECDSA_*: EVP keeps a private key on the heap for good */
#include "ecdsa.h"

#include "rfc6979.h"
#include "usersig.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <sodium.h>
#include <string.h>

static BIGNUM *secret_number(const uint8_t bytes[static 32])
{
    BIGNUM *number = BN_bin2bn(bytes, 32, NULL);
    if (number)
        BN_set_flags(number, BN_FLG_CONSTTIME);
    return number;
}

/* generator * scalar, or NULL */
static EC_POINT *multiply(const EC_GROUP *group, const BIGNUM *scalar, BN_CTX *scratch)
{
    EC_POINT *point = EC_POINT_new(group);
    if (point && EC_POINT_mul(group, point, scalar, NULL, NULL, scratch))
        return point;
    EC_POINT_clear_free(point);
    return NULL;
}

/* Why OpenSSL has not taken a point: ERR_KEY for what is wrong with it, ERR_CRYPTO for all else, such as no memory. */
static int point_error(void)
{
    unsigned long error = ERR_peek_last_error();
    switch (ERR_GET_LIB(error) == ERR_LIB_EC ? ERR_GET_REASON(error)
                                             : 0) { /* other libraries, other numbers */
    case EC_R_POINT_IS_NOT_ON_CURVE:
    case EC_R_INVALID_ENCODING:
    case EC_R_INVALID_COMPRESSED_POINT:
    case EC_R_INVALID_COMPRESSION_BIT: return USERSIG_ERR_KEY;
    default: return USERSIG_ERR_CRYPTO;
    }
}

/* Not its own public point: the scalar's, where there is one. */
static int set_point(EC_KEY *made, const struct ecdsa_key *key, const struct eckey *from, BN_CTX *scratch)
{
    const EC_GROUP *group = EC_KEY_get0_group(made);
    EC_POINT *given = EC_POINT_new(group), *derived = NULL;
    BIGNUM *scalar = key->is_private ? secret_number(key->scalar) : NULL;
    int error = USERSIG_ERR_CRYPTO;

    if (!given || (key->is_private && (!scalar || !(derived = multiply(group, scalar, scratch)))))
        goto done;
    if (from->point_len && !EC_POINT_oct2point(group, given, from->point, from->point_len, scratch)) {
        error = point_error(); /* one 33 or 65 bytes long is never the point at infinity */
        goto done;
    }
    int differ = from->point_len && derived ? EC_POINT_cmp(group, given, derived, scratch) : 0;
    if (differ) {
        error = differ > 0 ? USERSIG_ERR_KEY : USERSIG_ERR_CRYPTO;
        goto done;
    }
    error = EC_KEY_set_public_key(made, derived ? derived : given) ? USERSIG_OK : USERSIG_ERR_CRYPTO;
done:
    BN_clear_free(scalar);
    EC_POINT_clear_free(derived);
    EC_POINT_free(given);
    return error;
}

int ecdsa_openssl_init(struct ecdsa_key *key, const struct eckey *from)
{
    ERR_set_mark();
    BN_CTX *scratch = BN_CTX_new();
    EC_KEY *made = EC_KEY_new_by_curve_name(key->curve == ECKEY_P256 ? NID_X9_62_prime256v1 : NID_secp256k1);
    int error = scratch && made ? set_point(made, key, from, scratch) : USERSIG_ERR_CRYPTO;
    BN_CTX_free(scratch);
    if (error)
        EC_KEY_free(made);
    else
        key->openssl = made;
    ERR_pop_to_mark();
    return error;
}

void ecdsa_openssl_clear(struct ecdsa_key *key)
{
    EC_KEY_free(key->openssl);
}

/* The message's hash modulo the order, as RFC 6979 wants it. */
static bool reduce_hash(uint8_t out[static 32], const uint8_t hash[static ECDSA_HASH_LEN],
                        const BIGNUM *order, BN_CTX *scratch)
{
    BIGNUM *number = BN_bin2bn(hash, ECDSA_HASH_LEN, NULL);
    bool ok = number && BN_nnmod(number, number, order, scratch) && BN_bn2binpad(number, out, 32) == 32;
    BN_free(number);
    return ok;
}

/* A nonce k from 1 to order - 1, or NULL. That one is refused tells nothing of the next. */
static BIGNUM *next_nonce(struct rfc6979 *state, const BIGNUM *order)
{
    uint8_t bytes[32];
    BIGNUM *nonce = NULL;
    do {
        BN_clear_free(nonce);
        nonce = rfc6979_next(state, bytes) ? secret_number(bytes) : NULL;
    } while (nonce && (BN_is_zero(nonce) || BN_cmp(nonce, order) >= 0));
    sodium_memzero(bytes, sizeof bytes);
    return nonce;
}

/* r, the x of k times the generator, and 1/k, by Fermat: k^(order - 2). */
static bool halves_of(const EC_GROUP *group, const BIGNUM *nonce, BIGNUM *r, BIGNUM *inverse, BN_CTX *scratch)
{
    const BIGNUM *order = EC_GROUP_get0_order(group);
    EC_POINT *point = multiply(group, nonce, scratch);
    BIGNUM *power = BN_dup(order);
    bool ok = point && power && EC_POINT_get_affine_coordinates(group, point, r, NULL, scratch) &&
              BN_nnmod(r, r, order, scratch) && BN_sub_word(power, 2) &&
              BN_mod_exp_mont_consttime(inverse, nonce, power, order, scratch, NULL);
    EC_POINT_clear_free(point);
    BN_free(power);
    return ok;
}

/* secp256k1's s is the lower of s and order - s, as libsecp256k1 has it; P-256's is as RFC 6979 gives it. */
static bool write_proof(uint8_t proof[static ECDSA_LEN], const ECDSA_SIG *signature, const BIGNUM *order,
                        bool low_s)
{
    BIGNUM *s = BN_dup(ECDSA_SIG_get0_s(signature)), *other = BN_new();
    bool ok = s && other && BN_sub(other, order, s);
    if (ok && low_s && BN_cmp(other, s) < 0)
        BN_swap(s, other);
    ok = ok && BN_bn2binpad(ECDSA_SIG_get0_r(signature), proof, 32) == 32 &&
         BN_bn2binpad(s, proof + 32, 32) == 32;
    BN_free(s);
    BN_free(other);
    return ok;
}

static bool sign(EC_KEY *signer, const struct ecdsa_key *key, const uint8_t *hash, uint8_t *proof,
                 BN_CTX *scratch)
{
    const EC_GROUP *group = EC_KEY_get0_group(signer);
    const BIGNUM *order = EC_GROUP_get0_order(group);
    BIGNUM *r = BN_new(), *inverse = BN_new(), *nonce = NULL, *scalar = secret_number(key->scalar);
    ECDSA_SIG *signature = NULL;
    struct rfc6979 state;
    uint8_t reduced[32];

    bool ok = r && inverse && scalar && EC_KEY_set_private_key(signer, scalar) &&
              reduce_hash(reduced, hash, order, scratch) && rfc6979_begin(&state, key->scalar, reduced) &&
              (nonce = next_nonce(&state, order)) && halves_of(group, nonce, r, inverse, scratch) &&
              !BN_is_zero(r) /* 1 in 2^256 */ &&
              (signature = ECDSA_do_sign_ex(hash, ECDSA_HASH_LEN, inverse, r, signer)) &&
              write_proof(proof, signature, order, key->curve == ECKEY_SECP256K1);
    sodium_memzero(&state, sizeof state);
    BN_clear_free(nonce);
    BN_clear_free(inverse);
    BN_clear_free(scalar);
    BN_free(r);
    ECDSA_SIG_free(signature);
    return ok;
}

int ecdsa_openssl_sign(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                       uint8_t proof[static ECDSA_LEN])
{
    ERR_set_mark();
    BN_CTX *scratch = BN_CTX_new();
    EC_KEY *signer = EC_KEY_dup(key->openssl); /* its own, since the scalar goes into it for this call */
    bool ok = scratch && signer && sign(signer, key, hash, proof, scratch);
    EC_KEY_free(signer);
    BN_CTX_free(scratch);
    ERR_pop_to_mark();
    return ok ? USERSIG_OK : USERSIG_ERR_CRYPTO;
}

int ecdsa_openssl_verify(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                         const uint8_t proof[static ECDSA_LEN])
{
    ERR_set_mark();
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(proof, 32, NULL), *s = BN_bin2bn(proof + 32, 32, NULL);
    int said = -1;
    if (signature && r && s && ECDSA_SIG_set0(signature, r, s)) {
        r = s = NULL; /* the signature's now */
        said = ECDSA_do_verify(hash, ECDSA_HASH_LEN, signature, key->openssl);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    ERR_pop_to_mark();
    return said == 1 ? USERSIG_OK : said == 0 ? USERSIG_WRONG_KEY : USERSIG_ERR_CRYPTO;
}
