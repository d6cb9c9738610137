/* loop.h: the front's one event loop: its channels, its listeners, its connections, a tick a second. */
#ifndef SIGD_LOOP_H
#define SIGD_LOOP_H

#include "front.h"

bool loop_open(struct front *front);

/* Until the master goes (0), says DRAIN and all is done (0), or a channel breaks (1). */
int loop_run(struct front *front);

/* One frame that the master or the signer has sent; context: the front. false: none that it may send, or out of order: the
 * channel is broken. */
chan_handler loop_take_master, loop_take_signer;

#endif
