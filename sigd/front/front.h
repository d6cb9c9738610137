/* front.h: the state of one front process. */
#ifndef SIGD_FRONT_H
#define SIGD_FRONT_H

#include "ask.h"
#include "board.h"
#include "buffer.h"
#include "cache.h"
#include "chan.h"
#include "grants.h"
#include "recall.h"
#include "share.h"

struct conn;

struct front {
    struct chan master, signer;
    struct cache cache, *next; /* next: being told by the master; NULL: none is */
    uint64_t epoch;            /* up to which all has been told; model.h */
    bool resume;               /* who waits for the next epoch may go on, at the end of the turn */
    struct ask_table asks;
    struct turns turns; /* of the connections that have something to do, see share.h */
    struct share *shares[SHARE_CROWDS];
    struct boards boards;
    struct buffer body; /* where answers' bodies are composed */
    struct buffer_pool pool;
    struct recall recall;
    struct grants *grants; /* those that connections hold */
    struct conn *conns;    /* all of them, newest first */
    struct conn *closed;   /* freed at the end of the turn: their events may still be in hand */
    size_t n_conns, conns_max;
    int epoll;
    bool draining;
    uint64_t now, now_ms, now_us; /* of this turn; now_us by clock_us */
    uint64_t at_us;               /* when the connection at hand had its turn */
    uint64_t hopes_until; /* boot ms; after a leap of the clock: until then what has ended is renewed */
    uint64_t next_id;     /* of the last request, see meter.h */
    struct meter_told {
        uint64_t second; /* that the lines belong to */
        unsigned lines, left_out;
    } told; /* lines about refused requests */
};

#endif
