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
    bool ready;
};

struct fronts {
    /* what a front is started with; the supervisor's */
    const struct config *config;
    const struct sockets *sockets;
    const struct renew *renew;
    struct chan *signer;
    struct boards_all *boards;
    int program;
    bool as_root;

    bool restarts; /* one that ends is started again */
    struct fronts_child children[SIGD_WORKERS_MAX];
};

/* config->workers of them. Those that cannot be started now are tried again by fronts_due, where restarts is set.
 * false: one could not be started. */
bool fronts_start(struct fronts *fronts, uint64_t now_ms);

/* Starts again what is due, and says when the next is, boot ms; UINT64_MAX: none. */
void fronts_due(struct fronts *fronts, uint64_t now_ms);
uint64_t fronts_next(const struct fronts *fronts);

/* What front number index has sent. packet: room for it. */
void fronts_receive(struct fronts *fronts, unsigned index, struct chan_packet *packet, uint64_t now_ms);

/* Is pid, which ended with a wait status, one of them? */
bool fronts_reap(struct fronts *fronts, pid_t pid, int status, uint64_t now_ms);

/* All of them have said READY; at least one runs. */
bool fronts_ready(const struct fronts *fronts);
bool fronts_running(const struct fronts *fronts);

void fronts_send_credential(struct fronts *fronts, const struct proto_credential *credential);
void fronts_send_log(struct fronts *fronts); /* what log_set has changed in this process */
void fronts_drain(struct fronts *fronts);
void fronts_flush(struct fronts *fronts);
void fronts_stop(struct fronts *fronts);

/* How a child ended, for the log. */
void fronts_describe(char out[static 32], int status);

#endif
