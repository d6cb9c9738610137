/* ctlaccept.h: who comes to the admin socket: taken, or told why not. */
#ifndef SIGD_CTLACCEPT_H
#define SIGD_CTLACCEPT_H

#include "ctlpeer.h"
#include "spare.h"

#include <stdint.h>

struct ctlaccept {
    struct spare spare;
    uint64_t
        paused_ms; /* boot ms: nobody can be accepted until then; 0: not so. The listener is not to be polled */
};

/* Accepts one. -1: nobody, or somebody who was refused: not permitted, or there are no descriptors. gid: as in ctlpeer_read. */
int ctlaccept_one(struct ctlaccept *accept, int listener, gid_t gid, struct ctlpeer *who, uint64_t now_ms);

/* Somebody who was accepted finds no room beside so many others: is told so, and closed. */
void ctlaccept_no_room(int fd, const struct ctlpeer *who, unsigned others);

#endif
