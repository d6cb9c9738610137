/* api_health.c: GET /healthz. */
#include "api.h"

#include "reply.h"

bool api_health(struct conn *conn)
{
    buffer_text(&conn->front->body, "{\"status\":\"ok\"}\n");
    reply_ok(conn, "application/json", false);
    return true;
}
