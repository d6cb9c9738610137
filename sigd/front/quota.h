/* quota.h: what one user may hold of a front: connections, and memory for large bodies. Users share a place where the
 * remainders of their uids by QUOTA_PLACES agree: nobody chooses a uid. */
#ifndef SIGD_QUOTA_H
#define SIGD_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUOTA_PLACES 1024
#define QUOTA_BODY 65536 /* bytes; larger bodies are counted, until their requests have ended */
#define QUOTA_BODIES (32 * 1024 * 1024) /* bytes of them, a user */

/* Three quarters of all connections, so that there is room for others whatever one user does. */
void quota_open(size_t conns_max);

void quota_came(uint32_t uid);
void quota_went(uint32_t uid);

/* Has this user as many connections as one may have? */
bool quota_is_full(uint32_t uid);

/* How many, of the place of the user; and whose place has most. */
size_t quota_conns(uint32_t uid);
uint32_t quota_largest(void);

/* A body that is large is going to be received. false: this user has too many of them. quota_give takes it back. */
bool quota_take(uint32_t uid, uint64_t len);
void quota_give(uint32_t uid, uint64_t len);

#endif
