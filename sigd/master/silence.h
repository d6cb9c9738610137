/* silence.h: fronts that hang or were stopped: killed, so that another takes their place. The signer is never killed for
 * its silence: all that is signed would be lost with it, and one that was stopped can go on. */
#ifndef SIGD_SILENCE_H
#define SIGD_SILENCE_H

#include <stdint.h>

struct master;

/* Looks at the fronts' boards, every two seconds. */
void silence_due(struct master *master);

/* When it looks again, boot ms; UINT64_MAX: not now. */
uint64_t silence_next(const struct master *master);

#endif
