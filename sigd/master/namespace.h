/* namespace.h: whether uids and gids mean here what they mean to the kernel. */
#ifndef SIGD_NAMESPACE_H
#define SIGD_NAMESPACE_H

#include <stdbool.h>

/* Does a map of user_namespaces(7), as /proc/self/uid_map shows it, give every id to itself? What is not such a map
 * does not. */
bool namespace_is_identity(const char *map);

/* Are this process's maps such, for uids and gids both? A kernel without user namespaces has none to lead astray. */
bool namespace_shows_ids(void);

#endif
