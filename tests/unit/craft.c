/* craft.c: usersigs of any content, good or bad, made without libsig's own writers. */
#define OPENSSL_SUPPRESS_DEPRECATED /* EC_KEY is the short way to a key of a given scalar */
#include "craft.h"
#include "unit.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <string.h>
#include <zlib.h>

size_t craft_zlib(uint8_t out[static CRAFT_MAX], const void *in, size_t len, int level)
{
    uLongf out_len = CRAFT_MAX;
    int result = compress2(out, &out_len, in, (uLong)len, level);
    unit_assert(result == Z_OK, "compress2: %d", result);
    return out_len;
}

size_t craft_base64(char out[static CRAFT_MAX], const void *in, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    const uint8_t *bytes = in;
    size_t n = 0;
    unit_assert((len + 2) / 3 * 4 < CRAFT_MAX, "%zu bytes", len);
    for (size_t bit = 0; bit < len * 8; bit += 6) {
        unsigned value = (unsigned)bytes[bit / 8] << 8;
        if (bit / 8 + 1 < len)
            value |= bytes[bit / 8 + 1];
        out[n++] = digits[value >> (10 - bit % 8) & 63];
    }
    while (n % 4)
        out[n++] = '_';
    out[n] = '\0';
    return n;
}

size_t craft_pack(char out[static CRAFT_MAX], const void *json, size_t len)
{
    uint8_t packed[CRAFT_MAX];
    return craft_base64(out, packed, craft_zlib(packed, json, len, 9));
}

void craft_proof(uint8_t proof[static 32], const char *key, const struct usersig_claims *claims)
{
    char text[USERSIG_SIGNED_TEXT_MAX];
    size_t len;
    unsigned proof_len = 0;
    ck_assert_int_eq(usersig_claims_text(claims, text, sizeof text, &len), USERSIG_OK);
    ck_assert_ptr_nonnull(
        HMAC(EVP_sha256(), key, (int)strlen(key), (const uint8_t *)text, len, proof, &proof_len));
    ck_assert_uint_eq(proof_len, 32);
}

size_t craft_usersig(char out[static CRAFT_MAX], const char *key, const struct usersig_claims *claims)
{
    uint8_t proof[32];
    size_t len;
    craft_proof(proof, key, claims);
    ck_assert_int_eq(usersig_encode(claims, proof, sizeof proof, out, CRAFT_MAX, &len), USERSIG_OK);
    return len;
}

EC_KEY *craft_key(int nid, const uint8_t scalar[static 32])
{
    EC_KEY *key = EC_KEY_new_by_curve_name(nid);
    BIGNUM *number = BN_bin2bn(scalar, 32, NULL);
    ck_assert_msg(key && number, "no curve %d", nid);
    EC_POINT *point = EC_POINT_new(EC_KEY_get0_group(key));
    ck_assert(point && EC_POINT_mul(EC_KEY_get0_group(key), point, number, NULL, NULL, NULL) &&
              EC_KEY_set_private_key(key, number) && EC_KEY_set_public_key(key, point));
    EC_POINT_free(point);
    BN_free(number);
    return key;
}

size_t craft_pem(char out[static CRAFT_MAX], EC_KEY *key, enum craft_form form)
{
    BIO *bio = BIO_new(BIO_s_mem());
    EVP_PKEY *pkey = EVP_PKEY_new();
    ck_assert(bio && pkey && EVP_PKEY_set1_EC_KEY(pkey, key));
    int ok = form == CRAFT_SEC1    ? PEM_write_bio_ECPrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
             : form == CRAFT_PKCS8 ? PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
                                   : PEM_write_bio_PUBKEY(bio, pkey);
    ck_assert_int_eq(ok, 1);
    int len = BIO_read(bio, out, CRAFT_MAX - 1);
    ck_assert_int_gt(len, 0);
    out[len] = '\0';
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return (size_t)len;
}

bool craft_verify(EC_KEY *key, const void *text, size_t len, const uint8_t proof[static 64])
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    ECDSA_SIG *signature = ECDSA_SIG_new();
    ck_assert(signature &&
              ECDSA_SIG_set0(signature, BN_bin2bn(proof, 32, NULL), BN_bin2bn(proof + 32, 32, NULL)));
    SHA256(text, len, hash);
    int said = ECDSA_do_verify(hash, sizeof hash, signature, key);
    ECDSA_SIG_free(signature);
    return said == 1;
}
