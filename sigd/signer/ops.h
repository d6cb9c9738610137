/* ops.h: what the master and the fronts may ask of the signer: one table of ops. */
#ifndef SIGD_OPS_H
#define SIGD_OPS_H

#include "audit.h"
#include "board.h"
#include "chan.h"
#include "keyset.h"
#include "policy.h"
#include "served.h"
#include "stamp.h"
#include "turns.h"

#define OPS_NO_SOCKET SIGD_SOCKETS_MAX /* the caller's socket is not in the config any more */

/* Models, without their keys, that are kept behind the one that counts. A front has said that it knows a model while what it told
 * by the one before still waits in its channel: under load, with one reload after the other, more than one lies between. */
#define OPS_PREVIOUS 4

#define OPS_CROWDS 256 /* places for persons */

struct ops_question; /* that waits for its turn */

/* Callers of one uid, whichever front they came by: their questions about an app wait in one line. */
struct ops_person {
    uid_t uid;
    size_t n_callers;
    struct ops_person *next; /* with the same place */
    struct turns_line lines[SIGD_APPS_MAX];
};

/* A caller that a front has shown; its handle is its place. */
struct ops_caller {
    bool used;
    struct caller who;
    struct ops_person *person;
    struct ops_question *questions; /* the last first */
    unsigned socket;
    uint64_t rules[SIGD_APPS_MAX];
};

struct ops_front {
    struct chan chan;
    size_t n_callers, hint; /* hint: no free place below it */
    struct ops_caller **callers;
    size_t held; /* questions that wait for their turn */
    size_t mark; /* what stood in chan when the turn began */
    bool is_new; /* nothing waits for its channel yet */
    bool deaf;   /* its socket has ended: what is in its pipe is the last of it */
};

/* What is loaded, or being loaded. */
struct ops_model {
    struct proto_load_begin begin;
    struct policy policy;
    struct keyset keys[SIGD_APPS_MAX];
    struct served served;
    struct sealed_master *master; /* while loading only; NULL: none */
    uint32_t n_keys_seen[SIGD_APPS_MAX];
    uint64_t frozen; /* bit a: nothing is signed for app a */
    bool failed;     /* a key could not be read */
    char why[256];   /* what else is wrong; "": nothing */
};

struct ops {
    struct chan master;
    struct ops_front *fronts[SIGD_WORKERS_MAX];
    struct ops_model *model, *loading, *loaded; /* NULL: none. loaded: whole, waits for the commit */
    struct ops_model
        *previous[OPS_PREVIOUS]; /* those before model, the last first: a front may still speak of them */
    struct audit audit;
    struct stamp stamp;
    struct boards boards;
    struct ops_person *persons[OPS_CROWDS];
    struct turns turns;   /* who is next */
    size_t held;          /* questions that wait for their turn, of all fronts */
    uint64_t now, now_ms; /* of this turn */
    uint64_t warned_at;   /* second of the last warning about strangers */
    unsigned warned;      /* others that were not told since */
};

/* Handles every frame of a packet from the master, writes the audit log, then lets the answers go. false: broken framing
 * or an op that this channel may not use: close it. */
bool ops_packet(struct ops *ops, struct chan_packet *packet);

/* A turn of the fronts: what is in their packets is handled, questions wait; those whose turn it is are answered; the audit
 * log is written, and the answers go. ops_front_packet: false as above. ops_turn_take: NULL, or a front to be closed, after
 * which it is called again. */
void ops_begin(struct ops *ops);
bool ops_front_packet(struct ops *ops, struct ops_front *front, struct chan_packet *packet);
struct ops_front *ops_turn_take(struct ops *ops);
void ops_end(struct ops *ops);

void ops_front_close(struct ops *ops, size_t index);

/* Handlers, by subject: ops_load.c, ops_caller.c, ops_sign.c. Each gets a body of its op's length. */
typedef bool ops_handler(struct ops *ops, struct ops_front *front, const struct chan_frame *frame);
ops_handler ops_load_begin, ops_load_master_key, ops_load_socket, ops_load_app, ops_load_key, ops_load_admin,
    ops_load_reserved, ops_load_rule, ops_load_rule_id, ops_load_rule_pattern, ops_load_end, ops_load_commit,
    ops_load_abort, ops_load_freeze, ops_load_board, ops_load_log;
ops_handler ops_caller_open, ops_caller_close, ops_caller_served, ops_caller_refused;
ops_handler ops_sign_hold, ops_sign_issue, ops_sign_sign, ops_sign_short, ops_sign_userbuf, ops_sign_verify;

ops_handler ops_clock_accept;

/* Looks at the clocks: `now` from here on; steps and doubts are told. closely: asks the kernel for its word, too. */
void ops_clock_look(struct ops *ops, bool closely);
void ops_clock_load(struct ops *ops);           /* after a new model */
uint64_t ops_clock_next(const struct ops *ops); /* boot ms of the next look that nothing else causes */

/* The issue time of a signature for an app. Its key is the key of that time. */
enum proto_status ops_clock_stamp(struct ops *ops, size_t app, uint64_t *at);
ops_handler ops_audit_file, ops_audit_reserve, ops_audit_note;

/* Who asks, as a question tells it. */
struct ops_asker {
    uint32_t handle, app;
};

/* A question waits for its turn, in which handle answers it. false: no caller of this front asks so. */
bool ops_turn_wait(struct ops *ops, struct ops_front *front, const struct chan_frame *frame,
                   const struct ops_asker *asker, ops_handler *handle);

/* A caller has gone: its questions are not decided any more. tell: they are answered so. */
bool ops_turn_leave(struct ops *ops, struct ops_front *front, struct ops_caller *caller, bool tell);

/* Does so much of a front's wait that nothing more is read of it? */
bool ops_turn_full(const struct ops_front *front);

/* The person of a new caller, NULL: no memory; and a caller parts from its person. */
struct ops_person *ops_turn_person(struct ops *ops, uid_t uid);
void ops_turn_part(struct ops *ops, struct ops_person *person);

/* The caller of a handle on this front, NULL: none. */
struct ops_caller *ops_caller_of(const struct ops_front *front, uint32_t handle);

/* A caller has gone; its place is free. tell: what it asked for is answered. false: no memory. */
bool ops_caller_gone(struct ops *ops, struct ops_front *front, struct ops_caller *caller, bool tell);

/* Matches a caller with the policy that counts now. */
void ops_caller_match(const struct ops *ops, struct ops_caller *caller);

/* Whom the audit log names. */
struct audit_who ops_caller_who(const struct ops *ops, const struct ops_caller *caller);

#endif
