/* ticket.c: the text of a usersig: base64 of zlib of JSON. Reads it strictly, writes it plainly; checks no proof. */
#include "ticket.h"

#include "base64.h"
#include "claims.h"
#include "decimal.h"
#include "inflate.h"
#include "scratch.h"
#include "template.h"
#include "zstream.h"

#include <string.h>

#define JSON_MAX 8192 /* bytes that a usersig may inflate to */

/* With their lengths: strlen in the search would cost a tenth of a verify. */
#define NAME(literal)               \
    {                               \
        literal, sizeof literal - 1 \
    }
static const struct flatjson_text field_names[TICKET_FIELDS] = {
    [TICKET_IDENTIFIER] = NAME("TLS.identifier"),
    [TICKET_TIME] = NAME("TLS.time"),
    [TICKET_USERBUF] = NAME("TLS.userbuf"),
    [TICKET_SIG] = NAME("TLS.sig"),
    [TICKET_VER] = NAME("TLS.ver"),
    [TICKET_SDKAPPID] = NAME("TLS.sdkappid"),
    [TICKET_EXPIRE] = NAME("TLS.expire"),
    [TICKET_SDK_APPID] = NAME("TLS.sdk_appid"),
    [TICKET_EXPIRE_AFTER] = NAME("TLS.expire_after"),
    [TICKET_ACCOUNT_TYPE] = NAME("TLS.account_type"),
    [TICKET_APPID_AT_3RD] = NAME("TLS.appid_at_3rd"),
    [TICKET_VERSION] = NAME("TLS.version"),
};

/* ---- reading ------------------------------------------------------------------------------------- */

bool ticket_is(const struct flatjson_text *text, const char *literal)
{
    return text->len == strlen(literal) && memcmp(text->bytes, literal, text->len) == 0;
}

const struct flatjson_text *ticket_string(const struct ticket_members *members, enum ticket_field field)
{
    const struct flatjson_member *member = &members->member[field];
    return members->present[field] && member->type == FLATJSON_STRING ? &member->value : NULL;
}

enum usersig_stage ticket_identifier(struct usersig_claims *claims, const struct ticket_members *members)
{
    const struct flatjson_text *text = ticket_string(members, TICKET_IDENTIFIER);
    if (!text)
        return USERSIG_STAGE_FIELD;
    if (!claims_identifier_ok(text->bytes, text->len))
        return USERSIG_STAGE_IDENTIFIER;
    memcpy(claims->identifier, text->bytes, text->len);
    claims->identifier_len = text->len;
    return USERSIG_STAGE_NONE;
}

enum usersig_stage ticket_userbuf(struct usersig_claims *claims, const struct ticket_members *members)
{
    if (!members->present[TICKET_USERBUF])
        return USERSIG_STAGE_NONE;
    const struct flatjson_text *text = ticket_string(members, TICKET_USERBUF);
    if (!text || text->len == 0 ||
        !base64_decode(&base64_standard, claims->userbuf, sizeof claims->userbuf, &claims->userbuf_len,
                       text->bytes, text->len))
        return USERSIG_STAGE_USERBUF;
    return USERSIG_STAGE_NONE;
}

static bool collect(struct ticket_members *members, char *json, size_t len)
{
    struct flatjson reader SCRATCH;
    struct flatjson_member member;
    int more;
    memset(members->present, 0, sizeof members->present);
    flatjson_begin(&reader, json, len);
    while ((more = flatjson_next(&reader, &member)) == 1)
        for (size_t f = 0; f < TICKET_FIELDS; f++)
            if (member.name.len == field_names[f].len &&
                memcmp(member.name.bytes, field_names[f].bytes, field_names[f].len) == 0) {
                members->member[f] = member;
                members->present[f] = true;
            }
    return more == 0;
}

