/* inherited.h: listening sockets that systemd (or whoever speaks its protocol: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES)
 * has made and passed on. They are neither locked nor changed nor removed: they belong to whom made them. */
#ifndef SIGD_INHERITED_H
#define SIGD_INHERITED_H

#include "sizes.h"

#include <stdbool.h>
#include <stddef.h>

#define INHERITED_FIRST 3                    /* the first of them, systemd's SD_LISTEN_FDS_START */
#define INHERITED_MAX (SIGD_SOCKETS_MAX + 1) /* the admin socket too */
#define INHERITED_NAME_MAX 255               /* systemd's */

struct inherited {
    size_t n;
    struct inherited_one {
        int fd;                            /* -1: taken */
        char name[INHERITED_NAME_MAX + 1]; /* "": none was given */
        char path[SIGD_PATH_MAX + 1];
    } all[INHERITED_MAX];
};

/* Reads and unsets the environment variables. To be called before any other descriptor is opened. Each descriptor must
 * be a listening UNIX socket with a path; it is made close-on-exec and non-blocking. false: why. */
bool inherited_read(struct inherited *inherited, char *why, size_t why_size);

/* Takes the socket for a section of the config: by name, else by path. *fd: -1 where there is none. false and why: one
 * has that name but another path or type. inherited may be NULL: none. */
bool inherited_take(struct inherited *inherited, int *fd, const char *name, const char *path, int type,
                    char *why, size_t why_size);

/* Have all been taken? false: why names one that the config does not know. */
bool inherited_none_left(const struct inherited *inherited, char *why, size_t why_size);

#endif
