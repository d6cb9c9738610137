/* routes.c: which call is whose, and what it needs: form of the request, then who calls, then the handler. */
#include "routes.h"

#include "actions.h"
#include "api.h"
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX (64 * 1024) /* bytes */
#define BATCH_MAX (1024 * 1024)

static const char *const admin_params[] = { "as", "min_remaining", NULL };
static const char *const url_params[] = { "as", NULL };

static const struct route routes[] = {
    { "v1/apps", HTTP_GET, 0, 0, false, false, NULL, api_apps },
    { "v1/apps/{app}/admin", HTTP_GET, SIGD_MAY_ADMIN, 0, false, false, admin_params, api_admin },
    { "v1/apps/{app}/usersig", HTTP_POST, SIGD_MAY_SIGN, BATCH_MAX, false, true, NULL, api_sign },
    { "v1/apps/{app}/verify", HTTP_POST, SIGD_MAY_VERIFY, BODY_MAX, false, true, NULL, api_verify },
    { "v1/apps/{app}/url/{service}/{command}", HTTP_GET, SIGD_MAY_URL, 0, false, false, url_params, api_url },
    { "healthz", HTTP_GET, 0, 0, true, false, NULL, api_health },
    { "readyz", HTTP_GET, 0, 0, true, false, NULL, api_ready },
    { "metrics", HTTP_GET, 0, 0, false, false, NULL, api_metrics },
};

#define ROUTES_N (sizeof routes / sizeof routes[0])

size_t routes_number(const struct route *route)
{
    return route ? (size_t)(route - routes) + 1 : 0;
}

const struct route *routes_at(size_t number)
{
    return number && number <= ROUTES_N ? &routes[number - 1] : NULL;
}

/* Does the path agree? Fills the call's names. */
static bool matches(struct conn_call *call, const struct route *route, const struct http_text *segments,
                    int n)
{
    const char *at = route->path;
    for (int i = 0; i < n; i++) {
        size_t len = (size_t)(strchrnul(at, '/') - at);
        struct http_text *name = len == 5 && memcmp(at, "{app}", 5) == 0       ? &call->app_name
                                 : len == 9 && memcmp(at, "{service}", 9) == 0 ? &call->service
                                 : len == 9 && memcmp(at, "{command}", 9) == 0 ? &call->command
                                                                               : NULL;
        if (len == 0)
            return false; /* the path goes on where the route ends */
        if (name && segments[i].len)
            *name = segments[i];
        else if (name || segments[i].len != len || memcmp(segments[i].bytes, at, len) != 0)
            return false;
        at += len + (at[len] == '/');
    }
    return *at == '\0';
}

/* The route: path, method, the query's form. true: refused. */
static bool refused_route(struct conn *conn)
{
    const struct http_request *request = &conn->request;
    struct http_text segments[QUERY_SEGMENTS_MAX];
    struct conn_call *call = &conn->call;
    int n;

    *call = (struct conn_call){ 0 };
    conn->decoded = malloc(request->path.len + request->query.len + 1);
    if (!conn->decoded) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "no memory");
        return true;
    }
    n = query_segments(&request->path, conn->decoded, segments);
    call->n_params = query_params(&request->query, conn->decoded + request->path.len, call->params);
    if (n < 0 || call->n_params < 0) {
        conn->closing = true;
        reply_problem(
            conn, PROBLEM_BAD_REQUEST,
            n < 0
                ? "the path holds broken percent-encoding or %%00"
                : "the query is not name=value pairs, repeats a name, or holds broken percent-encoding or %%00");
        return true;
    }
    const char *allow = NULL;
    for (size_t i = 0; i < ROUTES_N && !call->route; i++)
        if (n <= QUERY_SEGMENTS_MAX && matches(call, &routes[i], segments, n)) {
            if (routes[i].method == request->method)
                call->route = &routes[i];
            else
                allow = routes[i].method == HTTP_GET ? "GET" : "POST";
        }
    if (call->route)
        return false;
    if (allow)
        reply_method(conn, allow);
    else
        reply_problem(conn, PROBLEM_NOT_FOUND, "no such route; docs/HTTP.md and usersig(1) list them");
    return true;
}

/* What the head says of the body. true: refused. */
static bool refused_body(struct conn *conn)
{
    const struct http_request *request = &conn->request;
    if (conn->call.route->method != HTTP_POST && request->content_length)
        reply_problem(conn, PROBLEM_TOO_LARGE, "this route takes no body");
    if (conn->call.route->method != HTTP_POST)
        return request->content_length > 0;
    if (!request->has_length) {
        conn->closing = true; /* what follows may be a body all the same */
        reply_problem(conn, PROBLEM_LENGTH, "send Content-Length");
    } else if (!http_is_type(&request->content_type, "application/json"))
        reply_problem(conn, PROBLEM_MEDIA_TYPE, "send Content-Type: application/json");
    else if (request->content_length > conn->call.route->body_max)
        reply_problem(conn, PROBLEM_TOO_LARGE, "a body of this route may hold %zu bytes",
                      conn->call.route->body_max);
    else
        return false;
    return true;
}

