/* ops_sign.c: signs for the master (administrators) and for callers (everybody else), and verifies. */
#include "ops.h"

#include "userbuf.h"

#include <string.h>

#define MAX_FUTURE 300 /* seconds; a usersig issued further ahead is not yet valid */

/* What a front asks to be signed; with: NULL, or its userbuf. */
struct asked {
    const struct proto_sign *sign;
    const struct proto_sign_userbuf *with;
    uint32_t rights; /* that the policy granted */
};

/* Stamps claims and proves them with the app's key of that time: a proof of proof_len bytes and the key's name. */
static enum proto_status prove(struct ops *ops, size_t app, struct usersig_claims *claims,
                               const struct asked *asked, struct proto_signed *answer)
{
    int error = USERSIG_OK;
    size_t len = 0;
    if (ops->model->frozen & UINT64_C(1) << app)
        return PROTO_FROZEN;
    enum proto_status stamped = ops_clock_stamp(ops, app, &claims->issued_at);
    if (stamped != PROTO_DONE)
        return stamped;
    const struct keyset_key *key = keyset_signing(&ops->model->keys[app], claims->issued_at);
    if (!key)
        return PROTO_NO_KEY;
    claims->version = usersig_key_version(key->key);
    claims->sdkappid = ops->model->policy.apps[app]->sdkappid;
    if (asked && asked->with)
        error = userbuf_set(claims, asked->with, asked->rights);
    if (!error)
        error = usersig_prove(key->key, claims, answer->proof, &len);
    answer->error = (uint32_t)error;
    if (error)
        return error == USERSIG_ERR_IDENTIFIER || error == USERSIG_ERR_LIFETIME ||
                       error == USERSIG_ERR_USERBUF
                   ? PROTO_FIELD
                   : PROTO_UNAVAILABLE;
    answer->issued_at = claims->issued_at;
    answer->version = (uint32_t)claims->version;
    answer->proof_len = (uint32_t)len;
    proto_set(answer->key, sizeof answer->key, key->name);
    return PROTO_DONE;
}

/* A usersig never outlives its key. */
static void cut_to_key(const struct ops *ops, size_t app, uint64_t *cap)
{
    uint64_t at = stamp_peek(&ops->stamp, ops->model->policy.apps[app]->sdkappid);
    const struct keyset_key *key = keyset_signing(&ops->model->keys[app], at);
    if (key && key->not_after && key->not_after - at < *cap)
        *cap = key->not_after - at;
}

/* The master asked before it knew that the new model counts; what it knows by now is asked for anew. */
static bool answer_stale(struct ops *ops, struct proto_issued answer)
{
    answer.status = PROTO_STALE;
    return chan_send(&ops->master, PROTO_ISSUED, &answer, -1);
}

bool ops_sign_issue(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_issue *issue = frame->body;
    (void)front;
    if (ops->model && issue->generation != ops->model->begin.generation)
        return answer_stale(ops, (struct proto_issued){ .app = issue->app,
                                                        .admin = issue->admin,
                                                        .kind = issue->kind,
                                                        .generation = issue->generation });
    if (!ops->model || issue->app >= ops->model->policy.n_apps || issue->kind >= PROTO_KINDS ||
        issue->admin >= ops->model->policy.apps[issue->app]->n_admins)
        return false;
    const struct policy_app *app = ops->model->policy.apps[issue->app];
    const char *identifier = app->admins[issue->admin];
    struct usersig_claims claims = { .lifetime = issue->lifetime };
    struct proto_issued answer = {
        .app = issue->app, .admin = issue->admin, .kind = issue->kind, .generation = issue->generation
    };
    struct proto_signed made = { 0 };

    cut_to_key(ops, issue->app, &claims.lifetime);
    answer.status = (uint32_t)usersig_claims_identifier(&claims, identifier, strlen(identifier), 0);
    if (!answer.status)
        answer.status = prove(ops, issue->app, &claims, NULL, &made);
    answer.issued_at = claims.issued_at;
    answer.lifetime = claims.lifetime;
    answer.version = made.version;
    answer.proof_len = made.proof_len;
    memcpy(answer.proof, made.proof, sizeof answer.proof);
    proto_set(answer.key, sizeof answer.key, made.key);
    bool expected = answer.status == PROTO_NO_KEY || answer.status == PROTO_FROZEN ||
                    answer.status == PROTO_CLOCK_SUSPECT;
    if (answer.status && !expected)
        answer.status = PROTO_UNAVAILABLE;
    if (answer.status == PROTO_CLOCK_SUSPECT) /* asked every few seconds; clock_verdict has its own line */
        return chan_send(&ops->master, PROTO_ISSUED, &answer, -1);
    audit_add(&ops->audit, &(struct audit_who){ .uid = (uid_t)-1 },
              &(struct audit_what){ .event = issue->kind == PROTO_KIND_URL ? "admin_url" : "admin",
                                    .app = app->name,
                                    .identifier = identifier,
                                    .identifier_len = strlen(identifier),
                                    .issued_at = claims.issued_at,
                                    .lifetime = claims.lifetime,
                                    .key = answer.status ? NULL : answer.key,
                                    .claims = answer.status ? NULL : &claims,
                                    .verdict = proto_status_name(answer.status),
                                    .class = AUDIT_ESSENTIAL | (answer.status ? AUDIT_FACT : 0) },
              ops->now);
    return chan_send(&ops->master, PROTO_ISSUED, &answer, -1);
}

