/* evict.h: room for others when connections run out. */
#ifndef SIGD_EVICT_H
#define SIGD_EVICT_H

#include "front.h"

/* Closes some connections of the user who holds most of them: those that are idle for longest; and of who holds more than
 * half, those that keep a request or the reading of an answer waiting. What the signer works on stays. How many. */
size_t evict_some(struct front *front);

/* The same of one user, who has come with another. */
size_t evict_of(struct front *front, uint32_t uid);

#endif
