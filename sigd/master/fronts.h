/* fronts.h: the front processes: started, kept running, told of new credentials, drained. */
#ifndef SIGD_FRONTS_H
#define SIGD_FRONTS_H

#include "boards.h"
#include "children.h"
#include "config.h"
#include "renew.h"
#include "sockets.h"

struct fronts_child {
    struct children_child child;
    char name[16];
    uint64_t restart_ms; /* boot ms, when it does not run */
    uint64_t backoff_ms, started_ms;
    uint64_t epoch; /* up to which it has said that it knows all */
    pid_t
        seen_pid; /* silence.h: whom the last look saw, what its board said, and for how long it has said that */
    uint64_t seen_ms, silent_ms;
};

struct fronts {
    /* what a front is started with; the supervisor's */
    unsigned workers;
    uid_t uid;
    gid_t gid;
    const struct sockets *sockets;
    const struct renew *renew;
    struct chan *signer;
    struct boards_all *boards;
    int program;
    bool as_root;

    uint32_t generation; /* of the model that counts */
    uint64_t epoch;      /* what the master's board says */
    /* takes what a front has read of a hosted usersig; false: broken */
    bool (*take_read)(void *context, const struct proto_hosted_read *read);
    void *context;

    bool listens;  /* they accept connections: not before there is something to answer */
    bool restarts; /* one that ends is started again */
    struct fronts_child children[SIGD_WORKERS_MAX];
};

/* As many as workers says. Those that cannot be started now are tried again by fronts_due, where restarts is set.
 * false: one could not be started. */
bool fronts_start(struct fronts *fronts, uint64_t now_ms);

/* Starts again what is due, and says when the next is, boot ms; UINT64_MAX: none. */
void fronts_due(struct fronts *fronts, uint64_t now_ms);
uint64_t fronts_next(const struct fronts *fronts);

/* What front number index has sent. packet: room for it. */
void fronts_receive(struct fronts *fronts, unsigned index, struct chan_packet *packet, uint64_t now_ms);

/* Is pid, which ended with a wait status, one of them? */
bool fronts_reap(struct fronts *fronts, pid_t pid, int status, uint64_t now_ms);

/* All of them run and know all up to the epoch that counts; at least one runs. */
bool fronts_ready(const struct fronts *fronts);
bool fronts_running(const struct fronts *fronts);

/* Tells each front that runs; one that cannot be told is killed, and is told at its next start. */
void fronts_send(struct fronts *fronts, uint16_t op, const void *body);

/* What was sent so far counts (whole: sends all of the model first): no front answers from what it knew before. Those
 * who have not said within a second that they know are to be killed: fronts_kill_silent. */
void fronts_set_current(struct fronts *fronts, bool whole, bool withdraw);
bool fronts_all_current(const struct fronts *fronts); /* of those that run */
void fronts_kill_silent(struct fronts *fronts, uint64_t now_ms);

void fronts_send_log(struct fronts *fronts); /* what log_set has changed in this process */
void fronts_drain(struct fronts *fronts);
void fronts_flush(struct fronts *fronts);
void fronts_stop(struct fronts *fronts);

/* How a child ended, for the log. */
void fronts_describe(char out[static 32], int status);

#endif
