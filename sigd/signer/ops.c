/* ops.c: the table of ops, the packets, the fronts' channels. */
#include "ops.h"

#include "tally.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ops_handler handle_front;

enum { MASTER = 1, FRONT = 2 };
/* Who may ask what. Lengths and descriptors were checked by chan_next from the op's number. */
static const struct {
    uint16_t op;
    uint16_t channel;
    ops_handler *handler;
} table[] = {
    { PROTO_LOAD_BEGIN, MASTER, ops_load_begin },
    { PROTO_LOAD_MASTER_KEY, MASTER, ops_load_master_key },
    { PROTO_LOAD_SOCKET, MASTER, ops_load_socket },
    { PROTO_LOAD_APP, MASTER, ops_load_app },
    { PROTO_LOAD_KEY, MASTER, ops_load_key },
    { PROTO_LOAD_ADMIN, MASTER, ops_load_admin },
    { PROTO_LOAD_RESERVED, MASTER, ops_load_reserved },
    { PROTO_LOAD_RULE, MASTER, ops_load_rule },
    { PROTO_LOAD_RULE_ID, MASTER, ops_load_rule_id },
    { PROTO_LOAD_RULE_PATTERN, MASTER, ops_load_rule_pattern },
    { PROTO_LOAD_END, MASTER, ops_load_end },
    { PROTO_LOAD_COMMIT, MASTER, ops_load_commit },
    { PROTO_LOAD_ABORT, MASTER, ops_load_abort },
    { PROTO_BOARD, MASTER, ops_load_board },
    { PROTO_LOG, MASTER, ops_load_log },
    { PROTO_AUDIT, MASTER, ops_audit_file },
    { PROTO_AUDIT_RESERVE, MASTER, ops_audit_reserve },
    { PROTO_NOTE, MASTER, ops_audit_note },
    { PROTO_FRONT, MASTER, handle_front },
    { PROTO_ISSUE, MASTER, ops_sign_issue },
    { PROTO_CLOCK_ACCEPT, MASTER, ops_clock_accept },
    { PROTO_FREEZE, MASTER, ops_load_freeze },
    { PROTO_HOLD, MASTER, ops_sign_hold },
    { PROTO_OPEN, FRONT, ops_caller_open },
    { PROTO_CLOSE, FRONT, ops_caller_close },
    { PROTO_SIGN, FRONT, ops_sign_sign },
    { PROTO_SIGN_USERBUF, FRONT, ops_sign_userbuf },
    { PROTO_VERIFY, FRONT, ops_sign_verify },
    { PROTO_SERVED, FRONT, ops_caller_served },
    { PROTO_REFUSED, FRONT, ops_caller_refused },
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
    ops_handler *handler = handler_of(frame->op, c->front ? FRONT : MASTER);
    c->frames++;
    return handler && handler(c->ops, c->front, frame);
}

bool ops_packet(struct ops *ops, struct ops_front *front, struct chan_packet *packet)
{
    struct chan *chan = front ? &front->chan : &ops->master;
    size_t mark = chan->out_len;

    ops_clock_look(ops, false);
    struct packet_context context = { ops, front, 0 };
    bool ok = chan_each(packet, handle_frame, &context);
    settle(ops, chan, mark, audit_flush(&ops->audit, ops->now, ops->now_ms));
    tally_packet(ops->boards.own_signer, context.frames);
    if (ok)
        chan_flush(chan); /* one that has gone meanwhile has broken nothing: poll tells */
    return ok;
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
