/* limiter.h: so many calls a second and no more. Pure: time is an argument. */
#ifndef TOOLS_LIMITER_H
#define TOOLS_LIMITER_H

#include <stdint.h>

struct limiter {
    uint64_t interval_us; /* between two calls; 0: no limit */
    uint64_t next_us;     /* when the next one may begin */
};

/* per_second 0: no limit. */
void limiter_init(struct limiter *limiter, uint64_t per_second);

/* Another rate from the next place on. */
void limiter_rate(struct limiter *limiter, uint64_t per_second);

/* Takes the next place: how many milliseconds the caller has to wait before its call. Time that nobody used is not saved
 * up: the service counts each second by itself. */
uint64_t limiter_take(struct limiter *limiter, uint64_t now_ms);

#endif
