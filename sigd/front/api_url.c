/* api_url.c: GET /v1/apps/{app}/url/{service}/{command}: a signed request URL with a short-lived credential. */
#include "api.h"

#include "reply.h"
#include "usersig_rest.h"

#include <string.h>
#include <sys/random.h>

#define URL_MAX 2048 /* host 255, names 128, identifier 96 encoded, usersig 511, the rest 100 */

static bool copy_name(char out[static USERSIG_URL_NAME_MAX + 1], const struct http_text *name)
{
    if (name->len > USERSIG_URL_NAME_MAX)
        return false;
    memcpy(out, name->bytes, name->len);
    out[name->len] = '\0';
    return true;
}

bool api_url(struct conn *conn)
{
    struct buffer *body = &conn->front->body;
    const struct cache_app *app = &conn->front->cache.apps[conn->call.app];
    char service[USERSIG_URL_NAME_MAX + 1], command[USERSIG_URL_NAME_MAX + 1], url[URL_MAX];
    size_t len;
    uint32_t random;
    const struct cache_admin *admin = api_admin_asked(conn);
    if (!admin)
        return true;
    const struct proto_credential *credential = &admin->credentials[PROTO_KIND_URL];
    struct usersig_request request = {
        .host = app->is.host,
        .service = service,
        .command = command,
        .identifier = admin->is.identifier,
        .usersig = credential->usersig,
        .usersig_len = credential->usersig_len,
        .sdkappid = app->is.sdkappid,
    };
    if (!api_admin_lives(conn, credential, 1))
        return conn->state != CONN_HELD;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "the kernel has no random numbers yet");
        return true;
    }
    request.random = random;
    if (!copy_name(service, &conn->call.service) || !copy_name(command, &conn->call.command) ||
        usersig_url(&request, url, sizeof url, &len) != USERSIG_OK) {
        reply_problem(conn, PROBLEM_REQUEST,
                      "service and command are letters, digits, '_' and '-', 64 bytes at most: "
                      ".../url/openim/sendmsg");
        return true;
    }
    if (!api_admin_told(conn, credential))
        return true;
    if (http_has_type(&conn->request.accept, "text/plain")) {
        buffer_add(body, url, len);
        buffer_text(body, "\n");
        reply_ok(conn, "text/plain", true);
        return true;
    }
    buffer_text(body, "{\"url\":");
    buffer_json(body, url, len);
    buffer_format(body, ",\"expires_at\":%llu}\n", (unsigned long long)credential->expires_at);
    reply_ok(conn, "application/json", true);
    return true;
}
