/* config_admin.c: admin "administrator" { lifetime min_remaining publish_group usersig_file } */
#include "config_admin.h"

#include "config_ids.h"
#include "config_path.h"
#include "config_read.h"
#include "usersig.h"

#include <inttypes.h>
#include <string.h>

#define MIN_REMAINING 600

static void read_identifier(struct config_admin *admin, struct cfg_t *section,
                            struct config_fault_list *faults)
{
    const char *title = config_tree_title(section);
    struct usersig_claims claims;
    memset(&claims, 0, sizeof claims);
    if (usersig_claims_identifier(&claims, title, strlen(title), 0) != USERSIG_OK ||
        strlen(title) > SIGD_ADMIN_MAX)
        config_fault_add(faults, config_tree_line(section),
                         "admin \"%.64s\" is not 1 to %d bytes of printable ASCII without a space at an end",
                         title, SIGD_ADMIN_MAX);
    else
        strcpy(admin->identifier, title);
}

static void read_lifetimes(const struct config_app *app, struct config_admin *admin, struct cfg_t *section,
                           struct config_fault_list *faults)
{
    admin->lifetime = app->lifetime;
    if (!config_read_lifetime(faults, section, "lifetime", &admin->lifetime))
        return;
    if (config_tree_word(section, "lifetime", 0) != NULL && admin->lifetime > app->max_lifetime)
        config_fault_add(faults, config_read_line(section, "lifetime"),
                         "lifetime of %" PRIu64 " s is over the app's max_lifetime, %" PRIu64
                         " s; make one fit the other",
                         admin->lifetime, app->max_lifetime);
    admin->min_remaining = admin->lifetime / 4 < MIN_REMAINING ? admin->lifetime / 4 : MIN_REMAINING;
    if (config_read_lifetime(faults, section, "min_remaining", &admin->min_remaining) &&
        admin->min_remaining > admin->lifetime / 3)
        config_fault_add(faults, config_read_line(section, "min_remaining"),
                         "min_remaining of %" PRIu64 " s is over a third of the lifetime, %" PRIu64
                         " s; renewal starts at two thirds, so make it at most %" PRIu64 "s",
                         admin->min_remaining, admin->lifetime, admin->lifetime / 3);
}

/* Somebody else signs it, with a lifetime that he chose. */
static void read_hosted(const struct config *config, const struct config_app *app, struct config_admin *admin,
                        struct cfg_t *section, struct config_fault_list *faults)
{
    admin->usersig_file = config_path_secret(config, config_tree_word(section, "usersig_file", 0), faults);
    if (config_tree_word(section, "lifetime", 0) != NULL)
        config_fault_warn(faults, config_read_line(section, "lifetime"),
                          "lifetime has no effect, since usersig_file brings its own");
    admin->lifetime = app->lifetime;
    admin->min_remaining = MIN_REMAINING;
    config_read_lifetime(faults, section, "min_remaining", &admin->min_remaining);
}

static void read_publication(const struct config *config, struct config_admin *admin, struct cfg_t *section,
                             struct config_fault_list *faults)
{
    const struct config_tree_word *word = config_tree_word(section, "publish_group", 0);
    char why[256];
    gid_t gid;
    admin->publish_gid = CONFIG_NO_GID;
    if (word == NULL)
        return;
    if (config->publish_dir == NULL)
        config_fault_missing(faults, word->line,
                             "publish_group: there is no publish_dir; add publish_dir = \"/run/sigd-pub\"");
    if (!config_ids_group(word->text, &gid, why, sizeof why))
        config_fault_add(faults, word->line, "publish_group: %s", why);
    else if (config_ids_is_overflow_gid(gid))
        config_fault_add(faults, word->line,
                         "publish_group: \"%s\" is gid %lu, as which the kernel shows every group that it "
                         "cannot map; make a group of its own",
                         word->text, (unsigned long)gid);
    else
        admin->publish_gid = gid;
}

void config_admin_read_all(const struct config *config, struct config_app *app, struct cfg_t *section,
                           struct config_fault_list *faults)
{
    struct cfg_t *child;
    for (size_t i = 0; (child = config_tree_section(section, "admin", i)) != NULL; i++) {
        if (!config_read_is_within(faults, section, "admin", i, SIGD_ADMINS_MAX))
            return;
        struct config_admin *admin = &app->admins[app->n_admins++];
        config_read_is_new(faults, section, "admin", i);
        read_identifier(admin, child, faults);
        if (config_tree_word(child, "usersig_file", 0) == NULL)
            read_lifetimes(app, admin, child, faults);
        else
            read_hosted(config, app, admin, child, faults);
        read_publication(config, admin, child, faults);
    }
}

bool config_admin_are_hosted(const struct config_app *app)
{
    for (size_t i = 0; i < app->n_admins; i++) {
        if (app->admins[i].usersig_file == NULL)
            return false;
    }
    return app->n_admins > 0;
}

int config_admin_find(const struct config_app *app, const char *identifier)
{
    for (size_t i = 0; i < app->n_admins; i++) {
        if (strcmp(app->admins[i].identifier, identifier) == 0)
            return (int)i;
    }
    return -1;
}
