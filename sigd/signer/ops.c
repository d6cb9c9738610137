/* ops.c: the table of ops, the packets, and who is at the other end. */
#include "ops.h"

#include "actions.h"
#include "clock.h"
#include "log.h"
#include "tally.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLERS_MAX 65536 /* a front; more descriptors than it may have open */

static ops_handler handle_audit, handle_front, handle_open, handle_close, handle_served, handle_refused;

enum { MASTER = 1, FRONT = 2 };
/* Who may ask what. Lengths and descriptors were checked by chan_next from the op's number. */
static const struct {
    uint16_t op;
    uint16_t channel;
    ops_handler *handler;
} table[] = {
    { PROTO_LOAD_BEGIN, MASTER, ops_load_begin },
    { PROTO_LOAD_SOCKET, MASTER, ops_load_socket },
    { PROTO_LOAD_APP, MASTER, ops_load_app },
    { PROTO_LOAD_KEY, MASTER, ops_load_key },
    { PROTO_LOAD_ADMIN, MASTER, ops_load_admin },
    { PROTO_LOAD_RESERVED, MASTER, ops_load_reserved },
    { PROTO_LOAD_RULE, MASTER, ops_load_rule },
    { PROTO_LOAD_RULE_ID, MASTER, ops_load_rule_id },
    { PROTO_LOAD_RULE_PATTERN, MASTER, ops_load_rule_pattern },
    { PROTO_LOAD_COMMIT, MASTER, ops_load_commit },
    { PROTO_BOARD, MASTER, ops_load_board },
    { PROTO_LOG, MASTER, ops_load_log },
    { PROTO_AUDIT, MASTER, handle_audit },
    { PROTO_FRONT, MASTER, handle_front },
    { PROTO_ISSUE, MASTER, ops_sign_issue },
    { PROTO_OPEN, FRONT, handle_open },
    { PROTO_CLOSE, FRONT, handle_close },
    { PROTO_SIGN, FRONT, ops_sign_sign },
    { PROTO_VERIFY, FRONT, ops_sign_verify },
    { PROTO_SERVED, FRONT, handle_served },
    { PROTO_REFUSED, FRONT, handle_refused },
};

static ops_handler *handler_of(uint16_t op, uint16_t channel)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].op == op && table[i].channel == channel)
            return table[i].handler;
    return NULL;
}

/* From now on a front may tell that it hands this credential out. */
static bool note_issued(struct ops *ops, const struct proto_issued *issued)
{
    return served_issued(&ops->model->served, issued->app, issued->admin, issued->kind, issued->issued_at);
}

/* What was proven waits for the audit log; where that did not take the lines, the proofs must not leave. */
static void settle(struct ops *ops, struct chan *chan, size_t mark, bool written)
{
    uint16_t op;
    void *body;
    while ((body = chan_queued(chan, &mark, &op))) {
        struct proto_signed *answer = body;
        struct proto_issued *issued = body;
        if (op == PROTO_SIGNED && !written) {
            *answer = (struct proto_signed){ .id = answer->id, .status = PROTO_UNAVAILABLE };
        } else if (op == PROTO_ISSUED && (!written || (!issued->status && !note_issued(ops, issued)))) {
            memset(issued->proof, 0, sizeof issued->proof);
            issued->status = PROTO_UNAVAILABLE;
        }
        tally_answer(ops->boards.own_signer, op, body);
    }
}

struct packet_context {
    struct ops *ops;
    struct ops_front *front;
    uint64_t frames;
};

static bool handle_frame(void *context, const struct chan_frame *frame)
{
    struct packet_context *c = context;
    ops_handler *handler = handler_of(frame->op, c->front ? FRONT : MASTER);
    c->frames++;
    return handler && handler(c->ops, c->front, frame);
}

bool ops_packet(struct ops *ops, struct ops_front *front, struct chan_packet *packet)
{
    struct chan *chan = front ? &front->chan : &ops->master;
    size_t mark = chan->out_len;

    ops->now = clock_real();
    ops->now_ms = clock_boot_ms();
    struct packet_context context = { ops, front, 0 };
    bool ok = chan_each(packet, handle_frame, &context);
    settle(ops, chan, mark, audit_flush(&ops->audit));
    tally_packet(ops->boards.own_signer, context.frames);
    return ok && chan_flush(chan) >= 0;
}

static bool handle_audit(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    int fd = dup(frame->fd);
    audit_open(&ops->audit, fd);
    return fd >= 0;
}

static bool handle_front(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_front *f = frame->body;
    (void)front;
    if (f->index >= SIGD_WORKERS_MAX)
        return false;
    ops_front_close(ops, f->index);
    struct ops_front *made = calloc(1, sizeof *made);
    int fd = dup(frame->fd);
    if (!made || fd < 0) {
        free(made);
        return false;
    }
    chan_open(&made->chan, fd);
    ops->fronts[f->index] = made;
    return true;
}

