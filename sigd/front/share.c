/* share.c: what one user may hold of a front: connections, and memory for large bodies. */
#include "share.h"

static struct {
    size_t conns;
    uint64_t bodies;
} held[SHARE_PLACES];
static size_t most;

void share_open(size_t conns_max)
{
    most = conns_max - conns_max / 4;
}

void share_came(uint32_t uid)
{
    held[uid % SHARE_PLACES].conns++;
}

void share_went(uint32_t uid)
{
    held[uid % SHARE_PLACES].conns--;
}

bool share_is_full(uint32_t uid)
{
    return share_conns(uid) >= most;
}

size_t share_conns(uint32_t uid)
{
    return held[uid % SHARE_PLACES].conns;
}

uint32_t share_largest(void)
{
    uint32_t largest = 0;
    for (uint32_t i = 1; i < SHARE_PLACES; i++)
        if (held[i].conns > held[largest].conns)
            largest = i;
    return largest;
}

bool share_take(uint32_t uid, uint64_t len)
{
    if (held[uid % SHARE_PLACES].bodies + len > SHARE_BODIES)
        return false;
    held[uid % SHARE_PLACES].bodies += len;
    return true;
}

void share_give(uint32_t uid, uint64_t len)
{
    held[uid % SHARE_PLACES].bodies -= len;
}
