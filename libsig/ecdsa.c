/* ecdsa.c: ECDSA with SHA-256: hashes the text, refuses r and s out of range, and leaves the rest to the curve. */
#include "ecdsa.h"

#include "hmac.h"
#include "usersig.h"

#include <sodium.h>
#include <string.h>

/* The one-shot SHA256() takes a context from the heap. */
static bool hash_of(const void *text, size_t len, uint8_t hash[static ECDSA_HASH_LEN])
{
    SHA256_CTX digest;
    return SHA256_Init(&digest) && SHA256_Update(&digest, text, len) && SHA256_Final(hash, &digest);
}

/* Is value from 1 to the curve's order - 1? Big-endian. In constant time, since a private scalar is asked too. */
static bool is_in_range(enum eckey_curve curve, const uint8_t value[static 32])
{
    static const uint8_t orders[][32] = {
        [ECKEY_SECP256K1] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                              0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48,
                              0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41 },
        [ECKEY_P256] = { 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                         0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                         0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51 },
    };
    unsigned borrow = 0;
    for (size_t i = 32; i-- > 0;)
        borrow = ((unsigned)value[i] - orders[curve][i] - borrow) >> 8 & 1;
    return borrow && !sodium_is_zero(value, 32);
}

int ecdsa_init(struct ecdsa_key *key, const struct eckey *from)
{
    if (from->has_scalar && !is_in_range(from->curve, from->scalar))
        return USERSIG_ERR_KEY;
    key->curve = from->curve;
    key->is_private = from->has_scalar;
    memcpy(key->scalar, from->scalar, sizeof key->scalar);
    return key->curve == ECKEY_SECP256K1 ? ecdsa_secp256k1_init(key, from) : ecdsa_openssl_init(key, from);
}

void ecdsa_clear(struct ecdsa_key *key)
{
    ecdsa_openssl_clear(key);
}

int ecdsa_sign(const struct ecdsa_key *key, const void *text, size_t len, uint8_t proof[static ECDSA_LEN])
{
    uint8_t hash[ECDSA_HASH_LEN];
    if (!key->is_private)
        return USERSIG_ERR_KEY;
    if (!hash_of(text, len, hash))
        return USERSIG_ERR_CRYPTO;
    return key->curve == ECKEY_SECP256K1 ? ecdsa_secp256k1_sign(key, hash, proof)
                                         : ecdsa_openssl_sign(key, hash, proof);
}

int ecdsa_verify(const struct ecdsa_key *key, const void *text, size_t len,
                 const uint8_t proof[static ECDSA_LEN])
{
    uint8_t hash[ECDSA_HASH_LEN];
    if (!is_in_range(key->curve, proof) || !is_in_range(key->curve, proof + ECDSA_LEN / 2))
        return USERSIG_WRONG_KEY;
    if (!hash_of(text, len, hash))
        return USERSIG_ERR_CRYPTO;
    return key->curve == ECKEY_SECP256K1 ? ecdsa_secp256k1_verify(key, hash, proof)
                                         : ecdsa_openssl_verify(key, hash, proof);
}
