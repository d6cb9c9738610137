/* batch.h: lines of stdin through several workers to stdout, in their order, with little memory however many there are. What
 * is done to a line is the caller's. */
#ifndef TOOLS_BATCH_H
#define TOOLS_BATCH_H

#include "jobs.h"
#include "text.h"

/* Some lines, and what became of them. */
struct batch_chunk {
    const char *in; /* n lines, each with its line feed */
    size_t in_len;
    uint64_t first; /* the number of the first line, from 1 on */
    size_t n;
    struct text out;
    size_t failed;  /* of the n: their places say why */
    bool uncertain; /* an earlier run was killed while it was at this: it may have been done */
    struct batch_run *run;
};

struct batch {
    const char *command; /* the command's name */
    const char *done;    /* what is done to a line: "signed" */
    const char *why;     /* where it is said why lines failed */
    size_t jobs;
    size_t ahead; /* chunks that may wait for one before them, of each worker */
    size_t chunk_lines, chunk_bytes, line_bytes;
    const char *resume; /* --resume; NULL: none */
    bool lasting; /* what is done to a line cannot be done again without harm: what was begun is kept, too */
    /* Works on chunk with workers[i], in a thread of its own. 0; or, after a message, the exit status with which
     * everything ends, and nothing of chunk is written. */
    int (*work)(void *worker, struct batch_chunk *chunk);
    void *const *workers; /* jobs of them */
};

#define BATCH_LINE_MAX (1u << 20)

/* The whole of stdin. 0; EXITS_PARTIAL: some lines failed; else what ended it. */
int batch_run(const struct batch *batch);

/* Whether this worker is the one that says why everything ends: true once. */
bool batch_may_complain(const struct batch_chunk *chunk);

/* Waits, but not when everything ends: then false. */
bool batch_wait(const struct batch_chunk *chunk, uint64_t ms);

#endif
