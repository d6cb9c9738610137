/* names.h: what the names of apps, keys and sockets are made of, for whoever reads one. */
#ifndef SIGD_NAMES_H
#define SIGD_NAMES_H

#include "sizes.h"

#include <stdbool.h>
#include <string.h>

#define NAMES_RULE "1 to 32 letters, digits, '.', '_' and '-', the first no '.'"

/* They become parts of paths: no hidden file, no way up. */
static inline bool names_ok(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(name);
    return len > 0 && len <= SIGD_NAME_MAX && name[0] != '.' && strspn(name, allowed) == len;
}

#endif
