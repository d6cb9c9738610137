/* hmac.c: HMAC-SHA256 (RFC 2104) from midstates. */
#include "hmac.h"

#include <sodium.h>
#include <string.h>

bool hmac_init(struct hmac_key *key, const void *secret, size_t len)
{
    uint8_t block[SHA256_CBLOCK] = { 0 };
    SHA256_CTX digest;
    bool ok = true;

    if (len > sizeof block)
        ok = SHA256_Init(&digest) && SHA256_Update(&digest, secret, len) && SHA256_Final(block, &digest);
    else
        memcpy(block, secret, len);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    ok = ok && SHA256_Init(&key->inner) && SHA256_Update(&key->inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5C;
    ok = ok && SHA256_Init(&key->outer) && SHA256_Update(&key->outer, block, sizeof block);
    sodium_memzero(block, sizeof block);
    sodium_memzero(&digest, sizeof digest);
    return ok;
}

bool hmac_compute(const struct hmac_key *key, const void *text, size_t len, uint8_t mac[static HMAC_LEN])
{
    SHA256_CTX digest = key->inner;
    bool ok = SHA256_Update(&digest, text, len) && SHA256_Final(mac, &digest);
    digest = key->outer;
    ok = ok && SHA256_Update(&digest, mac, HMAC_LEN) && SHA256_Final(mac, &digest);
    sodium_memzero(&digest, sizeof digest);
    return ok;
}
