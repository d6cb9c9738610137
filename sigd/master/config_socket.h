/* config_socket.h: the socket sections and admin_socket. */
#ifndef SIGD_CONFIG_SOCKET_H
#define SIGD_CONFIG_SOCKET_H

#include "config.h"
#include "config_fault.h"

struct cfg_t;

/* Fills config->sockets; needs the names of config->apps. Without a section: "main" at its usual place. */
void config_socket_read_all(struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

/* The control socket, where there is one; needs config->sockets. */
void config_socket_read_admin(struct config *config, struct cfg_t *tree, struct config_fault_list *faults);

/* Index of the socket, -1 when there is none of that name. */
int config_socket_find(const struct config *config, const char *name);

#endif
