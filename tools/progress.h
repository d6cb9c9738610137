/* progress.h: one line on a terminal that says how far a long work is: count, rate, and where its size is known a bar and
 * the time to come. Says nothing where stderr is no terminal. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* the work's name */
    bool shown, drawn;
    uint64_t started_ms, next_ms;
    uint64_t first; /* items done before */
    uint64_t first_part;
};

/* first, first_part: what an earlier run has done. */
void progress_start(struct progress *progress, const char *what, uint64_t first, uint64_t first_part);

/* items are done, which are part of whole; whole 0: nobody knows. At most some times a second. */
void progress_show(struct progress *progress, uint64_t items, uint64_t part, uint64_t whole);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
