/* config.c: sigd.conf as a whole: the file, and what stands outside sockets and apps. */
#define _GNU_SOURCE 1
#include "config.h"

#include "config_app.h"
#include "config_ids.h"
#include "config_read.h"
#include "config_scan.h"
#include "config_socket.h"
#include "safefile.h"

#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_AUDIT_FILE "/var/log/sigd/audit.log"
#define DEFAULT_SIGNER 64001
#define DEFAULT_FRONT 64002

/* The one section of that name, NULL when there is none. */
static struct cfg_t *only_section(struct cfg_t *tree, const char *name, struct config_fault_list *faults)
{
    struct cfg_t *second = config_tree_section(tree, name, 1);
    if (second != NULL)
        config_fault_add(faults, config_tree_line(second),
                         "%s is given twice (first in line %d); join the two", name,
                         config_tree_line(config_tree_section(tree, name, 0)));
    return config_tree_section(tree, name, 0);
}

static void read_audit(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    struct cfg_t *section = only_section(tree, "audit", faults);
    const struct config_tree_word *file = NULL, *sync = NULL;
    if (section != NULL) {
        file = config_tree_word(section, "file", 0);
        sync = config_tree_word(section, "sync", 0);
    }
    if (sync != NULL && strcmp(sync->text, "none") != 0)
        config_fault_add(faults, sync->line,
                         "sync \"%s\": syncing the audit log is not in this release; write sync = \"none\"",
                         sync->text);
    if (file != NULL && !config_read_is_path(faults, file, PATH_MAX - 1))
        return;
    config->audit_file = strdup(file == NULL ? DEFAULT_AUDIT_FILE : file->text);
    if (config->audit_file == NULL)
        config_fault_add(faults, 0, "%s: no memory", faults->path);
}

/* One of the two users; true when it was given and is good. */
static bool read_user(struct cfg_t *section, const char *name, uid_t *uid, gid_t *gid,
                      struct config_fault_list *faults)
{
    const struct config_tree_word *word = section == NULL ? NULL : config_tree_word(section, name, 0);
    char why[256];
    if (word == NULL) {
        if (geteuid() == 0)
            config_fault_warn(
                faults, section == NULL ? 1 : config_tree_line(section),
                "no user for the %s: it runs as uid %lu; make a user and add users { %s = \"sigd-%s\" }",
                name, (unsigned long)*uid, name, name);
        return true;
    }
    if (!config_ids_user(word->text, uid, gid, why, sizeof why))
        config_fault_add(faults, word->line, "%s: %s", name, why);
    else if (*uid == 0 || *gid == 0)
        config_fault_add(faults, word->line,
                         "%s \"%s\" is root or in root's group; give it a user of its own", name, word->text);
    else if (config_ids_is_overflow_uid(*uid) || config_ids_is_overflow_gid(*gid))
        config_fault_add(faults, word->line,
                         "%s \"%s\" is nobody, which others may be too; give it a user of its own", name,
                         word->text);
    else
        return true;
    return false;
}

static void read_users(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    struct cfg_t *section = only_section(tree, "users", faults);
    config->signer_uid = config->signer_gid = DEFAULT_SIGNER;
    config->front_uid = config->front_gid = DEFAULT_FRONT;
    bool signer = read_user(section, "signer", &config->signer_uid, &config->signer_gid, faults);
    bool front = read_user(section, "front", &config->front_uid, &config->front_gid, faults);
    if (signer && front && config->signer_uid == config->front_uid)
        config_fault_add(faults, section == NULL ? 1 : config_tree_line(section),
                         "signer and front are one user, uid %lu, and could read each other; make two",
                         (unsigned long)config->signer_uid);
}

static void read_tree(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    static const char *const unbuilt[] = { "admin_socket", "publish_dir", "state_dir",    "key_files",
                                           "ids",          "unsynced",    "keep_on_stop", NULL };
    uint64_t workers = 1;
    config_read_refuse_unbuilt(faults, tree, unbuilt);
    config_read_number(faults, tree, "workers", 1, SIGD_WORKERS_MAX, &workers);
    config->workers = (unsigned)workers;
    config_read_bool(faults, tree, "allow_swap", &config->allow_swap);
    read_audit(config, tree, faults);
    read_users(config, tree, faults);
    if (!config_app_read_names(config, tree, faults))
        return;
    config_socket_read_all(config, tree, faults);
    config_app_read_all(config, tree, faults);
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

struct config *config_load(const char *path, FILE *errors)
{
    struct config_fault_list faults = { .path = path };
    struct config *config = calloc(1, sizeof *config);
    char why[512];
    int fd = safefile_open(path, 0, why, sizeof why);
    if (fd < 0) {
        config_fault_add(&faults, 0, "%s", why);
    } else if (config == NULL) {
        config_fault_add(&faults, 0, "%s: no memory", path);
    } else {
        read_file(config, fd, &faults);
    }
    if (fd >= 0)
        close(fd);
    config_fault_print(&faults, errors);
    if (faults.failed) {
        config_free(config);
        config = NULL;
    }
    config_fault_free(&faults);
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->n_apps; i++)
        config_app_free(&config->apps[i]);
    free(config->apps);
    free(config->audit_file);
    free(config);
}
