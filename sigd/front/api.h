/* api.h: the handlers of the routes. Each answers (true) or waits (false), see routes.h. */
#ifndef SIGD_API_H
#define SIGD_API_H

#include "conn.h"
#include "problem.h"

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

/* What admin and url share (api_admin.c): the administrator that the query names, or the first that the caller may
 * read; NULL: refused and answered. */
const struct cache_admin *api_admin_asked(struct conn *conn);

/* Is a credential there that lives for at least min_remaining seconds more? Otherwise answered with 503. */
bool api_admin_lives(struct conn *conn, const struct proto_credential *credential, uint64_t min_remaining);

/* Tells the signer, for the audit log, of the first time that this connection gets this credential. false: that cannot
 * be told, and was answered with 503. */
bool api_admin_told(struct conn *conn, const struct proto_credential *credential);

/* How a refusal by the signer (enum proto_status) reads, in api_refused.c. */
void api_refused(struct conn *conn, uint32_t status, uint32_t error, uint64_t cap);

#endif
