/* ops_sign.c: signs for the master (administrators) and for callers (everybody else), and verifies. */
#include "ops.h"

#include <string.h>

#define MAX_FUTURE 300 /* seconds; a usersig issued further ahead is not yet valid */

static const char *const status_names[PROTO_STATUSES] = {
    "ok",       "forbidden",    "reserved",      "identifier_not_allowed",
    "over_cap", "rate_limited", "invalid_field", "no_key",
    "frozen",   "stale",        "unavailable",
};

/* Signs with the app's key of now. Fills issued_at, the key's name and the proof. */
static enum proto_status prove(struct ops *ops, size_t app, struct usersig_claims *claims, char *key_name,
                               size_t key_name_size, uint8_t proof[static 32], uint32_t *error)
{
    const struct keyset_key *key = keyset_signing(&ops->model->keys[app], ops->now);
    uint8_t made[USERSIG_PROOF_MAX];
    size_t len;
    if (ops->model->frozen & UINT64_C(1) << app)
        return PROTO_FROZEN;
    if (!key)
        return PROTO_NO_KEY;
    claims->version = 2;
    claims->sdkappid = ops->model->policy.apps[app]->sdkappid;
    claims->issued_at = ops->now;
    *error = (uint32_t)usersig_prove(key->key, claims, made, &len);
    if (*error)
        return *error == USERSIG_ERR_CRYPTO ? PROTO_UNAVAILABLE : PROTO_FIELD;
    memcpy(proof, made, 32);
    proto_set(key_name, key_name_size, key->name);
    return PROTO_DONE;
}

/* A usersig never outlives its key. */
static void cut_to_key(const struct ops *ops, size_t app, uint64_t *cap)
{
    const struct keyset_key *key = keyset_signing(&ops->model->keys[app], ops->now);
    if (key && key->not_after && key->not_after - ops->now < *cap)
        *cap = key->not_after - ops->now;
}

bool ops_sign_issue(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_issue *issue = frame->body;
    (void)front;
    if (!ops->model || issue->generation != ops->model->begin.generation ||
        issue->app >= ops->model->policy.n_apps || issue->kind >= PROTO_KINDS ||
        issue->admin >= ops->model->policy.apps[issue->app]->n_admins)
        return false;
    const struct policy_app *app = ops->model->policy.apps[issue->app];
    const char *identifier = app->admins[issue->admin];
    struct usersig_claims claims = { .lifetime = issue->lifetime };
    struct proto_issued answer = {
        .app = issue->app, .admin = issue->admin, .kind = issue->kind, .generation = issue->generation
    };
    uint32_t error = 0;

    cut_to_key(ops, issue->app, &claims.lifetime);
    answer.status = (uint32_t)usersig_claims_identifier(&claims, identifier, strlen(identifier), 0);
    if (!answer.status)
        answer.status = prove(ops, issue->app, &claims, answer.key, sizeof answer.key, answer.proof, &error);
    answer.issued_at = claims.issued_at;
    answer.lifetime = claims.lifetime;
    if (answer.status && answer.status != PROTO_NO_KEY && answer.status != PROTO_FROZEN)
        answer.status = PROTO_UNAVAILABLE;
    audit_add(&ops->audit, &(struct audit_who){ .uid = (uid_t)-1 },
              &(struct audit_what){ .event = issue->kind == PROTO_KIND_URL ? "admin_url" : "admin",
                                    .app = app->name,
                                    .identifier = identifier,
                                    .identifier_len = strlen(identifier),
                                    .issued_at = claims.issued_at,
                                    .lifetime = claims.lifetime,
                                    .key = answer.status ? NULL : answer.key,
                                    .claims = answer.status ? NULL : &claims,
                                    .verdict = status_names[answer.status] },
              ops->now);
    return chan_send(&ops->master, PROTO_ISSUED, &answer, -1);
}

