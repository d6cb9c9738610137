/* renew.h: the administrators' credentials: when each is due, what the signer answered, their texts. No I/O. */
#ifndef SIGD_RENEW_H
#define SIGD_RENEW_H

#include "chan.h"
#include "config.h"

struct renew_item {
    struct proto_credential credential; /* usersig_len 0: none yet */
    char identifier[SIGD_ADMIN_MAX + 1];
    uint32_t sdkappid;
    uint64_t lifetime;   /* asked for, seconds */
    const char *file;    /* hosted: where its usersig comes from, hosted.h; the config's. NULL: signed here */
    uint64_t due_ms;     /* boot ms */
    uint64_t asked_at;   /* Unix seconds, of the last question */
    uint64_t backoff_ms; /* 0: the last attempt did not fail */
    uint64_t later_than; /* Unix seconds: not asked for before this second has passed; 0: at once */
    bool in_flight, answered; /* answered: since renew_open or renew_again, whatever the answer */
    bool failed;              /* the last answer was no credential */
    /* of a hosted one */
    bool reading;   /* a front has it; then the signer: in_flight */
    unsigned front; /* that is asked, if it runs */
    struct renew_file {
        uint64_t device, inode, size, seconds, nanoseconds;
    } seen;                         /* the file that was taken last; all zero: none */
    struct proto_hosted_read *read; /* what will be held when the signer has noted it */
};

struct renew {
    const struct config *config;
    uint32_t generation; /* of the model by whose places the signer is asked */
    uint64_t frozen;     /* bit a: nothing is asked for app a */
    size_t n;
    struct renew_item *items; /* two an administrator: for GET admin, and for URLs */
};

bool renew_open(struct renew *renew, const struct config *config, uint32_t generation);

/* Does the config let a key of that name sign and verify now? */
bool renew_key_counts(const struct config_app *app, const char *name, uint64_t now);

/* Into a new one, all of whose credentials will be asked for: those of the one before that its config still allows, for
 * the case that the signer cannot make new ones. now: Unix seconds. */
void renew_carry(struct renew *renew, const struct renew *before, uint64_t now);

/* Asks anew for the credentials of an administrator (SIZE_MAX: all of the app), with an issue time that is later than
 * what they have. */
void renew_again(struct renew *renew, size_t app, size_t admin);

/* Forgets the credentials of an app and asks for no more (true), or asks for them again. */
void renew_freeze(struct renew *renew, size_t app, bool frozen);

void renew_close(struct renew *renew);

/* Asks the signer for what is due, one question at a time each. now: Unix seconds. */
bool renew_ask(struct renew *renew, struct chan *signer, uint64_t now, uint64_t now_ms);

/* Takes an answer. The item whose credential is new, NULL: it failed and will be asked for again, or it is an answer to
 * a model of before. */
const struct renew_item *renew_take(struct renew *renew, const struct proto_issued *issued, uint64_t now_ms);

/* The clock is believed (again): what was refused for its sake is due now. */
void renew_believed(struct renew *renew);

/* Has the signer answered for every credential? Those that it refused come later, or never. */
bool renew_answered(const struct renew *renew);

/* The item of an administrator's credential of that kind; NULL: none. */
struct renew_item *renew_find(struct renew *renew, uint32_t app, uint32_t admin, uint32_t kind);

/* It failed: asked for again after a while that grows. why: a sentence for the log. */
void renew_failed(struct renew *renew, struct renew_item *item, const char *why, uint64_t now_ms);

/* When the next is due, boot ms: a renewal, or the beginning of a key's window. */
uint64_t renew_next(const struct renew *renew, uint64_t now, uint64_t now_ms);

#endif