/* TLS.ver is a field of version 2 alone, TLS.account_type and TLS.version are of version 1. */
static enum usersig_stage read_members(struct usersig_ticket *ticket, const struct ticket_members *members)
{
    if (members->present[TICKET_VER])
        return ticket_v2_read(ticket, members);
    if (members->present[TICKET_ACCOUNT_TYPE] || members->present[TICKET_VERSION])
        return ticket_v1_read(ticket, members);
    return USERSIG_STAGE_VERSION;
}

static int refuse(struct usersig_ticket *ticket, enum usersig_stage stage)
{
    *ticket = (struct usersig_ticket){ .stage = stage };
    return USERSIG_MALFORMED;
}

int usersig_decode(struct usersig_ticket *ticket, const char *text, size_t len)
{
    uint8_t packed[BASE64_BYTES(USERSIG_TEXT_MAX)] SCRATCH;
    char json[JSON_MAX] SCRATCH;
    struct ticket_members members SCRATCH;
    size_t packed_len, json_len;

    if (!ticket || !text)
        return USERSIG_ERR_ARGUMENT;
    memset(ticket, 0, sizeof *ticket);
    if (len == 0 || len > USERSIG_TEXT_MAX)
        return refuse(ticket, USERSIG_STAGE_LENGTH);
    if (!template_decode(json, sizeof json, &json_len, text, len)) {
        if (!base64_decode(&base64_outer, packed, sizeof packed, &packed_len, text, len))
            return refuse(ticket, USERSIG_STAGE_BASE64);
        if (!inflate_stream((uint8_t *)json, sizeof json, &json_len, packed, packed_len))
            return refuse(ticket, USERSIG_STAGE_INFLATE);
    }
    if (!collect(&members, json, json_len))
        return refuse(ticket, USERSIG_STAGE_JSON);
    enum usersig_stage stage = read_members(ticket, &members);
    return stage ? refuse(ticket, stage) : USERSIG_OK;
}

/* ---- writing ------------------------------------------------------------------------------------- */

char *ticket_put(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

char *ticket_put_number(char *out, uint64_t value)
{
    return out + decimal_write(out, value);
}

/* Control characters have been refused, so that two characters are left to escape. */
char *ticket_put_identifier(char *out, const struct usersig_claims *claims)
{
    for (size_t i = 0; i < claims->identifier_len; i++) {
        if (claims->identifier[i] == '"' || claims->identifier[i] == '\\')
            *out++ = '\\';
        *out++ = claims->identifier[i];
    }
    return out;
}

char *ticket_put_bytes(char *out, const void *bytes, size_t len)
{
    return out + base64_encode(&base64_standard, out, bytes, len);
}

int usersig_encode(const struct usersig_claims *claims, const uint8_t *proof, size_t proof_len, char *out,
                   size_t out_size, size_t *out_len)
{
    char json[TICKET_JSON_MAX] SCRATCH;
    /* deflate adds 5 bytes at most to what it cannot pack, zlib 6 */
    uint8_t packed[TICKET_JSON_MAX + 64] SCRATCH;
    size_t packed_len;

    if (!claims || !proof || !out_len || (!out && out_size))
        return USERSIG_ERR_ARGUMENT;
    *out_len = 0;
    if (!claims_ok(claims))
        return USERSIG_MALFORMED;
    if (claims->version == 2 && proof_len == TICKET_V2_PROOF_LEN &&
        template_encode(claims, proof, out, out_size, out_len))
        return *out_len < out_size ? USERSIG_OK : USERSIG_ERR_SPACE;
    size_t json_len = claims->version == 1 ? ticket_v1_write(json, claims, proof, proof_len)
                                           : ticket_v2_write(json, claims, proof, proof_len);
    if (json_len == 0)
        return USERSIG_MALFORMED;
    int error = zstream_deflate(packed, sizeof packed, &packed_len, (const uint8_t *)json, json_len);
    if (error)
        return error;
    *out_len = BASE64_LENGTH(packed_len);
    if (*out_len >= out_size)
        return USERSIG_ERR_SPACE;
    base64_encode(&base64_outer, out, packed, packed_len);
    out[*out_len] = '\0';
    return USERSIG_OK;
}
