/* config_key.h: the key sections of an app: names, files and windows. No key is opened here. */
#ifndef SIGD_CONFIG_KEY_H
#define SIGD_CONFIG_KEY_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

/* Needs the app's admins: an app without keys is one whose admins' usersigs all come from files. */
void config_key_read_all(const struct config *config, struct config_app *app, struct cfg_t *section,
                         struct config_fault_list *faults);

#endif
