/* change_reload.h: the reload, for change.c and supervise.c. */
#ifndef SIGD_CHANGE_RELOAD_H
#define SIGD_CHANGE_RELOAD_H

#include "change.h"
#include "state.h"

/* change.c: a change begins, where none is under way; it ends, and who waits is told. */
bool change_begin(struct master *master, enum change_kind kind, change_done *done, uint64_t peer);
void change_end(struct master *master, bool ok);

/* The signer's answers while change_is_loading. false: out of order. */
bool change_reload_key_read(struct master *master, const struct proto_key_read *read);
bool change_reload_loaded(struct master *master, const struct proto_loaded *loaded);

/* Gives up what was opened for a reload that the signer has not taken. */
void change_reload_drop(struct master *master);

/* The signer is silent: nothing has changed, nor will it when it speaks again. Ends the change. */
void change_reload_give_up(struct master *master);

/* The done of a reload that a signal asked for: writes the sentences to the log. */
change_done change_reload_log;

/* Makes the config say what the state says: keys that were revoked are so, but for those of accepted apps (accept may be
 * NULL); report: where that is told, NULL: in the log. Returns the frozen apps, bit a for app a. */
uint64_t change_reload_apply(struct config *config, const struct state *state,
                             const struct diff_accept *accept, FILE *report);

/* Writes down what the config that counts revokes; report as above. */
void change_reload_remember(struct master *master, FILE *report);

#endif