/* Keeps the head of a question for the signer, so that its like need not be read. */
static void keep(struct conn *conn)
{
    const struct http_request *request = &conn->request;
    const struct conn_call *call = &conn->call;
    const struct http_text *app = &call->app_name;
    if (!call->route->asks || call->n_params || request->expects_continue)
        return;
    size_t at = (size_t)(strchrnul(call->route->path, '{') - call->route->path) + 1; /* behind a slash */
    if (request->path.len != strlen(call->route->path) + 1 - strlen("{app}") + app->len ||
        memcmp(request->path.bytes + at, app->bytes, app->len) != 0)
        return; /* something in it is escaped */
    struct recall_post post = { .request = *request, .route = call->route, .app_len = app->len };
    post.app_at = (size_t)(request->path.bytes - conn->in.bytes) + at;
    conn->posted = recall_keep_post(&conn->front->recall, &post, conn->in.bytes);
}

bool routes_refused(struct conn *conn)
{
    if (refused_route(conn) || refused_body(conn))
        return true;
    keep(conn);
    return false;
}

bool routes_again(struct conn *conn)
{
    const struct recall_post *post = &conn->front->recall.posts[conn->posted];
    if (!conn->asked || !recall_is_post(post, conn->in.bytes, conn->in.len) ||
        conn->in.len - post->len < post->request.content_length)
        return false;
    conn->decoded = malloc(post->app_len);
    if (!conn->decoded)
        return false;
    memcpy(conn->decoded, post->bytes + post->app_at, post->app_len);
    conn->request = post->request;
    conn->call = (struct conn_call){ .route = post->route, .app_name = { conn->decoded, post->app_len } };
    return true;
}

bool routes_needs_caller(const struct conn *conn)
{
    return !conn->call.route->open && !conn->asked;
}

static bool has_any_grant(const struct conn *conn)
{
    for (size_t a = 0; a < conn->front->cache.n_apps; a++)
        if (conn->grants[a].may)
            return true;
    return false;
}

void routes_report(struct conn *conn, uint32_t app, uint32_t may)
{
    if (conn->known && conn->front->signer.out_len <= ASK_QUEUE_MAX)
        chan_send(&conn->front->signer, PROTO_REFUSED,
                  &(struct proto_refused){ conn->handle, conn->generation, app, may }, -1);
}

/* What the policy says of the route. true: refused. */
static bool refused_policy(struct conn *conn)
{
    const struct route *route = conn->call.route;
    if (!conn->known || !has_any_grant(conn)) {
        reply_problem(conn, PROBLEM_FORBIDDEN, "no allow block of sigd.conf matches this caller");
        return true;
    }
    if (!route->may)
        return false;
    int app = cache_find_app(&conn->front->cache, &conn->call.app_name);
    if (app < 0 || !conn->grants[app].may) {
        routes_report(conn, app < 0 ? UINT32_MAX : (uint32_t)app, route->may);
        reply_problem(conn, PROBLEM_UNKNOWN_APP,
                      "no app of this name that this caller may use; GET /v1/apps lists them");
        return true;
    }
    conn->call.app = (size_t)app;
    if (conn->grants[app].may & route->may)
        return false;
    routes_report(conn, (uint32_t)app, route->may);
    reply_problem(conn, PROBLEM_FORBIDDEN, "no allow block of app %s gives this caller `%s`",
                  conn->front->cache.apps[app].is.name, actions_name(route->may));
    return true;
}

bool routes_forbidden(struct conn *conn)
{
    if (conn->call.route->open || conn->call.allowed)
        return false;
    conn->call.allowed = !refused_policy(conn);
    return !conn->call.allowed;
}

/* true: refused. */
static bool refused_params(struct conn *conn)
{
    const struct conn_call *call = &conn->call;
    for (int i = 0; i < call->n_params; i++) {
        const char *const *known = call->route->params;
        while (known && *known &&
               (strlen(*known) != call->params[i].name.len ||
                memcmp(*known, call->params[i].name.bytes, call->params[i].name.len) != 0))
            known++;
        if (!known || !*known) {
            char name[QUERY_NAME_SIZE];
            reply_problem(conn, PROBLEM_FIELD, "unknown query parameter%s",
                          query_name(name, call->params[i].name.bytes, call->params[i].name.len));
            return true;
        }
    }
    return false;
}

bool routes_run(struct conn *conn)
{
    conn->call.body = conn->in.bytes + conn->request.head_len;
    return refused_params(conn) || conn->call.route->run(conn);
}

const struct http_text *routes_param(const struct conn *conn, const char *name)
{
    const struct conn_call *call = &conn->call;
    for (int i = 0; i < call->n_params; i++)
        if (call->params[i].name.len == strlen(name) &&
            memcmp(call->params[i].name.bytes, name, strlen(name)) == 0)
            return &call->params[i].value;
    return NULL;
}