/* A usersig that somebody else signed takes its place among the credentials: served like one that was signed here. */
bool ops_sign_hold(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_hold *hold = frame->body;
    (void)front;
    if (!ops->model || hold->generation != ops->model->begin.generation ||
        hold->app >= ops->model->policy.n_apps || hold->kind >= PROTO_KINDS ||
        hold->admin >= ops->model->policy.apps[hold->app]->n_admins || !hold->issued_at)
        return false;
    const struct policy_app *app = ops->model->policy.apps[hold->app];
    const char *identifier = app->admins[hold->admin];
    struct proto_issued answer = { .issued_at = hold->issued_at,
                                   .lifetime = hold->lifetime,
                                   .app = hold->app,
                                   .admin = hold->admin,
                                   .kind = hold->kind,
                                   .generation = hold->generation };
    audit_add(&ops->audit, &(struct audit_who){ .uid = (uid_t)-1 },
              &(struct audit_what){ .event = hold->kind == PROTO_KIND_URL ? "hosted_url" : "hosted",
                                    .app = app->name,
                                    .identifier = identifier,
                                    .identifier_len = strlen(identifier),
                                    .issued_at = hold->issued_at,
                                    .lifetime = hold->lifetime,
                                    .verdict = "ok" },
              ops->now);
    return chan_send(&ops->master, PROTO_ISSUED, &answer, -1);
}

/* The name of a refusal in the audit log. */
static const char *verdict_of(uint32_t status, uint32_t error)
{
    switch (status == PROTO_FIELD ? (int)error : USERSIG_OK) {
    case USERSIG_ERR_IDENTIFIER: return "err_identifier";
    case USERSIG_ERR_LIFETIME: return "err_lifetime";
    default: return status_names[status];
    }
}

static void sign_for(struct ops *ops, const struct ops_caller *caller, const struct proto_sign *sign,
                     struct proto_signed *answer, struct usersig_claims *claims)
{
    struct policy_app *app = ops->model->policy.apps[sign->app];
    uint64_t left = UINT64_MAX;

    claims->lifetime = sign->lifetime;
    answer->status =
        policy_sign(app, caller->rules[sign->app], caller->who.uid, sign->identifier, sign->identifier_len,
                    sign->default_lifetime != 0, &claims->lifetime, &answer->cap, ops->now_ms);
    if (answer->status)
        return;
    cut_to_key(ops, sign->app, &left);
    if (claims->lifetime > left && sign->default_lifetime) {
        claims->lifetime = left;
    } else if (claims->lifetime > left) {
        answer->cap = left;
        answer->status = PROTO_OVER_CAP;
        return;
    }
    answer->error = (uint32_t)usersig_claims_identifier(claims, sign->identifier, sign->identifier_len, 0);
    answer->status = answer->error ? PROTO_FIELD
                                   : prove(ops, sign->app, claims, answer->key, sizeof answer->key,
                                           answer->proof, &answer->error);
    answer->issued_at = claims->issued_at;
    answer->lifetime = claims->lifetime;
}

bool ops_sign_sign(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_sign *sign = frame->body;
    const struct ops_caller *caller = ops_caller_of(front, sign->handle);
    struct proto_signed answer = { .id = sign->id };
    struct usersig_claims claims = { 0 };
    if (!caller || sign->identifier_len > USERSIG_IDENTIFIER_MAX)
        return false;
    if (ops->model)
        answer.generation = ops->model->begin.generation;
    if (!ops->model || sign->generation != ops->model->begin.generation ||
        sign->app >= ops->model->policy.n_apps) {
        answer.status =
            ops->model && sign->generation != ops->model->begin.generation ? PROTO_STALE : PROTO_FORBIDDEN;
        return chan_send(&front->chan, PROTO_SIGNED, &answer, -1);
    }
    sign_for(ops, caller, sign, &answer, &claims);
    struct audit_who who = ops_caller_who(ops, caller);
    struct audit_what what = {
        .event = answer.status ? "refused" : "sign",
        .app = ops->model->policy.apps[sign->app]->name,
        .identifier = sign->identifier,
        .identifier_len = sign->identifier_len,
        .issued_at = answer.issued_at,
        .lifetime = claims.lifetime,
        .key = answer.status ? NULL : answer.key,
        .claims = answer.status ? NULL : &claims,
        .verdict = verdict_of(answer.status, answer.error),
    };
    if (answer.status)
        audit_refuse(&ops->audit, &who, &what, ops->now);
    else
        audit_add(&ops->audit, &who, &what, ops->now);
    return chan_send(&front->chan, PROTO_SIGNED, &answer, -1);
}

