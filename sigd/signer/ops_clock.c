/* ops_clock.c: what the signer knows of the clock, and what it tells of it. */
#include "ops.h"

#include "clock.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>

static void audit_it(struct ops *ops, const char *event, const char *verdict)
{
    audit_add(
        &ops->audit, &(struct audit_who){ .uid = (uid_t)-1 },
        &(struct audit_what){ .event = event, .verdict = verdict, .class = AUDIT_ESSENTIAL | AUDIT_FACT },
        ops->now);
}

static void tell_step(struct ops *ops, int64_t seconds)
{
    char how[48];
    snprintf(how, sizeof how, "%lld s %s", llabs((long long)seconds), seconds < 0 ? "back" : "forward");
    log_line(LOG_LEVEL_WARN, "the wall clock was set", "by=\"%s\"", how);
    audit_it(ops, "clock_step", how);
}

static void tell_verdict(struct ops *ops, bool first)
{
    const struct stamp *stamp = &ops->stamp;
    const char *name = proto_clock_name(stamp->verdict);
    if (stamp->verdict != PROTO_CLOCK_GOOD)
        log_line(LOG_LEVEL_ERROR, "nothing is signed: the clock is not believed",
                 "why=%s until=\"NTP disciplines it, it is set, or sigctl clock accept\"", name);
    else if (!stamp->synced && stamp->unsynced == STAMP_WAIT)
        log_line(LOG_LEVEL_WARN, "nothing disciplines the clock; it is believed as it is", "");
    else if (!first)
        log_line(LOG_LEVEL_INFO, "the clock is believed", "");
    if (!first || stamp->verdict != PROTO_CLOCK_GOOD)
        audit_it(ops, "clock_verdict", name);
}

/* For metrics; and for the fronts, who count the lives of credentials by the line after a leap. */
static void post_clock(struct ops *ops)
{
    const struct stamp *stamp = &ops->stamp;
    struct board_signer *board = ops->boards.own_signer;
    board_set(&board->clock_verdict, stamp->verdict != PROTO_CLOCK_GOOD ? BOARD_CLOCK_SUSPECT
                                     : stamp->synced                    ? BOARD_CLOCK_GOOD
                                                                        : BOARD_CLOCK_UNSYNCED);
    bool leapt = stamp->verdict == PROTO_CLOCK_LEAPT && stamp_line(stamp) > 0;
    board_set(&board->clock_line, leapt ? (uint64_t)stamp_line(stamp) : 0);
}

static bool send_clock(struct ops *ops, bool accepted)
{
    const struct stamp *stamp = &ops->stamp;
    struct proto_clock clock = {
        .since = stamp->since, .line = stamp_line(stamp), .verdict = stamp->verdict, .synced = stamp->synced
    };
    clock.accepted = accepted;
    return chan_send(&ops->master, PROTO_CLOCK, &clock, -1);
}

void ops_clock_look(struct ops *ops, bool closely)
{
    struct clock_now now = clock_now();
    bool first = !ops->stamp.looked;
    ops->now = now.real;
    ops->now_ms = now.boot_ms;
    if (!ops->model)
        return; /* what to do with an undisciplined clock comes with it */
    bool synced = closely || first ? clock_synchronised() : ops->stamp.synced;
    struct stamp_news news = stamp_look(&ops->stamp, now.real, now.boot_ms, synced);
    if (news.stepped) {
        board_add(&ops->boards.own_signer->clock_steps, 1);
        tell_step(ops, news.stepped);
    }
    if (news.verdict)
        tell_verdict(ops, first);
    if (news.verdict || news.synced) {
        post_clock(ops);
        send_clock(ops, false);
    }
}

void ops_clock_load(struct ops *ops)
{
    ops->stamp.unsynced = ops->model->begin.unsynced <= STAMP_SERVE
                              ? (enum stamp_unsynced)ops->model->begin.unsynced
                              : STAMP_WAIT;
    ops_clock_look(ops, true);
}

uint64_t ops_clock_next(const struct ops *ops)
{
    return ops->model ? stamp_next(&ops->stamp) : UINT64_MAX;
}

enum proto_status ops_clock_stamp(struct ops *ops, size_t app, uint64_t *at)
{
    *at = stamp_issue(&ops->stamp, ops->model->policy.apps[app]->sdkappid);
    return *at ? PROTO_DONE : PROTO_CLOCK_SUSPECT;
}

bool ops_clock_accept(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    (void)frame;
    stamp_accept(&ops->stamp);
    audit_it(ops, "clock_accept", "ok");
    log_line(LOG_LEVEL_WARN, "the clock is believed by the operator's word", "");
    ops_clock_look(ops, true);
    return send_clock(ops, true);
}
