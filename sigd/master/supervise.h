/* supervise.h: the master's life: loads the signer, gets credentials, serves sockets, keeps fronts running, stops. */
#ifndef SIGD_SUPERVISE_H
#define SIGD_SUPERVISE_H

#include "auditfile.h"
#include "children.h"
#include "config.h"
#include "control.h"
#include "load.h"
#include "sockets.h"

struct supervise_plan {
    const char *config_path;
    struct config *config; /* at the end: the one that counted last; freed by who made the plan */
    struct children_programs programs;
    struct load_keys *keys;
    struct sockets *sockets; /* locked */
    struct control *control; /* the admin socket, locked; NULL: none */
    struct auditfile audit;  /* open, but where check_only */
    bool check_only;         /* let the signer read the keys, then stop */
};

/* Runs until a stop is asked for (0), or something fails that must not go on: 78 for what sigd.conf or a key file says,
 * 71 for the rest. What is wrong has been said on standard error. */
int supervise_run(struct supervise_plan *plan);

/* Format and level of the log (log.h), in all processes, until the next reload. false: there are no such. */
struct master;
bool supervise_set_log(struct master *master, unsigned format, unsigned level);

#endif
