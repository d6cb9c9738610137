/* proto.c: sizes of the frames. */
#include "proto.h"

#include <stdlib.h>
#include <string.h>

#define NO_PADDING(type, sum) _Static_assert(sizeof(struct type) == (sum), #type " has padding")
NO_PADDING(proto_header, 8);
NO_PADDING(proto_load_begin, 28);
NO_PADDING(proto_clock, 16 + 16);
NO_PADDING(proto_load_socket, 8 + 40 + 112);
NO_PADDING(proto_load_app, 16 + 4 + 36 + 8);
NO_PADDING(proto_load_key, 16 + 4 + 36);
NO_PADDING(proto_load_admin, 36);
NO_PADDING(proto_load_reserved, 68);
NO_PADDING(proto_load_rule, 8 + 24);
NO_PADDING(proto_load_rule_id, 8);
NO_PADDING(proto_load_rule_pattern, 68);
NO_PADDING(proto_load_end, 4);
NO_PADDING(proto_audit, 4);
NO_PADDING(proto_note, 8 + 16 + 40 + 40 + 64);
NO_PADDING(proto_front, 4);
NO_PADDING(proto_pipe, 8);
NO_PADDING(proto_issue, 8 + 16);
NO_PADDING(proto_key_read, 16 + 128);
NO_PADDING(proto_loaded, 8 + 256);
NO_PADDING(proto_hold, 32);
NO_PADDING(proto_freeze, 8);
NO_PADDING(proto_issued, 16 + 32 + 64 + 40);
NO_PADDING(proto_open, 4);
NO_PADDING(proto_close, 4);
NO_PADDING(proto_sign, 8 + 20 + 256 + 4);
NO_PADDING(proto_sign_short, 8 + 20 + 4 + 32);
NO_PADDING(proto_sign_userbuf, 8 + 20 + 256 + 4 + 24 + 512);
NO_PADDING(proto_verify, 16 + 56 + 24 + 24 + 256 + 256 + 512 + 64);
NO_PADDING(proto_served, 8 + 24);
NO_PADDING(proto_refused, 16);
NO_PADDING(proto_grant, 8);
NO_PADDING(proto_caller, 16 + 8 * SIGD_APPS_MAX);
NO_PADDING(proto_signed, 24 + 24 + 64 + 40);
NO_PADDING(proto_signed_userbuf, 24 + 24 + 64 + 40 + 8 + 512);
NO_PADDING(proto_verdict, 8 + 24 + 40);
NO_PADDING(proto_model_begin, 4);
NO_PADDING(proto_model_commit, 16);
NO_PADDING(proto_app, 8 + 36 + 64);
NO_PADDING(proto_app_admin, 16 + 40);
NO_PADDING(proto_credential, 24 + 16 + 40 + 512);
NO_PADDING(proto_current, 16);
NO_PADDING(proto_hosted, 16);
NO_PADDING(proto_hosted_read, 16 + 32 + 256 + 128 + 512);
NO_PADDING(proto_ready, 8);
NO_PADDING(proto_board, 12);
NO_PADDING(proto_log, 8);

const char *proto_status_name(uint32_t status)
{
    static const char *const names[PROTO_STATUSES] = {
        [PROTO_DONE] = "ok",
        [PROTO_FORBIDDEN] = "forbidden",
        [PROTO_RESERVED] = "reserved",
        [PROTO_NOT_ALLOWED] = "identifier_not_allowed",
        [PROTO_OVER_CAP] = "over_cap",
        [PROTO_OVER_RIGHTS] = "over_rights",
        [PROTO_NO_USERBUF] = "userbuf_not_allowed",
        [PROTO_RATE] = "rate_limited",
        [PROTO_FIELD] = "invalid_field",
        [PROTO_NO_KEY] = "no_key",
        [PROTO_FROZEN] = "frozen",
        [PROTO_STALE] = "stale",
        [PROTO_CLOCK_SUSPECT] = "clock_suspect",
        [PROTO_UNAVAILABLE] = "unavailable",
        [PROTO_LEFT] = "left",
    };
    return status < PROTO_STATUSES && names[status] ? names[status] : "unnamed";
}

const char *proto_clock_name(uint32_t verdict)
{
    static const char *const names[PROTO_CLOCK_VERDICTS] = { "good",  "waiting",      "unsynced",
                                                             "leapt", "before_build", "before_audit" };
    return verdict < PROTO_CLOCK_VERDICTS ? names[verdict] : "unknown";
}

