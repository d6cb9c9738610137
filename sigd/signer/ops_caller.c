/* ops_caller.c: who is at the other end of a front's connections, and what the front tells of them. */
#include "ops.h"

#include "actions.h"
#include "log.h"
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#define CALLERS_MAX 65536 /* a front; more descriptors than it may have open */

struct ops_caller *ops_caller_of(const struct ops_front *front, uint32_t handle)
{
    return handle < front->n_callers && front->callers[handle] && front->callers[handle]->used
               ? front->callers[handle]
               : NULL;
}

/* A free place; rooms of callers who left are used again. */
static struct ops_caller *new_caller(struct ops_front *front, uint32_t *handle)
{
    while (front->hint < front->n_callers && front->callers[front->hint]->used)
        front->hint++;
    *handle = (uint32_t)front->hint;
    if (front->hint < front->n_callers)
        return front->callers[front->hint];
    if (front->n_callers == CALLERS_MAX)
        return NULL;
    struct ops_caller **callers = reallocarray(front->callers, front->n_callers + 1, sizeof *callers);
    if (!callers)
        return NULL;
    front->callers = callers;
    struct ops_caller *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    callers[front->n_callers++] = made;
    return made;
}

/* Strangers can cause this at will: one line a second, with a count of the others. */
static void warn_of_no_caller(struct ops *ops, enum proto_status status, const char *why)
{
    if (ops->warned_at == ops->now) {
        ops->warned++;
        return;
    }
    log_line(LOG_LEVEL_WARN,
             status == PROTO_FORBIDDEN ? "refused a descriptor that is no caller's" : "cannot tell who calls",
             "why=\"%s\" more_before=%u", why, ops->warned);
    ops->warned_at = ops->now;
    ops->warned = 0;
}

/* Fills caller from the descriptor. FORBIDDEN: nobody who may call; UNAVAILABLE: that cannot be told now. */
static enum proto_status identify(struct ops *ops, struct ops_caller *caller, int fd)
{
    const char *why = "no memory";
    if (!ops->model)
        return PROTO_FORBIDDEN;
    enum proto_status status = caller ? caller_read(&caller->who, fd, &why) : PROTO_UNAVAILABLE;
    if (status) {
        warn_of_no_caller(ops, status, why);
        return status;
    }
    bool front = caller->who.uid == ops->model->begin.front_uid && caller->who.uid != (uid_t)-1;
    ops_caller_match(ops, caller);
    if (caller->socket != OPS_NO_SOCKET && !front) {
        caller->person = ops_turn_person(ops, caller->who.uid);
        return caller->person ? PROTO_DONE : PROTO_UNAVAILABLE;
    }
    warn_of_no_caller(ops, PROTO_FORBIDDEN,
                      front ? "connected by the front itself" : "not connected to a socket of ours");
    return PROTO_FORBIDDEN;
}

void ops_caller_match(const struct ops *ops, struct ops_caller *caller)
{
    const struct policy *policy = &ops->model->policy;
    int socket = policy_socket(policy, &caller->who);
    caller->socket = socket < 0 ? OPS_NO_SOCKET : (unsigned)socket;
    memset(caller->rules, 0, sizeof caller->rules);
    for (size_t a = 0; a < policy->n_apps && socket >= 0; a++)
        caller->rules[a] = policy_match(policy, a, &caller->who, caller->socket);
}

struct audit_who ops_caller_who(const struct ops *ops, const struct ops_caller *caller)
{
    return (struct audit_who){ caller->who.uid, caller->who.pid,
                               caller->socket == OPS_NO_SOCKET
                                   ? NULL
                                   : ops->model->policy.sockets[caller->socket].name };
}

/* A caller without any grant is refused on every route: that is told once, here. */
static void refuse_stranger(struct ops *ops, const struct ops_caller *caller,
                            const struct proto_caller *answer)
{
    struct audit_who who = ops_caller_who(ops, caller);
    for (size_t a = 0; a < ops->model->policy.n_apps; a++)
        if (answer->grants[a].may)
            return;
    audit_refuse(&ops->audit, &who, &(struct audit_what){ .event = "refused", .verdict = "forbidden" },
                 ops->now);
}

bool ops_caller_open(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_open *open = frame->body;
    struct proto_caller answer = { .id = open->id,
                                   .generation = ops->model ? ops->model->begin.generation : 0 };
    uint32_t handle;
    struct ops_caller *caller = new_caller(front, &handle);
    answer.status = identify(ops, caller, frame->fd);
    if (answer.status == PROTO_DONE) {
        caller->used = true;
        tally_callers(ops->boards.own_signer, 1);
        answer.handle = handle;
        for (size_t a = 0; a < ops->model->policy.n_apps; a++)
            answer.grants[a] = policy_grant(ops->model->policy.apps[a], caller->rules[a]);
        refuse_stranger(ops, caller, &answer);
    } else if (caller) {
        caller_clear(&caller->who);
    }
    return chan_send(&front->chan, PROTO_CALLER, &answer, -1);
}

