/* makedir.h: makes the directory of a file that is to be made, where only its last part is missing (/run is empty
 * after a boot). */
#ifndef SIGD_MAKEDIR_H
#define SIGD_MAKEDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* true: the directory of path is there. */
bool makedir_above(const char *path, mode_t mode, char *why, size_t why_size);

#endif
