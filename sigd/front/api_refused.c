/* api_refused.c: how a refusal by the signer reads. */
#include "api.h"

#include <stdio.h>

/* What is wrong with a field, by libsig's error. */
static enum problem why_field(uint32_t error, char detail[static REPLY_DETAIL_SIZE])
{
    snprintf(detail, REPLY_DETAIL_SIZE, "%s", usersig_error_text((int)error));
    switch (error) {
    case USERSIG_ERR_LIFETIME: return PROBLEM_LIFETIME;
    case USERSIG_ERR_USERBUF:
        snprintf(
            detail, REPLY_DETAIL_SIZE,
            "a room has a number, or a name in UTF-8 of %d bytes at most without control characters, at least "
            "one right, and its end before 2^32; a userbuf has 1 to %d bytes",
            USERSIG_ROOM_NAME_MAX, USERSIG_USERBUF_MAX);
        return PROBLEM_USERBUF;
    default: return PROBLEM_IDENTIFIER;
    }
}

enum problem api_refused_why(const struct conn *conn, uint32_t status, uint32_t error, uint64_t cap,
                             char detail[static REPLY_DETAIL_SIZE])
{
    const char *app = conn->front->cache.apps[conn->call.app].is.name;
    unsigned long long most = cap;
    switch ((enum proto_status)status) {
    case PROTO_FORBIDDEN:
        snprintf(detail, REPLY_DETAIL_SIZE, "no allow block of app %s gives this caller this action", app);
        return PROBLEM_FORBIDDEN;
    case PROTO_RESERVED:
        snprintf(
            detail, REPLY_DETAIL_SIZE,
            "administrators and reserved identifiers are not signed here; administrators: GET .../admin");
        return PROBLEM_RESERVED;
    case PROTO_NOT_ALLOWED:
        snprintf(detail, REPLY_DETAIL_SIZE, "no `identifiers` pattern that app %s gives this caller matches",
                 app);
        return PROBLEM_NOT_ALLOWED;
    case PROTO_OVER_CAP:
        snprintf(detail, REPLY_DETAIL_SIZE, "lifetime may be %llu seconds at most for this caller", most);
        return PROBLEM_OVER_CAP;
    case PROTO_OVER_RIGHTS:
        snprintf(detail, REPLY_DETAIL_SIZE,
                 "rights may be of %llu at most for this caller, by `rights` in its allow blocks of app %s",
                 most, app);
        return PROBLEM_OVER_RIGHTS;
    case PROTO_NO_USERBUF:
        snprintf(detail, REPLY_DETAIL_SIZE,
                 "app %s signs userbufs of rooms only; `raw_userbuf = true` in sigd.conf permits others",
                 app);
        return PROBLEM_NO_USERBUF;
    case PROTO_RATE:
        snprintf(detail, REPLY_DETAIL_SIZE, "over the `rate` that app %s gives this caller", app);
        return PROBLEM_RATE;
    case PROTO_FIELD: return why_field(error, detail);
    case PROTO_NO_KEY:
        snprintf(detail, REPLY_DETAIL_SIZE, "no key of app %s is in its window now", app);
        return PROBLEM_UNAVAILABLE;
    case PROTO_FROZEN:
        snprintf(detail, REPLY_DETAIL_SIZE, "app %s is frozen by its operator", app);
        return PROBLEM_FROZEN;
    case PROTO_CLOCK_SUSPECT:
        snprintf(detail, REPLY_DETAIL_SIZE,
                 "nothing is signed while the clock is not believed; sigctl clock tells why");
        return PROBLEM_CLOCK_SUSPECT;
    default:
        snprintf(detail, REPLY_DETAIL_SIZE, "the signer cannot answer now; its log tells why");
        return PROBLEM_UNAVAILABLE;
    }
}

void api_refused(struct conn *conn, uint32_t status, uint32_t error, uint64_t cap)
{
    char detail[REPLY_DETAIL_SIZE];
    enum problem problem = api_refused_why(conn, status, error, cap, detail);
    reply_problem(conn, problem, "%s", detail);
}
