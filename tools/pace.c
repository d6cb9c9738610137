#include "pace.h"

#include <errno.h>
#include <sodium.h>
#include <time.h>

uint64_t pace_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void pace_wait(uint64_t ms)
{
    struct timespec left = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

uint64_t pace_chance(uint64_t end)
{
    return end >= UINT32_MAX ? randombytes_random() : randombytes_uniform((uint32_t)end + 1);
}

long pace_limit(uint64_t ms)
{
    return (long)ms;
}
