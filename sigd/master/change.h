/* change.h: changes while the daemon serves, one at a time, each whole or not at all: a reload of the config, a flush of
 * an administrator's credentials, freezing an app and thawing it.
 *
 * A reload: the config is read and checked, keys, sockets and audit log are opened, the signer loads all of it beside
 * what it has and says whether it can; until then nothing has changed, and a signer that does not say so in time has to
 * forget it. Then the signer's new model counts, new credentials are signed, the fronts are told, publication follows,
 * and only then is it done. */
#ifndef SIGD_CHANGE_H
#define SIGD_CHANGE_H

#include "auditfile.h"
#include "diff.h"
#include "load.h"
#include "proto.h"
#include "sockets.h"

#define CHANGE_SIGNER_MS 10000 /* that a change waits for the signer, at each step */

struct master;

enum change_kind { CHANGE_NONE, CHANGE_RELOAD, CHANGE_FLUSH, CHANGE_FREEZE, CHANGE_THAW };

/* Called once at the end. text: sentences, a line each; "" where there is nothing to say. */
typedef void change_done(struct master *master, uint64_t peer, bool ok, const char *text);

struct change {
    enum change_kind kind;
    enum { CHANGE_LOADING, CHANGE_ISSUING, CHANGE_TELLING } step;
    change_done *done;
    uint64_t peer; /* whoever waits for the end */
    FILE *report;
    char *text;
    size_t text_size;
    bool failed, withdraw;
    uint64_t deadline; /* boot ms; of the step */
    uint32_t app, admin;
    /* of a reload until the signer has it */
    struct config *config;
    struct diff_accept accept;
    struct load_keys keys;
    struct sockets sockets;
    uint64_t frozen;
    struct auditfile audit;
};

/* Each starts, or ends at once; done is called in any case. */
void change_reload(struct master *master, const struct diff_accept *accept, change_done *done, uint64_t peer);
void change_flush(struct master *master, const char *app, const char *admin, change_done *done,
                  uint64_t peer);
void change_freeze(struct master *master, const char *app, bool frozen, change_done *done, uint64_t peer);

/* Is a reload waiting for the signer? Its KEY_READ and LOADED are the change's then (change_reload.h). */
bool change_is_loading(const struct master *master);

/* Credentials that come now belong to a model that no front knows yet. */
bool change_holds_credentials(const struct master *master);

/* Goes on when what it waits for has come; when the next deadline is, boot ms. */
void change_due(struct master *master);
uint64_t change_next(const struct master *master);

/* At the end of the daemon: whatever is under way is given up. */
void change_stop(struct master *master);

#endif
