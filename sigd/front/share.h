/* share.h: what one user may hold of a front: connections, and memory for large bodies. Users share a place where the
 * remainders of their uids by SHARE_PLACES agree: nobody chooses a uid. */
#ifndef SIGD_SHARE_H
#define SIGD_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARE_PLACES 1024
#define SHARE_BODY 65536 /* bytes; larger bodies are counted, until their requests have ended */
#define SHARE_BODIES (32 * 1024 * 1024) /* bytes of them, a user */

/* Three quarters of all connections, so that there is room for others whatever one user does. */
void share_open(size_t conns_max);

void share_came(uint32_t uid);
void share_went(uint32_t uid);

/* Has this user as many connections as one may have? */
bool share_is_full(uint32_t uid);

/* How many, of the place of the user; and whose place has most. */
size_t share_conns(uint32_t uid);
uint32_t share_largest(void);

/* A body that is large is going to be received. false: this user has too many of them. share_give takes it back. */
bool share_take(uint32_t uid, uint64_t len);
void share_give(uint32_t uid, uint64_t len);

#endif
