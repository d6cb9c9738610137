/* confine.c: where the master may write and what it may execute, once it has children. */
#include "confine.h"

#include "landlock.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

struct places {
    char *all[SIGD_SOCKETS_MAX + 4]; /* and those of admin socket, audit log, publication, state */
    size_t n;
};

static void add(struct places *places, const char *path, size_t len)
{
    places->all[places->n++] = strndup(path, len);
}

static void add_above(struct places *places, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash)
        add(places, path, slash == path ? 1 : (size_t)(slash - path));
}

bool confine_enter(const struct master *m)
{
    const struct config *config = m->config;
    const int programs[] = { m->plan->programs.signer, m->plan->programs.front };
    struct places places = { .n = 0 };
    for (size_t i = 0; i < config->n_sockets; i++)
        add_above(&places, config->sockets[i].path);
    if (config->has_admin_socket)
        add_above(&places, config->admin_socket.path);
    add_above(&places, config->audit_file);
    if (config->publish_dir)
        add(&places, config->publish_dir, strlen(config->publish_dir));
    if (config->state_dir)
        add(&places, config->state_dir, strlen(config->state_dir));
    bool whole = true;
    for (size_t i = 0; i < places.n; i++)
        whole = whole && places.all[i];
    struct landlock_wants wants = { (const char *const *)places.all, places.n, programs, 2,
                                    notify_is_abstract() };
    bool entered = whole && sandbox_enter_master(&wants);
    if (!whole)
        log_line(LOG_LEVEL_ERROR, "cannot start: no memory", "");
    for (size_t i = 0; i < places.n; i++)
        free(places.all[i]);
    return entered;
}
