/* checkpoint.h: --resume FILE: how far a batch is, on the disk, so that one that was killed goes on where it was. What stdout
 * has beyond that is cut off, hence it has to be a file. */
#ifndef TOOLS_CHECKPOINT_H
#define TOOLS_CHECKPOINT_H

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

struct checkpoint {
    const char *path;      /* NULL: nothing is kept */
    uint64_t done, failed; /* lines */
    uint64_t begun;        /* lines, where that counts: as many or more */
    uint64_t begun_before; /* by earlier runs */
    uint64_t bytes;        /* of stdout */
    uint64_t saved_ms;
    crypto_generichash_state input; /* of the lines that are done */
    char expected[2 * crypto_generichash_BYTES + 1];
};

/* Reads the file where it is there, and brings stdout to where it says; path NULL: a batch that keeps nothing. 0, or an
 * exit status after a message. */
int checkpoint_open(struct checkpoint *checkpoint, const char *path);

/* n lines that an earlier run has done, when that many were read again; at the last one the input must be the same. */
void checkpoint_again(struct checkpoint *checkpoint, const char *lines, size_t len);
int checkpoint_same(const struct checkpoint *checkpoint);

/* n more lines are done, failed of them without success, and out_len bytes written. */
void checkpoint_count(struct checkpoint *checkpoint, const char *lines, size_t len, uint64_t n,
                      uint64_t failed, uint64_t out_len);

/* Work on this line begins, and the file says so. 0, or an exit status after a message. */
int checkpoint_begin(struct checkpoint *checkpoint, uint64_t line);

enum checkpoint_when {
    CHECKPOINT_SOMETIMES, /* once a second, on the disk */
    CHECKPOINT_OFTEN,     /* now, on the disk once a second: it survives this process, not a power failure */
    CHECKPOINT_NOW,       /* now, on the disk */
};

/* Writes the file. 0, or an exit status after a message. */
int checkpoint_save(struct checkpoint *checkpoint, enum checkpoint_when when);

#endif
