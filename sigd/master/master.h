/* master.h: the state of the master. */
#ifndef SIGD_MASTER_H
#define SIGD_MASTER_H

#include "answers.h"
#include "boards.h"
#include "change.h"
#include "children.h"
#include "config.h"
#include "fronts.h"
#include "load.h"
#include "publish.h"
#include "renew.h"
#include "sockets.h"
#include "state.h"
#include "supervise.h"

enum master_phase {
    MASTER_LOADING,  /* the signer reads policy and keys */
    MASTER_ISSUING,  /* the first credentials */
    MASTER_STARTING, /* the fronts */
    MASTER_READING,  /* hosted usersigs, by the fronts */
    MASTER_SERVING,
    MASTER_DRAINING,
    MASTER_STOPPED
};

struct master {
    const struct supervise_plan *plan;
    enum master_phase phase;
    int status; /* to end with */
    int signals;
    uint32_t front_uid;    /* never a caller; UINT32_MAX where all run as one uid */
    struct config *config; /* that counts */
    struct state state;
    struct sockets *sockets;
    struct children_child signer;
    struct fronts fronts;
    struct renew renew;
    struct boards_all boards;
    struct publish publish;
    uint64_t beat_ms;      /* boot ms of its next heartbeat */
    uint64_t republish_ms; /* boot ms: when what could not be published is tried again */
    struct change change;
    struct answers answers;
    struct proto_clock clock; /* the signer's last word on it */
    bool told;                /* the fronts know of what was read at the start */
    uint64_t looked_ms;       /* boot ms: when fronts were looked at, silence.h */
    uint64_t stop_ms;         /* boot ms: a stop waits until then for the end of a reload; 0: none does */
    bool reload_wanted;       /* by a signal, while another change was under way */
    bool given_up;            /* a reload was; the signer has not said a word on it yet */
    uint64_t deadline;        /* boot ms; of LOADING to STARTING, and of DRAINING */
    uint64_t now_ms;          /* of this turn */
    uint64_t started_ms;
};

#endif
