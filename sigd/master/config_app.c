/* config_app.c: app "chat" { sdkappid region lifetime ... key admin allow } */
#include "config_app.h"

#include "config_admin.h"
#include "config_key.h"
#include "config_read.h"
#include "config_rule.h"
#include "config_words.h"
#include "usersig.h"
#include "usersig_rest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600
#define DAY 86400

bool config_app_read_names(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    size_t n = config_tree_count(tree, "app");
    if (n > SIGD_APPS_MAX) {
        config_read_is_within(faults, tree, "app", SIGD_APPS_MAX, SIGD_APPS_MAX);
        n = SIGD_APPS_MAX;
    }
    if (n == 0) {
        config_fault_missing(faults, 1, "there is no app; add app \"name\" { ... }");
        return true;
    }
    config->apps = calloc(n, sizeof *config->apps);
    if (config->apps == NULL) {
        config_fault_add(faults, 0, "%s: no memory", faults->path);
        return false;
    }
    config->n_apps = n;
    for (size_t i = 0; i < n; i++) {
        struct cfg_t *section = config_tree_section(tree, "app", i);
        config_read_is_new(faults, tree, "app", i);
        if (config_read_is_name(faults, section, "app"))
            strcpy(config->apps[i].name, config_tree_title(section));
    }
    return true;
}

static void read_sdkappid(struct config *config, struct config_app *app, struct cfg_t *section,
                          struct config_fault_list *faults)
{
    uint64_t id = 0;
    if (!config_read_number(faults, section, "sdkappid", 1, UINT32_MAX, &id))
        return;
    if (id == 0) {
        config_fault_missing(faults, config_tree_line(section),
                             "app \"%s\" has no sdkappid; add sdkappid = the number that the console shows",
                             app->name);
        return;
    }
    for (struct config_app *other = config->apps; other < app; other++) {
        if (other->sdkappid == id)
            config_fault_add(faults, config_read_line(section, "sdkappid"),
                             "sdkappid %" PRIu64 " is that of app \"%s\" too; join the two or correct one",
                             id, other->name);
    }
    app->sdkappid = (uint32_t)id;
}

static void read_region(struct config_app *app, struct cfg_t *section, struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(section, "region", 0);
    const char *name;
    char names[256] = "";
    app->host = usersig_region_host(word == NULL ? "china" : word->text, 0);
    if (app->host != NULL || word == NULL)
        return;
    for (size_t i = 0; (name = usersig_region_name(i)) != NULL; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i == 0 ? "" : ", ", name);
    }
    config_fault_add(faults, word->line, "region \"%s\" is none of: %s", word->text, names);
}

static void read_lifetimes(struct config_app *app, struct cfg_t *section, struct config_fault_list *faults)
{
    app->lifetime = 24 * HOUR;
    app->max_lifetime = 30 * DAY;
    app->url_lifetime = HOUR;
    bool has_lifetime = config_read_lifetime(faults, section, "lifetime", &app->lifetime);
    bool has_max = config_read_lifetime(faults, section, "max_lifetime", &app->max_lifetime);
    config_read_lifetime(faults, section, "url_lifetime", &app->url_lifetime);
    if (has_lifetime && has_max && app->lifetime > app->max_lifetime) {
        bool is_given = config_tree_word(section, "lifetime", 0) != NULL;
        config_fault_add(faults, config_read_line(section, is_given ? "lifetime" : "max_lifetime"),
                         "lifetime of %" PRIu64 " s%s is over max_lifetime, %" PRIu64
                         " s; make one fit the other",
                         app->lifetime, is_given ? "" : " (the default)", app->max_lifetime);
    }
}

static void read_reserved(struct config_app *app, struct cfg_t *section, struct config_fault_list *faults)
{
    const struct config_tree_word *word;
    for (size_t i = 0; (word = config_tree_word(section, "reserved", i)) != NULL; i++) {
        if (i == SIGD_RESERVED_MAX) {
            config_fault_add(faults, word->line, "more than %d reserved names; take some out",
                             SIGD_RESERVED_MAX);
            return;
        }
        if (!config_words_pattern(word->text)) {
            config_fault_add(faults, word->line, "reserved \"%.64s\" is not 1 to %d bytes of printable ASCII",
                             word->text, SIGD_PATTERN_MAX);
        } else if (strpbrk(word->text, "*?") != NULL) {
            config_fault_add(faults, word->line,
                             "reserved \"%s\": a name, not a pattern; name each identifier", word->text);
        } else {
            strcpy(app->reserved[app->n_reserved++], word->text);
        }
    }
}

void config_app_read_all(struct config *config, struct cfg_t *tree, struct config_fault_list *faults)
{
    for (size_t i = 0; i < config->n_apps; i++) {
        struct cfg_t *section = config_tree_section(tree, "app", i);
        struct config_app *app = &config->apps[i];
        read_sdkappid(config, app, section, faults);
        read_region(app, section, faults);
        read_lifetimes(app, section, faults);
        read_reserved(app, section, faults);
        config_read_bool(faults, section, "raw_userbuf", &app->raw_userbuf);
        config_admin_read_all(config, app, section, faults);
        config_key_read_all(config, app, section, faults);
        config_rule_read_all(config, app, section, faults);
    }
}

void config_app_free(struct config_app *app)
{
    for (size_t i = 0; i < app->n_keys; i++)
        free(app->keys[i].file);
    for (size_t i = 0; i < app->n_admins; i++)
        free(app->admins[i].usersig_file);
    free(app->rules);
}

int config_app_find(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_apps; i++) {
        if (strcmp(config->apps[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}
