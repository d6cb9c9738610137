/* rfc6979.c: nonces of RFC 6979 section 3.2; the letters are the standard's. */
#include "rfc6979.h"

#include <sodium.h>
#include <string.h>

/* K = HMAC_K(V || tag || more), V = HMAC_K(V) */
static bool update(struct rfc6979 *state, uint8_t tag, const uint8_t *more, size_t len)
{
    uint8_t text[HMAC_LEN + 1 + 64];
    struct hmac_key key;
    memcpy(text, state->v, HMAC_LEN);
    text[HMAC_LEN] = tag;
    if (len)
        memcpy(text + HMAC_LEN + 1, more, len);
    bool ok = hmac_init(&key, state->k, sizeof state->k) &&
              hmac_compute(&key, text, HMAC_LEN + 1 + len, state->k) &&
              hmac_init(&key, state->k, sizeof state->k) && hmac_compute(&key, state->v, HMAC_LEN, state->v);
    sodium_memzero(&key, sizeof key);
    sodium_memzero(text, sizeof text);
    return ok;
}

bool rfc6979_begin(struct rfc6979 *state, const uint8_t scalar[static 32], const uint8_t hash[static 32])
{
    uint8_t seed[64];
    memset(state->k, 0, sizeof state->k);
    memset(state->v, 1, sizeof state->v);
    state->used = false;
    memcpy(seed, scalar, 32);
    memcpy(seed + 32, hash, 32);
    bool ok = update(state, 0, seed, sizeof seed) && update(state, 1, seed, sizeof seed);
    sodium_memzero(seed, sizeof seed);
    return ok;
}

bool rfc6979_next(struct rfc6979 *state, uint8_t nonce[static 32])
{
    struct hmac_key key;
    bool ok = (!state->used || update(state, 0, NULL, 0)) && hmac_init(&key, state->k, sizeof state->k) &&
              hmac_compute(&key, state->v, HMAC_LEN, state->v);
    if (ok)
        memcpy(nonce, state->v, HMAC_LEN);
    state->used = true;
    sodium_memzero(&key, sizeof key);
    return ok;
}
