/* fuzz_pem.c: text that usersig_key_pem takes is a key: what a private one signs it verifies, a public one signs not. */
#include "fuzz.h"

#include "usersig.h"

static const struct usersig_claims claims = { .sdkappid = 1400000001,
                                              .issued_at = 1700000000,
                                              .lifetime = 3600,
                                              .identifier_len = 5,
                                              .identifier = "alice" };

static void use(const usersig_key *key)
{
    char text[USERSIG_ENCODED_MAX], again[USERSIG_ENCODED_MAX];
    struct usersig_ticket ticket;
    size_t len, len_again, which;
    FUZZ_MUST(usersig_key_version(key) == 1);
    int got = usersig_sign(key, &claims, text, sizeof text, &len);
    if (got == USERSIG_ERR_KEY)
        return; /* public */
    FUZZ_MUST(got == USERSIG_OK && strlen(text) == len);
    FUZZ_MUST(usersig_sign(key, &claims, again, sizeof again, &len_again) == USERSIG_OK);
    FUZZ_MUST(len == len_again && memcmp(text, again, len) == 0);
    FUZZ_MUST(usersig_verify(&key, 1, text, len, NULL, claims.issued_at, &ticket, &which) == USERSIG_OK);
    FUZZ_MUST(which == 0 && strcmp(ticket.claims.identifier, claims.identifier) == 0);
    ticket.proof[31] ^= 1;
    got = usersig_check(&key, 1, &ticket.claims, ticket.proof, ticket.proof_len, NULL, claims.issued_at,
                        &which);
    FUZZ_MUST(got == USERSIG_WRONG_KEY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    usersig_key *key;
    char *pem = fuzz_copy(data, size);
    int got = usersig_key_pem(&key, pem, size);
    free(pem);
    FUZZ_MUST(got == USERSIG_OK || got == USERSIG_ERR_KEY);
    FUZZ_MUST((got == USERSIG_OK) == (key != NULL));
    if (key)
        use(key);
    usersig_key_free(key);
    return 0;
}
