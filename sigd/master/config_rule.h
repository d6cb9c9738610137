/* config_rule.h: the allow sections of an app. */
#ifndef SIGD_CONFIG_RULE_H
#define SIGD_CONFIG_RULE_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

/* Needs config->sockets and the app's admins and lifetimes. */
void config_rule_read_all(const struct config *config, struct config_app *app, struct cfg_t *section,
                          struct config_fault_list *faults);

#endif
