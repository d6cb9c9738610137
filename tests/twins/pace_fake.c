/* pace_fake.c: the pace of the twin of usersig: waits take no time, and the tests read how long they would have been.
 *
 *   USERSIG_TWIN_WAITS  a file to which each wait that is not 0 is appended: milliseconds, a line each
 *   USERSIG_TWIN_LIMIT  the longest time in milliseconds that libcurl is told */
#include "pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

extern const char pace_fake[];
const char pace_fake[] = "this is a twin of usersig";

static uint64_t waited;

/* Nothing else takes time here, so that a slow machine tells the same. */
uint64_t pace_now(void)
{
    return 1000000 + waited;
}

void pace_wait(uint64_t ms)
{
    const char *path = getenv("USERSIG_TWIN_WAITS");
    FILE *file = path != NULL && ms != 0 ? fopen(path, "a") : NULL;
    waited += ms;
    if (file == NULL)
        return;
    fprintf(file, "%" PRIu64 "\n", ms);
    if (fclose(file) != 0)
        abort();
}

uint64_t pace_chance(uint64_t end)
{
    return end;
}

long pace_limit(uint64_t ms)
{
    const char *limit = getenv("USERSIG_TWIN_LIMIT");
    long most = limit != NULL ? strtol(limit, NULL, 10) : (long)ms;
    return (long)ms < most ? (long)ms : most;
}
