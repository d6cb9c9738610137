/* stamp.c: the time that signatures carry, and whether the clock can be believed.
 *
 * The anchor is a moment at which the wall clock was believed; with the boot clock, which nobody sets, it says what the
 * wall clock should show. It is taken anew every hour, so that slow corrections never add up to a leap. A step back
 * leaves it where it is: whoever repairs that step is not suspected. */
#include "stamp.h"

#define ANCHOR_MS 3600000
#define STEP_MIN 5    /* seconds; less is a correction */
#define SLEW_MAX 1000 /* a clock that is slewed gains or loses a second in this many at most */
#define NOT_WATCHED UINT64_MAX

void stamp_open(struct stamp *stamp, uint64_t built)
{
    *stamp = (struct stamp){ .built = built, .synced_since_ms = NOT_WATCHED, .verdict = PROTO_CLOCK_WAITING };
}

void stamp_audited(struct stamp *stamp, uint64_t real)
{
    stamp->audited = real;
}

/* What the wall clock should show. */
static uint64_t expected(uint64_t real, uint64_t since_ms, uint64_t now_ms)
{
    return real + (now_ms - since_ms) / 1000;
}

static bool has_leapt(const struct stamp *stamp)
{
    if (!stamp->anchored)
        return false;
    uint64_t should = expected(stamp->anchor_real, stamp->anchor_ms, stamp->boot_ms);
    return stamp->real > should && stamp->real - should > STAMP_JUMP_MAX;
}

static enum proto_clock_verdict judge(const struct stamp *stamp)
{
    if (stamp->real < stamp->built)
        return PROTO_CLOCK_BEFORE_BUILD;
    if (stamp->audited > STAMP_HOLD && stamp->real < stamp->audited - STAMP_HOLD)
        return PROTO_CLOCK_BEFORE_AUDIT;
    if (has_leapt(stamp))
        return PROTO_CLOCK_LEAPT;
    if (!stamp->settled)
        return stamp->unsynced == STAMP_WAIT ? PROTO_CLOCK_WAITING : PROTO_CLOCK_UNSYNCED;
    return PROTO_CLOCK_GOOD;
}

/* Has the clock been disciplined since the start, or need it not be? */
static bool is_settled(const struct stamp *stamp)
{
    return stamp->settled || stamp->synced || stamp->unsynced == STAMP_SERVE ||
           (stamp->unsynced == STAMP_WAIT && stamp->boot_ms >= STAMP_WAIT_MS);
}

static void anchor(struct stamp *stamp)
{
    stamp->anchored = true;
    stamp->anchor_real = stamp->real;
    stamp->anchor_ms = stamp->boot_ms;
}

/* What was suspected of the clock is so no more. That it is before the build stays: no discipline makes that true. */
static void believe(struct stamp *stamp)
{
    stamp->audited = 0;
    anchor(stamp);
}

/* Seconds by which the wall clock was set between two looks. */
static int64_t step_of(const struct stamp *stamp, uint64_t real, uint64_t boot_ms)
{
    uint64_t should = expected(stamp->real, stamp->boot_ms, boot_ms);
    uint64_t by = real > should ? real - should : should - real;
    if (by <= STEP_MIN + (boot_ms - stamp->boot_ms) / 1000 / SLEW_MAX)
        return 0;
    return real > should ? (int64_t)by : -(int64_t)by;
}

/* The kernel's word counts from when it is given without a break, a step being one: it would say so of any time then. */
static bool is_confirmed(struct stamp *stamp, bool broke)
{
    if (!stamp->synced)
        stamp->synced_since_ms = NOT_WATCHED;
    else if (broke || stamp->synced_since_ms == NOT_WATCHED)
        stamp->synced_since_ms = stamp->boot_ms;
    return stamp->synced && stamp->boot_ms - stamp->synced_since_ms >= STAMP_SYNC_MS;
}

struct stamp_news stamp_look(struct stamp *stamp, uint64_t real, uint64_t boot_ms, bool synced)
{
    struct stamp_news news = { .synced = !stamp->looked || synced != stamp->synced };
    if (stamp->looked)
        news.stepped = step_of(stamp, real, boot_ms);
    stamp->real = real;
    stamp->boot_ms = boot_ms;
    stamp->synced = synced;
    stamp->settled = is_settled(stamp);
    bool confirmed = is_confirmed(stamp, news.stepped != 0);
    enum proto_clock_verdict verdict = judge(stamp);
    if (confirmed && (verdict == PROTO_CLOCK_LEAPT || verdict == PROTO_CLOCK_BEFORE_AUDIT)) {
        believe(stamp);
        verdict = judge(stamp);
    }
    if (verdict == PROTO_CLOCK_GOOD) {
        stamp->audited = 0; /* from now on steps back are followed */
        if (!stamp->anchored || boot_ms - stamp->anchor_ms >= ANCHOR_MS)
            anchor(stamp);
    }
    news.verdict = !stamp->looked || verdict != stamp->verdict;
    if (news.verdict)
        stamp->since = real;
    stamp->verdict = verdict;
    stamp->looked = true;
    return news;
}

uint64_t stamp_next(const struct stamp *stamp)
{
    return stamp->boot_ms + (stamp->verdict == PROTO_CLOCK_GOOD ? STAMP_LOOK_MS : STAMP_LOOK_FAST_MS);
}

void stamp_accept(struct stamp *stamp)
{
    stamp->settled = true;
    if (stamp->real < stamp->built)
        stamp->built = stamp->real;
    believe(stamp);
}

static uint64_t held(const struct stamp *stamp, uint64_t mark)
{
    return mark > stamp->real && mark - stamp->real <= STAMP_HOLD ? mark : stamp->real;
}

static size_t place_of(const struct stamp *stamp, uint32_t sdkappid)
{
    size_t oldest = 0;
    for (size_t i = 0; i < SIGD_APPS_MAX; i++) {
        if (stamp->marks[i].sdkappid == sdkappid)
            return i;
        if (stamp->marks[i].at < stamp->marks[oldest].at)
            oldest = i;
    }
    return oldest; /* free, or of an app that is there no more */
}

uint64_t stamp_peek(const struct stamp *stamp, uint32_t sdkappid)
{
    const struct stamp_mark *mark = &stamp->marks[place_of(stamp, sdkappid)];
    return held(stamp, mark->sdkappid == sdkappid ? mark->at : 0);
}

uint64_t stamp_issue(struct stamp *stamp, uint32_t sdkappid)
{
    if (!stamp->looked || stamp->verdict != PROTO_CLOCK_GOOD)
        return 0;
    uint64_t at = stamp_peek(stamp, sdkappid);
    stamp->marks[place_of(stamp, sdkappid)] = (struct stamp_mark){ sdkappid, at };
    return at;
}

int64_t stamp_line(const struct stamp *stamp)
{
    return (int64_t)stamp->anchor_real - (int64_t)(stamp->anchor_ms / 1000);
}
