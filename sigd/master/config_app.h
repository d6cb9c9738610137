/* config_app.h: the app sections as a whole. */
#ifndef SIGD_CONFIG_APP_H
#define SIGD_CONFIG_APP_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

/* Makes config->apps with their names alone, so that sockets can name them. False: no memory. */
bool config_app_read_names(struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

/* The rest; needs config->sockets. */
void config_app_read_all(struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

void config_app_free(struct config_app *app); /* what it points to */

/* Index of the app, -1 when there is none of that name. */
int config_app_find(const struct config *config, const char *name);

#endif
