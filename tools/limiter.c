#include "limiter.h"

#define SECOND_US 1000000u

void limiter_init(struct limiter *limiter, uint64_t per_second)
{
    limiter->next_us = 0;
    limiter_rate(limiter, per_second);
}

void limiter_rate(struct limiter *limiter, uint64_t per_second)
{
    limiter->interval_us = per_second == 0 ? 0 : (SECOND_US + per_second - 1) / per_second;
}

uint64_t limiter_take(struct limiter *limiter, uint64_t now_ms)
{
    uint64_t now = now_ms * 1000, at = limiter->next_us > now ? limiter->next_us : now;
    limiter->next_us = at + limiter->interval_us;
    return (at - now + 999) / 1000;
}
