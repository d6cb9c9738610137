/* filter.h: the seccomp filters: which system calls each program may make. Any other kills the process. */
#ifndef SIGD_FILTER_H
#define SIGD_FILTER_H

#include <stdbool.h>

enum filter_program { FILTER_MASTER, FILTER_SIGNER, FILTER_FRONT };

/* For good. Filters add up: what signer and front may do, their master must be allowed as well. false: errno. */
bool filter_load(enum filter_program program);

/* What the filter allows beyond that, for builds that are for tests: "sanitizers", "coverage"; NULL: nothing. */
const char *filter_widened(void);

#endif
