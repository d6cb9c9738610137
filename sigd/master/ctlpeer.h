/* ctlpeer.h: who is at the other end of the admin socket, and whether they may be there. */
#ifndef SIGD_CTLPEER_H
#define SIGD_CTLPEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ctlpeer {
    pid_t pid;
    uid_t uid;
};

/* fd: an accepted connection. true: root, this process's own uid, or somebody of group gid ((gid_t)-1: no group), by
 * the kernel's word, of a process that is visible here and lives in this user namespace: elsewhere uid 0 is a name
 * that anybody may take. Otherwise false and why; errno EMFILE or ENFILE: that cannot be found out now. */
bool ctlpeer_read(struct ctlpeer *peer, int fd, gid_t gid, char *why, size_t why_size);

#endif
