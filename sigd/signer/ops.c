/* ops.c: the table of ops, the packets, the fronts' channels. */
#include "ops.h"

#include "tally.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ops_handler handle_front, handle_pipe;

enum { MASTER = 1, FRONT = 2 };
/* Who may ask what. Lengths and descriptors were checked by chan_next from the op's number. asker: where the body tells who
 * asks, for questions that wait for their turn; 0: handled as it comes. */
static const struct row {
    uint16_t op;
    uint16_t channel;
    ops_handler *handler;
    size_t asker;
} table[] = {
    { PROTO_SIGN_SHORT, FRONT, ops_sign_short, offsetof(struct proto_sign_short, handle) },
    { PROTO_SIGN, FRONT, ops_sign_sign, offsetof(struct proto_sign, handle) },
    { PROTO_OPEN, FRONT, ops_caller_open, 0 },
    { PROTO_CLOSE, FRONT, ops_caller_close, 0 },
    { PROTO_SIGN_USERBUF, FRONT, ops_sign_userbuf, offsetof(struct proto_sign_userbuf, sign.handle) },
    { PROTO_VERIFY, FRONT, ops_sign_verify, offsetof(struct proto_verify, handle) },
    { PROTO_SERVED, FRONT, ops_caller_served, 0 },
    { PROTO_REFUSED, FRONT, ops_caller_refused, 0 },
    { PROTO_LOAD_BEGIN, MASTER, ops_load_begin, 0 },
    { PROTO_LOAD_MASTER_KEY, MASTER, ops_load_master_key, 0 },
    { PROTO_LOAD_SOCKET, MASTER, ops_load_socket, 0 },
    { PROTO_LOAD_APP, MASTER, ops_load_app, 0 },
    { PROTO_LOAD_KEY, MASTER, ops_load_key, 0 },
    { PROTO_LOAD_ADMIN, MASTER, ops_load_admin, 0 },
    { PROTO_LOAD_RESERVED, MASTER, ops_load_reserved, 0 },
    { PROTO_LOAD_RULE, MASTER, ops_load_rule, 0 },
    { PROTO_LOAD_RULE_ID, MASTER, ops_load_rule_id, 0 },
    { PROTO_LOAD_RULE_PATTERN, MASTER, ops_load_rule_pattern, 0 },
    { PROTO_LOAD_END, MASTER, ops_load_end, 0 },
    { PROTO_LOAD_COMMIT, MASTER, ops_load_commit, 0 },
    { PROTO_LOAD_ABORT, MASTER, ops_load_abort, 0 },
    { PROTO_BOARD, MASTER, ops_load_board, 0 },
    { PROTO_LOG, MASTER, ops_load_log, 0 },
    { PROTO_AUDIT, MASTER, ops_audit_file, 0 },
    { PROTO_AUDIT_RESERVE, MASTER, ops_audit_reserve, 0 },
    { PROTO_NOTE, MASTER, ops_audit_note, 0 },
    { PROTO_FRONT, MASTER, handle_front, 0 },
    { PROTO_PIPE, MASTER, handle_pipe, 0 },
    { PROTO_ISSUE, MASTER, ops_sign_issue, 0 },
    { PROTO_CLOCK_ACCEPT, MASTER, ops_clock_accept, 0 },
    { PROTO_FREEZE, MASTER, ops_load_freeze, 0 },
    { PROTO_HOLD, MASTER, ops_sign_hold, 0 },
};

static const struct row *row_of(uint16_t op, uint16_t channel)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].op == op && table[i].channel == channel)
            return &table[i];
    return NULL;
}

/* From now on a front may tell that it hands this credential out. */
static bool note_issued(struct ops *ops, const struct proto_issued *issued)
{
    return served_issued(&ops->model->served, issued->app, issued->admin, issued->kind, issued->issued_at);
}

/* By the same model, or the front would ask again without end. */
static struct proto_signed no_proof(const struct proto_signed *answer)
{
    return (struct proto_signed){ .id = answer->id,
                                  .status = PROTO_UNAVAILABLE,
                                  .generation = answer->generation };
}

