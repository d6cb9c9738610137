/* api.h: the handlers of the routes. Each answers (true) or waits (false), see routes.h. */
#ifndef SIGD_API_H
#define SIGD_API_H

#include "conn.h"
#include "problem.h"
#include "reply.h"

#include <jansson.h>

bool api_health(struct conn *conn);
bool api_ready(struct conn *conn);
bool api_metrics(struct conn *conn);
bool api_apps(struct conn *conn);
bool api_admin(struct conn *conn);
bool api_url(struct conn *conn);
bool api_sign(struct conn *conn);
bool api_verify(struct conn *conn);

/* The part of /metrics about apps, into front->body. */
void api_metrics_apps(struct conn *conn);

/* A credential has come: makes the answer that tells it. false: it cannot be made. */
bool api_admin_make(struct front *front, const struct cache *cache, size_t app, size_t admin);
/* A request whose head was read before, by a connection whose caller is known in the model at hand: answers it where all is
 * as usual; true: it did. */
bool api_admin_again(struct conn *conn, const struct recall_head *head);

/* What admin and url share (api_admin.c): the administrator that the query names, or the first that the caller may
 * read; NULL: refused and answered. */
const struct cache_admin *api_admin_asked(struct conn *conn);

/* Is a credential there that lives for at least min_remaining seconds more? Otherwise answered with 503; or, where one is
 * hoped for, held (CONN_HELD): then the handler, which will be called again, says that it waits. */
bool api_admin_lives(struct conn *conn, const struct proto_credential *credential, uint64_t min_remaining);

/* Tells the signer, for the audit log, of the first time that this connection gets this credential. false: that cannot
 * be told, and was answered with 503. */
bool api_admin_told(struct conn *conn, const struct proto_credential *credential);

/* What a single usersig and a batch of them share (api_sign.c): the lifetime of the body (false: refused and answered);
 * the usersig and what is told with it, as an object and a line's end (false: not possible, nothing was written). */
bool api_sign_lifetime(struct conn *conn, const json_t *object, struct proto_sign *sign);
bool api_sign_encode(const struct conn *conn, struct usersig_claims *claims,
                     const struct proto_signed *answer, struct buffer *out);

/* Begins to answer a body with `identifiers`; as a route's handler. */
bool api_batch(struct conn *conn, const json_t *object);
/* The same for a body that needs no reader of JSON (body_strings); *waits: as a route's handler. false: it does. */
bool api_batch_usual(struct conn *conn, bool *waits);
/* Goes on with it under another model, whose word on the caller has come; as a route's handler. */
bool api_batch_again(struct conn *conn);
/* The client took what there was: goes on. true: there is more to send; or, with conn->batch NULL, all is told; or
 * request_renew was called. */
bool api_batch_on(struct conn *conn);
/* Forgets a batch, if there is one, and what it waits for. */
void api_batch_drop(struct conn *conn);

/* How a refusal by the signer (enum proto_status) reads, in api_refused.c: as an answer, and as its parts. */
enum problem api_refused_why(const struct conn *conn, uint32_t status, uint32_t error, uint64_t cap,
                             char detail[static REPLY_DETAIL_SIZE]);
void api_refused(struct conn *conn, uint32_t status, uint32_t error, uint64_t cap);

#endif
