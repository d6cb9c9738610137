/* save.h: writes files that hold secrets: whole or not at all, mode 0600, on the disk before they are in place. Functions
 * give 0, or an exit status after a message. */
#ifndef TOOLS_SAVE_H
#define TOOLS_SAVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct save {
    char path[PATH_MAX];
    char temporary[PATH_MAX]; /* beside it; "": none */
    bool replaces;
};

/* Writes the bytes to a new file beside path and to the disk. From then on signals that would stop this process wait for
 * its end. replaces: what stands at path may be replaced; it must
 * be a regular file, and its owner is kept. */
int save_begin(struct save *save, const char *path, const void *bytes, size_t len, bool replaces);

/* Puts it in place. */
int save_commit(struct save *save);

/* Removes what was not put in place. */
void save_abandon(struct save *save);

/* begin and commit. */
int save_file(const char *path, const void *bytes, size_t len, bool replaces);

#endif
