/* quota.c: what one user may hold of a front: connections, and memory for large bodies. */
#include "quota.h"

static struct {
    size_t conns;
    uint64_t bodies;
} held[QUOTA_PLACES];
static size_t most;

void quota_open(size_t conns_max)
{
    most = conns_max - conns_max / 4;
}

void quota_came(uint32_t uid)
{
    held[uid % QUOTA_PLACES].conns++;
}

void quota_went(uint32_t uid)
{
    held[uid % QUOTA_PLACES].conns--;
}

bool quota_is_full(uint32_t uid)
{
    return quota_conns(uid) >= most;
}

size_t quota_conns(uint32_t uid)
{
    return held[uid % QUOTA_PLACES].conns;
}

uint32_t quota_largest(void)
{
    uint32_t largest = 0;
    for (uint32_t i = 1; i < QUOTA_PLACES; i++)
        if (held[i].conns > held[largest].conns)
            largest = i;
    return largest;
}

bool quota_take(uint32_t uid, uint64_t len)
{
    if (held[uid % QUOTA_PLACES].bodies + len > QUOTA_BODIES)
        return false;
    held[uid % QUOTA_PLACES].bodies += len;
    return true;
}

void quota_give(uint32_t uid, uint64_t len)
{
    held[uid % QUOTA_PLACES].bodies -= len;
}
