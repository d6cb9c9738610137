/* config_top.c: what stands outside apps and sockets: processes, audit, log, directories, clock. */
#include "config_top.h"

#include "config_ids.h"
#include "config_path.h"
#include "config_read.h"
#include "namespace.h"

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
    static const char *const syncs[] = { "none", "1s", "batch", NULL }; /* enum config_sync */
    struct cfg_t *section = only_section(tree, "audit", faults);
    const struct config_tree_word *file = NULL;
    config->audit_sync = CONFIG_SYNC_1S;
    if (section != NULL) {
        file = config_tree_word(section, "file", 0);
        config_read_choice(faults, section, "sync", syncs, &config->audit_sync);
    }
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

static void read_log(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    static const char *const formats[] = { "logfmt", "json", NULL }; /* enum config_log_format */
    static const char *const levels[] = { "error", "warn", "info", "debug",
                                          NULL }; /* enum config_log_level */
    struct cfg_t *section = only_section(tree, "log", faults);
    config->log_level = CONFIG_LOG_INFO;
    if (section == NULL)
        return;
    config_read_choice(faults, section, "format", formats, &config->log_format);
    config_read_choice(faults, section, "level", levels, &config->log_level);
}

/* A word that has one value besides being absent. */
static bool read_switch(struct cfg_t *tree, const char *name, const char *value,
                        struct config_fault_list *faults)
{
    const char *const choices[] = { value, NULL };
    unsigned choice = 1;
    return config_read_choice(faults, tree, name, choices, &choice) && choice == 0;
}

/* systemd puts credentials there. */
static void read_credentials_dir(struct config *config, struct config_fault_list *faults)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (dir == NULL || dir[0] != '/' || strlen(dir) > PATH_MAX - NAME_MAX - 2)
        return;
    config->credentials_dir = strdup(dir);
    if (config->credentials_dir == NULL)
        config_fault_add(faults, 0, "%s: no memory", faults->path);
}

static void read_places(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(tree, "master_key", 0);
    read_credentials_dir(config, faults);
    config->publish_dir = config_path_directory(tree, "publish_dir", faults);
    config->state_dir = config_path_directory(tree, "state_dir", faults);
    if (word != NULL)
        config->master_key = config_path_secret(config, word, faults);
    config->kubernetes = read_switch(tree, "key_files", "kubernetes", faults);
}

void config_top_read(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    static const char *const unsynced[] = { "wait", "refuse", "serve", NULL }; /* enum config_unsynced */
    uint64_t workers = 1;
    config_read_number(faults, tree, "workers", 1, SIGD_WORKERS_MAX, &workers);
    config->workers = (unsigned)workers;
    config_read_bool(faults, tree, "allow_swap", &config->allow_swap);
    config_read_bool(faults, tree, "keep_on_stop", &config->keep_on_stop);
    config_read_choice(faults, tree, "unsynced", unsynced, &config->unsynced);
    config->in_namespace = read_switch(tree, "ids", "in_namespace", faults);
    config->ids_off = !config->in_namespace && !namespace_shows_ids();
    read_places(config, tree, faults);
    read_audit(config, tree, faults);
    read_log(config, tree, faults);
    read_users(config, tree, faults);
}

static bool publishes(const struct config *config)
{
    for (size_t a = 0; a < config->n_apps; a++)
        for (size_t i = 0; i < config->apps[a].n_admins; i++)
            if (config->apps[a].admins[i].publish_gid != CONFIG_NO_GID)
                return true;
    return false;
}

void config_top_judge(const struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    if (config_tree_word(tree, "state_dir", 0) == NULL)
        config_fault_warn(faults, 1,
                          "no state_dir: what sigctl freezes or revokes is forgotten at a restart; add "
                          "state_dir = \"/var/lib/sigd\"");
    if (config->ids_off)
        config_fault_warn(faults, 1,
                          "this user namespace shows other uids or gids than the kernel's: users and groups "
                          "match nobody here; let rules name sockets alone, or write ids = in_namespace");
    if (config->publish_dir != NULL && !publishes(config))
        config_fault_warn(faults, config_read_line(tree, "publish_dir"),
                          "publish_dir has no effect, since no admin has a publish_group");
    if (config->keep_on_stop && config_tree_word(tree, "publish_dir", 0) == NULL)
        config_fault_warn(faults, config_read_line(tree, "keep_on_stop"),
                          "keep_on_stop has no effect, since there is no publish_dir");
}