/* A usersig that somebody else signed takes its place among the credentials: served like one that was signed here. */
bool ops_sign_hold(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_hold *hold = frame->body;
    (void)front;
    if (ops->model && hold->generation != ops->model->begin.generation)
        return answer_stale(ops, (struct proto_issued){ .app = hold->app,
                                                        .admin = hold->admin,
                                                        .kind = hold->kind,
                                                        .generation = hold->generation });
    if (!ops->model || hold->app >= ops->model->policy.n_apps || hold->kind >= PROTO_KINDS ||
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
                                    .verdict = "ok",
                                    .class = AUDIT_ESSENTIAL },
              ops->now);
    return chan_send(&ops->master, PROTO_ISSUED, &answer, -1);
}

/* The name of a refusal in the audit log. */
static const char *verdict_of(uint32_t status, uint32_t error)
{
    switch (status == PROTO_FIELD ? (int)error : USERSIG_OK) {
    case USERSIG_ERR_IDENTIFIER: return "err_identifier";
    case USERSIG_ERR_LIFETIME: return "err_lifetime";
    case USERSIG_ERR_USERBUF: return "err_userbuf";
    default: return proto_status_name(status);
    }
}

static void sign_for(struct ops *ops, const struct ops_caller *caller, struct asked *asked,
                     struct proto_signed *answer, struct usersig_claims *claims)
{
    const struct proto_sign *sign = asked->sign;
    const struct proto_sign_userbuf *with = asked->with;
    struct policy_want want = {
        .identifier = sign->identifier,
        .len = sign->identifier_len,
        .lifetime = sign->lifetime,
        .default_lifetime = sign->default_lifetime != 0,
        .room = with && with->kind != PROTO_USERBUF_RAW,
        .raw = with && with->kind == PROTO_USERBUF_RAW,
        .rights = with ? with->rights : 0,
        .default_rights = with && with->default_rights,
    };
    uint64_t left = UINT64_MAX;

    answer->status = policy_sign(ops->model->policy.apps[sign->app], caller->rules[sign->app],
                                 caller->who.uid, &want, ops->now_ms);
    claims->lifetime = want.lifetime;
    answer->cap = want.cap;
    asked->rights = want.rights;
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
    answer->status = answer->error ? PROTO_FIELD : prove(ops, sign->app, claims, asked, answer);
    answer->lifetime = claims->lifetime;
}

