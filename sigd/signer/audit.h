/* audit.h: the audit log: one JSON object a line. Lines gather and are written by one write() before any proof that
 * they speak of leaves the process. */
#ifndef SIGD_AUDIT_H
#define SIGD_AUDIT_H

#include "usersig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AUDIT_REFUSALS_PER_SECOND 10 /* lines for one uid; what is beyond is counted */
#define AUDIT_UIDS 64

struct audit {
    int fd; /* -1: not open: nothing can be signed */
    char *lines;
    size_t len, size;
    bool broken; /* the last write failed */
    bool lost;   /* a line could not be kept for want of memory */
    struct audit_refusals {
        uint64_t second;
        unsigned lines, suppressed;
        uid_t uid;
    } refusals[AUDIT_UIDS];
};

/* Who asked; uid (uid_t)-1: the daemon itself. Strings that do not apply are NULL. */
struct audit_who {
    uid_t uid;
    pid_t pid;
    const char *socket;
};

/* What it was about. */
struct audit_what {
    const char *event, *app, *action, *key;
    const char *identifier; /* identifier_len bytes of anything */
    size_t identifier_len;
    uint64_t issued_at, lifetime;        /* 0: not told */
    const char *verdict;                 /* "ok", or why it was refused */
    const struct usersig_claims *claims; /* what was signed, for the fingerprint; NULL: nothing was */
};

void audit_open(struct audit *audit, int fd);
void audit_close(struct audit *audit);

void audit_add(struct audit *audit, const struct audit_who *who, const struct audit_what *what, uint64_t now);

/* The same for what was refused: at most AUDIT_REFUSALS_PER_SECOND lines a second for a uid, the rest counted. */
void audit_refuse(struct audit *audit, const struct audit_who *who, const struct audit_what *what,
                  uint64_t now);

/* Writes what has gathered. false: nothing that it speaks of may be answered. */
bool audit_flush(struct audit *audit);

/* Is there a count of refusals that a later flush will write? */
bool audit_waits(const struct audit *audit);

#endif
