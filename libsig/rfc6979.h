/* rfc6979.h: nonces of RFC 6979 section 3.2, for orders of 256 bits and HMAC-SHA256. */
#ifndef LIBSIG_RFC6979_H
#define LIBSIG_RFC6979_H

#include "hmac.h"

struct rfc6979 {
    uint8_t k[HMAC_LEN], v[HMAC_LEN];
    bool used;
};

/* scalar: the private key; hash: the message's, reduced by the order. Wipe *state when done. */
bool rfc6979_begin(struct rfc6979 *state, const uint8_t scalar[static 32], const uint8_t hash[static 32]);

/* The next candidate, which may be zero or not below the order: then ask again. */
bool rfc6979_next(struct rfc6979 *state, uint8_t nonce[static 32]);

#endif