bool ops_caller_close(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_close *close = frame->body;
    struct ops_caller *caller = ops_caller_of(front, close->handle);
    if (!caller)
        return false; /* a front that keeps its books closes what is open */
    if (close->handle < front->hint)
        front->hint = close->handle;
    return ops_caller_gone(ops, front, caller, true);
}

bool ops_caller_gone(struct ops *ops, struct ops_front *front, struct ops_caller *caller, bool tell)
{
    if (!caller->used)
        return true;
    bool ok = ops_turn_leave(ops, front, caller, tell);
    ops_turn_part(ops, caller->person);
    caller_clear(&caller->who);
    memset(caller, 0, sizeof *caller);
    tally_callers(ops->boards.own_signer, -1);
    return ok;
}

/* The model that a front speaks of; NULL: none that it may. A front hears of a new one after the signer does, and what
 * it did until then is told by the places of the one before. */
static struct ops_model *model_of(struct ops *ops, uint32_t generation)
{
    if (ops->model && ops->model->begin.generation == generation)
        return ops->model;
    for (size_t i = 0; i < OPS_PREVIOUS; i++)
        if (ops->previous[i] && ops->previous[i]->begin.generation == generation)
            return ops->previous[i];
    return NULL;
}

/* What a caller may do on an app by that model. */
static struct proto_grant grant_of(const struct ops *ops, const struct ops_model *model,
                                   const struct ops_caller *caller, size_t app)
{
    uint64_t rules = caller->rules[app];
    if (model != ops->model) {
        int socket = policy_socket(&model->policy, &caller->who);
        rules = socket < 0 ? 0 : policy_match(&model->policy, app, &caller->who, (unsigned)socket);
    }
    return policy_grant(model->policy.apps[app], rules);
}

/* Where the administrator that a model knows by these places stands now. false: nowhere. */
static bool place_now(const struct ops *ops, const struct ops_model *model, struct proto_served *served)
{
    const struct policy_app *app = model->policy.apps[served->app];
    const char *admin = app->admins[served->admin];
    for (uint32_t a = 0; a < ops->model->policy.n_apps; a++)
        for (uint32_t i = 0; i < ops->model->policy.apps[a]->n_admins; i++)
            if (ops->model->policy.apps[a]->sdkappid == app->sdkappid &&
                strcmp(ops->model->policy.apps[a]->name, app->name) == 0 &&
                strcmp(ops->model->policy.apps[a]->admins[i], admin) == 0) {
                served->app = a;
                served->admin = i;
                return true;
            }
    return false;
}

/* The front handed out an administrator's credential to a caller for the first time. What it tells must be possible:
 * the caller may read it, and it was issued. */
bool ops_caller_served(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    struct proto_served served = *(const struct proto_served *)frame->body;
    const struct ops_caller *caller = ops_caller_of(front, served.handle);
    const struct ops_model *model = model_of(ops, served.generation);
    if (!caller || !model || served.app >= model->policy.n_apps ||
        served.admin >= model->policy.apps[served.app]->n_admins || served.kind >= PROTO_KINDS)
        return false;
    const struct policy_app *app = model->policy.apps[served.app];
    const char *admin = app->admins[served.admin];
    struct proto_grant grant = grant_of(ops, model, caller, served.app);
    uint32_t needed = served.kind == PROTO_KIND_URL ? SIGD_MAY_URL : SIGD_MAY_ADMIN;
    if (!(grant.may & needed) || !(grant.admins & 1u << served.admin))
        return false;
    bool first = true;
    if (place_now(ops, model, &served) && !served_note(&ops->model->served, &served, caller->who.uid, &first))
        return false;
    if (!first)
        return true;
    struct audit_who who = ops_caller_who(ops, caller);
    audit_add(&ops->audit, &who,
              &(struct audit_what){ .event = served.kind == PROTO_KIND_URL ? "served_url" : "served",
                                    .app = app->name,
                                    .identifier = admin,
                                    .identifier_len = strlen(admin),
                                    .issued_at = served.issued_at,
                                    .verdict = "ok",
                                    .class = AUDIT_ESSENTIAL | AUDIT_FACT },
              ops->now);
    return true;
}

/* The front refused an action by the grants that it was told. */
bool ops_caller_refused(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_refused *refused = frame->body;
    const struct ops_caller *caller = ops_caller_of(front, refused->handle);
    const struct ops_model *model = model_of(ops, refused->generation);
    if (!caller || !model || (refused->app >= model->policy.n_apps && refused->app != UINT32_MAX))
        return false;
    struct audit_who who = ops_caller_who(ops, caller);
    audit_refuse(&ops->audit, &who,
                 &(struct audit_what){
                     .event = "refused",
                     .app = refused->app == UINT32_MAX ? NULL : model->policy.apps[refused->app]->name,
                     .action = actions_name(refused->may),
                     .verdict = "forbidden" },
                 ops->now);
    return true;
}
