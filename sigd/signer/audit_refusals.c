/* audit_refusals.c: how many refusals a uid has caused this second. */
#include "audit_refusals.h"

/* The uid's place: its own, one that no refusal of this second holds, or the last one, which all others share. */
static struct audit_refusals_count *place_of(struct audit_refusals *refusals, uid_t uid, uint64_t now)
{
    struct audit_refusals_count *free = NULL;
    for (size_t i = 0; i < AUDIT_REFUSALS_UIDS; i++) {
        struct audit_refusals_count *count = &refusals->counts[i];
        if (count->uid == uid && count->second)
            return count;
        if (count->second != now && (!free || count->second < free->second))
            free = count;
    }
    return free ? free : &refusals->counts[AUDIT_REFUSALS_UIDS];
}

bool audit_refusals_note(struct audit_refusals *refusals, uid_t uid, uint64_t now,
                         struct audit_refusals_count *due)
{
    struct audit_refusals_count *count = place_of(refusals, uid, now);
    bool several = count == &refusals->counts[AUDIT_REFUSALS_UIDS];
    *due = (struct audit_refusals_count){ 0 };
    if (count->second != now || (count->uid != uid && !several)) {
        *due = *count;
        refusals->waiting -= count->suppressed > 0;
        *count = (struct audit_refusals_count){ .second = now, .uid = several ? (uid_t)-1 : uid };
    }
    if (count->lines < AUDIT_REFUSALS_PER_SECOND) {
        count->lines++;
        return true;
    }
    refusals->waiting += count->suppressed++ == 0;
    return false;
}

bool audit_refusals_take(struct audit_refusals *refusals, uint64_t now, struct audit_refusals_count *due)
{
    for (size_t i = 0; refusals->waiting && i <= AUDIT_REFUSALS_UIDS; i++) {
        struct audit_refusals_count *count = &refusals->counts[i];
        if (count->suppressed && count->second != now) {
            *due = *count;
            count->suppressed = 0;
            refusals->waiting--;
            return true;
        }
    }
    return false;
}

bool audit_refusals_wait(const struct audit_refusals *refusals)
{
    return refusals->waiting > 0;
}