/* The ticket that the front decoded, as it claims; its proof decides. */
static void judge(struct ops *ops, const struct proto_verify *verify, struct proto_verdict *answer)
{
    const struct keyset *set = &ops->model->keys[verify->app];
    const usersig_key *handles[SIGD_KEYS_MAX];
    size_t places[SIGD_KEYS_MAX], which;
    size_t n = keyset_verifying(set, ops->now, handles, places);
    char expected[USERSIG_IDENTIFIER_MAX + 1] = { 0 };
    struct usersig_claims claims = {
        .version = (int)verify->version,
        .sdkappid = verify->sdkappid,
        .issued_at = verify->issued_at,
        .lifetime = verify->lifetime,
        .identifier_len = verify->identifier_len,
        .userbuf_len = verify->userbuf_len,
    };
    memcpy(claims.identifier, verify->identifier, verify->identifier_len);
    memcpy(claims.userbuf, verify->userbuf, verify->userbuf_len);
    memcpy(expected, verify->expected, verify->expected_len);
    struct usersig_expect expect = {
        .sdkappid = ops->model->policy.apps[verify->app]->sdkappid,
        .identifier = expected,
        .flags = verify->any_identifier ? USERSIG_ANY_IDENTIFIER : 0,
        .max_future = MAX_FUTURE,
    };
    int verdict =
        usersig_check(handles, n, &claims, verify->proof, verify->proof_len, &expect, ops->now, &which);
    if (verdict > USERSIG_OK && verdict < USERSIG_MALFORMED) { /* no verdict: it could not be asked */
        answer->status = PROTO_UNAVAILABLE;
        return;
    }
    answer->verdict = (uint32_t)verdict;
    answer->proven = which != SIZE_MAX;
    answer->now = ops->now;
    if (answer->proven)
        proto_set(answer->key, sizeof answer->key, set->keys[places[which]].name);
}

bool ops_sign_verify(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_verify *verify = frame->body;
    const struct ops_caller *caller = ops_caller_of(front, verify->handle);
    struct proto_verdict answer = { .id = verify->id,
                                    .status = PROTO_FORBIDDEN,
                                    .generation = ops->model ? ops->model->begin.generation : 0 };
    if (!caller || verify->identifier_len > USERSIG_IDENTIFIER_MAX ||
        verify->userbuf_len > USERSIG_USERBUF_MAX || verify->proof_len > USERSIG_PROOF_MAX ||
        verify->expected_len > USERSIG_IDENTIFIER_MAX)
        return false;
    if (ops->model && verify->generation != ops->model->begin.generation) {
        answer.status = PROTO_STALE;
    } else if (ops->model && verify->app < ops->model->policy.n_apps) {
        struct policy_app *app = ops->model->policy.apps[verify->app];
        struct audit_who who = ops_caller_who(ops, caller);
        answer.status = policy_verify(app, caller->rules[verify->app], caller->who.uid, ops->now_ms);
        if (answer.status)
            audit_refuse(&ops->audit, &who,
                         &(struct audit_what){ .event = "refused_verify",
                                               .app = app->name,
                                               .verdict = status_names[answer.status] },
                         ops->now);
        else
            judge(ops, verify, &answer);
    }
    return chan_send(&front->chan, PROTO_VERDICT, &answer, -1);
}
