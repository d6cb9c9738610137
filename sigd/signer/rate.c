/* rate.c: token buckets, one a uid. */
#include "rate.h"

#include <stddef.h>

static struct rate_bucket *bucket_of(struct rate *rate, uid_t uid, uint64_t full, uint64_t now_ms)
{
    struct rate_bucket *idle = &rate->buckets[0];
    for (size_t i = 0; i < RATE_UIDS; i++) {
        struct rate_bucket *b = &rate->buckets[i];
        if (b->filled_at && b->uid == uid)
            return b;
        if (b->filled_at < idle->filled_at)
            idle = b;
    }
    *idle = (struct rate_bucket){ .filled_at = now_ms, .millis = full, .uid = uid };
    return idle;
}

bool rate_take(struct rate *rate, uid_t uid, uint32_t per_second, uint64_t now_ms)
{
    uint64_t full = (uint64_t)per_second * 1000;
    struct rate_bucket *b = bucket_of(rate, uid, full, now_ms);
    uint64_t elapsed = now_ms - b->filled_at;
    b->millis =
        elapsed >= 1000 || b->millis + elapsed * per_second > full ? full : b->millis + elapsed * per_second;
    b->filled_at = now_ms;
    if (b->millis < 1000)
        return false;
    b->millis -= 1000;
    return true;
}
