/* config_beside.c: what stands beside the sockets. */
#include "config_beside.h"

#include "config_read.h"

#include <dirent.h>
#include <string.h>

/* Bytes of path's directory, without the slash but for the root's. */
static size_t directory_length(const char *path)
{
    size_t length = (size_t)(strrchr(path, '/') - path);
    return length == 0 ? 1 : length;
}

static bool are_together(const char *a, const char *b)
{
    size_t length = directory_length(a);
    return length == directory_length(b) && strncmp(a, b, length) == 0;
}

/* Is name that of socket or of its lock? */
static bool belongs(const struct config_socket *socket, const char *name)
{
    const char *own = strrchr(socket->path, '/') + 1;
    size_t length = strlen(own);
    return strncmp(name, own, length) == 0 && (name[length] == '\0' || strcmp(name + length, ".lock") == 0);
}

static bool is_known(const struct config *config, const struct config_socket *beside, const char *name)
{
    for (size_t i = 0; i < config->n_sockets; i++) {
        const struct config_socket *socket = &config->sockets[i];
        if (socket->path[0] != '\0' && are_together(socket->path, beside->path) && belongs(socket, name))
            return true;
    }
    return belongs(beside, name);
}

static void judge(const struct config *config, const struct config_socket *socket, int line,
                  struct config_fault_list *faults)
{
    char path[SIGD_PATH_MAX + 1];
    const struct dirent *entry;
    size_t length = directory_length(socket->path);
    memcpy(path, socket->path, length);
    path[length] = '\0';
    DIR *dir = opendir(path);
    if (dir == NULL)
        return; /* it will be made, or the start says what is wrong with it */
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            is_known(config, socket, entry->d_name))
            continue;
        config_fault_warn(
            faults, line,
            "path: %s holds \"%.64s\" too, which goes along where the directory is mounted; give "
            "socket \"%s\" a directory of its own",
            path, entry->d_name, socket->name);
        break;
    }
    closedir(dir);
}

/* Has an earlier socket the same directory? */
static bool is_judged(const struct config *config, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const char *path = config->sockets[i].path;
        if (path[0] != '\0' && are_together(path, config->sockets[index].path))
            return true;
    }
    return false;
}

static void judge_admin(const struct config *config, int line, struct config_fault_list *faults)
{
    for (size_t i = 0; i < config->n_sockets; i++) {
        const struct config_socket *socket = &config->sockets[i];
        if (socket->path[0] == '\0' || !are_together(socket->path, config->admin_socket.path))
            continue;
        config_fault_warn(
            faults, line,
            "path: the control socket is beside socket \"%s\", and goes along where that directory "
            "is mounted; give it a directory of its own",
            socket->name);
        return;
    }
    judge(config, &config->admin_socket, line, faults);
}

void config_beside_judge(const struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    for (size_t i = 0; i < config->n_sockets; i++) {
        struct cfg_t *section = config_tree_section(tree, "socket", i);
        if (config->sockets[i].path[0] != '\0' && !is_judged(config, i))
            judge(config, &config->sockets[i], section == NULL ? 1 : config_read_line(section, "path"),
                  faults);
    }
    if (config->has_admin_socket && config->admin_socket.path[0] != '\0')
        judge_admin(config, config_read_line(config_tree_section(tree, "admin_socket", 0), "path"), faults);
}
