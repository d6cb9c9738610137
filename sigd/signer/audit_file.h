/* audit_file.h: the file of the audit log: chained lines go out by one write(); what a crash or a failed write left of a
 * line is ended and told by a `gap` record. */
#ifndef SIGD_AUDIT_FILE_H
#define SIGD_AUDIT_FILE_H

#include "audit_chain.h"
#include "audit_pending.h"
#include "proto.h"

/* All zero but the fd: not open. */
struct audit_file {
    int fd;        /* -1: not open */
    uint32_t sync; /* enum proto_sync */
    int error;     /* of the last write or sync; 0: it went well */
    struct audit_chain chain;
    uint64_t time; /* of the last line; 0: there is none that tells */
    /* what the next write owes before its lines */
    bool opens;                             /* the file is empty: an `open` record */
    bool newline;                           /* the end of a torn line */
    const char *gap;                        /* a `gap` record for this reason; NULL: none */
    uint64_t damaged;                       /* bytes since the last whole line; 0: none */
    unsigned char after[AUDIT_CHAIN_BYTES]; /* hash of that line, where there are */
    bool dirty;                             /* written and not yet synced, where that is wanted */
    uint64_t dirty_ms;                      /* since when */
    char *out;
    size_t out_size;
};

/* Takes fd. The chain goes on from the end of what is there; where nothing is there, from the file before (the same
 * struct, still open or closed). false: it cannot be read, errno says why; all is as before. */
bool audit_file_open(struct audit_file *file, int fd, uint32_t sync);

/* Ends what is open, with an fsync. */
void audit_file_close(struct audit_file *file);

/* Is this descriptor the file that is open? */
bool audit_file_is(const struct audit_file *file, int fd);

/* Does the next write owe a record, whatever waits? */
bool audit_file_owes(const struct audit_file *file);

/* Writes the lines of pending that have all bits of `class` and takes out those that are written. false: not all,
 * file->error says why. Nothing to write: as the last time. */
bool audit_file_write(struct audit_file *file, struct audit_pending *pending, unsigned class, uint64_t now,
                      uint64_t now_ms);

/* Sees to it that what is written survives a loss of power. */
bool audit_file_sync(struct audit_file *file);

#endif
