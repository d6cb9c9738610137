/* config_socket.c: socket "main" { path mode group apps }  admin_socket { path mode group } */
#include "config_socket.h"

#include "config_app.h"
#include "config_ids.h"
#include "config_read.h"

#include <string.h>
#include <sys/stat.h>

#define DEFAULT_PATH "/run/sigd/sigd.sock"
#define DEFAULT_MODE 0660
#define DEFAULT_ADMIN_PATH "/run/sigd-admin/admin.sock"

static void read_path(const struct config *config, struct config_socket *socket, struct cfg_t *section,
                      const char *usual, struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(section, "path", 0);
    if (word == NULL) {
        config_fault_missing(faults, config_tree_line(section),
                             "socket \"%s\" has no path; add path = \"%s\"", socket->name, usual);
        return;
    }
    if (!config_read_is_path(faults, word, SIGD_PATH_MAX))
        return;
    for (size_t i = 0; i < config->n_sockets && &config->sockets[i] != socket; i++) {
        if (strcmp(config->sockets[i].path, word->text) == 0)
            config_fault_add(faults, word->line,
                             "path \"%s\" is that of socket \"%s\" too; give each its own", word->text,
                             config->sockets[i].name);
    }
    strcpy(socket->path, word->text);
}

/* Who may connect, as far as the file system decides. */
static void read_access(struct config_socket *socket, struct cfg_t *section, struct config_fault_list *faults)
{
    const struct config_tree_word *group = config_tree_word(section, "group", 0);
    char why[256];
    config_read_mode(faults, section, "mode", &socket->mode);
    if (group != NULL && !config_ids_group(group->text, &socket->gid, why, sizeof why))
        config_fault_add(faults, group->line, "group: %s", why);
}

static void read_apps(const struct config *config, struct config_socket *socket, struct cfg_t *section,
                      struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(section, "apps", 0);
    if (word == NULL)
        return;
    socket->apps = 0;
    for (size_t i = 0; (word = config_tree_word(section, "apps", i)) != NULL; i++) {
        int app = config_app_find(config, word->text);
        if (app < 0)
            config_fault_missing(faults, word->line,
                                 "apps: there is no app \"%s\"; add it or take the name out", word->text);
        else
            socket->apps |= UINT64_C(1) << app;
    }
}

static void read_one(struct config *config, size_t index, struct cfg_t *section,
                     struct config_fault_list *faults)
{
    struct config_socket *socket = &config->sockets[index];
    if (config_read_is_name(faults, section, "socket"))
        strcpy(socket->name, config_tree_title(section));
    read_access(socket, section, faults);
    read_path(config, socket, section, DEFAULT_PATH, faults);
    read_apps(config, socket, section, faults);
}

void config_socket_read_all(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    static const struct config_socket usual = { .mode = DEFAULT_MODE,
                                                .gid = CONFIG_NO_GID,
                                                .apps = UINT64_MAX };
    struct cfg_t *section;
    size_t i = 0;
    for (; (section = config_tree_section(tree, "socket", i)) != NULL; i++) {
        if (!config_read_is_within(faults, tree, "socket", i, SIGD_SOCKETS_MAX))
            break;
        config_read_is_new(faults, tree, "socket", i);
        config->sockets[i] = usual;
        config->n_sockets = i + 1;
        read_one(config, i, section, faults);
    }
    if (i > 0)
        return;
    config->sockets[0] = usual;
    strcpy(config->sockets[0].name, "main");
    strcpy(config->sockets[0].path, DEFAULT_PATH);
    config->n_sockets = 1;
}

void config_socket_read_admin(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    struct cfg_t *section = config_tree_section(tree, "admin_socket", 0);
    struct cfg_t *second = config_tree_section(tree, "admin_socket", 1);
    struct config_socket *socket = &config->admin_socket;
    if (section == NULL)
        return;
    if (second != NULL)
        config_fault_add(faults, config_tree_line(second),
                         "admin_socket is given twice (first in line %d); keep one",
                         config_tree_line(section));
    config->has_admin_socket = true;
    strcpy(socket->name, "admin");
    socket->gid = CONFIG_NO_GID;
    socket->apps = UINT64_MAX;
    socket->mode = config_tree_word(section, "group", 0) == NULL ? 0600 : 0660;
    read_access(socket, section, faults);
    if ((socket->mode & S_IRWXO) != 0)
        config_fault_add(faults, config_read_line(section, "mode"),
                         "mode %04o opens the control socket to everybody; write 0600, or 0660 with a group",
                         (unsigned)socket->mode);
    read_path(config, socket, section, DEFAULT_ADMIN_PATH, faults);
}

int config_socket_find(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_sockets; i++) {
        if (strcmp(config->sockets[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}
