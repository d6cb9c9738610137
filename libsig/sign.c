/* sign.c: prove + encode. */
#include "usersig.h"

int usersig_sign(const usersig_key *key, const struct usersig_claims *claims, char *out, size_t out_size,
                 size_t *out_len)
{
    uint8_t proof[USERSIG_PROOF_MAX];
    size_t proof_len;
    if (!key || !claims || !out_len || (!out && out_size))
        return USERSIG_ERR_ARGUMENT;
    *out_len = 0;
    int error = usersig_prove(key, claims, proof, &proof_len);
    if (error)
        return error;
    if (claims->version)
        return usersig_encode(claims, proof, proof_len, out, out_size, out_len);
    struct usersig_claims versioned = *claims;
    versioned.version = usersig_key_version(key);
    return usersig_encode(&versioned, proof, proof_len, out, out_size, out_len);
}
