/* ticket_v2.c: the JSON of version 2: numbers are numbers, the proof is a MAC. */
#include "ticket.h"

#include "base64.h"
#include "decimal.h"

static bool number_of(const struct ticket_members *members, enum ticket_field field, uint64_t max,
                      uint64_t *value)
{
    const struct flatjson_member *member = &members->member[field];
    return members->present[field] && member->type == FLATJSON_NUMBER &&
           decimal_read(value, member->value.bytes, member->value.len, max);
}

enum usersig_stage ticket_v2_read(struct usersig_ticket *ticket, const struct ticket_members *members)
{
    struct usersig_claims *claims = &ticket->claims;
    enum usersig_stage stage;
    uint64_t sdkappid;

    const struct flatjson_text *text = ticket_string(members, TICKET_VER);
    if (!text || !ticket_is(text, "2.0"))
        return USERSIG_STAGE_VERSION;
    claims->version = 2;
    if (!number_of(members, TICKET_SDKAPPID, UINT32_MAX, &sdkappid) ||
        !number_of(members, TICKET_TIME, UINT64_MAX, &claims->issued_at) ||
        !number_of(members, TICKET_EXPIRE, UINT64_MAX, &claims->lifetime))
        return USERSIG_STAGE_FIELD;
    claims->sdkappid = (uint32_t)sdkappid;
    if ((stage = ticket_identifier(claims, members)) || (stage = ticket_userbuf(claims, members)))
        return stage;
    text = ticket_string(members, TICKET_SIG);
    if (!text)
        return USERSIG_STAGE_FIELD;
    if (!base64_decode(&base64_standard, ticket->proof, sizeof ticket->proof, &ticket->proof_len, text->bytes,
                       text->len) ||
        ticket->proof_len != TICKET_V2_PROOF_LEN)
        return USERSIG_STAGE_PROOF;
    return USERSIG_STAGE_NONE;
}

size_t ticket_v2_write(char out[static TICKET_JSON_MAX], const struct usersig_claims *claims,
                       const uint8_t *proof, size_t proof_len)
{
    if (proof_len != TICKET_V2_PROOF_LEN)
        return 0;
    char *at = TICKET_PUT(out, "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"");
    at = ticket_put_identifier(at, claims);
    at = TICKET_PUT(at, "\",\"TLS.sdkappid\":");
    at = ticket_put_number(at, claims->sdkappid);
    at = TICKET_PUT(at, ",\"TLS.time\":");
    at = ticket_put_number(at, claims->issued_at);
    at = TICKET_PUT(at, ",\"TLS.expire\":");
    at = ticket_put_number(at, claims->lifetime);
    if (claims->userbuf_len) {
        at = TICKET_PUT(at, ",\"TLS.userbuf\":\"");
        at = ticket_put_bytes(at, claims->userbuf, claims->userbuf_len);
        *at++ = '"';
    }
    at = TICKET_PUT(at, ",\"TLS.sig\":\"");
    at = ticket_put_bytes(at, proof, TICKET_V2_PROOF_LEN);
    at = TICKET_PUT(at, "\"}");
    return (size_t)(at - out);
}
