/* node.h: the npm package tls-sig-api-v2 in a node of its own, asked for one round after the other. */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>

/* Starts node where USERSIG_NODE_MODULES names a folder with the package; NULL, or why not. */
const char *node_start(void);
void node_stop(void);

/* Lets it sign n usersigs; ns: of one. */
bool node_sign(size_t n, double *ns);

#endif
