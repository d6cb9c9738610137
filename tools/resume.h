/* resume.h: where a long listing stopped, in a file, so that it can go on. Functions give 0, or an exit status after a
 * message. */
#ifndef TOOLS_RESUME_H
#define TOOLS_RESUME_H

#include <jansson.h>

struct resume {
    json_t *cursors;  /* to be json_decref'ed; NULL: from the beginning */
    json_int_t items; /* so far */
};

/* Reads the file, where there is one. It has to be of the same call with the same request. */
int resume_read(struct resume *resume, const char *path, const char *call, const json_t *request);

/* Writes it anew: whole, on the disk, mode 0600. */
int resume_write(const char *path, const char *call, const json_t *request, const struct resume *resume);

/* The listing is complete. */
int resume_remove(const char *path);

#endif
