/* diagnose.c: why a usersig is refused, or will be: the verdict of verify, and the cause behind it. */
#include "usersig_diagnose.h"

#include "hypothesis.h"
#include "textfault.h"

#include <string.h>

#define MAX_FUTURE 300u            /* seconds, where the caller asks for none */
#define MILLISECONDS 100000000000u /* as seconds this is the year 5138, as milliseconds 1973 */
#define NEAR_TIMES 4294967296u     /* as a time this is 2106, as milliseconds 49 days */
#define DAY_IN_MILLISECONDS 86400000u

/* ---- causes -------------------------------------------------------------------------------------- */

/* What is wrong with the times of proven claims, whatever the verdict says about them. */
static uint32_t cause_of_times(const struct usersig_claims *claims, const struct usersig_expect *expect,
                               uint64_t now, int verdict)
{
    uint64_t issued = claims->issued_at, lifetime = claims->lifetime;
    uint64_t max_future = expect && expect->max_future ? expect->max_future : MAX_FUTURE;
    if (issued >= MILLISECONDS)
        return USERSIG_CAUSE_ISSUED_MILLISECONDS;
    if (lifetime == 0)
        return USERSIG_CAUSE_LIFETIME_ZERO;
    if (verdict == USERSIG_EXPIRED)
        return USERSIG_CAUSE_EXPIRED;
    if (issued > now && issued - now > max_future)
        return USERSIG_CAUSE_ISSUED_FUTURE;
    /* whole days alone: a few hours in milliseconds are a good lifetime. First: 30 days so are a time in 2052 */
    if (lifetime % DAY_IN_MILLISECONDS == 0)
        return USERSIG_CAUSE_LIFETIME_MILLISECONDS;
    if (lifetime > USERSIG_LIFETIME_MAX && lifetime != INT32_MAX) /* that one means "without end" */
        return lifetime < NEAR_TIMES ? USERSIG_CAUSE_LIFETIME_ABSOLUTE : USERSIG_CAUSE_LIFETIME_MILLISECONDS;
    return USERSIG_CAUSE_NONE;
}

static uint32_t cause_of_userbuf(const struct usersig_claims *claims, const struct usersig_expect *expect)
{
    if (expect->userbuf_len == 0)
        return USERSIG_CAUSE_PRIVATE_MAP_KEY;
    return claims->userbuf_len == 0 ? USERSIG_CAUSE_NO_USERBUF : USERSIG_CAUSE_OTHER_USERBUF;
}

/* No key of the ticket's version. It decodes: verify has done that. */
static uint32_t cause_of_key_type(size_t n_keys, const char *text, size_t len)
{
    struct usersig_ticket ticket;
    if (n_keys == 0 || usersig_decode(&ticket, text, len))
        return USERSIG_CAUSE_NO_KEY;
    return ticket.claims.version == 1 ? USERSIG_CAUSE_V1_TICKET : USERSIG_CAUSE_V2_TICKET;
}

/* Some causes have a code of their own, or one that the verdict cannot know. */
static int rest_code(int verdict, uint32_t cause)
{
    switch (cause) {
    case USERSIG_CAUSE_EMPTY: return 70002;
    case USERSIG_CAUSE_V1_TICKET:
    case USERSIG_CAUSE_V2_TICKET:
    case USERSIG_CAUSE_PEM_AS_KEY: return 70009;
    case USERSIG_CAUSE_LIFETIME_ZERO: return 70001;
    default: return usersig_error_rest_code(verdict);
    }
}

/* ---- the calls ----------------------------------------------------------------------------------- */