/* What was proven waits for the audit log; where that did not take the lines, the proofs must not leave. */
static void settle(struct ops *ops, struct chan *chan, size_t mark, enum audit_written written)
{
    uint16_t op;
    void *body;
    while ((body = chan_queued(chan, &mark, &op))) {
        struct proto_signed *answer = body;
        struct proto_issued *issued = body;
        if (op == PROTO_SIGNED && !answer->status && written < AUDIT_WRITTEN_ALL) {
            *answer = no_proof(answer);
        } else if (op == PROTO_SIGNED_USERBUF && !answer->status && written < AUDIT_WRITTEN_ALL) {
            /* begins with a proto_signed */
            *(struct proto_signed_userbuf *)body = (struct proto_signed_userbuf){ .is = no_proof(answer) };
        } else if (op == PROTO_ISSUED && !issued->status &&
                   (written < AUDIT_WRITTEN_ESSENTIAL || !note_issued(ops, issued))) {
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
    const struct row *row = row_of(frame->op, c->front ? FRONT : MASTER);
    struct ops_asker asker;
    c->frames++;
    if (!row || !row->asker)
        return row && row->handler(c->ops, c->front, frame);
    memcpy(&asker, (const uint8_t *)frame->body + row->asker, sizeof asker);
    return ops_turn_wait(c->ops, c->front, frame, &asker, row->handler);
}

static bool each_frame(struct ops *ops, struct ops_front *front, struct chan_packet *packet)
{
    struct packet_context context = { ops, front, 0 };
    bool ok = chan_each(packet, handle_frame, &context);
    tally_packet(ops->boards.own_signer, context.frames);
    return ok;
}

bool ops_packet(struct ops *ops, struct chan_packet *packet)
{
    size_t mark = ops->master.out_len;
    ops_clock_look(ops, false);
    bool ok = each_frame(ops, NULL, packet);
    settle(ops, &ops->master, mark, audit_flush(&ops->audit, ops->now, ops->now_ms));
    if (ok)
        chan_flush(&ops->master); /* one that has gone meanwhile has broken nothing: poll tells */
    return ok;
}

void ops_begin(struct ops *ops)
{
    ops_clock_look(ops, false);
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        if (ops->fronts[i])
            ops->fronts[i]->mark = ops->fronts[i]->chan.out_len;
}

bool ops_front_packet(struct ops *ops, struct ops_front *front, struct chan_packet *packet)
{
    return each_frame(ops, front, packet);
}

void ops_end(struct ops *ops)
{
    enum audit_written written = audit_flush(&ops->audit, ops->now, ops->now_ms);
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++) {
        struct ops_front *front = ops->fronts[i];
        if (!front || front->chan.out_len == front->mark)
            continue;
        settle(ops, &front->chan, front->mark, written);
        chan_flush(&front->chan); /* as above */
    }
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
    made->is_new = true;
    ops->fronts[f->index] = made;
    return true;
}

/* Both come before anything is heard of the front. */
static bool handle_pipe(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_pipe *end = frame->body;
    if (end->front >= SIGD_WORKERS_MAX || !ops->fronts[end->front] || end->way >= PROTO_PIPE_WAYS)
        return false;
    front = ops->fronts[end->front];
    if (end->way == PROTO_PIPE_IN ? front->chan.in : front->chan.to)
        return false;
    int fd = dup(frame->fd);
    if (fd < 0)
        return false;
    chan_add_pipe(&front->chan, end->way, fd);
    return true;
}

void ops_front_close(struct ops *ops, size_t index)
{
    struct ops_front *front = ops->fronts[index];
    if (!front)
        return;
    for (size_t i = 0; i < front->n_callers; i++)
        if (front->callers[i]) {
            ops_caller_gone(ops, front, front->callers[i], false);
            free(front->callers[i]);
        }
    free(front->callers);
    chan_close(&front->chan);
    free(front);
    ops->fronts[index] = NULL;
}
