/* ecdsa.h: ECDSA with SHA-256 over secp256k1 and P-256; proofs are r || s, nonces by RFC 6979. */
#ifndef LIBSIG_ECDSA_H
#define LIBSIG_ECDSA_H

#include "eckey.h"

#define ECDSA_LEN 64
#define ECDSA_HASH_LEN 32

/* Lives in guarded memory; ecdsa_clear before that is given back. */
struct ecdsa_key {
    _Alignas(
        16) unsigned char context[512]; /* libsecp256k1's for signing, blinded: it has 208 bytes in 0.2 */
    enum eckey_curve curve;
    bool is_private;
    uint8_t scalar[ECKEY_SCALAR_LEN];
    unsigned char point[64]; /* libsecp256k1's form of the public key */
    void *openssl;           /* OpenSSL's, where it does the work; public parts alone */
};

/* *key must be zero. OK; ERR_KEY: the scalar is out of range, the point is not on the curve or not the scalar's;
 * ERR_CRYPTO. */
int ecdsa_init(struct ecdsa_key *key, const struct eckey *from);
void ecdsa_clear(struct ecdsa_key *key);

/* OK; ERR_KEY for a public key; ERR_CRYPTO. */
int ecdsa_sign(const struct ecdsa_key *key, const void *text, size_t len, uint8_t proof[static ECDSA_LEN]);

/* OK; WRONG_KEY; ERR_CRYPTO. High and low s are the same proof. */
int ecdsa_verify(const struct ecdsa_key *key, const void *text, size_t len,
                 const uint8_t proof[static ECDSA_LEN]);

/* ---- the two curves, by files of their own; the same results ---- */

int ecdsa_secp256k1_init(struct ecdsa_key *key, const struct eckey *from);
int ecdsa_secp256k1_sign(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                         uint8_t proof[static ECDSA_LEN]); /* low s, as libsecp256k1 makes it */
int ecdsa_secp256k1_verify(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                           const uint8_t proof[static ECDSA_LEN]);

int ecdsa_openssl_init(struct ecdsa_key *key, const struct eckey *from);
int ecdsa_openssl_sign(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                       uint8_t proof[static ECDSA_LEN]);
int ecdsa_openssl_verify(const struct ecdsa_key *key, const uint8_t hash[static ECDSA_HASH_LEN],
                         const uint8_t proof[static ECDSA_LEN]);
void ecdsa_openssl_clear(struct ecdsa_key *key);

#endif
