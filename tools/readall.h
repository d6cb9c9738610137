/* readall.h: all bytes of a descriptor or a file, up to a limit. */
#ifndef TOOLS_READALL_H
#define TOOLS_READALL_H

#include <stddef.h>

/* Reads until the end or until out is full; *len is what there is now, and size where there may be more. name is for the
 * message. 0, or EXITS_NO_INPUT after it. */
int readall_into(int fd, const char *name, void *out, size_t size, size_t *len);

/* At most max bytes, some KiB, into memory that is the caller's, to be freed with free; a NUL follows that *len does not count.
 * 0, or an exit status after a message, then *bytes is NULL. */
int readall_open(int fd, const char *name, size_t max, char **bytes, size_t *len);
int readall_file(const char *path, size_t max, char **bytes, size_t *len);

#endif
