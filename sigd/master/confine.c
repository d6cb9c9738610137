/* confine.c: where the master may write and what it may execute, once it has children. */
#include "confine.h"

#include "landlock.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "sandbox.h"

#include <string.h>

static struct places {
    char *all[SIGD_SOCKETS_MAX + 4]; /* and those of admin socket, audit log, publication, state */
    size_t n;
} entered;

static void add(struct places *places, const char *path, size_t len)
{
    places->all[places->n++] = strndup(path, len);
}

/* The directory of a file's directory, since a reload may name another one beside it, which is then made; but for /, where
 * it is the file's own. */
static void add_around(struct places *places, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *above = slash ? memrchr(path, '/', (size_t)(slash - path)) : NULL;
    if (above && above > path)
        add(places, path, (size_t)(above - path));
    else if (slash && slash > path)
        add(places, path, (size_t)(slash - path));
}

static void collect(struct places *places, const struct config *config)
{
    for (size_t i = 0; i < config->n_sockets; i++)
        add_around(places, config->sockets[i].path);
    if (config->has_admin_socket)
        add_around(places, config->admin_socket.path);
    add_around(places, config->audit_file);
    if (config->publish_dir)
        add(places, config->publish_dir, strlen(config->publish_dir));
    if (config->state_dir)
        add(places, config->state_dir, strlen(config->state_dir));
}

bool confine_enter(const struct master *m)
{
    const int programs[] = { m->plan->programs.signer, m->plan->programs.front };
    collect(&entered, m->config);
    for (size_t i = 0; i < entered.n; i++)
        if (!entered.all[i]) {
            log_line(LOG_LEVEL_ERROR, "cannot start: no memory", "");
            return false;
        }
    struct landlock_wants wants = { (const char *const *)entered.all, entered.n, programs, 2,
                                    notify_is_abstract() };
    return sandbox_enter_master(&wants);
}

static bool is_around(const char *path)
{
    for (size_t i = 0; i < entered.n; i++) {
        size_t len = strlen(entered.all[i]);
        if (strncmp(path, entered.all[i], len) == 0 && path[len] == '/')
            return true;
    }
    return false;
}

void confine_explain(const struct config *config, FILE *report)
{
    const char *other = is_around(config->audit_file) ? NULL : config->audit_file;
    for (size_t i = 0; i < config->n_sockets && !other; i++)
        if (!is_around(config->sockets[i].path))
            other = config->sockets[i].path;
    if (other && landlock_version() > 0)
        fprintf(
            report,
            "%s: sigd may write around the places that its configuration named when it was started, and this is "
            "none of them: restart sigd\n",
            other);
}