int proto_len(uint16_t op)
{
    switch ((enum proto_op)op) {
    case PROTO_LOAD_BEGIN: return sizeof(struct proto_load_begin);
    case PROTO_LOAD_SOCKET: return sizeof(struct proto_load_socket);
    case PROTO_LOAD_APP: return sizeof(struct proto_load_app);
    case PROTO_LOAD_KEY: return sizeof(struct proto_load_key);
    case PROTO_LOAD_ADMIN: return sizeof(struct proto_load_admin);
    case PROTO_LOAD_RESERVED: return sizeof(struct proto_load_reserved);
    case PROTO_LOAD_RULE: return sizeof(struct proto_load_rule);
    case PROTO_LOAD_RULE_ID: return sizeof(struct proto_load_rule_id);
    case PROTO_LOAD_RULE_PATTERN: return sizeof(struct proto_load_rule_pattern);
    case PROTO_LOAD_END: return sizeof(struct proto_load_end);
    case PROTO_LOAD_COMMIT: return sizeof(struct proto_load_end);
    case PROTO_LOAD_ABORT: return sizeof(struct proto_load_end);
    case PROTO_LOAD_MASTER_KEY: return 0;
    case PROTO_AUDIT: return sizeof(struct proto_audit);
    case PROTO_AUDIT_RESERVE: return 0;
    case PROTO_NOTE: return sizeof(struct proto_note);
    case PROTO_FRONT: return sizeof(struct proto_front);
    case PROTO_ISSUE: return sizeof(struct proto_issue);
    case PROTO_HOLD: return sizeof(struct proto_hold);
    case PROTO_CLOCK_ACCEPT: return 0;
    case PROTO_CLOCK: return sizeof(struct proto_clock);
    case PROTO_FREEZE: return sizeof(struct proto_freeze);
    case PROTO_KEY_READ: return sizeof(struct proto_key_read);
    case PROTO_LOADED: return sizeof(struct proto_loaded);
    case PROTO_ISSUED: return sizeof(struct proto_issued);
    case PROTO_OPEN: return sizeof(struct proto_open);
    case PROTO_CLOSE: return sizeof(struct proto_close);
    case PROTO_SIGN: return sizeof(struct proto_sign);
    case PROTO_SIGN_SHORT: return sizeof(struct proto_sign_short);
    case PROTO_SIGN_USERBUF: return sizeof(struct proto_sign_userbuf);
    case PROTO_VERIFY: return sizeof(struct proto_verify);
    case PROTO_SERVED: return sizeof(struct proto_served);
    case PROTO_REFUSED: return sizeof(struct proto_refused);
    case PROTO_CALLER: return sizeof(struct proto_caller);
    case PROTO_SIGNED: return sizeof(struct proto_signed);
    case PROTO_SIGNED_USERBUF: return sizeof(struct proto_signed_userbuf);
    case PROTO_VERDICT: return sizeof(struct proto_verdict);
    case PROTO_MODEL_BEGIN: return sizeof(struct proto_model_begin);
    case PROTO_MODEL_COMMIT: return sizeof(struct proto_model_commit);
    case PROTO_APP: return sizeof(struct proto_app);
    case PROTO_APP_ADMIN: return sizeof(struct proto_app_admin);
    case PROTO_SIGNER: return 0;
    case PROTO_LISTEN: return 0;
    case PROTO_CREDENTIAL: return sizeof(struct proto_credential);
    case PROTO_CURRENT: return sizeof(struct proto_current);
    case PROTO_DRAIN: return 0;
    case PROTO_HOSTED: return sizeof(struct proto_hosted);
    case PROTO_HOSTED_READ: return sizeof(struct proto_hosted_read);
    case PROTO_READY: return sizeof(struct proto_ready);
    case PROTO_BOARD: return sizeof(struct proto_board);
    case PROTO_LOG: return sizeof(struct proto_log);
    case PROTO_PIPE: return sizeof(struct proto_pipe);
    }
    return -1;
}

bool proto_has_fd(uint16_t op)
{
    return op == PROTO_LOAD_KEY || op == PROTO_LOAD_MASTER_KEY || op == PROTO_AUDIT ||
           op == PROTO_AUDIT_RESERVE || op == PROTO_FRONT || op == PROTO_OPEN || op == PROTO_SIGNER ||
           op == PROTO_LISTEN || op == PROTO_HOSTED || op == PROTO_BOARD || op == PROTO_PIPE;
}

bool proto_sign_shorten(struct proto_sign_short *brief, const struct proto_sign *sign)
{
    if (sign->identifier_len > sizeof brief->identifier)
        return false;
    brief->lifetime = sign->lifetime;
    brief->id = sign->id;
    brief->handle = sign->handle;
    brief->app = sign->app;
    brief->default_lifetime = sign->default_lifetime;
    brief->identifier_len = sign->identifier_len;
    brief->generation = sign->generation;
    memcpy(brief->identifier, sign->identifier, sizeof brief->identifier);
    return true;
}

void proto_sign_lengthen(struct proto_sign *sign, const struct proto_sign_short *brief)
{
    sign->lifetime = brief->lifetime;
    sign->id = brief->id;
    sign->handle = brief->handle;
    sign->app = brief->app;
    sign->default_lifetime = brief->default_lifetime;
    sign->identifier_len = brief->identifier_len;
    sign->generation = brief->generation;
    memcpy(sign->identifier, brief->identifier, sizeof brief->identifier);
}

void proto_set(char *field, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len >= size)
        abort(); /* the config's limits are below every field's size */
    memset(field, 0, size);
    memcpy(field, text, len);
}

bool proto_string_ok(const char *field, size_t size)
{
    return memchr(field, '\0', size) != NULL;
}