/* Signs or refuses, and writes the audit line. */
static void sign_and_tell(struct ops *ops, const struct ops_caller *caller, struct asked *asked,
                          struct proto_signed *answer, struct usersig_claims *claims)
{
    const struct proto_sign *sign = asked->sign;
    bool raw = asked->with && asked->with->kind == PROTO_USERBUF_RAW;
    sign_for(ops, caller, asked, answer, claims);
    struct audit_who who = ops_caller_who(ops, caller);
    struct audit_what what = {
        .event = answer->status ? "refused"
                 : raw          ? "sign_userbuf"
                 : asked->with  ? "sign_room"
                                : "sign",
        .app = ops->model->policy.apps[sign->app]->name,
        .identifier = sign->identifier,
        .identifier_len = sign->identifier_len,
        .issued_at = answer->issued_at,
        .lifetime = claims->lifetime,
        .key = answer->status ? NULL : answer->key,
        .claims = answer->status ? NULL : claims,
        .verdict = verdict_of(answer->status, answer->error),
    };
    if (answer->status)
        audit_refuse(&ops->audit, &who, &what, ops->now);
    else
        audit_add(&ops->audit, &who, &what, ops->now);
}

/* false: no front that keeps its books asks so. */
static bool sign_asked(struct ops *ops, const struct ops_front *front, struct asked asked,
                       struct proto_signed *answer, struct usersig_claims *claims)
{
    const struct ops_caller *caller = ops_caller_of(front, asked.sign->handle);
    if (!caller || asked.sign->identifier_len > USERSIG_IDENTIFIER_MAX)
        return false;
    answer->id = asked.sign->id;
    answer->status = PROTO_FORBIDDEN;
    if (!ops->model)
        return true;
    answer->generation = ops->model->begin.generation;
    if (asked.sign->generation != answer->generation)
        answer->status = PROTO_STALE;
    else if (asked.sign->app < ops->model->policy.n_apps)
        sign_and_tell(ops, caller, &asked, answer, claims);
    return true;
}

/* As a SIGN of the same fields. */
bool ops_sign_short(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    static struct proto_sign sign; /* behind identifier_len nothing of it is looked at */
    const struct proto_sign_short *asked = frame->body;
    if (asked->identifier_len > sizeof asked->identifier)
        return false;
    proto_sign_lengthen(&sign, asked);
    return ops_sign_sign(ops, front, &(struct chan_frame){ .op = PROTO_SIGN, .body = &sign, .fd = -1 });
}

bool ops_sign_sign(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    static struct usersig_claims
        claims; /* 900 bytes, which would be cleared each time; what is not set stays zero */
    struct proto_signed answer = { 0 };
    claims.issued_at = claims.lifetime = 0;
    return sign_asked(ops, front, (struct asked){ .sign = frame->body }, &answer, &claims) &&
           chan_send(&front->chan, PROTO_SIGNED, &answer, -1);
}

bool ops_sign_userbuf(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_sign_userbuf *with = frame->body;
    struct proto_signed_userbuf answer = { 0 };
    struct usersig_claims claims = { 0 };
    if (with->kind >= PROTO_USERBUFS || with->len > sizeof with->bytes ||
        !sign_asked(ops, front, (struct asked){ &with->sign, with, 0 }, &answer.is, &claims))
        return false;
    if (answer.is.status == PROTO_DONE) {
        answer.len = (uint32_t)claims.userbuf_len;
        memcpy(answer.bytes, claims.userbuf, claims.userbuf_len);
    }
    return chan_send(&front->chan, PROTO_SIGNED_USERBUF, &answer, -1);
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
        .flags = verify->flags,
        .issued_at = verify->issued_at,
        .lifetime = verify->lifetime,
        .identifier_len = verify->identifier_len,
        .userbuf_len = verify->userbuf_len,
    };
    memcpy(claims.identifier, verify->identifier, verify->identifier_len);
    memcpy(claims.userbuf, verify->userbuf, verify->userbuf_len);
    memcpy(claims.account_type, verify->account_type, USERSIG_V1_FIELD_MAX);
    memcpy(claims.appid_at_3rd, verify->appid_at_3rd, USERSIG_V1_FIELD_MAX);
    memcpy(expected, verify->expected, verify->expected_len);
    struct usersig_expect expect = {
        .sdkappid = ops->model->policy.apps[verify->app]->sdkappid,
        .identifier = expected,
        .flags = (verify->any_identifier ? USERSIG_ANY_IDENTIFIER : 0) |
                 (verify->any_userbuf ? USERSIG_ANY_USERBUF : 0),
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
                                               .verdict = proto_status_name(answer.status) },
                         ops->now);
        else
            judge(ops, verify, &answer);
    }
    return chan_send(&front->chan, PROTO_VERDICT, &answer, -1);
}
