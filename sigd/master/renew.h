/* renew.h: the administrators' credentials: when each is due, what the signer answered, their texts. No I/O. */
#ifndef SIGD_RENEW_H
#define SIGD_RENEW_H

#include "chan.h"
#include "config.h"

struct renew_item {
    struct proto_credential credential; /* usersig_len 0: none yet */
    char identifier[SIGD_ADMIN_MAX + 1];
    uint32_t sdkappid;
    uint64_t lifetime;        /* asked for, seconds */
    uint64_t due_ms;          /* boot ms */
    uint64_t asked_at;        /* Unix seconds, of the last question */
    uint64_t backoff_ms;      /* 0: the last attempt did not fail */
    bool in_flight, answered; /* answered: at least once, whatever the answer */
};

struct renew {
    const struct config *config;
    size_t n;
    struct renew_item *items; /* two an administrator: for GET admin, and for URLs */
};

bool renew_open(struct renew *renew, const struct config *config);
void renew_close(struct renew *renew);

/* Asks the signer for what is due, one question at a time each. now: Unix seconds. */
bool renew_ask(struct renew *renew, struct chan *signer, uint64_t now, uint64_t now_ms);

/* Takes an answer. The item whose credential is new, NULL: it failed and will be asked for again. */
const struct renew_item *renew_take(struct renew *renew, const struct proto_issued *issued, uint64_t now_ms);

/* The clock is believed (again): what was refused for its sake is due now. */
void renew_believed(struct renew *renew);

/* Has the signer answered for every credential? Those that it refused come later, or never. */
bool renew_answered(const struct renew *renew);

/* When the next is due, boot ms: a renewal, or the beginning of a key's window. */
uint64_t renew_next(const struct renew *renew, uint64_t now, uint64_t now_ms);

#endif
