/* answers.h: what each request on the admin socket does. */
#ifndef SIGD_ANSWERS_H
#define SIGD_ANSWERS_H

#include "control.h"
#include "fronts.h"
#include "renew.h"

/* What a status shows. */
struct answers_state {
    const struct config *config;
    const struct renew *renew;
    const struct fronts *fronts;
    pid_t signer;
    uint32_t generation;
    uint64_t started_ms, now_ms; /* boot ms */
    uint64_t now;                /* Unix seconds */
};

/* The supervisor's part. A request whose function is NULL is refused. Each function answers with control_text and one
 * control_end, at once or later. */
struct answers_calls {
    void (*state)(void *context, struct answers_state *state);
    void (*reload)(void *context, control_peer peer, const struct ctlframe_reload *request);
    void (*flush)(void *context, control_peer peer, const struct ctlframe_flush *request);
    void (*freeze)(void *context, control_peer peer, const struct ctlframe_freeze *request);
    void (*clock)(void *context, control_peer peer, const struct ctlframe_clock *request);
    void (*log_level)(void *context, control_peer peer, const struct ctlframe_log_level *request);
};

struct answers {
    struct control *control;
    const struct answers_calls *calls;
    void *context; /* of the calls */
};

/* For a control_handler whose context is a struct answers. */
void answers_request(void *answers, control_peer peer, const struct ctlframe_request *request);

#endif
