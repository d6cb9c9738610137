/* grants.h: what callers may do, as the signer told it. Connections of one kind of caller share one copy: it is the most
 * that an idle connection would hold. */
#ifndef SIGD_GRANTS_H
#define SIGD_GRANTS_H

#include "proto.h"

struct grants {
    struct proto_grant of[SIGD_APPS_MAX];
    size_t holders;
    struct grants *next;
};

/* A copy of what was told, to be dropped when it is not needed any more. NULL: no memory. */
const struct proto_grant *grants_hold(struct grants **all,
                                      const struct proto_grant told[static SIGD_APPS_MAX]);
void grants_drop(struct grants **all, const struct proto_grant *held);

#endif
