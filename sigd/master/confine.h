/* confine.h: the master's own sandbox. */
#ifndef SIGD_CONFINE_H
#define SIGD_CONFINE_H

#include <stdbool.h>

struct master;

/* Before the first child is started. From then on it writes where the config of this start says, and nowhere else: a
 * reload that names another directory is refused. false: said. */
bool confine_enter(const struct master *m);

#endif
