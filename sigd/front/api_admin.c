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

static bool lives(const struct proto_credential *credential, uint64_t now, uint64_t min_remaining)
{
    return credential->usersig_len && now < credential->expires_at &&
           credential->expires_at - now >= min_remaining;
}

/* Will there be another one in a moment? */
static bool is_hoped_for(const struct front *front)
{
    return front->now_ms < front->hopes_until;
}

bool api_admin_lives(struct conn *conn, const struct proto_credential *credential, uint64_t min_remaining)
{
    uint64_t now = conn->front->now;
    const struct cache_app *app = &conn->front->cache.apps[conn->call.app];
    bool valid = lives(credential, now, 0);
    if (lives(credential, now, min_remaining))
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

/* Names a credential by 6 + 4 + 1 bits, the rest is its issue time: enough to see a change. Never 0, which means none. */
static uint64_t which(const struct proto_credential *credential)
{
    return 1ull << 63 | credential->issued_at << 11 | credential->app << 5 | credential->admin << 1 |
           credential->kind;
}

bool api_admin_told(struct conn *conn, const struct proto_credential *credential)
{
    if (conn->served == which(credential))
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
    conn->served = which(credential);
    return true;
}

/* The most that min_remaining may be: of a hosted one the owner has chosen the lifetime. */
static uint64_t most_remaining(const struct cache_admin *admin)
{
    const struct proto_credential *held = &admin->credentials[PROTO_KIND_ADMIN];
    return (admin->is.lifetime ? admin->is.lifetime : held->expires_at - held->issued_at) / 3;
}

/* min_remaining of the query, or the administrator's own. false: refused. */
static bool read_min_remaining(struct conn *conn, const struct cache_admin *admin, uint64_t *seconds)
{
    const struct http_text *text = routes_param(conn, "min_remaining");
    uint64_t most = most_remaining(admin);
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

bool api_admin_make(struct front *front, const struct cache *cache, size_t app, size_t admin_at)
{
    const struct cache_app *its = &cache->apps[app];
    struct cache_admin *admin = &its->admins[admin_at];
    const struct proto_credential *credential = &admin->credentials[PROTO_KIND_ADMIN];
    const char *quote = credential->key[0] ? "\"" : ""; /* hosted: whose key it was nobody said */
    struct buffer *body = &front->body;
    admin->answer = (struct cache_answer){ 0 };
    if (!credential->usersig_len)
        return true;
    buffer_text(body, "{\"usersig\":\"");
    buffer_add(body, credential->usersig, credential->usersig_len);
    buffer_text(body, "\",\"identifier\":");
    buffer_json(body, admin->is.identifier, strlen(admin->is.identifier));
    buffer_format(
        body, ",\"sdkappid\":%u,\"issued_at\":%llu,\"expires_at\":%llu,\"renew_at\":%llu,\"key\":%s%s%s}\n",
        its->is.sdkappid, (unsigned long long)credential->issued_at,
        (unsigned long long)credential->expires_at, (unsigned long long)credential->renew_at, quote,
        credential->key[0] ? credential->key : "null", quote);
    bool made = reply_make(&admin->answer, body);
    body->len = 0;
    body->failed = false;
    return made;
}

/* The head at hand was answered: where it comes again it is not read again. */
static void keep(struct conn *conn, uint64_t min_remaining)
{
    struct front *front = conn->front;
    const struct cache_app *app = &front->cache.apps[conn->call.app];
    const struct http_text *as = routes_param(conn, "as");
    struct recall_head head = { .generation = front->cache.generation,
                                .app = (uint32_t)conn->call.app,
                                .admins = as ? 1u << cache_find_admin(app, as) : UINT32_MAX,
                                .has_min = routes_param(conn, "min_remaining") != NULL,
                                .min_remaining = min_remaining,
                                .route = conn->call.route };
    conn->recalled = recall_keep(&front->recall, &head, conn->in.bytes, conn->request.head_len);
}

bool api_admin(struct conn *conn)
{
    const struct cache_admin *admin = api_admin_asked(conn);
    uint64_t min_remaining;
    if (!admin || !read_min_remaining(conn, admin, &min_remaining))
        return true;
    const struct proto_credential *credential = &admin->credentials[PROTO_KIND_ADMIN];
    if (!api_admin_lives(conn, credential, min_remaining))
        return conn->state != CONN_HELD;
    if (!api_admin_told(conn, credential))
        return true;
    buffer_add(&conn->front->body, admin->answer.bytes + admin->answer.body_at,
               admin->answer.len - admin->answer.body_at);
    reply_ok(conn, "application/json", true);
    if (!conn->closing && !conn->request.http_10)
        keep(conn, min_remaining);
    return true;
}

bool api_admin_again(struct conn *conn, const struct recall_head *head)
{
    const struct front *front = conn->front;
    const struct proto_grant *grant = &conn->grants[head->app];
    const struct cache_app *app = &front->cache.apps[head->app];
    uint32_t readable = grant->admins & head->admins;
    size_t first = readable ? (size_t)__builtin_ctz(readable) : SIGD_ADMINS_MAX;
    if (!(grant->may & SIGD_MAY_ADMIN) || first >= app->n_admins)
        return false;
    const struct cache_admin *admin = &app->admins[first];
    const struct proto_credential *credential = &admin->credentials[PROTO_KIND_ADMIN];
    uint64_t min_remaining = head->has_min ? head->min_remaining : admin->is.min_remaining;
    if (!lives(credential, front->now, min_remaining) || conn->served != which(credential) ||
        (head->has_min && min_remaining > most_remaining(admin)))
        return false;
    reply_made(conn, &admin->answer);
    return true;
}
