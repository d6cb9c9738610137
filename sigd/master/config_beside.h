/* config_beside.h: what stands beside the sockets. */
#ifndef SIGD_CONFIG_BESIDE_H
#define SIGD_CONFIG_BESIDE_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

/* Warns of other things in a socket's directory: the directory is what is mounted into a container, and all that is in
 * it goes along. Looks at the file system; needs all sockets. */
void config_beside_judge(const struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

#endif
