/* auditfile.h: opens the audit log for the signer, who writes it. */
#ifndef SIGD_AUDITFILE_H
#define SIGD_AUDITFILE_H

#include <stddef.h>

/* Opens path for appending, made with mode 0600 (its directory with 0700) where it is missing; what is there must be a
 * regular file with one link, ours or root's, and not writable by others. The descriptor, or -1 and why. */
int auditfile_open(const char *path, char *why, size_t why_size);

#endif
