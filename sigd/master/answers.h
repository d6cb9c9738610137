/* answers.h: what each request on the admin socket does. */
#ifndef SIGD_ANSWERS_H
#define SIGD_ANSWERS_H

#include "control.h"

/* A freeze of all apps, which goes app by app. */
struct answers {
    bool frozen;
    size_t next; /* app */
};

/* A control_handler's request; master is a struct master. */
void answers_request(void *master, control_peer peer, const struct ctlframe_request *request);

#endif
