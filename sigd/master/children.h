/* children.h: the signer and the fronts as processes. */
#ifndef SIGD_CHILDREN_H
#define SIGD_CHILDREN_H

#include "chan.h"

#include <stdbool.h>
#include <sys/types.h>

/* The two programs, opened once at start: what is started later is the same version, whatever an upgrade did to the
 * paths since. */
struct children_programs {
    int signer, front;
};
bool children_open(struct children_programs *programs, const char *directory, char *why, size_t why_size);

struct children_child {
    pid_t pid; /* 0: not running */
    struct chan chan;
    bool crowded; /* too many descriptors are in flight to send it more */
};

struct children_ids {
    bool change; /* started as root: become uid and gid */
    uid_t uid;
    gid_t gid;
};

/* Starts program with a channel as its descriptor CHAN_CHILD_FD, an empty environment and name as its only argument. */
bool children_start(struct children_child *child, int program, const char *name,
                    const struct children_ids *ids);

/* Tells it how and what to log: as this process does now. */
bool children_send_log(struct children_child *child);

/* Sends what is queued, if it runs. */
void children_flush(struct children_child *child);

/* Kills, if it still runs, and waits. The wait status, 0: it did not run. */
int children_stop(struct children_child *child);

/* Says of one that ended with that wait status what its sandbox had to do with it, if it had. */
void children_tell_end(const char *name, int status);

/* Closes the channel, by which a child knows that all is done, and lets it end for ms before it is killed. */
void children_end(struct children_child *child, int ms);

#endif
