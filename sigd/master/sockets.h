/* sockets.h: the listening sockets in the file system. */
#ifndef SIGD_SOCKETS_H
#define SIGD_SOCKETS_H

#include "config.h"
#include "inherited.h"

struct sockets {
    size_t n;
    int locks[SIGD_SOCKETS_MAX], fds[SIGD_SOCKETS_MAX];
    bool inherited[SIGD_SOCKETS_MAX];    /* systemd's: neither locked nor changed nor removed */
    const char *paths[SIGD_SOCKETS_MAX]; /* the config's */
};

/* Takes those that were inherited, and <path>.lock of the others: from here on no other sigd serves these, and what
 * lies there is stale. Makes a missing directory (its last part only) with mode 0755. */
bool sockets_lock(struct sockets *sockets, const struct config *config, struct inherited *inherited,
                  char *why, size_t why_size);

/* Binds and listens, over stale sockets but over nothing else. */
bool sockets_listen(struct sockets *sockets, const struct config *config, char *why, size_t why_size);

/* Removes them and closes them; who is connected stays so. The locks go with the process. */
void sockets_close(struct sockets *sockets);

/* The same for one socket: the lock's descriptor, and a listening socket of a type; -1 and why. */
int sockets_lock_path(const char *path, char *why, size_t why_size);
int sockets_bind(const struct config_socket *socket_config, int type, char *why, size_t why_size);

#endif
