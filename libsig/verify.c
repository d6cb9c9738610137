/* verify.c: decode + check. */
#include "usersig.h"

#include "claims.h"
#include "scratch.h"

#include <string.h>

int usersig_verify(const usersig_key *const *keys, size_t n_keys, const char *text, size_t len,
                   const struct usersig_expect *expect, uint64_t now, struct usersig_ticket *ticket,
                   size_t *which_key)
{
    struct usersig_ticket unasked SCRATCH;
    size_t which = SIZE_MAX;
    if (!ticket)
        ticket = &unasked;
    memset(ticket, 0, sizeof *ticket);
    if (which_key)
        *which_key = SIZE_MAX;
    if ((!keys && n_keys) || !text || claims_expect_ok(expect))
        return USERSIG_ERR_ARGUMENT;
    for (size_t i = 0; i < n_keys; i++) /* before decode: a caller's bug does not hide behind bad data */
        if (!keys[i])
            return USERSIG_ERR_ARGUMENT;
    int verdict = usersig_decode(ticket, text, len);
    if (verdict)
        return verdict;
    verdict =
        usersig_check(keys, n_keys, &ticket->claims, ticket->proof, ticket->proof_len, expect, now, &which);
    if (which == SIZE_MAX)
        memset(ticket, 0, sizeof *ticket); /* nobody gets to see unproven claims */
    if (which_key)
        *which_key = which;
    return verdict;
}
