/* load.h: tells the children what the config says. */
#ifndef SIGD_LOAD_H
#define SIGD_LOAD_H

#include "chan.h"
#include "config.h"
#include "sockets.h"

/* The key files, opened under the file rules: one descriptor a key. All faults are written to errors. */
struct load_keys {
    int master; /* the master key's file; -1: none */
    int fds[SIGD_APPS_MAX][SIGD_KEYS_MAX];
};
bool load_open_keys(struct load_keys *keys, const struct config *config, FILE *errors);
void load_close_keys(struct load_keys *keys, const struct config *config);

/* Policy and keys, BEGIN to COMMIT. front_uid: never a caller. */
bool load_signer(struct chan *signer, const struct config *config, const struct load_keys *keys,
                 uint32_t generation, uint32_t front_uid);

/* Apps, administrators and listening sockets. */
bool load_front(struct chan *front, const struct config *config, const struct sockets *sockets);

#endif
