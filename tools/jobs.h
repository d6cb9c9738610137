/* jobs.h: how many at once: --jobs. */
#ifndef TOOLS_JOBS_H
#define TOOLS_JOBS_H

#include <stddef.h>

#define JOBS_MAX 256

struct options;

/* Is it in its limits, where it is given? 0, or an exit status after a message. */
int jobs_judge(const struct options *options);

/* It, else so many as there are processors, times so many. */
size_t jobs_count(const struct options *options, size_t times);

#endif
