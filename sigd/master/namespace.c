/* namespace.c: reads the maps of the user namespace. */
#include "namespace.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAP_SIZE 16384 /* 340 lines of at most 33 bytes */

/* All ids but (uid_t)-1, which is none. */
#define ALL UINT32_MAX

/* Takes one number and the spaces before it. */
static bool take_number(const char **at, uint64_t *number)
{
    size_t digits;
    *at += strspn(*at, " ");
    digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > 10)
        return false;
    *number = strtoull(*at, NULL, 10);
    *at += digits;
    return true;
}

bool namespace_is_identity(const char *map)
{
    uint64_t covered = 0;
    while (*map != '\0') {
        uint64_t inside, outside, n;
        if (!take_number(&map, &inside) || !take_number(&map, &outside) || !take_number(&map, &n) ||
            *map++ != '\n' || inside != outside)
            return false;
        covered += n; /* the kernel takes no ranges that overlap */
    }
    return covered == ALL;
}

static bool is_identity_in(const char *path)
{
    char map[MAP_SIZE];
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return errno == ENOENT && access("/proc/self/status", F_OK) == 0;
    size_t n = fread(map, 1, sizeof map - 1, in);
    bool is_whole = !ferror(in) && feof(in);
    fclose(in);
    map[n] = '\0';
    return is_whole && namespace_is_identity(map);
}

bool namespace_shows_ids(void)
{
    return is_identity_in("/proc/self/uid_map") && is_identity_in("/proc/self/gid_map");
}
