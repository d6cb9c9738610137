/* answers.h: what each request on the admin socket does. */
#ifndef SIGD_ANSWERS_H
#define SIGD_ANSWERS_H

#include "control.h"

struct master;

struct answers {
    /* a freeze of all apps, which goes app by app */
    bool frozen, failed;  /* failed: of one app at least */
    size_t next;          /* app */
    control_peer accepts; /* who waits for the signer to take the clock for good; 0: nobody */
    uint64_t accepts_ms;  /* boot ms: no longer than until then */
};

/* A control_handler's request; master is a struct master. */
void answers_request(void *master, control_peer peer, const struct ctlframe_request *request);

/* The signer takes the clock for good, by an operator's word. */
void answers_clock_accepted(struct master *m);

/* Tells who has waited for the signer for too long; when that is next due, boot ms. */
void answers_due(struct master *m);
uint64_t answers_next(const struct master *m);

#endif
