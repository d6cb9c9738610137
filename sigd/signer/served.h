/* served.h: who has got which administrator's credential, so that the audit log tells each first time and no more. */
#ifndef SIGD_SERVED_H
#define SIGD_SERVED_H

#include "proto.h"

#include <sys/types.h>

#define SERVED_UIDS 64 /* remembered for one credential; beyond, a caller may be told of again */
#define SERVED_AGES 2  /* a front may still serve the one before the newest */

struct served_credential {
    uint64_t issued_at; /* 0: none */
    size_t n_uids;
    uid_t uids[SERVED_UIDS];
};

/* All zero: nothing was issued. */
struct served {
    struct served_credential
        *ages[SIGD_APPS_MAX][SIGD_ADMINS_MAX][PROTO_KINDS]; /* SERVED_AGES of them, newest first */
};

/* A credential was issued. false: no memory. */
bool served_issued(struct served *served, uint32_t app, uint32_t admin, uint32_t kind, uint64_t issued_at);

/* A caller got one. *first: for the first time. false: none so new was issued. */
bool served_note(struct served *served, const struct proto_served *what, uid_t uid, bool *first);

/* What is known of one administrator's credentials, at another place of another model. */
void served_move(struct served *from, size_t app, size_t admin, struct served *to, size_t to_app,
                 size_t to_admin);

void served_clear(struct served *served);

#endif
