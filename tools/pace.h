/* pace.h: the clock, the waits and the chance of calls of the REST API. The tests' twin of usersig has another one in its
 * place, whose waits take no time. */
#ifndef TOOLS_PACE_H
#define TOOLS_PACE_H

#include <stdint.h>

/* Milliseconds of a clock that is never set. */
uint64_t pace_now(void);

void pace_wait(uint64_t ms);

/* A number from 0 to end, each as likely. */
uint64_t pace_chance(uint64_t end);

/* How long libcurl is told to wait where ms are meant. */
long pace_limit(uint64_t ms);

#endif
