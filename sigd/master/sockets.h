/* sockets.h: the listening sockets in the file system. */
#ifndef SIGD_SOCKETS_H
#define SIGD_SOCKETS_H

#include "config.h"
#include "inherited.h"

/* In the order of the config's. */
struct sockets {
    size_t n;
    struct sockets_one {
        char path[SIGD_PATH_MAX + 1];
        int fd;         /* listening; -1: not yet, or no more */
        int lock;       /* of <path>.lock, held to the end: two daemons never serve one path; -1: inherited */
        bool inherited; /* systemd's: neither locked nor changed nor removed */
    } all[SIGD_SOCKETS_MAX];
};

/* At start: takes the sockets that were inherited, and the locks of all others of the config. false: why names the
 * path. */
bool sockets_lock(struct sockets *sockets, const struct config *config, struct inherited *inherited,
                  char *why, size_t why_size);

/* Binds and listens, with mode and group as the config says; what a killed daemon left is removed. */
bool sockets_listen(struct sockets *sockets, const struct config *config, char *why, size_t why_size);

/* At a reload: what another config wants, beside what is held now: paths that are new are locked and listen already,
 * the others are shared with now. Then one of the two: abort, which undoes it, or commit, which closes and removes what
 * the config does not name any more, and gives the others its modes and groups. */
bool sockets_prepare(struct sockets *next, struct sockets *now, const struct config *config, char *why,
                     size_t why_size);
void sockets_abort(struct sockets *next, struct sockets *now);
void sockets_commit(struct sockets *now, struct sockets *next, const struct config *config);

/* Stops listening and removes the sockets; the locks are held until the process ends. */
void sockets_close(struct sockets *sockets);

/* For one socket: the descriptor of its lock; a listening socket of a type (-1 and why); group and mode of its path:
 * who may connect (false and errno). */
int sockets_lock_path(const char *path, char *why, size_t why_size);
int sockets_bind(const struct config_socket *socket_config, int type, char *why, size_t why_size);
bool sockets_set_access(const struct config_socket *socket_config);

#endif
