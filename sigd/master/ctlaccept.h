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

/* Says why, at once or never, and closes. status: sigctl's. */
void ctlaccept_refuse(int fd, uint32_t status, const char *why);

#endif
