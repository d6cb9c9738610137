/* stamp.h: the time that signatures carry, and whether the clock can be believed. Told what the clocks say; asks none. */
#ifndef SIGD_STAMP_H
#define SIGD_STAMP_H

#include "proto.h"

#define STAMP_HOLD 5         /* seconds back that are waited out at the time of the last signature */
#define STAMP_JUMP_MAX 3600  /* seconds forward against the boot clock, within an hour, that are believed */
#define STAMP_SYNC_MS 60000  /* of the kernel's word that end suspicion */
#define STAMP_WAIT_MS 120000 /* of the machine's uptime that its clock has for being set */
#define STAMP_LOOK_MS 60000  /* between two looks where nobody asks for a signature */
#define STAMP_LOOK_FAST_MS 1000 /* while nothing is signed */

/* What is done where nothing has disciplined the clock since the start: sigd.conf's `unsynced`. */
enum stamp_unsynced { STAMP_WAIT, STAMP_REFUSE, STAMP_SERVE };

struct stamp {
    enum stamp_unsynced unsynced;
    uint64_t built, audited; /* Unix seconds that are in the past for certain; 0: none */
    bool looked;
    bool settled; /* the question of `unsynced` is answered */
    bool synced;  /* at the last look */
    enum proto_clock_verdict verdict;
    uint64_t since;         /* Unix second */
    uint64_t real, boot_ms; /* of the last look */
    bool anchored;          /* the wall clock was believed at anchor_* */
    uint64_t anchor_real, anchor_ms;
    uint64_t synced_since_ms; /* boot ms; UINT64_MAX: not synchronised, or not watched */
    struct stamp_mark {
        uint32_t sdkappid; /* 0: free */
        uint64_t at;       /* of its last signature */
    } marks[SIGD_APPS_MAX];
};

/* What a look found. */
struct stamp_news {
    bool verdict;    /* it is another one */
    bool synced;     /* the kernel's word is another one */
    int64_t stepped; /* seconds that the wall clock was set by since the last look; 0: it was not */
};

/* built: when this program was. Nothing is believed before the first look. */
void stamp_open(struct stamp *stamp, uint64_t built);

/* The time of the last line of the audit log that was there at the start. */
void stamp_audited(struct stamp *stamp, uint64_t real);

/* At every use of the clock, and at stamp_next(). */
struct stamp_news stamp_look(struct stamp *stamp, uint64_t real, uint64_t boot_ms, bool synced);
uint64_t stamp_next(const struct stamp *stamp); /* boot ms */

/* The operator says that the clock is right. */
void stamp_accept(struct stamp *stamp);

/* The issue time of a signature for an app, by the last look. 0: nothing may be signed. _peek: what it would be. */
uint64_t stamp_issue(struct stamp *stamp, uint32_t sdkappid);
uint64_t stamp_peek(const struct stamp *stamp, uint32_t sdkappid);

/* The Unix second of boot by the clock as it was believed last; negative: before 1970. What is cached lives by it while
 * the clock is suspected of a leap. */
int64_t stamp_line(const struct stamp *stamp);

#endif
