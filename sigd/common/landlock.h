/* landlock.h: what a process may still reach in the file system and by the network, by Landlock, where the kernel has it. */
#ifndef SIGD_LANDLOCK_H
#define SIGD_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* What the kernel has of it: the version of its interface, from 1 on; 0: nothing, or it is off. */
int landlock_version(void);

/* Shuts all off: no path is opened, made or removed any more, no TCP, no signal to another program, no abstract socket.
 * Descriptors that are open, or come over a channel, go on. false: refused; a kernel without Landlock is no fault. */
bool landlock_nothing(void);

struct landlock_wants {
    const char *const
        *directories; /* in which files and sockets are made, written, removed; absent ones are skipped */
    size_t n_directories;
    const int *programs; /* what may be executed */
    size_t n_programs;
    bool abstract; /* an abstract socket of somebody else's is spoken to */
};

/* Reading is left as it is. */
bool landlock_writes(const struct landlock_wants *wants);

#endif
