/* board.h: shared memory by which the processes tell each other numbers, without frames.
 *
 * Each process has one board: it alone writes it, all of sigd reads it. The master makes them and passes them with
 * PROTO_BOARD: a process's own writable, the others' read-only, so that a front can neither change what the master or
 * the signer says nor cut a board under its readers. What a board says is as good as who writes it: numbers of a front
 * are for graphs, never for a decision of the signer or the master.
 * A restarted front gets its old board: counters go on. */
#ifndef SIGD_BOARD_H
#define SIGD_BOARD_H

#include "proto.h"

#include <stdatomic.h>

#define BOARD_ROUTES_MAX 24   /* rows of requests; which is which the front alone knows */
#define BOARD_VERDICTS_MAX 48 /* 0: a 2xx answer */
#define BOARD_BUCKETS_MAX 16  /* of a histogram of latencies; the last one takes the rest */
#define BOARD_STATUSES_MAX 24 /* enum proto_status */

typedef _Atomic uint64_t board_word;

enum board_kind { BOARD_MASTER, BOARD_SIGNER, BOARD_FRONT, BOARD_KINDS };
enum board_sign { BOARD_SIGN, BOARD_ISSUE, BOARD_VERIFY, BOARD_SIGNS }; /* what the signer was asked for */

#define BOARD_FOREVER UINT64_MAX

struct board_app {
    board_word
        signs_until;   /* Unix second until which keys follow each other; 0: none signs now; BOARD_FOREVER */
    board_word frozen; /* 1: the operator froze it */
    board_word hosted; /* 1: it has no keys, its administrators' usersigs come as files */
};

struct board_master {
    board_word epoch;      /* what counts; a front that was not told so far answers nothing from its cache */
    board_word generation; /* of the config that counts */
    board_word seen_ms;    /* boot ms of its last turn */
    board_word started_at; /* Unix second of its start */
    board_word loaded_at;  /* Unix second since which this generation counts */
    board_word workers;    /* fronts that should run */
    board_word front_restarts;
    board_word renewals_ok, renewals_failed;
    board_word reloads_ok, reloads_failed;
    board_word publications, publication_errors;
    board_word log_level;                 /* enum log_level */
    board_word clock_verdict;             /* BOARD_CLOCK_* */
    struct board_app apps[SIGD_APPS_MAX]; /* by place in the config of `generation` */
};

struct board_signer {
    board_word generation; /* of the policy and keys that it uses */
    board_word seen_ms;
    board_word started_at;
    board_word asked[BOARD_SIGNS]
                    [BOARD_STATUSES_MAX];    /* answers to sign, issue, verify by enum proto_status */
    board_word invalid;                      /* of verify's answers: usersigs that are not valid */
    board_word packets, frames, frames_most; /* taken; frames_most: the most in one packet */
    board_word waiting_bytes;                /* answers that a front or the master has not taken yet */
    board_word callers;                      /* connections that fronts have shown */
    board_word audit_lines;                  /* number of the last line */
    board_word audit_head;                   /* the first 52 bits of that line's hash */
    board_word audit_state;                  /* BOARD_AUDIT_* */
    board_word clock_verdict;                /* BOARD_CLOCK_* */
    board_word clock_steps;                  /* times that the wall clock was set */
    board_word clock_line; /* 0; or, after a leap, the second of boot by the clock as it was believed last */
};

/* Of the audit log, in board_signer's audit_state. */
enum { BOARD_AUDIT_GOOD, BOARD_AUDIT_RESERVE, BOARD_AUDIT_BROKEN };
/* Of the clock. SUSPECT: nothing is signed. */
enum { BOARD_CLOCK_GOOD, BOARD_CLOCK_UNSYNCED, BOARD_CLOCK_SUSPECT };

struct board_front {
    board_word generation;
    board_word seen_ms;
    board_word started_at;
    board_word conns_open, conns_accepted, conns_refused, conns_evicted, accept_pauses;
    board_word bytes_in, bytes_out;
    board_word asks_waiting; /* questions that the signer has not answered yet */
    board_word log_lines_left_out;
    board_word requests[BOARD_ROUTES_MAX][BOARD_VERDICTS_MAX];
    board_word latency[BOARD_ROUTES_MAX][BOARD_BUCKETS_MAX]; /* answers, each in one bucket */
    board_word latency_us[BOARD_ROUTES_MAX];                 /* their sum */
};

/* What a process sees. Before a board has come its place shows zeros, and what is written to own_* is lost. */
struct boards {
    const struct board_master *master;
    const struct board_signer *signer;
    const struct board_front *fronts[SIGD_WORKERS_MAX];
    struct board_master *own_master; /* one of the three: the process's own */
    struct board_signer *own_signer;
    struct board_front *own_front;
};
void board_open(struct boards *boards);

/* A new board: its descriptor, sized, closed on exec, and sealed so that it keeps its size. -1 and errno. */
int board_make(enum board_kind kind);

/* The same board read-only: a further descriptor that cannot be turned into a writable one by another uid. */
int board_read_only(int fd);

/* Maps a board for the life of the process. NULL: it is not of the kind's size, or no memory. */
void *board_map(int fd, enum board_kind kind, bool writable);

/* After the master has mapped its own: nobody maps it writable any more, whatever the uid. */
bool board_seal(int fd);

/* Takes a PROTO_BOARD frame. false: it cannot be one. */
bool board_take(struct boards *boards, const struct proto_board *board, int fd);

/* What stands before a set is seen with it by who gets it. Each word has one writer, so add needs no lock. */
static inline uint64_t board_get(const board_word *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static inline void board_set(board_word *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static inline void board_add(board_word *word, uint64_t n)
{
    atomic_store_explicit(word, atomic_load_explicit(word, memory_order_relaxed) + n, memory_order_relaxed);
}

#endif
