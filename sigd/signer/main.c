/* main.c: sigd-signer, the only holder of keys. Started by sigd with one channel; all else comes over it. */
#include "child.h"
#include "clock.h"
#include "log.h"
#include "ops.h"
#include "sandbox.h"
#include "warm.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static struct ops ops = { .master = { .fd = -1 }, .audit = AUDIT_CLOSED };
static struct chan_packet packet;
static size_t waited; /* questions, since the turn before */

#define PACKETS_MAX 64                                                         /* of a front in a turn */
#define ONE_QUESTION (sizeof(struct proto_header) + sizeof(struct proto_sign)) /* bytes of a packet */

enum outcome { GOES_ON, GONE, BROKEN };

/* What epoll names: the master's channel, and of each front its questions, its callers' descriptors, room for answers. */
enum { MASTER, CLOCK, FRONTS };
enum { QUESTIONS, DESCRIPTORS, ROOM, KINDS };
#define PLACES (FRONTS + KINDS * SIGD_WORKERS_MAX)

static int epoll;
static uint32_t watched[PLACES]; /* what is waited for; 0: it is not in the set */
static uint32_t ready[PLACES];

/* events 0: it is taken out of the set, so that not even its end is told. */
static bool watch(int fd, uint32_t place, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u32 = place };
    if (events == watched[place])
        return true;
    int what = !events ? EPOLL_CTL_DEL : watched[place] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    watched[place] = events;
    return epoll_ctl(epoll, what, fd, &event) == 0;
}

static uint32_t place_of(size_t front, uint32_t kind)
{
    return FRONTS + KINDS * (uint32_t)front + kind;
}

/* While answers queue up, questions wait. */
static bool watch_front(size_t i, struct ops_front *front)
{
    bool blocked = front->chan.out_len > 0, hears = !blocked && !ops_turn_full(front);
    if (front->is_new)
        for (uint32_t kind = 0; kind < KINDS; kind++)
            watched[place_of(i, kind)] = 0; /* who was there has taken its descriptors out of the set */
    front->is_new = false;
    return watch(front->chan.in, place_of(i, QUESTIONS), hears ? EPOLLIN : 0) &&
           watch(front->chan.fd, place_of(i, DESCRIPTORS), hears && !front->deaf ? EPOLLIN : 0) &&
           watch(front->chan.to, place_of(i, ROOM), blocked ? EPOLLOUT : 0);
}

/* Lets queued answers go, or takes one packet. */
static enum outcome serve_master(void)
{
    if (ops.master.out_len)
        return chan_flush(&ops.master) < 0 ? GONE : GOES_ON;
    int got = chan_receive(&ops.master, &packet);
    if (got < 0)
        return errno == EPROTO ? BROKEN : GONE;
    return got == 0 || ops_packet(&ops, &packet) ? GOES_ON : BROKEN;
}

/* Its callers. When the front ends, what it has said by the pipe still counts. One that lies asks here, too. */
static enum outcome serve_descriptors(struct ops_front *front)
{
    for (int i = 0; i < PACKETS_MAX && !ops_turn_full(front); i++) {
        int got = chan_receive(&front->chan, &packet);
        if (got < 0 && errno == EPROTO)
            return BROKEN;
        front->deaf = got < 0;
        if (got <= 0)
            break;
        if (!ops_front_packet(&ops, front, &packet))
            return BROKEN;
    }
    return GOES_ON;
}

/* While questions wait for their turn, or come in large packets, whatever is there is taken: what is left in the channel has
 * no line to stand in, and is in the way of all behind it. */
static enum outcome serve_questions(struct ops_front *front)
{
    for (int i = 0; i < PACKETS_MAX && !ops_turn_full(front); i++) {
        int got = chan_read(&front->chan, &packet);
        size_t len = packet.len;
        if (got < 0)
            return GONE;
        if (got == 0)
            return front->deaf ? GONE : GOES_ON;
        if (!ops_front_packet(&ops, front, &packet))
            return BROKEN;
        if (!waited && len <= ONE_QUESTION && !front->deaf)
            break; /* nobody is behind many: a call less */
    }
    return GOES_ON;
}

/* Nobody takes its answers any more. What it has said still counts: its pipe holds less than a turn takes. */
static enum outcome serve_last(struct ops_front *front)
{
    front->deaf = true;
    return serve_questions(front) == BROKEN ? BROKEN : GONE;
}

static enum outcome serve_front(size_t i)
{
    struct ops_front *front = ops.fronts[i];
    enum outcome outcome = GOES_ON;
    if (front->chan.out_len) {
        int flushed = ready[place_of(i, ROOM)] ? chan_flush(&front->chan) : 0;
        front->mark = front->chan.out_len;
        return flushed < 0 ? serve_last(front) : GOES_ON;
    }
    if (ready[place_of(i, DESCRIPTORS)])
        outcome = serve_descriptors(front);
    if (outcome == GOES_ON && (ready[place_of(i, QUESTIONS)] || front->deaf))
        outcome = serve_questions(front);
    return outcome;
}

