/* load.h: tells the children what the config says. */
#ifndef SIGD_LOAD_H
#define SIGD_LOAD_H

#include "chan.h"
#include "config.h"
#include "renew.h"
#include "sockets.h"

/* The key files, opened under the file rules: one descriptor a key. All faults are written to errors. */
struct load_keys {
    int master; /* the master key's file; -1: none */
    int fds[SIGD_APPS_MAX][SIGD_KEYS_MAX];
};
bool load_open_keys(struct load_keys *keys, const struct config *config, FILE *errors);
void load_close_keys(struct load_keys *keys, const struct config *config);

/* Policy and keys, BEGIN to COMMIT. front_uid: never a caller. frozen: bit a for app a. */
bool load_signer(struct chan *signer, const struct config *config, const struct load_keys *keys,
                 uint32_t generation, uint32_t front_uid, uint64_t frozen);

/* What the signer found in a key file, which it knows by its place alone: a fault to report, a note to the log. false:
 * there is no such key. */
bool load_tell_key(const struct config *config, const struct proto_key_read *read, FILE *report);

/* Apps, administrators, listening sockets and credentials, BEGIN to COMMIT. */
bool load_front(struct chan *front, const struct sockets *sockets, const struct renew *renew,
                const struct proto_model_commit *commit);

#endif
