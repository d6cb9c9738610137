/* boards.h: makes the boards of all processes (board.h) and passes them to the children. */
#ifndef SIGD_BOARDS_H
#define SIGD_BOARDS_H

#include "board.h"
#include "chan.h"

struct boards_all {
    int master, signer, fronts[SIGD_WORKERS_MAX]; /* writable descriptors */
    unsigned n_fronts;
    struct boards see; /* what the master sees, and writes as see.own_master */
};

/* The boards of master, signer and workers fronts. false: errno. */
bool boards_make(struct boards_all *all, unsigned workers);

/* So that there are workers fronts' boards; running fronts get the new ones by boards_send_front. */
bool boards_grow(struct boards_all *all, unsigned workers);

/* Tells a new child all boards: the one of own (and index, for a front) writable, the others not. */
bool boards_send(const struct boards_all *all, struct chan *child, enum board_kind own, unsigned index);

/* Tells a child the board of front number index, read-only. */
bool boards_send_front(const struct boards_all *all, struct chan *child, unsigned index);

void boards_close(struct boards_all *all);

#endif
