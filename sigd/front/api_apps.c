/* api_apps.c: GET /v1/apps. */
#include "api.h"

#include "actions.h"
#include "reply.h"

#include <string.h>

static void write_app(struct buffer *body, const struct cache_app *app, const struct proto_grant *grant)
{
    const char *comma = "";
    buffer_format(body, "{\"name\":\"%s\",\"sdkappid\":%u,\"may\":[", app->is.name, app->is.sdkappid);
    for (unsigned i = 0; i < ACTIONS_N; i++)
        if (grant->may & 1u << i) {
            buffer_format(body, "%s\"%s\"", comma, actions_name_of(i));
            comma = ",";
        }
    buffer_text(body, "],\"admins\":[");
    comma = "";
    for (size_t i = 0; i < app->n_admins; i++)
        if (grant->admins & 1u << i) {
            buffer_text(body, comma);
            buffer_json(body, app->admins[i].is.identifier, strlen(app->admins[i].is.identifier));
            comma = ",";
        }
    buffer_text(body, app->is.frozen ? "],\"frozen\":true}" : "],\"frozen\":false}");
}

bool api_apps(struct conn *conn)
{
    struct buffer *body = &conn->front->body;
    const char *comma = "";
    buffer_text(body, "{\"apps\":[");
    for (size_t a = 0; a < conn->front->cache.n_apps; a++)
        if (conn->grants[a].may) {
            buffer_text(body, comma);
            write_app(body, &conn->front->cache.apps[a], &conn->grants[a]);
            comma = ",";
        }
    buffer_text(body, "]}\n");
    reply_ok(conn, "application/json", false);
    return true;
}
