/* sign_sigd.h: a batch signed by sigd. */
#ifndef TOOLS_SIGN_SIGD_H
#define TOOLS_SIGN_SIGD_H

#include "sign_line.h"

#include <jansson.h>

#define SIGN_SIGD_LINES \
    2000 /* of a chunk; sigd takes 10,000, but an answer has to come within 10 s and 2 MiB */

struct batch_chunk;
struct client;
struct sign_sigd_item;

struct sign_sigd {
    struct client *client; /* of this worker alone; knows its app */
    struct sign_line defaults;
    bool bare;
    struct sign_sigd_item *items; /* SIGN_SIGD_LINES of them */
};

/* 0, or an exit status after a message. */
int sign_sigd_open(struct sign_sigd *worker, struct client *client, const struct sign_line *defaults,
                   bool bare);
void sign_sigd_close(struct sign_sigd *worker);

/* Of struct batch: context is a struct sign_sigd. */
int sign_sigd_work(void *context, struct batch_chunk *chunk);

#endif
