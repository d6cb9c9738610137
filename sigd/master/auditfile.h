/* auditfile.h: opens the audit log and its reserve for the signer, who writes them. */
#ifndef SIGD_AUDITFILE_H
#define SIGD_AUDITFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chan;

struct auditfile {
    int log, reserve; /* -1: not open */
};
#define AUDITFILE_CLOSED \
    {                    \
        -1, -1           \
    }

/* Opens path for reading its end and appending, made with mode 0600 (its directory with 0700) where it is missing, and
 * <path>.reserve beside it; what is there must be regular files with one link, ours or root's, and not writable by
 * others. false, and why. */
bool auditfile_open(struct auditfile *files, const char *path, char *why, size_t why_size);

/* Hands both to the signer, at its start or when the log was opened anew (after a rotation: the signer ends the old
 * file and goes on in the new one; the same file again changes nothing but sync). false: no memory. */
bool auditfile_send(const struct auditfile *files, struct chan *signer, uint32_t sync);

void auditfile_close(struct auditfile *files);

#endif
