/* caller.h: who is at the other end of a client's descriptor, by the kernel's word. */
#ifndef SIGD_CALLER_H
#define SIGD_CALLER_H

#include "proto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct caller {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    size_t n_groups;
    gid_t *groups;                /* supplementary; the caller's own, freed by caller_clear */
    char path[SIGD_PATH_MAX + 1]; /* of the socket that it connected to */
};

/* Reads the peer of fd. What a lying front could pass instead of a client's connection is refused: a listening socket
 * (its peer is who made it: root), a socketpair, the connecting end of a connection, other kinds of descriptors.
 * DONE; FORBIDDEN: not a client; UNAVAILABLE: it cannot be told now; *why says so. */
enum proto_status caller_read(struct caller *caller, int fd, const char **why);
bool caller_in_group(const struct caller *caller, gid_t gid);
void caller_clear(struct caller *caller);

#endif
