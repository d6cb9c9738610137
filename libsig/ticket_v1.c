/* ticket_v1.c: the JSON of version 1: every value is a string, the proof is an ECDSA signature in DER. */
#include "ticket.h"

#include "base64.h"
#include "claims.h"
#include "decimal.h"
#include "dersig.h"

#include <string.h>

/* Of those who write TLS.version, which nobody signs, the official C++ library is the newest. */
#define WRITTEN_VERSION "201803230000"

static bool number_of(const struct ticket_members *members, enum ticket_field field, uint64_t max,
                      uint64_t *value)
{
    const struct flatjson_text *text = ticket_string(members, field);
    return text && decimal_read(value, text->bytes, text->len, max);
}

/* A field that is signed as it is written: digits. */
static bool digits_of(const struct flatjson_text *text, char out[static USERSIG_V1_FIELD_MAX + 1])
{
    if (!text || !claims_digits_ok(text->bytes, text->len))
        return false;
    memcpy(out, text->bytes, text->len);
    out[text->len] = '\0';
    return true;
}

/* The line of appid_at_3rd is signed as some makers write it: absent, empty or a number. */
static bool read_appid(struct usersig_claims *claims, const struct ticket_members *members)
{
    const struct flatjson_text *text = ticket_string(members, TICKET_APPID_AT_3RD);
    if (!members->present[TICKET_APPID_AT_3RD])
        claims->flags |= USERSIG_V1_NO_APPID;
    else if (text && text->len == 0)
        claims->flags |= USERSIG_V1_EMPTY;
    else
        return digits_of(text, claims->appid_at_3rd);
    return true;
}

/* Base64 of DER, in which some makers leave line ends. */
static bool read_proof(struct usersig_ticket *ticket, const struct flatjson_text *text)
{
    char base64[BASE64_LENGTH(DERSIG_MAX)];
    uint8_t der[DERSIG_MAX];
    size_t n = 0, der_len;
    for (size_t i = 0; i < text->len; i++) {
        if (text->bytes[i] == '\r' || text->bytes[i] == '\n')
            continue;
        if (n == sizeof base64)
            return false;
        base64[n++] = text->bytes[i];
    }
    if (!base64_decode(&base64_standard, der, sizeof der, &der_len, base64, n) ||
        !dersig_read(ticket->proof, der, der_len))
        return false;
    ticket->proof_len = DERSIG_PROOF_LEN;
    return true;
}

enum usersig_stage ticket_v1_read(struct usersig_ticket *ticket, const struct ticket_members *members)
{
    struct usersig_claims *claims = &ticket->claims;
    enum usersig_stage stage;
    uint64_t sdkappid;

    claims->version = 1;
    if (!number_of(members, TICKET_SDK_APPID, UINT32_MAX, &sdkappid) ||
        !number_of(members, TICKET_TIME, UINT64_MAX, &claims->issued_at) ||
        !number_of(members, TICKET_EXPIRE_AFTER, UINT64_MAX, &claims->lifetime) ||
        !digits_of(ticket_string(members, TICKET_ACCOUNT_TYPE), claims->account_type) ||
        !read_appid(claims, members))
        return USERSIG_STAGE_FIELD;
    claims->sdkappid = (uint32_t)sdkappid;
    if ((stage = ticket_identifier(claims, members)) || (stage = ticket_userbuf(claims, members)))
        return stage;
    const struct flatjson_text *text = ticket_string(members, TICKET_SIG);
    if (!text)
        return USERSIG_STAGE_FIELD;
    return read_proof(ticket, text) ? USERSIG_STAGE_NONE : USERSIG_STAGE_PROOF;
}

static char *put_digits(char *at, const char *digits)
{
    return *digits ? ticket_put(at, digits, strlen(digits)) : TICKET_PUT(at, "0");
}

size_t ticket_v1_write(char out[static TICKET_JSON_MAX], const struct usersig_claims *claims,
                       const uint8_t *proof, size_t proof_len)
{
    uint8_t der[DERSIG_MAX];
    size_t der_len = proof_len == DERSIG_PROOF_LEN ? dersig_write(der, proof) : 0;
    if (der_len == 0)
        return 0;
    char *at = TICKET_PUT(out, "{\"TLS.account_type\":\"");
    at = put_digits(at, claims->account_type);
    at = TICKET_PUT(at, "\",\"TLS.identifier\":\"");
    at = ticket_put_identifier(at, claims);
    if (!(claims->flags & USERSIG_V1_NO_APPID)) {
        at = TICKET_PUT(at, "\",\"TLS.appid_at_3rd\":\"");
        if (!(claims->flags & USERSIG_V1_EMPTY))
            at = put_digits(at, claims->appid_at_3rd);
    }
    at = TICKET_PUT(at, "\",\"TLS.sdk_appid\":\"");
    at = ticket_put_number(at, claims->sdkappid);
    at = TICKET_PUT(at, "\",\"TLS.expire_after\":\"");
    at = ticket_put_number(at, claims->lifetime);
    at = TICKET_PUT(at, "\",\"TLS.version\":\"" WRITTEN_VERSION "\",\"TLS.time\":\"");
    at = ticket_put_number(at, claims->issued_at);
    if (claims->userbuf_len) {
        at = TICKET_PUT(at, "\",\"TLS.userbuf\":\"");
        at = ticket_put_bytes(at, claims->userbuf, claims->userbuf_len);
    }
    at = TICKET_PUT(at, "\",\"TLS.sig\":\"");
    at = ticket_put_bytes(at, der, der_len);
    at = TICKET_PUT(at, "\"}");
    return (size_t)(at - out);
}
