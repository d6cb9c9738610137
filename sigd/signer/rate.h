/* rate.h: token buckets, one a uid. */
#ifndef SIGD_RATE_H
#define SIGD_RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RATE_UIDS 64 /* at once; beyond that the one that was idle longest makes room */

struct rate {
    struct rate_bucket {
        uint64_t filled_at; /* boot ms; 0: free */
        uint64_t millis;    /* thousandths of a token */
        uid_t uid;
    } buckets[RATE_UIDS];
};

/* Takes a token of uid's bucket, which holds per_second tokens at most and gains as many a second. */
bool rate_take(struct rate *rate, uid_t uid, uint32_t per_second, uint64_t now_ms);

#endif