int usersig_diagnose(const usersig_key *const *keys, size_t n_keys, const char *text, size_t len,
                     const struct usersig_expect *expect, uint64_t now, struct usersig_diagnosis *diagnosis)
{
    struct usersig_ticket ticket;
    uint32_t cause;
    if (!diagnosis)
        return USERSIG_ERR_ARGUMENT;
    memset(diagnosis, 0, sizeof *diagnosis);
    int verdict = usersig_verify(keys, n_keys, text, len, expect, now, &ticket, NULL);
    if (verdict != USERSIG_OK && verdict < USERSIG_MALFORMED)
        return verdict;
    switch (verdict) {
    case USERSIG_MALFORMED: cause = textfault_find(text, len); break;
    case USERSIG_WRONG_KEY_TYPE: cause = cause_of_key_type(n_keys, text, len); break;
    case USERSIG_WRONG_KEY: cause = USERSIG_CAUSE_OTHER_KEY; break;
    case USERSIG_WRONG_SDKAPPID: cause = USERSIG_CAUSE_OTHER_SDKAPPID; break;
    case USERSIG_WRONG_IDENTIFIER: cause = USERSIG_CAUSE_OTHER_IDENTIFIER; break;
    case USERSIG_WRONG_USERBUF: cause = cause_of_userbuf(&ticket.claims, expect); break;
    default: cause = cause_of_times(&ticket.claims, expect, now, verdict); break;
    }
    diagnosis->verdict = verdict;
    diagnosis->stage = ticket.stage;
    diagnosis->cause = cause;
    diagnosis->rest_code = rest_code(verdict, cause);
    return USERSIG_OK;
}

/* The proof does not match the key, or its kind: is it one of the usual mistakes? */
static int doubt_key(const char *secret, size_t secret_len, const char *text, size_t len,
                     struct usersig_diagnosis *diagnosis)
{
    struct usersig_ticket ticket;
    uint32_t cause;
    int error = usersig_decode(&ticket, text, len);
    if (!error)
        error = hypothesis_find(&cause, secret, secret_len, &ticket);
    if (!error && cause != USERSIG_CAUSE_NONE) {
        diagnosis->cause = cause;
        diagnosis->rest_code = rest_code(diagnosis->verdict, cause);
    }
    return error;
}

int usersig_diagnose_secret(const void *secret, size_t secret_len, const char *text, size_t len,
                            const struct usersig_expect *expect, uint64_t now,
                            struct usersig_diagnosis *diagnosis)
{
    usersig_key *key = NULL;
    if (!secret || !diagnosis)
        return USERSIG_ERR_ARGUMENT;
    memset(diagnosis, 0, sizeof *diagnosis);
    if (secret_len == 0 || secret_len > HYPOTHESIS_SECRET_MAX)
        return USERSIG_ERR_KEY;
    bool pem = hypothesis_is_pem(secret, secret_len);
    /* a PEM never becomes a version 2 key: whoever has a public one could prove anything with it */
    int error = pem ? usersig_key_pem(&key, secret, secret_len) : usersig_key_hmac(&key, secret, secret_len);
    if (error && !(pem && error == USERSIG_ERR_KEY)) /* a PEM that cannot be used is still known for one */
        return error;
    const usersig_key *const keys[] = { key };
    error = usersig_diagnose(keys, key ? 1 : 0, text, len, expect, now, diagnosis);
    usersig_key_free(key);
    if (error)
        return error;
    if (diagnosis->cause == USERSIG_CAUSE_NO_KEY) /* a PEM, and a usersig of version 2 */
        diagnosis->cause = USERSIG_CAUSE_V2_TICKET;
    if (pem && diagnosis->cause == USERSIG_CAUSE_V1_TICKET) /* malformed in a way of its own */
        diagnosis->cause = USERSIG_CAUSE_UNKNOWN;
    if (diagnosis->cause == USERSIG_CAUSE_OTHER_KEY || diagnosis->cause == USERSIG_CAUSE_V2_TICKET)
        error = doubt_key(secret, secret_len, text, len, diagnosis);
    if (error)
        memset(diagnosis, 0, sizeof *diagnosis);
    return error;
}

size_t usersig_diagnosis_size(void)
{
    return sizeof(struct usersig_diagnosis);
}
