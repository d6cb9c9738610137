/* ops.c: the table of ops, the packets, and who is at the other end. */
#include "ops.h"

#include "clock.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLERS_MAX 65536 /* a front; more descriptors than it may have open */

static ops_handler handle_audit, handle_front, handle_open, handle_close, handle_served;

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
    { PROTO_AUDIT, MASTER, handle_audit },
    { PROTO_FRONT, MASTER, handle_front },
    { PROTO_ISSUE, MASTER, ops_sign_issue },
    { PROTO_OPEN, FRONT, handle_open },
    { PROTO_CLOSE, FRONT, handle_close },
    { PROTO_SIGN, FRONT, ops_sign_sign },
    { PROTO_VERIFY, FRONT, ops_sign_verify },
    { PROTO_SERVED, FRONT, handle_served },
};

static ops_handler *handler_of(uint16_t op, uint16_t channel)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].op == op && table[i].channel == channel)
            return table[i].handler;
    return NULL;
}

/* The audit log did not take the lines: the proofs that wait behind them must not leave. */
static void withdraw_proofs(struct chan *chan, size_t mark)
{
    uint16_t op;
    void *body;
    while ((body = chan_queued(chan, &mark, &op))) {
        if (op == PROTO_SIGNED) {
            struct proto_signed *answer = body;
            *answer = (struct proto_signed){ .id = answer->id, .status = PROTO_UNAVAILABLE };
        } else if (op == PROTO_ISSUED) {
            struct proto_issued *answer = body;
            memset(answer->proof, 0, sizeof answer->proof);
            answer->status = PROTO_UNAVAILABLE;
        }
    }
}

bool ops_packet(struct ops *ops, struct ops_front *front, struct chan_packet *packet)
{
    struct chan *chan = front ? &front->chan : &ops->master;
    struct chan_frame frame;
    size_t mark = chan->out_len;
    int more;
    bool ok = true;

    ops->now = clock_real();
    ops->now_ms = clock_boot_ms();
    while (ok && (more = chan_next(packet, &frame)) != 0) {
        ops_handler *handler = more < 0 ? NULL : handler_of(frame.op, front ? FRONT : MASTER);
        ok = handler && handler(ops, front, &frame);
        if (more > 0 && frame.fd >= 0)
            close(frame.fd);
    }
    chan_finish(packet);
    if (!audit_flush(&ops->audit))
        withdraw_proofs(chan, mark);
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
    for (size_t i = 0; i < front->n_callers; i++)
        if (!front->callers[i]->used) {
            *handle = (uint32_t)i;
            return front->callers[i];
        }
    if (front->n_callers == CALLERS_MAX)
        return NULL;
    struct ops_caller **callers = reallocarray(front->callers, front->n_callers + 1, sizeof *callers);
    if (!callers)
        return NULL;
    front->callers = callers;
    struct ops_caller *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    *handle = (uint32_t)front->n_callers;
    callers[front->n_callers++] = made;
    return made;
}

/* Fills caller from the descriptor; false: nobody who may call. */
static bool identify(struct ops *ops, struct ops_caller *caller, int fd)
{
    const char *why;
    if (!ops->model)
        return false;
    if (!caller_read(&caller->who, fd, &why)) {
        log_line(LOG_LEVEL_WARN, "a front passed a descriptor that is no caller", "why=\"%s\"", why);
        return false;
    }
    int socket = policy_socket(&ops->model->policy, &caller->who);
    if (socket < 0 || (caller->who.uid == ops->model->begin.front_uid && caller->who.uid != (uid_t)-1)) {
        log_line(LOG_LEVEL_WARN, "a front passed a descriptor that is no caller", "why=\"%s\"",
                 socket < 0 ? "not connected to a socket of ours" : "connected by the front itself");
        return false;
    }
    caller->socket = (unsigned)socket;
    for (size_t a = 0; a < ops->model->policy.n_apps; a++)
        caller->rules[a] = policy_match(&ops->model->policy, a, &caller->who, caller->socket);
    return true;
}

static bool handle_open(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_open *open = frame->body;
    struct proto_caller answer = { .id = open->id };
    uint32_t handle;
    struct ops_caller *caller = new_caller(front, &handle);
    if (caller && identify(ops, caller, frame->fd)) {
        caller->used = true;
        answer.handle = handle;
        answer.granted = 1;
        for (size_t a = 0; a < ops->model->policy.n_apps; a++)
            answer.grants[a] = policy_grant(ops->model->policy.apps[a], caller->rules[a]);
    } else if (caller) {
        caller_clear(&caller->who);
    }
    return chan_send(&front->chan, PROTO_CALLER, &answer, -1);
}

static bool handle_close(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_close *close = frame->body;
    struct ops_caller *caller = ops_caller_of(front, close->handle);
    (void)ops;
    if (!caller)
        return false; /* a front that keeps its books closes what is open */
    caller_clear(&caller->who);
    memset(caller, 0, sizeof *caller);
    return true;
}

/* The front handed out an administrator's credential to a caller for the first time. */
static bool handle_served(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_served *served = frame->body;
    struct ops_caller *caller = ops_caller_of(front, served->handle);
    if (!caller || !ops->model || served->app >= ops->model->policy.n_apps ||
        served->admin >= ops->model->policy.apps[served->app]->n_admins || served->kind >= PROTO_KINDS)
        return false;
    const struct policy_app *app = ops->model->policy.apps[served->app];
    const char *admin = app->admins[served->admin];
    audit_add(&ops->audit,
              &(struct audit_who){ caller->who.uid, caller->who.pid,
                                   ops->model->policy.sockets[caller->socket].name },
              &(struct audit_what){ .event = served->kind == PROTO_KIND_URL ? "served_url" : "served",
                                    .app = app->name,
                                    .identifier = admin,
                                    .identifier_len = strlen(admin),
                                    .issued_at = served->issued_at,
                                    .verdict = "ok" },
              ops->now);
    return true;
}
