/* place.h: a temporary directory in memory, for tests of what is published there. */
#ifndef PLACE_H
#define PLACE_H

#include <sys/types.h>

#define PLACE_STRANGER 12345 /* a uid and a gid that are neither root's nor ours */

extern char place_path[4096]; /* without symbolic links; "" before place_make and after place_remove */

void place_make(void);   /* under /dev/shm, which Linux has in memory; the working directory, umask 022 */
void place_remove(void); /* with all that is in it */

/* path within it: a static buffer that the next call but three overwrites. */
const char *place_within(const char *path);

mode_t place_mode(const char *path); /* of path, links not followed, all bits of st_mode; 0: not there */
gid_t place_group(const char *path);
ino_t place_inode(const char *path); /* 0: not there */

/* A file of these bytes, in place of what was there. */
void place_put(const char *path, const void *bytes, size_t len, mode_t mode);

/* The text of a file of at most 4095 bytes, a static buffer; NULL: not there. */
const char *place_text(const char *path);

#endif
