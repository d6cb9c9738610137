/* api_metrics_apps.c: the part of GET /metrics about apps. Extremes over all apps, so that alarms need no grant on each;
 * names only of apps on which the caller has a grant, as everywhere. */
#include "api.h"

#include "metrics.h"
#include "ready.h"

#define LABELS(...) ((const struct metrics_label[]){ __VA_ARGS__, { NULL, NULL } })

static const char *const kinds[PROTO_KINDS] = { "admin", "url" };

static int64_t least_margin(const struct front *front)
{
    int64_t least = INT64_MAX;
    for (size_t a = 0; a < front->cache.n_apps; a++)
        for (size_t i = 0;
             i < front->cache.apps[a].n_admins && !board_get(&front->boards.master->apps[a].frozen); i++) {
            int64_t margin = ready_margin(&front->cache.apps[a].admins[i], PROTO_KIND_ADMIN, front->now);
            least = margin < least ? margin : least;
        }
    return least;
}

/* Seconds until no key of an app signs any more; BOARD_FOREVER: that has no end, or the app has no keys. */
static uint64_t keys_left(const struct front *front, size_t a)
{
    const struct board_app *app = &front->boards.master->apps[a];
    uint64_t until = board_get(&app->signs_until);
    if (until == BOARD_FOREVER || board_get(&app->hosted))
        return BOARD_FOREVER;
    return until > front->now ? until - front->now : 0;
}

static void write_left(struct buffer *out, const char *name, const struct metrics_label *labels,
                       uint64_t left)
{
    if (left == BOARD_FOREVER)
        metrics_infinite(out, name, labels);
    else
        metrics_count(out, name, labels, left);
}

static void write_extremes(struct buffer *out, const struct front *front)
{
    struct ready ready = ready_look(front);
    int64_t margin = least_margin(front);
    uint64_t left = BOARD_FOREVER;
    for (size_t a = 0; a < front->cache.n_apps; a++)
        if (!board_get(&front->boards.master->apps[a].frozen) && keys_left(front, a) < left)
            left = keys_left(front, a);

    metrics_family(out, "sigd_ready", "gauge", "What GET /readyz says: 1 is ready.");
    metrics_count(out, "sigd_ready", NULL, ready_is(&ready));
    metrics_family(out, "sigd_apps", "gauge", "Apps of the config.");
    metrics_count(out, "sigd_apps", NULL, front->cache.n_apps);
    metrics_family(out, "sigd_apps_frozen", "gauge", "Apps that the operator froze.");
    metrics_count(out, "sigd_apps_frozen", NULL, ready.apps_frozen);
    metrics_family(out, "sigd_apps_keyless", "gauge", "Apps of whose keys none signs now.");
    metrics_count(out, "sigd_apps_keyless", NULL, ready.apps_keyless);
    metrics_family(out, "sigd_credentials_low", "gauge",
                   "Administrators' credentials that live for less than min_remaining.");
    metrics_count(out, "sigd_credentials_low", NULL, ready.credentials_low);
    metrics_family(out, "sigd_credential_margin_seconds", "gauge",
                   "Until the first administrator's credential of any app falls under min_remaining.");
    if (margin == INT64_MAX)
        metrics_infinite(out, "sigd_credential_margin_seconds", NULL);
    else
        metrics_signed(out, "sigd_credential_margin_seconds", NULL, margin);
    metrics_family(out, "sigd_key_windows_left_seconds", "gauge",
                   "Until the first app has no key that signs: its keys' windows end and none follows.");
    write_left(out, "sigd_key_windows_left_seconds", NULL, left);
}

void api_metrics_apps(struct conn *conn)
{
    const struct front *front = conn->front;
    struct buffer *out = &conn->front->body;
    write_extremes(out, front);
    metrics_family(out, "sigd_app_frozen", "gauge", "Did the operator freeze the app?");
    for (size_t a = 0; a < front->cache.n_apps; a++)
        if (conn->grants[a].may)
            metrics_count(out, "sigd_app_frozen", LABELS({ "app", front->cache.apps[a].is.name }),
                          board_get(&front->boards.master->apps[a].frozen));
    metrics_family(out, "sigd_app_key_windows_left_seconds", "gauge",
                   "As sigd_key_windows_left_seconds, of an app.");
    for (size_t a = 0; a < front->cache.n_apps; a++)
        if (conn->grants[a].may)
            write_left(out, "sigd_app_key_windows_left_seconds",
                       LABELS({ "app", front->cache.apps[a].is.name }), keys_left(front, a));
    metrics_family(
        out, "sigd_app_credential_margin_seconds", "gauge",
        "As sigd_credential_margin_seconds, of an administrator; kind url: the credential in URLs.");
    for (size_t a = 0; a < front->cache.n_apps; a++)
        for (size_t i = 0; i < front->cache.apps[a].n_admins && conn->grants[a].may; i++)
            for (uint32_t kind = 0; kind < PROTO_KINDS; kind++)
                metrics_signed(out, "sigd_app_credential_margin_seconds",
                               LABELS({ "app", front->cache.apps[a].is.name },
                                      { "admin", front->cache.apps[a].admins[i].is.identifier },
                                      { "kind", kinds[kind] }),
                               ready_margin(&front->cache.apps[a].admins[i], kind, front->now));
}
