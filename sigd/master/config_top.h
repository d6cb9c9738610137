/* config_top.h: the words that stand outside apps and sockets. */
#ifndef SIGD_CONFIG_TOP_H
#define SIGD_CONFIG_TOP_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

void config_top_read(struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

/* What can be said of them only when the apps are known. */
void config_top_judge(const struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

#endif
