/* config_key.c: key "2026a" { file not_before not_after revoked } */
#include "config_key.h"

#include "clock.h"
#include "config_admin.h"
#include "config_path.h"
#include "config_read.h"
#include "config_window.h"

#include <string.h>

static void read_file(const struct config *config, struct config_key *key, struct cfg_t *section,
                      struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(section, "file", 0);
    if (word == NULL)
        config_fault_missing(faults, key->line, "key \"%s\" has no file; add file = \"/etc/sigd/...\"",
                             key->name);
    else
        key->file = config_path_secret(config, word, faults);
}

static void read_one(const struct config *config, struct config_key *key, struct cfg_t *section,
                     struct config_fault_list *faults)
{
    key->line = config_tree_line(section);
    if (config_read_is_name(faults, section, "key"))
        strcpy(key->name, config_tree_title(section));
    read_file(config, key, section, faults);
    config_read_bool(faults, section, "revoked", &key->revoked);
    if (!config_read_time(faults, section, "not_before", &key->not_before) ||
        !config_read_time(faults, section, "not_after", &key->not_after))
        return;
    if (config_tree_word(section, "not_after", 0) == NULL || key->not_after > key->not_before)
        return;
    config_fault_add(faults, config_read_line(section, "not_after"),
                     "not_after \"%s\" is not after not_before; the key would never sign",
                     config_tree_word(section, "not_after", 0)->text);
    key->not_before = key->not_after = 0; /* so that nothing more is said of it */
}

void config_key_read_all(const struct config *config, struct config_app *app, struct cfg_t *section,
                         struct config_fault_list *faults)
{
    struct cfg_t *child;
    size_t n_revoked = 0;
    for (size_t i = 0; (child = config_tree_section(section, "key", i)) != NULL; i++) {
        if (!config_read_is_within(faults, section, "key", i, SIGD_KEYS_MAX))
            break;
        config_read_is_new(faults, section, "key", i);
        read_one(config, &app->keys[i], child, faults);
        app->n_keys = i + 1;
        n_revoked += app->keys[i].revoked;
    }
    if (app->n_keys == 0 && config_admin_are_hosted(app))
        return;
    if (app->n_keys == 0)
        config_fault_missing(faults, config_tree_line(section),
                             "app \"%s\" has no key; add key \"name\" { file = \"/etc/sigd/...\" }",
                             app->name);
    else if (n_revoked == app->n_keys)
        config_fault_warn(faults, config_tree_line(section),
                          "all keys of app \"%s\" are revoked; it will sign nothing", app->name);
    config_window_judge(app, config_tree_line(section), clock_real(), faults);
}