void ops_front_close(struct ops *ops, size_t index)
{
    struct ops_front *front = ops->fronts[index];
    if (!front)
        return;
    for (size_t i = 0; i < front->n_callers; i++)
        if (front->callers[i]) {
            if (front->callers[i]->used)
                tally_callers(ops->boards.own_signer, -1);
            caller_clear(&front->callers[i]->who);
            free(front->callers[i]);
        }
    free(front->callers);
    chan_close(&front->chan);
    free(front);
    ops->fronts[index] = NULL;
}

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
static void warn_of_no_caller(struct ops *ops, const char *why)
{
    if (ops->warned_at == ops->now) {
        ops->warned++;
        return;
    }
    log_line(LOG_LEVEL_WARN, "refused a descriptor that is no caller's", "why=\"%s\" more_before=%u", why,
             ops->warned);
    ops->warned_at = ops->now;
    ops->warned = 0;
}

/* Fills caller from the descriptor; false: nobody who may call. */
static bool identify(struct ops *ops, struct ops_caller *caller, int fd)
{
    const char *why;
    if (!ops->model)
        return false;
    if (!caller_read(&caller->who, fd, &why)) {
        warn_of_no_caller(ops, why);
        return false;
    }
    int socket = policy_socket(&ops->model->policy, &caller->who);
    bool front = caller->who.uid == ops->model->begin.front_uid && caller->who.uid != (uid_t)-1;
    if (socket < 0 || front) {
        warn_of_no_caller(ops, front ? "connected by the front itself" : "not connected to a socket of ours");
        return false;
    }
    caller->socket = (unsigned)socket;
    for (size_t a = 0; a < ops->model->policy.n_apps; a++)
        caller->rules[a] = policy_match(&ops->model->policy, a, &caller->who, caller->socket);
    return true;
}

static struct audit_who who_is(const struct ops *ops, const struct ops_caller *caller)
{
    return (struct audit_who){ caller->who.uid, caller->who.pid,
                               ops->model->policy.sockets[caller->socket].name };
}

/* A caller without any grant is refused on every route: that is told once, here. */
static void refuse_stranger(struct ops *ops, const struct ops_caller *caller,
                            const struct proto_caller *answer)
{
    struct audit_who who = who_is(ops, caller);
    for (size_t a = 0; a < ops->model->policy.n_apps; a++)
        if (answer->grants[a].may)
            return;
    audit_refuse(&ops->audit, &who, &(struct audit_what){ .event = "refused", .verdict = "forbidden" },
                 ops->now);
}

static bool handle_open(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_open *open = frame->body;
    struct proto_caller answer = { .id = open->id };
    uint32_t handle;
    struct ops_caller *caller = new_caller(front, &handle);
    if (caller && identify(ops, caller, frame->fd)) {
        caller->used = true;
        tally_callers(ops->boards.own_signer, 1);
        answer.handle = handle;
        answer.granted = 1;
        for (size_t a = 0; a < ops->model->policy.n_apps; a++)
            answer.grants[a] = policy_grant(ops->model->policy.apps[a], caller->rules[a]);
        refuse_stranger(ops, caller, &answer);
    } else if (caller) {
        caller_clear(&caller->who);
    }
    return chan_send(&front->chan, PROTO_CALLER, &answer, -1);
}

static bool handle_close(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_close *close = frame->body;
    struct ops_caller *caller = ops_caller_of(front, close->handle);
    if (!caller)
        return false; /* a front that keeps its books closes what is open */
    caller_clear(&caller->who);
    memset(caller, 0, sizeof *caller);
    tally_callers(ops->boards.own_signer, -1);
    if (close->handle < front->hint)
        front->hint = close->handle;
    return true;
}

/* The front handed out an administrator's credential to a caller for the first time. What it tells must be possible:
 * the caller may read it, and it was issued. */
static bool handle_served(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_served *served = frame->body;
    const struct ops_caller *caller = ops_caller_of(front, served->handle);
    if (!caller || !ops->model || served->app >= ops->model->policy.n_apps ||
        served->admin >= ops->model->policy.apps[served->app]->n_admins || served->kind >= PROTO_KINDS)
        return false;
    const struct policy_app *app = ops->model->policy.apps[served->app];
    struct proto_grant grant = policy_grant(app, caller->rules[served->app]);
    uint32_t needed = served->kind == PROTO_KIND_URL ? SIGD_MAY_URL : SIGD_MAY_ADMIN;
    if (!(grant.may & needed) || !(grant.admins & 1u << served->admin))
        return false;
    bool first;
    if (!served_note(&ops->model->served, served, caller->who.uid, &first))
        return false;
    if (!first)
        return true;
    struct audit_who who = who_is(ops, caller);
    const char *admin = app->admins[served->admin];
    audit_add(&ops->audit, &who,
              &(struct audit_what){ .event = served->kind == PROTO_KIND_URL ? "served_url" : "served",
                                    .app = app->name,
                                    .identifier = admin,
                                    .identifier_len = strlen(admin),
                                    .issued_at = served->issued_at,
                                    .verdict = "ok" },
              ops->now);
    return true;
}

/* The front refused an action by the grants that it was told. */
static bool handle_refused(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_refused *refused = frame->body;
    const struct ops_caller *caller = ops_caller_of(front, refused->handle);
    if (!caller || !ops->model || (refused->app >= ops->model->policy.n_apps && refused->app != UINT32_MAX))
        return false;
    struct audit_who who = who_is(ops, caller);
    audit_refuse(&ops->audit, &who,
                 &(struct audit_what){
                     .event = "refused",
                     .app = refused->app == UINT32_MAX ? NULL : ops->model->policy.apps[refused->app]->name,
                     .action = actions_name(refused->may),
                     .verdict = "forbidden" },
                 ops->now);
    return true;
}
