/* conns.h: all connections of a front: deadlines, what a change does to them, the end. */
#ifndef SIGD_CONNS_H
#define SIGD_CONNS_H

#include "front.h"

/* What has passed its deadline is refused or closed. */
void conns_tick(struct front *front);

/* The master has told what counts: who was held goes on. */
void conns_resume(struct front *front);

/* A credential has been withdrawn: no answer from before goes out any more. */
void conns_withdraw(struct front *front);

/* Stops: what is idle is closed, what is busy is answered and then closed. */
void conns_drain(struct front *front);

#endif
