/* firstconf.h: the text of a first sigd.conf: one app, one socket, one rule. */
#ifndef TOOLS_FIRSTCONF_H
#define TOOLS_FIRSTCONF_H

#include "options.h"

#include <stddef.h>
#include <stdint.h>

struct firstconf {
    const char *app, *region, *key_name, *key_file; /* key_file: from the root */
    uint32_t sdkappid;
    const struct options_list *admins, *users;
};

/* Is every value one that may stand between quotes in sigd.conf and does it name what is there? 0, or an exit status
 * after a message. */
int firstconf_check(const struct firstconf *values);

/* The text, to be freed with free. NULL: out of memory. */
char *firstconf_text(const struct firstconf *values, size_t *len);

#endif
