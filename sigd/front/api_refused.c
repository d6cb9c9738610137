/* api_refused.c: how a refusal by the signer reads. */
#include "api.h"

#include "reply.h"

void api_refused(struct conn *conn, uint32_t status, uint32_t error, uint64_t cap)
{
    const char *app = conn->front->cache.apps[conn->call.app].is.name;
    switch ((enum proto_status)status) {
    case PROTO_FORBIDDEN:
        reply_problem(conn, PROBLEM_FORBIDDEN, "no allow block of app %s gives this caller this action", app);
        return;
    case PROTO_RESERVED:
        reply_problem(
            conn, PROBLEM_RESERVED,
            "administrators and reserved identifiers are not signed here; administrators: GET .../admin");
        return;
    case PROTO_NOT_ALLOWED:
        reply_problem(conn, PROBLEM_NOT_ALLOWED,
                      "no `identifiers` pattern that app %s gives this caller matches", app);
        return;
    case PROTO_OVER_CAP:
        reply_problem(conn, PROBLEM_OVER_CAP, "lifetime may be %llu seconds at most for this caller",
                      (unsigned long long)cap);
        return;
    case PROTO_RATE:
        reply_problem(conn, PROBLEM_RATE, "over the `rate` that app %s gives this caller", app);
        return;
    case PROTO_FIELD:
        reply_problem(conn, error == USERSIG_ERR_LIFETIME ? PROBLEM_LIFETIME : PROBLEM_IDENTIFIER, "%s",
                      usersig_error_text((int)error));
        return;
    case PROTO_NO_KEY:
        reply_problem(conn, PROBLEM_UNAVAILABLE, "no key of app %s is in its window now", app);
        return;
    case PROTO_FROZEN: reply_problem(conn, PROBLEM_FROZEN, "app %s is frozen by its operator", app); return;
    default: reply_problem(conn, PROBLEM_UNAVAILABLE, "the signer cannot answer now; its log tells why");
    }
}
