/* config_path.c: the files and directories that the config names. */
#include "config_path.h"

#include "config_read.h"

#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "credential:";

/* As systemd names credentials: a file's name. */
static bool is_credential_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(name);
    return length >= 1 && length <= NAME_MAX && name[0] != '.' && strspn(name, allowed) == length;
}

static char *credential(const struct config *config, const struct config_tree_word *word,
                        struct config_fault_list *faults)
{
    const char *name = word->text + strlen(prefix);
    char *path;
    if (!is_credential_name(name)) {
        config_fault_add(faults, word->line,
                         "%s: what follows \"credential:\" is not a credential's name, which is of letters, "
                         "digits, '.', '_' and '-'",
                         word->name);
        return NULL;
    }
    if (config->credentials_dir == NULL) {
        config_fault_add(faults, word->line,
                         "%s: credential \"%.64s\" is not here, since $CREDENTIALS_DIRECTORY is not set; "
                         "start sigd by a systemd unit with LoadCredential=%.64s:/path",
                         word->name, name, name);
        return NULL;
    }
    if (asprintf(&path, "%s/%s", config->credentials_dir, name) >= 0)
        return path;
    config_fault_add(faults, word->line, "no memory");
    return NULL;
}

char *config_path_secret(const struct config *config, const struct config_tree_word *word,
                         struct config_fault_list *faults)
{
    if (strncmp(word->text, prefix, strlen(prefix)) == 0)
        return credential(config, word, faults);
    if (!config_read_is_path(faults, word, PATH_MAX - 1))
        return NULL;
    char *path = strdup(word->text);
    if (path == NULL)
        config_fault_add(faults, word->line, "no memory");
    return path;
}

char *config_path_directory(struct cfg_t *section, const char *name, struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(section, name, 0);
    if (word == NULL || !config_read_is_directory(faults, word))
        return NULL;
    char *path = strdup(word->text);
    if (path == NULL)
        config_fault_add(faults, word->line, "no memory");
    return path;
}
