/* audit_refusals.h: how many refusals a uid has caused this second, so that nobody can flood the audit log. */
#ifndef SIGD_AUDIT_REFUSALS_H
#define SIGD_AUDIT_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AUDIT_REFUSALS_PER_SECOND 10 /* lines for one uid; what is beyond is counted */
#define AUDIT_REFUSALS_UIDS 64       /* counted apart in one second; the uids beyond share one count */

/* All zero: none. */
struct audit_refusals {
    struct audit_refusals_count {
        uint64_t second;
        unsigned lines, suppressed;
        uid_t uid; /* (uid_t)-1: several */
    } counts[AUDIT_REFUSALS_UIDS + 1];
    size_t waiting; /* of them have something suppressed: each turn asks */
};

/* May this refusal have a line? Else it was counted. *due: a count of an earlier second that is to be written first
 * (suppressed 0: none). */
bool audit_refusals_note(struct audit_refusals *refusals, uid_t uid, uint64_t now,
                         struct audit_refusals_count *due);

/* Takes out a count of another second than now. false: there is none. */
bool audit_refusals_take(struct audit_refusals *refusals, uint64_t now, struct audit_refusals_count *due);

/* Is any count to be written, now or later? */
bool audit_refusals_wait(const struct audit_refusals *refusals);

#endif
