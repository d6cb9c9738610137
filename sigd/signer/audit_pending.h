/* audit_pending.h: lines that wait to be written. */
#ifndef SIGD_AUDIT_PENDING_H
#define SIGD_AUDIT_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_ESSENTIAL 1u /* goes on being written from the reserve when the disk is full */
#define AUDIT_FACT \
    2u /* tells what has happened whatever the log says: waits until it is written. Others tell
                              what is not done when they cannot be written. */

/* Facts that wait for a disk that takes nothing: bytes of them, essential and others. What is beyond is counted. */
#define AUDIT_PENDING_ESSENTIAL (256u << 10)
#define AUDIT_PENDING_OTHERS (64u << 10)

/* All zero: none. */
struct audit_pending {
    char *bytes;
    size_t len, size, lines;
    bool refused;            /* a line that is no fact could not be kept for want of memory */
    uint64_t withheld, lost; /* lines of what was then not done; facts that are forgotten */
};

void audit_pending_clear(struct audit_pending *pending);

void audit_pending_add(struct audit_pending *pending, unsigned class, const char *text, size_t len);

/* Walks the lines that have all bits of `class`; start with *at 0. false: no more. */
bool audit_pending_next(const struct audit_pending *pending, size_t *at, unsigned class, const char **text,
                        size_t *len);

/* Takes out the first n lines that have all bits of `class`. */
void audit_pending_remove(struct audit_pending *pending, unsigned class, size_t n);

/* After a failure: facts stay, within their bounds, the others go. */
void audit_pending_keep_facts(struct audit_pending *pending);

#endif