static void close_front(size_t i, enum outcome why)
{
    log_line(why == BROKEN ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
             why == BROKEN ? "cut off a front that broke the protocol" : "a front has gone", "front=%zu", i);
    ops_front_close(&ops, i);
}

/* A turn of the fronts. */
static void serve_fronts(void)
{
    struct ops_front *broken;
    ops_begin(&ops);
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++) {
        /* what is ready in the place of one that is new was another's */
        enum outcome outcome = ops.fronts[i] && !ops.fronts[i]->is_new ? serve_front(i) : GOES_ON;
        if (outcome != GOES_ON)
            close_front(i, outcome);
    }
    while ((broken = ops_turn_take(&ops)))
        for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
            if (ops.fronts[i] == broken)
                close_front(i, BROKEN);
    ops_end(&ops);
}

static void end(int status)
{
    struct clock_now now = clock_now();
    audit_close(&ops.audit, now.real, now.boot_ms);
    exit(status);
}

/* What the board tells of a turn's end. */
static void show(uint64_t now_ms)
{
    struct board_signer *board = ops.boards.own_signer;
    uint64_t waiting = ops.master.out_len;
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        waiting += ops.fronts[i] ? ops.fronts[i]->chan.out_len : 0;
    board_set(&board->waiting_bytes, waiting);
    board_set(&board->audit_state, ops.audit.broken ? BOARD_AUDIT_BROKEN
                                   : ops.audit.full ? BOARD_AUDIT_RESERVE
                                                    : BOARD_AUDIT_GOOD);
    board_set(&board->audit_lines, ops.audit.file.chain.seq);
    board_set(&board->audit_head, audit_head_number(&ops.audit));
    board_set(&board->seen_ms, now_ms);
}

/* Waits until there is something to do, which is in `ready` then. */
static void wait_for_work(uint64_t now_ms)
{
    struct epoll_event events[PLACES];
    /* a turn a second at least: the board tells that the signer lives */
    uint64_t next = now_ms / 1000 * 1000 + 1000;
    uint64_t look = ops_clock_next(&ops), write = audit_next(&ops.audit, now_ms);
    next = look < next ? look : next;
    clock_alarm(write < next ? write : next);
    bool ok = watch(ops.master.fd, MASTER, ops.master.out_len ? EPOLLOUT : EPOLLIN);
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        if (ops.fronts[i] && ops.fronts[i]->chan.in && ops.fronts[i]->chan.to)
            ok = watch_front(i, ops.fronts[i]) && ok;
    int n = ok ? epoll_wait(epoll, events, PLACES, ops.held ? 0 : -1) : -1;
    if (!ok || (n < 0 && errno != EINTR)) {
        log_line(LOG_LEVEL_ERROR, "epoll failed", "error=\"%s\"", strerror(errno));
        exit(1);
    }
    memset(ready, 0, sizeof ready);
    for (int i = 0; i < n; i++)
        ready[events[i].data.u32] = events[i].events;
}

static bool some_front_ended(void)
{
    for (uint32_t place = FRONTS; place < PLACES; place++)
        if (ready[place] & (EPOLLHUP | EPOLLERR))
            return true;
    return false;
}

/* The master before the fronts; but a front's last words before the master, who may speak of the next in its place, or end. */
static uint64_t turn(uint64_t now_ms)
{
    waited = ops.held;
    wait_for_work(now_ms);
    bool fronts_first = ready[MASTER] && some_front_ended();
    if (ready[CLOCK]) {
        clock_turn();
        ops_clock_look(&ops, true);
    }
    if (fronts_first)
        serve_fronts();
    if (ready[MASTER]) {
        enum outcome outcome = serve_master();
        if (outcome == BROKEN)
            log_line(LOG_LEVEL_ERROR, "the master's channel broke", "");
        if (outcome != GOES_ON)
            end(outcome == BROKEN); /* the master has gone, or says by closing that all is done */
    }
    if (!fronts_first)
        serve_fronts();
    struct clock_now now = clock_now();
    audit_tick(&ops.audit, now.real, now.boot_ms);
    show(now.boot_ms);
    return now.boot_ms;
}

int main(void)
{
    int status = child_begin("signer");
    if (status)
        return status;
    if (sodium_init() < 0) {
        log_line(LOG_LEVEL_ERROR, "cannot start: libsodium", "");
        return 71;
    }
    board_open(&ops.boards);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || clock_open() < 0 || !watch(clock_open(), CLOCK, EPOLLIN)) {
        log_line(LOG_LEVEL_ERROR, "cannot start: no timers", "error=\"%s\"", strerror(errno));
        return 71;
    }
    if (!warm_libraries()) {
        log_line(LOG_LEVEL_ERROR, "cannot start: OpenSSL", "");
        return 71;
    }
    if (!sandbox_enter(FILTER_SIGNER))
        return 71;
    stamp_open(&ops.stamp, SIGD_BUILD_TIME);
    chan_open(&ops.master, CHAN_CHILD_FD);
    for (uint64_t now_ms = clock_boot_ms();;)
        now_ms = turn(now_ms);
}
