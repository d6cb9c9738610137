/* ecdsa_secp256k1.c: the curve secp256k1, by libsecp256k1 without the heap; configure --without-secp256k1: by OpenSSL,
 * ten times slower. */
#include "ecdsa.h"

#include "usersig.h"

#ifdef WITH_SECP256K1

#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <sodium.h>
#include <string.h>

/* The context that signs is in the key's own memory: it is blinded with a random value, which is a secret too. What is
 * public goes by libsecp256k1's static context. */
static int derive_point(struct ecdsa_key *key, secp256k1_pubkey *point)
{
    unsigned char seed[32];
    if (secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) > sizeof key->context)
        return USERSIG_ERR_CRYPTO;
    secp256k1_context *context = secp256k1_context_preallocated_create(key->context, SECP256K1_CONTEXT_NONE);
    randombytes_buf(seed, sizeof seed);
    bool ok =
        secp256k1_context_randomize(context, seed) && secp256k1_ec_pubkey_create(context, point, key->scalar);
    sodium_memzero(seed, sizeof seed);
    return ok ? USERSIG_OK : USERSIG_ERR_CRYPTO;
}

int ecdsa_secp256k1_init(struct ecdsa_key *key, const struct eckey *from)
{
    const secp256k1_context *context = secp256k1_context_static;
    secp256k1_pubkey derived, given;
    secp256k1_selftest(); /* what the static context leaves to its user; ends the process where it fails */
    if (from->point_len && !secp256k1_ec_pubkey_parse(context, &given, from->point, from->point_len))
        return USERSIG_ERR_KEY;
    if (key->is_private) {
        int error = derive_point(key, &derived);
        if (error)
            return error;
        if (from->point_len && secp256k1_ec_pubkey_cmp(context, &derived, &given) != 0)
            return USERSIG_ERR_KEY;
        given = derived;
    }
    _Static_assert(sizeof given == sizeof key->point, "libsecp256k1's public key");
    memcpy(key->point, &given, sizeof given);
    return USERSIG_OK;
}

int ecdsa_secp256k1_sign(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                         uint8_t proof[static ECDSA_LEN])
{
    const secp256k1_context *context = (const secp256k1_context *)(const void *)key->context;
    secp256k1_ecdsa_signature signature;
    if (!secp256k1_ecdsa_sign(context, &signature, hash, key->scalar, secp256k1_nonce_function_rfc6979, NULL))
        return USERSIG_ERR_CRYPTO;
    secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, proof, &signature);
    return USERSIG_OK;
}

int ecdsa_secp256k1_verify(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                           const uint8_t proof[static ECDSA_LEN])
{
    const secp256k1_context *context = secp256k1_context_static;
    secp256k1_ecdsa_signature signature;
    secp256k1_pubkey point;
    memcpy(&point, key->point, sizeof point);
    if (!secp256k1_ecdsa_signature_parse_compact(context, &signature, proof))
        return USERSIG_WRONG_KEY;
    secp256k1_ecdsa_signature_normalize(context, &signature, &signature); /* it takes low s alone */
    return secp256k1_ecdsa_verify(context, &signature, hash, &point) ? USERSIG_OK : USERSIG_WRONG_KEY;
}

#else

int ecdsa_secp256k1_init(struct ecdsa_key *key, const struct eckey *from)
{
    return ecdsa_openssl_init(key, from);
}

int ecdsa_secp256k1_sign(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                         uint8_t proof[static ECDSA_LEN])
{
    return ecdsa_openssl_sign(key, hash, proof);
}

int ecdsa_secp256k1_verify(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                           const uint8_t proof[static ECDSA_LEN])
{
    return ecdsa_openssl_verify(key, hash, proof);
}

#endif
