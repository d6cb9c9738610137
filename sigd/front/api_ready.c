/* api_ready.c: GET /readyz. Anybody may ask: reasons are counts, never names. */
#include "api.h"

#include "ready.h"
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reasons {
    char text[256];
};

static void add(struct reasons *reasons, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(struct reasons *reasons, bool holds, const char *format, ...)
{
    size_t len = strlen(reasons->text);
    va_list list;
    if (!holds)
        return;
    if (len)
        len += (size_t)snprintf(reasons->text + len, sizeof reasons->text - len, "; ");
    va_start(list, format);
    vsnprintf(reasons->text + len, sizeof reasons->text - len, format, list);
    va_end(list);
}

bool api_ready(struct conn *conn)
{
    struct ready ready = ready_look(conn->front);
    struct reasons reasons = { "" };
    if (ready_is(&ready)) {
        buffer_text(&conn->front->body, "{\"status\":\"ready\"}\n");
        reply_ok(conn, "application/json", false);
        return true;
    }
    add(&reasons, ready.signer_silent, "the signer does not answer");
    add(&reasons, ready.clock_suspect, "the clock is suspect");
    add(&reasons, ready.audit_full, "the audit log cannot be written");
    add(&reasons, ready.apps_keyless, "apps without a key that signs now: %u", ready.apps_keyless);
    add(&reasons, ready.credentials_low, "administrators' credentials below min_remaining: %u",
        ready.credentials_low);
    reply_problem(conn, PROBLEM_NOT_READY, "%s", reasons.text);
    return true;
}
