/* api_sign.c: POST /v1/apps/{app}/usersig: the signer decides and proves, the front writes the usersig. */
#include "api.h"

#include "body.h"
#include "reply.h"
#include "request.h"
#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answered(struct conn *conn, uint16_t op, const void *body);

bool api_sign_lifetime(struct conn *conn, const json_t *object, struct proto_sign *sign)
{
    const json_t *value = json_object_get(object, "lifetime");
    sign->default_lifetime = !value;
    if (!value)
        return true;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        sign->lifetime = (uint64_t)json_integer_value(value);
        return true;
    }
    if (json_is_number(value))
        reply_problem(conn, PROBLEM_LIFETIME, "lifetime must be a whole number of seconds from 1 on");
    else
        reply_problem(conn, PROBLEM_FIELD, "lifetime must be a number of seconds");
    return false;
}

/* The question with a userbuf; the answer brings it. */
static bool ask_with(struct conn *conn, const struct proto_sign *sign, const struct room_asked *asked)
{
    struct proto_sign_userbuf with = {
        .sign = *sign,
        .kind = asked->kind,
        .room = asked->number,
        .rights = asked->rights,
        .default_rights = !asked->has_rights,
        .len = (uint32_t)asked->len,
    };
    memcpy(with.bytes, asked->bytes, asked->len);
    return request_ask(conn, PROTO_SIGN_USERBUF, &with, &with.sign.id, -1, PROTO_SIGNED_USERBUF, answered);
}

static bool ask_without(struct conn *conn, struct proto_sign *sign)
{
    struct proto_sign_short brief;
    if (proto_sign_shorten(&brief, sign))
        return request_ask(conn, PROTO_SIGN_SHORT, &brief, &brief.id, -1, PROTO_SIGNED, answered);
    return request_ask(conn, PROTO_SIGN, sign, &sign->id, -1, PROTO_SIGNED, answered);
}

/* Asks the signer; asked NULL: for no room. false: refused and answered. */
static bool ask(struct conn *conn, struct proto_sign *sign, const struct room_asked *asked,
                const char *identifier, size_t len)
{
    if (len > USERSIG_IDENTIFIER_MAX) {
        api_refused(conn, PROTO_FIELD, USERSIG_ERR_IDENTIFIER, 0);
        return false;
    }
    conn->ticket = malloc(sizeof *conn->ticket); /* calloc would pass by what was freed just before */
    if (conn->ticket) {
        *conn->ticket = (struct usersig_ticket){ 0 };
        /* kept for the usersig that is written when the proof has come; the signer judges its own copy */
        memcpy(conn->ticket->claims.identifier, identifier, len);
        conn->ticket->claims.identifier_len = len;
        memcpy(sign->identifier, identifier, len);
        sign->identifier_len = (uint32_t)len;
        if (asked && asked->any ? ask_with(conn, sign, asked) : ask_without(conn, sign))
            return true;
    }
    api_refused(conn, PROTO_UNAVAILABLE, 0, 0);
    return false;
}

/* A body of any form. */
static bool read_whole(struct conn *conn)
{
    static const char *const members[] = { "identifier", "lifetime", ROOM_MEMBERS, "identifiers", NULL };
    struct proto_sign sign = { .handle = conn->handle,
                               .app = (uint32_t)conn->call.app,
                               .generation = conn->generation };
    struct room_asked asked;
    bool refused, waits = false;
    size_t len;
    json_t *object = body_read(conn, members);
    if (!object)
        return true;
    if (json_object_get(object, "identifiers")) {
        refused = api_batch(conn, object);
        json_decref(object);
        return refused;
    }
    const char *identifier = body_string(conn, object, "identifier", true, &len, &refused);
    if (!refused && api_sign_lifetime(conn, object, &sign) && room_read(conn, object, &asked))
        waits = ask(conn, &sign, &asked, identifier, len);
    json_decref(object);
    return !waits;
}

bool api_sign(struct conn *conn)
{
    size_t len;
    bool waits;
    if (conn->batch)
        return api_batch_again(conn);
    const char *identifier = body_only(conn, "identifier", &len);
    if (!identifier && api_batch_usual(conn, &waits))
        return !waits;
    if (!identifier)
        return read_whole(conn);
    struct proto_sign sign = { .handle = conn->handle,
                               .app = (uint32_t)conn->call.app,
                               .default_lifetime = 1,
                               .generation = conn->generation };
    return !ask(conn, &sign, NULL, identifier, len);
}

/* What is told beside the usersig and whose it is: for most of a batch the same as for the one before. */
static const struct buffer *tail_of(const struct usersig_claims *claims, const char *key)
{
    static struct buffer tail;
    static struct {
        uint32_t sdkappid;
        uint64_t issued_at, lifetime;
        char key[SIGD_NAME_MAX + 8];
    } of;
    if (tail.len && !tail.failed && of.sdkappid == claims->sdkappid && of.issued_at == claims->issued_at &&
        of.lifetime == claims->lifetime && strcmp(of.key, key) == 0)
        return &tail;
    of.sdkappid = claims->sdkappid;
    of.issued_at = claims->issued_at;
    of.lifetime = claims->lifetime;
    snprintf(of.key, sizeof of.key, "%s", key);
    tail.len = 0;
    tail.failed = false;
    buffer_text(&tail, ",\"sdkappid\":");
    buffer_number(&tail, claims->sdkappid);
    buffer_text(&tail, ",\"issued_at\":");
    buffer_number(&tail, claims->issued_at);
    buffer_text(&tail, ",\"expires_at\":");
    buffer_number(&tail, usersig_claims_expiry(claims));
    buffer_format(&tail, ",\"key\":\"%s\"}\n", of.key);
    return &tail;
}

bool api_sign_encode(const struct conn *conn, struct usersig_claims *claims,
                     const struct proto_signed *answer, struct buffer *out)
{
    static char text[USERSIG_ENCODED_MAX]; /* which would be cleared each time */
    size_t len;
    claims->version = (int)answer->version;
    claims->sdkappid = conn->front->cache.apps[conn->call.app].is.sdkappid;
    claims->issued_at = answer->issued_at;
    claims->lifetime = answer->lifetime;
    const struct buffer *tail = tail_of(claims, answer->key);
    if (tail->failed || answer->proof_len > sizeof answer->proof ||
        usersig_encode(claims, answer->proof, answer->proof_len, text, sizeof text, &len) != USERSIG_OK)
        return false;
    buffer_text(out, "{\"usersig\":\"");
    buffer_add(out, text, len);
    buffer_text(out, "\",\"identifier\":");
    buffer_json(out, claims->identifier, claims->identifier_len);
    buffer_add(out, tail->bytes, tail->len);
    return true;
}

static void answered(struct conn *conn, uint16_t op, const void *body)
{
    const struct proto_signed *answer = body; /* of both ops */
    if (request_is_stale(conn, answer->status, answer->generation))
        return;
    struct usersig_claims *claims = &conn->ticket->claims;
    if (op == PROTO_SIGNED_USERBUF) {
        const struct proto_signed_userbuf *with = body;
        claims->userbuf_len = with->len;
        memcpy(claims->userbuf, with->bytes, with->len);
    }
    if (answer->status)
        api_refused(conn, answer->status, answer->error, answer->cap);
    else if (api_sign_encode(conn, claims, answer, &conn->front->body))
        reply_ok(conn, "application/json", true);
    else
        api_refused(conn, PROTO_UNAVAILABLE, 0, 0);
    request_answered(conn);
}
