/* config.c: sigd.conf as a whole. */
#include "config.h"

#include "config_app.h"
#include "config_beside.h"
#include "config_scan.h"
#include "config_socket.h"
#include "config_top.h"
#include "config_tree.h"
#include "safefile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_tree(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    config_top_read(config, tree, faults);
    if (!config_app_read_names(config, tree, faults))
        return;
    config_socket_read_all(config, tree, faults);
    config_socket_read_admin(config, tree, faults);
    config_beside_judge(config, tree, faults);
    config_app_read_all(config, tree, faults);
    config_top_judge(config, tree, faults);
}

static void read_file(struct config *config, int fd, struct config_fault_list *faults)
{
    struct config_scan scan;
    if (!config_scan_read(&scan, fd, faults))
        return;
    faults->n_bytes = faults->n;
    struct cfg_t *tree = config_tree_read(&scan, faults);
    if (tree != NULL)
        read_tree(config, tree, faults);
    config_tree_free(tree);
    config_scan_free(&scan);
}

/* Of an open file; with why, of one that could not be opened. */
static struct config *read_config(const char *path, int fd, const char *why, FILE *errors)
{
    struct config_fault_list faults = { .path = path };
    struct config *config = calloc(1, sizeof *config);
    if (why != NULL) {
        config_fault_add(&faults, 0, "%s", why);
    } else if (config == NULL) {
        config_fault_add(&faults, 0, "%s: no memory", path);
    } else {
        read_file(config, fd, &faults);
    }
    config_fault_print(&faults, errors);
    if (faults.failed) {
        config_free(config);
        config = NULL;
    }
    config_fault_free(&faults);
    return config;
}

struct config *config_load(const char *path, FILE *errors)
{
    char why[512];
    int fd = safefile_open(path, 0, why, sizeof why);
    struct config *config = read_config(path, fd, fd < 0 ? why : NULL, errors);
    if (fd >= 0)
        close(fd);
    return config;
}

struct config *config_load_fd(const char *path, int fd, FILE *errors)
{
    return read_config(path, fd, NULL, errors);
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->n_apps; i++)
        config_app_free(&config->apps[i]);
    free(config->apps);
    free(config->publish_dir);
    free(config->state_dir);
    free(config->master_key);
    free(config->credentials_dir);
    free(config->audit_file);
    free(config);
}

unsigned config_secret_flags(const struct config *config, const char *file)
{
    const char *dir = config->credentials_dir;
    unsigned flags = SAFEFILE_SECRET;
    if (config->kubernetes)
        flags |= SAFEFILE_KUBERNETES;
    if (dir != NULL && strncmp(file, dir, strlen(dir)) == 0 && file[strlen(dir)] == '/')
        flags |= SAFEFILE_CREDENTIAL;
    return flags;
}
