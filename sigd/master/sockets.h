/* sockets.h: the listening sockets in the file system. */
#ifndef SIGD_SOCKETS_H
#define SIGD_SOCKETS_H

#include "config.h"

struct sockets {
    size_t n;
    int locks[SIGD_SOCKETS_MAX], fds[SIGD_SOCKETS_MAX];
    const char *paths[SIGD_SOCKETS_MAX]; /* the config's */
};

/* Takes <path>.lock of every socket: from here on no other sigd serves them, and what lies there is stale. Makes a
 * missing directory (its last part only) with mode 0755. */
bool sockets_lock(struct sockets *sockets, const struct config *config, char *why, size_t why_size);

/* Binds and listens, over stale sockets but over nothing else. */
bool sockets_listen(struct sockets *sockets, const struct config *config, char *why, size_t why_size);

/* Removes them and closes them; who is connected stays so. The locks go with the process. */
void sockets_close(struct sockets *sockets);

#endif
