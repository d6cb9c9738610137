/* drop.h: gives up what a child does not need. */
#ifndef SIGD_DROP_H
#define SIGD_DROP_H

#include <stdbool.h>
#include <sys/types.h>

/* Becomes uid and gid for good, without supplementary groups; checks that there is no way back. */
bool drop_ids(uid_t uid, gid_t gid);

/* No new privileges, no core files, no ptrace by our own uid. For every process of sigd, first thing. */
bool drop_dumps(void);

#endif
