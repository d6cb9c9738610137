/* api_admin.c: GET /v1/apps/{app}/admin: an administrator's credential from the cache. */
#include "api.h"

#include "reply.h"
#include "routes.h"

#include <string.h>

const struct cache_admin *api_admin_asked(struct conn *conn)
{
    const struct cache_app *app = &conn->front->cache.apps[conn->call.app];
    uint32_t readable = conn->grants[conn->call.app].admins;
    const struct http_text *as = routes_param(conn, "as");
    if (as) {
        int i = cache_find_admin(app, as);
        if (i >= 0 && readable & 1u << i)
            return &app->admins[i];
        routes_report(conn, (uint32_t)conn->call.app, conn->call.route->may);
        reply_problem(conn, PROBLEM_FORBIDDEN,
                      "`as` names no administrator of app %s that this caller may read", app->is.name);
        return NULL;
    }
    for (size_t i = 0; i < app->n_admins; i++)
        if (readable & 1u << i)
            return &app->admins[i];
    routes_report(conn, (uint32_t)conn->call.app, conn->call.route->may);
    reply_problem(conn, PROBLEM_FORBIDDEN, "app %s has no administrator that this caller may read",
                  app->is.name);
    return NULL;
}

/* Will there be another one in a moment? */
static bool is_hoped_for(const struct front *front)
{
    return front->now_ms < front->hopes_until &&
           board_get(&front->boards.signer->clock_verdict) != BOARD_CLOCK_SUSPECT;
}

bool api_admin_lives(struct conn *conn, const struct proto_credential *credential, uint64_t min_remaining)
{
    uint64_t now = conn->front->now;
    const struct cache_app *app = &conn->front->cache.apps[conn->call.app];
    bool valid = credential->usersig_len && now < credential->expires_at;
    if (valid && credential->expires_at - now >= min_remaining)
        return true;
    if (!app->is.frozen && is_hoped_for(conn->front)) {
        conn_enter(conn, CONN_HELD);
        conn->deadline = conn->front->hopes_until;
        return false;
    }
    if (app->is.frozen)
        reply_problem(conn, PROBLEM_FROZEN, "app %s is frozen by its operator", app->is.name);
    else
        reply_problem(
            conn, PROBLEM_UNAVAILABLE,
            valid ? "the credential at hand lives for less than min_remaining and could not be renewed"
                  : "no valid credential is at hand");
    return false;
}

bool api_admin_told(struct conn *conn, const struct proto_credential *credential)
{
    /* 6 + 4 + 1 bits name the credential, the rest its issue time: enough to see a change */
    uint64_t which =
        credential->issued_at << 11 | credential->app << 5 | credential->admin << 1 | credential->kind;
    if (conn->served == which)
        return true;
    struct proto_served served = { .issued_at = credential->issued_at,
                                   .handle = conn->handle,
                                   .app = credential->app,
                                   .admin = credential->admin,
                                   .kind = credential->kind,
                                   .generation = conn->generation };
    if (conn->front->signer.out_len > ASK_QUEUE_MAX ||
        !chan_send(&conn->front->signer, PROTO_SERVED, &served, -1)) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "the signer does not take what the audit log must hold");
        return false;
    }
    conn->served = which;
    return true;
}

/* min_remaining of the query, or the administrator's own. false: refused. */
static bool read_min_remaining(struct conn *conn, const struct cache_admin *admin, uint64_t *seconds)
{
    const struct http_text *text = routes_param(conn, "min_remaining");
    const struct proto_credential *held = &admin->credentials[PROTO_KIND_ADMIN];
    /* of a hosted one the owner has chosen the lifetime */
    uint64_t most = (admin->is.lifetime ? admin->is.lifetime : held->expires_at - held->issued_at) / 3;
    *seconds = admin->is.min_remaining;
    if (!text)
        return true;
    *seconds = 0;
    bool ok = text->len > 0 && text->len <= 10;
    for (size_t i = 0; ok && i < text->len; i++) {
        ok = text->bytes[i] >= '0' && text->bytes[i] <= '9';
        *seconds = *seconds * 10 + (uint64_t)(text->bytes[i] - '0');
    }
    if (ok && *seconds <= most)
        return true;
    reply_problem(conn, PROBLEM_FIELD,
                  "min_remaining must be a number of seconds, at most %llu for this administrator",
                  (unsigned long long)most);
    return false;
}

bool api_admin(struct conn *conn)
{
    struct buffer *body = &conn->front->body;
    const struct cache_app *app = &conn->front->cache.apps[conn->call.app];
    const struct cache_admin *admin = api_admin_asked(conn);
    uint64_t min_remaining;
    if (!admin || !read_min_remaining(conn, admin, &min_remaining))
        return true;
    const struct proto_credential *credential = &admin->credentials[PROTO_KIND_ADMIN];
    if (!api_admin_lives(conn, credential, min_remaining))
        return conn->state != CONN_HELD;
    if (!api_admin_told(conn, credential))
        return true;
    const char *quote = credential->key[0] ? "\"" : ""; /* hosted: whose key it was nobody said */
    buffer_text(body, "{\"usersig\":\"");
    buffer_add(body, credential->usersig, credential->usersig_len);
    buffer_text(body, "\",\"identifier\":");
    buffer_json(body, admin->is.identifier, strlen(admin->is.identifier));
    buffer_format(
        body, ",\"sdkappid\":%u,\"issued_at\":%llu,\"expires_at\":%llu,\"renew_at\":%llu,\"key\":%s%s%s}\n",
        app->is.sdkappid, (unsigned long long)credential->issued_at,
        (unsigned long long)credential->expires_at, (unsigned long long)credential->renew_at, quote,
        credential->key[0] ? credential->key : "null", quote);
    reply_ok(conn, "application/json", true);
    return true;
}
