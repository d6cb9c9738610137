/* state.h: what an operator has decided and a restart must not forget: frozen apps, keys that were revoked. One small
 * text file, <state_dir>/state, read before any socket answers; a line each:
 *
 *   frozen <app>
 *   revoked <app> <key>
 *
 * It is replaced as a whole (written beside, fsync, rename, fsync of the directory). Without a state_dir it lives in
 * memory alone. */
#ifndef SIGD_STATE_H
#define SIGD_STATE_H

#include "sizes.h"

#include <stdbool.h>
#include <stddef.h>

#define STATE_LINES_MAX 1024

struct state {
    int dir; /* -1: in memory alone */
    size_t n;
    struct state_line {
        char app[SIGD_NAME_MAX + 1];
        char key[SIGD_NAME_MAX + 1]; /* "": the app is frozen */
    } lines[STATE_LINES_MAX];
};

/* Reads the state of a directory (made, where it is missing and the one above is there), NULL: in memory alone. false:
 * why is a sentence that names the path. */
bool state_open(struct state *state, const char *dir, char *why, size_t why_size);
void state_close(struct state *state);

bool state_is_frozen(const struct state *state, const char *app);
bool state_is_revoked(const struct state *state, const char *app, const char *key);

/* Changes, on the disk before they return true. false: nothing has changed; why is a sentence. */
bool state_freeze(struct state *state, const char *app, bool frozen, char *why, size_t why_size);
bool state_revoke(struct state *state, const char *app, const char *key, char *why, size_t why_size);
bool state_forgive(struct state *state, const char *app, const char *key, char *why, size_t why_size);

#endif
