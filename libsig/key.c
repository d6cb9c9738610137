/* key.c: makes and destroys keys. They live between libsodium's guard pages, locked, read-only, out of core files. */
#include "key.h"

#include <sodium.h>
#include <string.h>

#define SECRET_MAX 4096 /* bytes; the console's keys have 64 */
#define PEM_MAX 16384   /* bytes; the longest form has 600 */

static usersig_key *new_key(int version)
{
    usersig_key *made = sodium_malloc(sizeof *made);
    if (made) {
        memset(made, 0, sizeof *made);
        made->version = version;
    }
    return made;
}

int usersig_key_hmac(usersig_key **key, const void *secret, size_t len)
{
    if (!key || !secret)
        return USERSIG_ERR_ARGUMENT;
    *key = NULL;
    if (len == 0 || len > SECRET_MAX)
        return USERSIG_ERR_KEY;
    if (sodium_init() < 0)
        return USERSIG_ERR_CRYPTO;
    usersig_key *made = new_key(2);
    if (!made)
        return USERSIG_ERR_MEMORY;
    if (!hmac_init(&made->hmac, secret, len)) {
        sodium_free(made);
        return USERSIG_ERR_CRYPTO;
    }
    sodium_mprotect_readonly(made);
    *key = made;
    return USERSIG_OK;
}

/* What a PEM goes through on its way to a key. */
struct steps {
    struct pem pem;
    struct eckey eckey;
};

int usersig_key_pem(usersig_key **key, const char *pem, size_t len)
{
    if (!key || !pem)
        return USERSIG_ERR_ARGUMENT;
    *key = NULL;
    if (len == 0 || len > PEM_MAX)
        return USERSIG_ERR_KEY;
    if (sodium_init() < 0)
        return USERSIG_ERR_CRYPTO;
    struct steps *steps = sodium_malloc(sizeof *steps);
    usersig_key *made = new_key(1);
    int error = USERSIG_ERR_MEMORY;
    if (steps && made)
        error = pem_read(&steps->pem, pem, len) && eckey_read(&steps->eckey, &steps->pem)
                    ? ecdsa_init(&made->ecdsa, &steps->eckey)
                    : USERSIG_ERR_KEY;
    sodium_free(steps); /* wipes */
    if (error) {
        sodium_free(made);
        return error;
    }
    sodium_mprotect_readonly(made);
    *key = made;
    return USERSIG_OK;
}

int usersig_key_version(const usersig_key *key)
{
    return key ? key->version : 0;
}

void usersig_key_free(usersig_key *key)
{
    if (key && key->version == 1)
        ecdsa_clear(&key->ecdsa);
    sodium_free(key); /* wipes; takes NULL */
}
