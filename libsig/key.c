/* key.c: makes and destroys keys. They live between libsodium's guard pages, locked, read-only, out of core files. */
#include "key.h"

#include <sodium.h>

#define SECRET_MAX 4096 /* bytes; the console's keys have 64 */

int usersig_key_hmac(usersig_key **key, const void *secret, size_t len)
{
    if (!key || !secret)
        return USERSIG_ERR_ARGUMENT;
    *key = NULL;
    if (len == 0 || len > SECRET_MAX)
        return USERSIG_ERR_KEY;
    if (sodium_init() < 0)
        return USERSIG_ERR_CRYPTO;
    usersig_key *made = sodium_malloc(sizeof *made);
    if (!made)
        return USERSIG_ERR_MEMORY;
    made->version = 2;
    if (!hmac_init(&made->hmac, secret, len)) {
        sodium_free(made);
        return USERSIG_ERR_CRYPTO;
    }
    sodium_mprotect_readonly(made);
    *key = made;
    return USERSIG_OK;
}

void usersig_key_free(usersig_key *key)
{
    sodium_free(key); /* wipes; takes NULL */
}
