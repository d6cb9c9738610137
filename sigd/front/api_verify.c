/* api_verify.c: POST /v1/apps/{app}/verify: the front decodes, the signer checks the proof and judges. */
#include "api.h"

#include "body.h"
#include "reply.h"
#include "request.h"
#include "room.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void answered(struct conn *conn, uint16_t op, const void *body);

/* Whose usersig it should be. true: refused. */
static bool read_expected(struct conn *conn, const json_t *object, struct proto_verify *verify)
{
    const json_t *any = json_object_get(object, "any_identifier");
    bool refused;
    size_t len;
    const char *identifier = body_string(conn, object, "identifier", false, &len, &refused);
    if (refused)
        return true;
    if (any && !json_is_boolean(any)) {
        reply_problem(conn, PROBLEM_FIELD, "any_identifier must be true or false");
        return true;
    }
    verify->any_identifier = json_is_true(any);
    if ((identifier != NULL) == (verify->any_identifier != 0)) {
        reply_problem(conn, PROBLEM_FIELD, "give either identifier or \"any_identifier\": true");
        return true;
    }
    if (len > USERSIG_IDENTIFIER_MAX || (identifier && (len == 0 || memchr(identifier, '\0', len)))) {
        reply_problem(conn, PROBLEM_FIELD, "identifier must be 1 to 255 bytes");
        return true;
    }
    if (identifier)
        memcpy(verify->expected, identifier, len);
    verify->expected_len = (uint32_t)len;
    return false;
}

/* What cannot be read is asked about all the same, as a ticket of no version: the signer counts and allows. */
static void fill(struct proto_verify *verify, const struct usersig_ticket *ticket)
{
    const struct usersig_claims *claims = &ticket->claims;
    verify->version = (uint32_t)claims->version;
    verify->sdkappid = claims->sdkappid;
    verify->flags = claims->flags;
    verify->issued_at = claims->issued_at;
    verify->lifetime = claims->lifetime;
    verify->identifier_len = (uint32_t)claims->identifier_len;
    verify->userbuf_len = (uint32_t)claims->userbuf_len;
    verify->proof_len = (uint32_t)ticket->proof_len;
    memcpy(verify->identifier, claims->identifier, claims->identifier_len);
    memcpy(verify->account_type, claims->account_type, sizeof claims->account_type);
    memcpy(verify->appid_at_3rd, claims->appid_at_3rd, sizeof claims->appid_at_3rd);
    memcpy(verify->userbuf, claims->userbuf, claims->userbuf_len);
    memcpy(verify->proof, ticket->proof, ticket->proof_len);
}

bool api_verify(struct conn *conn)
{
    static const char *const members[] = { "usersig", "identifier", "any_identifier", ROOM_MEMBERS, NULL };
    struct proto_verify verify = { .handle = conn->handle,
                                   .app = (uint32_t)conn->call.app,
                                   .generation = conn->generation };
    struct room_asked asked;
    bool refused, waits = false;
    size_t len;
    json_t *object = body_read(conn, members);
    if (!object)
        return true;
    const char *usersig = body_string(conn, object, "usersig", true, &len, &refused);
    if (!refused && !read_expected(conn, object, &verify) && room_read(conn, object, &asked)) {
        conn->ticket = calloc(1, sizeof *conn->ticket);
        int error = conn->ticket ? usersig_decode(conn->ticket, usersig, len) : USERSIG_ERR_MEMORY;
        if (error == USERSIG_OK || error == USERSIG_MALFORMED) {
            fill(&verify, conn->ticket);
            verify.any_userbuf = conn->call.userbuf_asked = asked.any;
            conn->call.userbuf_matches =
                asked.any && room_matches(&asked, &conn->ticket->claims, &conn->call.userbuf_end);
            waits = request_ask(conn, PROTO_VERIFY, &verify, &verify.id, -1, PROTO_VERDICT, answered);
        }
        if (!waits)
            api_refused(conn, PROTO_UNAVAILABLE, 0, 0);
    }
    json_decref(object);
    return !waits;
}

static void write_claims(struct buffer *out, const struct usersig_claims *claims)
{
    buffer_format(out, "{\"version\":%d,\"sdkappid\":%u,\"identifier\":", claims->version, claims->sdkappid);
    buffer_json(out, claims->identifier, claims->identifier_len);
    buffer_format(out, ",\"issued_at\":%llu,\"lifetime\":%llu}", (unsigned long long)claims->issued_at,
                  (unsigned long long)claims->lifetime);
}

/* The signer's verdict, and what the front knows better: what cannot be read, and the userbuf that was asked about, which
 * libsig would judge before the times. */
static int judge(const struct conn *conn, const struct proto_verdict *answer)
{
    int verdict = (int)answer->verdict;
    if (conn->ticket->stage)
        return USERSIG_MALFORMED;
    if (!conn->call.userbuf_asked ||
        (verdict != USERSIG_OK && verdict != USERSIG_EXPIRED && verdict != USERSIG_NOT_YET_VALID))
        return verdict;
    if (!conn->call.userbuf_matches)
        return USERSIG_WRONG_USERBUF;
    return verdict == USERSIG_OK && answer->now > conn->call.userbuf_end ? USERSIG_EXPIRED : verdict;
}

static void answered(struct conn *conn, uint16_t op, const void *body)
{
    const struct proto_verdict *answer = body;
    if (request_is_stale(conn, answer->status, answer->generation))
        return;
    const struct usersig_claims *claims = &conn->ticket->claims;
    struct buffer *out = &conn->front->body;
    int verdict = judge(conn, answer);
    (void)op;
    if (answer->status) {
        api_refused(conn, answer->status, 0, 0);
        request_answered(conn);
        return;
    }
    uint64_t end = usersig_claims_expiry(claims);
    if (conn->call.userbuf_matches && conn->call.userbuf_end < end)
        end = conn->call.userbuf_end;
    bool proven = answer->proven && !conn->ticket->stage;
    buffer_format(out, "{\"valid\":%s,\"verdict\":\"", verdict == USERSIG_OK ? "true" : "false");
    for (const char *name = usersig_error_name(verdict); *name; name++)
        buffer_add(out, &(char){ (char)tolower((unsigned char)*name) }, 1);
    buffer_format(out, "\",\"rest_code\":%d,\"claims\":", usersig_error_rest_code(verdict));
    if (proven)
        write_claims(out, claims);
    else
        buffer_text(out, "null");
    if (proven)
        buffer_format(out, ",\"key\":\"%.*s\"", SIGD_NAME_MAX, answer->key);
    else
        buffer_text(out, ",\"key\":null");
    buffer_format(out, ",\"remaining\":%llu}\n",
                  (unsigned long long)(proven && end > answer->now ? end - answer->now : 0));
    reply_ok(conn, "application/json", false);
    request_answered(conn);
}
