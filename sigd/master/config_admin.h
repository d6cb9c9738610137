/* config_admin.h: the admin sections of an app. */
#ifndef SIGD_CONFIG_ADMIN_H
#define SIGD_CONFIG_ADMIN_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

/* Needs config->publish_dir and the app's lifetimes. */
void config_admin_read_all(const struct config *config, struct config_app *app, struct cfg_t *section,
                           struct config_fault_list *faults);

/* Are there admins, and do all have usersigs that others sign? */
bool config_admin_are_hosted(const struct config_app *app);

/* Index of the app's admin, -1 when there is none of that name. */
int config_admin_find(const struct config_app *app, const char *identifier);

#endif
