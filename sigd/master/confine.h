/* confine.h: the master's own sandbox. */
#ifndef SIGD_CONFINE_H
#define SIGD_CONFINE_H

#include <stdbool.h>
#include <stdio.h>

struct config;
struct master;

/* Before the first child is started. From then on it writes around the places that the config of this start names, and
 * nowhere else: a reload that names another is refused. false: said. */
bool confine_enter(const struct master *m);

/* After a file or socket of another config could not be made: says so where that may be why. */
void confine_explain(const struct config *config, FILE *report);

#endif
