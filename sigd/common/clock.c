/* clock.c: the daemon's only clock. */
#include "clock.h"

#include <string.h>
#include <time.h>

uint64_t clock_real(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec;
}

uint64_t clock_boot_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void clock_rfc3339(char out[static CLOCK_RFC3339_SIZE], uint64_t unix_seconds)
{
    time_t t = (time_t)unix_seconds;
    struct tm utc;
    if (!gmtime_r(&t, &utc) || strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        memcpy(out, "-", 2); /* a year with more than four digits */
}
