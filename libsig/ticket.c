/* ticket.c: the text of a usersig: base64 of zlib of JSON. Reads it strictly, writes it plainly; checks no proof. */
#include "usersig.h"

#include "base64.h"
#include "claims.h"
#include "decimal.h"
#include "flatjson.h"
#include "inflate.h"
#include "scratch.h"
#include "template.h"
#include "zstream.h"

#include <string.h>

#define JSON_MAX 8192   /* bytes that a usersig may inflate to */
#define V2_PROOF_LEN 32 /* HMAC-SHA256 */
#define V2_JSON_MAX \
    2048 /* what encode can write: 510 of identifier, 684 of userbuf, 44 of proof, 150 of the rest */

enum v2_field { VER, IDENTIFIER, SDKAPPID, TIME, EXPIRE, USERBUF, SIG, V2_FIELDS };
#define NAME(literal)               \
    {                               \
        literal, sizeof literal - 1 \
    }
static const struct flatjson_text v2_names[V2_FIELDS] = {
    NAME("TLS.ver"),    NAME("TLS.identifier"), NAME("TLS.sdkappid"), NAME("TLS.time"),
    NAME("TLS.expire"), NAME("TLS.userbuf"),    NAME("TLS.sig"),
};

struct v2_members {
    struct flatjson_member member[V2_FIELDS];
    bool present[V2_FIELDS];
};

static bool text_is(const struct flatjson_text *text, const char *literal)
{
    return text->len == strlen(literal) && memcmp(text->bytes, literal, text->len) == 0;
}

static bool collect(struct v2_members *members, char *json, size_t len)
{
    struct flatjson reader SCRATCH;
    struct flatjson_member member;
    int more;
    flatjson_begin(&reader, json, len);
    while ((more = flatjson_next(&reader, &member)) == 1)
        for (size_t f = 0; f < V2_FIELDS; f++)
            if (member.name.len == v2_names[f].len &&
                memcmp(member.name.bytes, v2_names[f].bytes, v2_names[f].len) == 0) {
                members->member[f] = member;
                members->present[f] = true;
            }
    return more == 0;
}

static const struct flatjson_text *string_of(const struct v2_members *members, enum v2_field field)
{
    const struct flatjson_member *member = &members->member[field];
    return members->present[field] && member->type == FLATJSON_STRING ? &member->value : NULL;
}

static bool number_of(const struct v2_members *members, enum v2_field field, uint64_t max, uint64_t *value)
{
    const struct flatjson_member *member = &members->member[field];
    return members->present[field] && member->type == FLATJSON_NUMBER &&
           decimal_read(value, member->value.bytes, member->value.len, max);
}

/* Each step returns the stage that refused. */
static enum usersig_stage read_v2(struct usersig_ticket *ticket, const struct v2_members *members)
{
    struct usersig_claims *claims = &ticket->claims;
    const struct flatjson_text *text;
    uint64_t sdkappid;

    text = string_of(members, VER);
    if (!text || !text_is(text, "2.0"))
        return USERSIG_STAGE_VERSION;
    claims->version = 2;
    if (!number_of(members, SDKAPPID, UINT32_MAX, &sdkappid) ||
        !number_of(members, TIME, UINT64_MAX, &claims->issued_at) ||
        !number_of(members, EXPIRE, UINT64_MAX, &claims->lifetime))
        return USERSIG_STAGE_FIELD;
    claims->sdkappid = (uint32_t)sdkappid;

    text = string_of(members, IDENTIFIER);
    if (!text)
        return USERSIG_STAGE_FIELD;
    if (!claims_identifier_ok(text->bytes, text->len))
        return USERSIG_STAGE_IDENTIFIER;
    memcpy(claims->identifier, text->bytes, text->len);
    claims->identifier_len = text->len;

    if (members->present[USERBUF]) {
        text = string_of(members, USERBUF);
        if (!text || text->len == 0 ||
            !base64_decode(&base64_standard, claims->userbuf, sizeof claims->userbuf, &claims->userbuf_len,
                           text->bytes, text->len))
            return USERSIG_STAGE_USERBUF;
    }
    text = string_of(members, SIG);
    if (!text)
        return USERSIG_STAGE_FIELD;
    if (!base64_decode(&base64_standard, ticket->proof, sizeof ticket->proof, &ticket->proof_len, text->bytes,
                       text->len) ||
        ticket->proof_len != V2_PROOF_LEN)
        return USERSIG_STAGE_PROOF;
    return USERSIG_STAGE_NONE;
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
    struct v2_members members = { 0 };
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
    enum usersig_stage stage = read_v2(ticket, &members);
    return stage ? refuse(ticket, stage) : USERSIG_OK;
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}
#define PUT_LITERAL(at, literal) put(at, literal, sizeof literal - 1)

/* Control characters have been refused, so that two characters are left to escape. */
static char *put_escaped(char *at, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            *at++ = '\\';
        *at++ = text[i];
    }
    return at;
}

static size_t write_v2(char out[static V2_JSON_MAX], const struct usersig_claims *claims,
                       const uint8_t *proof)
{
    char *at = PUT_LITERAL(out, "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"");
    at = put_escaped(at, claims->identifier, claims->identifier_len);
    at = PUT_LITERAL(at, "\",\"TLS.sdkappid\":");
    at += decimal_write(at, claims->sdkappid);
    at = PUT_LITERAL(at, ",\"TLS.time\":");
    at += decimal_write(at, claims->issued_at);
    at = PUT_LITERAL(at, ",\"TLS.expire\":");
    at += decimal_write(at, claims->lifetime);
    if (claims->userbuf_len) {
        at = PUT_LITERAL(at, ",\"TLS.userbuf\":\"");
        at += base64_encode(&base64_standard, at, claims->userbuf, claims->userbuf_len);
        *at++ = '"';
    }
    at = PUT_LITERAL(at, ",\"TLS.sig\":\"");
    at += base64_encode(&base64_standard, at, proof, V2_PROOF_LEN);
    at = PUT_LITERAL(at, "\"}");
    return (size_t)(at - out);
}

int usersig_encode(const struct usersig_claims *claims, const uint8_t *proof, size_t proof_len, char *out,
                   size_t out_size, size_t *out_len)
{
    char json[V2_JSON_MAX] SCRATCH;
    /* deflate adds 5 bytes at most to what it cannot pack, zlib 6 */
    uint8_t packed[V2_JSON_MAX + 64] SCRATCH;
    size_t packed_len;

    if (!claims || !proof || !out_len || (!out && out_size))
        return USERSIG_ERR_ARGUMENT;
    *out_len = 0;
    if (!claims_ok(claims) || proof_len != V2_PROOF_LEN)
        return USERSIG_MALFORMED;
    if (template_encode(claims, proof, out, out_size, out_len))
        return *out_len < out_size ? USERSIG_OK : USERSIG_ERR_SPACE;
    size_t json_len = write_v2(json, claims, proof);
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
