/* grants.c: what callers may do: few different copies, since rules of sigd.conf make them. */
#include "grants.h"

#include <stdlib.h>
#include <string.h>

const struct proto_grant *grants_hold(struct grants **all,
                                      const struct proto_grant told[static SIGD_APPS_MAX])
{
    struct grants *found = *all;
    while (found && memcmp(found->of, told, sizeof found->of) != 0)
        found = found->next;
    if (!found) {
        found = calloc(1, sizeof *found);
        if (!found)
            return NULL;
        memcpy(found->of, told, sizeof found->of);
        found->next = *all;
        *all = found;
    }
    found->holders++;
    return found->of;
}

void grants_drop(struct grants **all, const struct proto_grant *held)
{
    for (struct grants **at = all; *at; at = &(*at)->next) {
        struct grants *found = *at;
        if (found->of != held)
            continue;
        if (--found->holders == 0) {
            *at = found->next;
            free(found);
        }
        return;
    }
}
