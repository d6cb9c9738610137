/* api_sign.c: POST /v1/apps/{app}/usersig: the signer decides and proves, the front writes the usersig. */
#include "api.h"

#include "body.h"
#include "reply.h"

#include <stdlib.h>
#include <string.h>

static void answered(struct conn *conn, uint16_t op, const void *body);

/* The lifetime member. true: refused. */
static bool read_lifetime(struct conn *conn, const json_t *object, struct proto_sign *sign)
{
    const json_t *value = json_object_get(object, "lifetime");
    sign->default_lifetime = !value;
    if (!value)
        return false;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        sign->lifetime = (uint64_t)json_integer_value(value);
        return false;
    }
    if (json_is_number(value))
        reply_problem(conn, PROBLEM_LIFETIME, "lifetime must be a whole number of seconds from 1 on");
    else
        reply_problem(conn, PROBLEM_FIELD, "lifetime must be a number of seconds");
    return true;
}

bool api_sign(struct conn *conn)
{
    static const char *const members[] = { "identifier", "lifetime", NULL };
    struct proto_sign sign = { .handle = conn->handle,
                               .app = (uint32_t)conn->call.app,
                               .generation = conn->generation };
    bool refused, waits = false;
    size_t len;
    json_t *object = body_read(conn, members);
    if (!object)
        return true;
    const char *identifier = body_string(conn, object, "identifier", true, &len, &refused);
    if (!refused && !read_lifetime(conn, object, &sign)) {
        conn->ticket = len <= USERSIG_IDENTIFIER_MAX ? calloc(1, sizeof *conn->ticket) : NULL;
        if (conn->ticket) {
            /* kept for the usersig that is written when the proof has come; the signer judges its own copy */
            memcpy(conn->ticket->claims.identifier, identifier, len);
            conn->ticket->claims.identifier_len = len;
            memcpy(sign.identifier, identifier, len);
            sign.identifier_len = (uint32_t)len;
            waits = conn_ask(conn, PROTO_SIGN, &sign, &sign.id, -1, PROTO_SIGNED, answered);
        }
        if (!waits && len > USERSIG_IDENTIFIER_MAX)
            api_refused(conn, PROTO_FIELD, USERSIG_ERR_IDENTIFIER, 0);
        else if (!waits)
            api_refused(conn, PROTO_UNAVAILABLE, 0, 0);
    }
    json_decref(object);
    return !waits;
}

static void answered(struct conn *conn, uint16_t op, const void *body)
{
    const struct proto_signed *answer = body;
    if (conn_is_stale(conn, answer->status, answer->generation))
        return;
    struct usersig_claims *claims = &conn->ticket->claims;
    const struct cache_app *app = &conn->front->cache.apps[conn->call.app];
    struct buffer *out = &conn->front->body;
    char text[USERSIG_ENCODED_MAX];
    size_t len;
    (void)op;

    claims->version = 2;
    claims->sdkappid = app->is.sdkappid;
    claims->issued_at = answer->issued_at;
    claims->lifetime = answer->lifetime;
    if (answer->status) {
        api_refused(conn, answer->status, answer->error, answer->cap);
    } else if (usersig_encode(claims, answer->proof, sizeof answer->proof, text, sizeof text, &len) !=
               USERSIG_OK) {
        api_refused(conn, PROTO_UNAVAILABLE, 0, 0);
    } else {
        buffer_text(out, "{\"usersig\":\"");
        buffer_add(out, text, len);
        buffer_text(out, "\",\"identifier\":");
        buffer_json(out, claims->identifier, claims->identifier_len);
        buffer_format(out, ",\"sdkappid\":%u,\"issued_at\":%llu,\"expires_at\":%llu,\"key\":\"%.*s\"}\n",
                      claims->sdkappid, (unsigned long long)claims->issued_at,
                      (unsigned long long)usersig_claims_expiry(claims), SIGD_NAME_MAX, answer->key);
        reply_ok(conn, "application/json", true);
    }
    conn_answered(conn);
}
