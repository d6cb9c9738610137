/* audit_reserve.h: room on the log's disk that is held back: a file beside the log, filled with nothing. It is let go when
 * the disk is full, so that what must be written still is. */
#ifndef SIGD_AUDIT_RESERVE_H
#define SIGD_AUDIT_RESERVE_H

#include <stdbool.h>

#ifndef AUDIT_RESERVE_BYTES /* the fuzzers have less */
#define AUDIT_RESERVE_BYTES (4 << 20)
/* More than the reserve must be free before it is taken back: what was let go alone is no sign of room. */
#define AUDIT_RESERVE_MARGIN (1 << 20)
#endif

struct audit_reserve {
    int fd; /* -1: none */
    bool filled;
};

/* Takes fd and fills the file where it is not. 0, or an errno: ENOSPC and EDQUOT tell of a disk that is full. */
int audit_reserve_open(struct audit_reserve *reserve, int fd);
void audit_reserve_close(struct audit_reserve *reserve); /* the file stays as it is */

/* Takes the room back, if there is so much and AUDIT_RESERVE_MARGIN besides. 0, or an errno. */
int audit_reserve_fill(struct audit_reserve *reserve);

void audit_reserve_release(struct audit_reserve *reserve);

/* Does an errno say that there is no room? */
bool audit_reserve_helps(int error);

#endif
