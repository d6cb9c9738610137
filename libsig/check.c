/* check.c: makes proofs and judges them. The key decides the algorithm, never the claims. */
#include "usersig.h"

#include "claims.h"
#include "key.h"
#include "scratch.h"

#include <sodium.h>

/* The proof of key over claims, whose form has been checked. */
static int mac_of(const usersig_key *key, const struct usersig_claims *claims, uint8_t mac[static HMAC_LEN])
{
    char text[USERSIG_SIGNED_TEXT_MAX] SCRATCH;
    size_t len;
    int error = usersig_claims_text(claims, text, sizeof text, &len);
    if (!error && !hmac_compute(&key->hmac, text, len, mac))
        error = USERSIG_ERR_CRYPTO;
    return error;
}

int usersig_prove(const usersig_key *key, const struct usersig_claims *claims,
                  uint8_t proof[USERSIG_PROOF_MAX], size_t *proof_len)
{
    if (!key || !claims || !proof || !proof_len)
        return USERSIG_ERR_ARGUMENT;
    *proof_len = 0;
    int error = claims_signable(claims);
    if (error)
        return error;
    if (claims->version != 0 && claims->version != key->version)
        return USERSIG_WRONG_KEY_TYPE;
    if (claims->version == key->version) {
        error = mac_of(key, claims, proof);
    } else {
        struct usersig_claims versioned = *claims;
        versioned.version = key->version;
        error = mac_of(key, &versioned, proof);
    }
    if (!error)
        *proof_len = HMAC_LEN;
    return error;
}

/* Looks for a key that proves the claims: OK with its index, WRONG_KEY_TYPE, WRONG_KEY, ERR_*. */
static int find_key(const usersig_key *const *keys, size_t n_keys, const struct usersig_claims *claims,
                    const uint8_t *proof, size_t proof_len, size_t *which_key)
{
    int verdict = USERSIG_WRONG_KEY_TYPE;
    for (size_t i = 0; i < n_keys; i++) {
        uint8_t mac[HMAC_LEN];
        if (keys[i]->version != claims->version)
            continue;
        int error = mac_of(keys[i], claims, mac);
        if (error)
            return error;
        bool same = proof_len == sizeof mac && crypto_verify_32(mac, proof) == 0;
        sodium_memzero(mac, sizeof mac); /* the right proof for claims that had a wrong one */
        if (same) {
            *which_key = i;
            return USERSIG_OK;
        }
        verdict = USERSIG_WRONG_KEY;
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
