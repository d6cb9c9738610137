/* check.c: makes proofs and judges them. The key decides the algorithm, never the claims. */
#include "usersig.h"

#include "claims.h"
#include "key.h"
#include "scratch.h"

#include <sodium.h>

/* The proof of key over claims, whose form has been checked. */
static int proof_of(const usersig_key *key, const struct usersig_claims *claims,
                    uint8_t proof[static USERSIG_PROOF_MAX], size_t *proof_len)
{
    char text[USERSIG_SIGNED_TEXT_MAX] SCRATCH;
    size_t len;
    int error = usersig_claims_text(claims, text, sizeof text, &len);
    if (error)
        return error;
    if (key->version == 1)
        error = ecdsa_sign(&key->ecdsa, text, len, proof);
    else if (!hmac_compute(&key->hmac, text, len, proof))
        error = USERSIG_ERR_CRYPTO;
    if (!error)
        *proof_len = key->version == 1 ? ECDSA_LEN : HMAC_LEN;
    return error;
}

int usersig_prove(const usersig_key *key, const struct usersig_claims *claims,
                  uint8_t proof[USERSIG_PROOF_MAX], size_t *proof_len)
{
    if (!key || !claims || !proof || !proof_len)
        return USERSIG_ERR_ARGUMENT;
    *proof_len = 0;
    struct usersig_claims versioned;
    if (claims->version == 0) {
        versioned = *claims;
        versioned.version = key->version;
        claims = &versioned;
    }
    int error = claims_signable(claims);
    if (error)
        return error;
    if (claims->version != key->version)
        return USERSIG_WRONG_KEY_TYPE;
    return proof_of(key, claims, proof, proof_len);
}

static int check_mac(const usersig_key *key, const char *text, size_t len, const uint8_t *proof)
{
    uint8_t mac[HMAC_LEN];
    if (!hmac_compute(&key->hmac, text, len, mac))
        return USERSIG_ERR_CRYPTO;
    bool same = crypto_verify_32(mac, proof) == 0;
    sodium_memzero(mac, sizeof mac); /* the right proof for claims that had a wrong one */
    return same ? USERSIG_OK : USERSIG_WRONG_KEY;
}

/* Does proof hold under key, which is of the claims' version? OK, WRONG_KEY, MALFORMED, ERR_CRYPTO. */
static int check_with(const usersig_key *key, const struct usersig_claims *claims, const uint8_t *proof,
                      size_t proof_len)
{
    char text[USERSIG_SIGNED_TEXT_MAX] SCRATCH;
    size_t len;
    int error = usersig_claims_text(claims, text, sizeof text, &len);
    if (error)
        return error;
    if (proof_len != (key->version == 1 ? ECDSA_LEN : HMAC_LEN))
        return USERSIG_WRONG_KEY;
    return key->version == 1 ? ecdsa_verify(&key->ecdsa, text, len, proof) : check_mac(key, text, len, proof);
}

/* Looks for a key that proves the claims: OK with its index, WRONG_KEY_TYPE, WRONG_KEY, ERR_*. */
static int find_key(const usersig_key *const *keys, size_t n_keys, const struct usersig_claims *claims,
                    const uint8_t *proof, size_t proof_len, size_t *which_key)
{
    int verdict = USERSIG_WRONG_KEY_TYPE;
    for (size_t i = 0; i < n_keys; i++) {
        if (keys[i]->version != claims->version)
            continue;
        verdict = check_with(keys[i], claims, proof, proof_len);
        if (verdict == USERSIG_OK)
            *which_key = i;
        if (verdict != USERSIG_WRONG_KEY)
            return verdict;
    }
    return verdict;
}

int usersig_check(const usersig_key *const *keys, size_t n_keys, const struct usersig_claims *claims,
                  const uint8_t *proof, size_t proof_len, const struct usersig_expect *expect, uint64_t now,
                  size_t *which_key)
{
    size_t unasked;
    if (!which_key)
        which_key = &unasked;
    *which_key = SIZE_MAX;
    if ((!keys && n_keys) || !claims || !proof || claims_expect_ok(expect))
        return USERSIG_ERR_ARGUMENT;
    for (size_t i = 0; i < n_keys; i++)
        if (!keys[i])
            return USERSIG_ERR_ARGUMENT;
    int verdict = find_key(keys, n_keys, claims, proof, proof_len, which_key);
    return verdict ? verdict : claims_judge(claims, expect, now);
}
