/* audit.h: the audit log: one JSON object a line, each with the hash of the one above (docs/AUDIT.md). Lines gather and
 * are written by one write() before any proof that they speak of leaves the process. */
#ifndef SIGD_AUDIT_H
#define SIGD_AUDIT_H

#include "audit_file.h"
#include "audit_refusals.h"
#include "audit_reserve.h"
#include "usersig.h"

struct audit {
    struct audit_file file;
    struct audit_pending pending;
    struct audit_reserve reserve;
    struct audit_refusals refusals;
    bool broken; /* the last write failed: nothing is signed */
    bool full;   /* the disk is, or was and the reserve is not yet back: only what is essential is written */
    bool behind; /* the last sync failed */
    uint64_t retry_ms;      /* when a broken or full log is tried again, without a line that asks for it */
    uint64_t told, told_ms; /* number of the last line whose hash was logged, and when */
};

#define AUDIT_CLOSED                                 \
    {                                                \
        .file = { .fd = -1 }, .reserve = {.fd = -1 } \
    }

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
    unsigned class;                      /* AUDIT_ESSENTIAL, AUDIT_FACT; 0: an ordinary signature */
};

/* Takes fd as the log from now on. A file that is open already stays (only sync may change), and fd is closed; another
 * one ends the file before, and its first line holds the hash of the other's last. false: it cannot be read, errno says why; the log
 * before stays and fd is the caller's. */
bool audit_open(struct audit *audit, int fd, uint32_t sync, uint64_t now, uint64_t now_ms);

/* Takes fd as the reserve beside the log. */
void audit_hold(struct audit *audit, int fd);

/* Ends the log: writes and syncs what is left. */
void audit_close(struct audit *audit, uint64_t now, uint64_t now_ms);

void audit_add(struct audit *audit, const struct audit_who *who, const struct audit_what *what, uint64_t now);

/* As much as is told of an identifier that was refused: it may be anything, a usersig in the wrong field too. */
#define AUDIT_REFUSED_IDENTIFIER_MAX 64

/* The same for what was refused: at most AUDIT_REFUSALS_PER_SECOND lines a second for a uid, the rest counted. */
void audit_refuse(struct audit *audit, const struct audit_who *who, const struct audit_what *what,
                  uint64_t now);

/* What the master did. false: no note as a master writes them. */
bool audit_note(struct audit *audit, const struct proto_note *note, uint64_t now);

/* Writes what has gathered, and syncs it where that is wanted. What may be answered: */
enum audit_written {
    AUDIT_WRITTEN_NOTHING,   /* no signature, no credential */
    AUDIT_WRITTEN_ESSENTIAL, /* what had AUDIT_ESSENTIAL alone: the disk is full */
    AUDIT_WRITTEN_ALL,
};
enum audit_written audit_flush(struct audit *audit, uint64_t now, uint64_t now_ms);

/* What is due without a line that asks for it: counts, syncs, tries to get room back, the hash in the log. */
void audit_tick(struct audit *audit, uint64_t now, uint64_t now_ms);

/* When audit_tick next has something to do, boot ms; UINT64_MAX: nothing is waited for. */
uint64_t audit_next(const struct audit *audit, uint64_t now_ms);

/* The second of the last line, also of one of before the start; 0: there is none. */
uint64_t audit_time(const struct audit *audit);

/* The hash of the last line, in hex, and its number. */
uint64_t audit_head(const struct audit *audit, char hex[static AUDIT_CHAIN_HEX]);
/* The first 13 digits of that hash as a number: metrics are doubles, of 52 bits. */
uint64_t audit_head_number(const struct audit *audit);

#endif
