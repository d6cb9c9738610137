/* main.c: sigd-signer, the only holder of keys. Started by sigd with one channel; all else comes over it. */
#include "child.h"
#include "clock.h"
#include "log.h"
#include "ops.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static struct ops ops = { .master = { .fd = -1 }, .audit = AUDIT_CLOSED };
static struct chan_packet packet;
static size_t waited; /* questions, since the turn before */

enum outcome { GOES_ON, GONE, BROKEN };

#define PACKETS_MAX 64 /* of a front in a turn */

/* What poll said of the master's channel: lets queued answers go, or takes one packet. */
static enum outcome serve_master(const struct pollfd *ready)
{
    if (ready->events == POLLOUT)
        return chan_flush(&ops.master) < 0 ? GONE : GOES_ON;
    int got = chan_receive(&ops.master, &packet);
    if (got < 0)
        return errno == EPROTO ? BROKEN : GONE;
    return got == 0 || ops_packet(&ops, &packet) ? GOES_ON : BROKEN;
}

/* The same for a front's. While questions wait for their turn, or come in large packets, whatever is there is taken: what
 * is left in the channel has no line to stand in, and is in the way of all behind it. */
static enum outcome serve_front(struct ops_front *front, const struct pollfd *ready)
{
    if (ready->events == POLLOUT) {
        int flushed = chan_flush(&front->chan);
        front->mark = front->chan.out_len;
        return flushed < 0 ? GONE : GOES_ON;
    }
    for (int i = 0; i < PACKETS_MAX && !ops_turn_full(front); i++) {
        int got = chan_receive(&front->chan, &packet);
        size_t len = packet.len;
        if (got < 0)
            return errno == EPROTO ? BROKEN : GONE;
        if (got == 0)
            break;
        if (!ops_front_packet(&ops, front, &packet))
            return BROKEN;
        if (!waited && len < CHAN_PACKET_MAX / 2)
            break;
    }
    return GOES_ON;
}

/* What to wait for on a channel: while answers queue up, its requests wait. */
static struct pollfd wait_for(const struct chan *chan)
{
    return (struct pollfd){ .fd = chan->fd, .events = chan->out_len ? POLLOUT : POLLIN };
}

static struct pollfd wait_for_front(const struct ops_front *front)
{
    struct pollfd wait = front ? wait_for(&front->chan) : (struct pollfd){ .fd = -1 };
    if (front && ops_turn_full(front) && wait.events == POLLIN)
        wait.events = 0;
    return wait;
}

static void close_front(size_t i, enum outcome why)
{
    log_line(why == BROKEN ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
             why == BROKEN ? "cut off a front that broke the protocol" : "a front has gone", "front=%zu", i);
    ops_front_close(&ops, i);
}

/* A turn of the fronts. */
static void serve_fronts(const struct pollfd *polls)
{
    struct ops_front *broken;
    ops_begin(&ops);
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++) {
        struct ops_front *front = ops.fronts[i];
        if (!front || polls[i].fd != front->chan.fd || !polls[i].revents)
            continue;
        enum outcome outcome = serve_front(front, &polls[i]);
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
static void show(void)
{
    struct board_signer *board = ops.boards.own_signer;
    uint64_t waiting = ops.master.out_len;
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        waiting += ops.fronts[i] ? ops.fronts[i]->chan.out_len : 0;
    board_set(&board->waiting_bytes, waiting);
    board_set(&board->audit_state, ops.audit.broken ? BOARD_AUDIT_BROKEN
                                   : ops.audit.full ? BOARD_AUDIT_RESERVE
                                                    : BOARD_AUDIT_GOOD);
    char head[AUDIT_CHAIN_HEX];
    board_set(&board->audit_lines, audit_head(&ops.audit, head));
    head[13] = '\0'; /* 52 bits: metrics are doubles */
    board_set(&board->audit_head, strtoull(head, NULL, 16));
    board_set(&board->seen_ms, clock_boot_ms());
}

static void turn(void)
{
    struct pollfd polls[SIGD_WORKERS_MAX + 2];
    polls[0] = wait_for(&ops.master);
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++)
        polls[i + 1] = wait_for_front(ops.fronts[i]);
    waited = ops.held;
    polls[SIGD_WORKERS_MAX + 1] = (struct pollfd){ .fd = clock_open(), .events = POLLIN };
    uint64_t now_ms = clock_boot_ms();
    /* a turn a second at least: the board tells that the signer lives */
    uint64_t next = now_ms / 1000 * 1000 + 1000;
    uint64_t look = ops_clock_next(&ops), write = audit_next(&ops.audit, now_ms);
    next = look < next ? look : next;
    clock_alarm(write < next ? write : next);
    if (poll(polls, SIGD_WORKERS_MAX + 2, waited ? 0 : -1) < 0 && errno != EINTR) {
        log_line(LOG_LEVEL_ERROR, "poll failed", "error=\"%s\"", strerror(errno));
        exit(1);
    }
    if (polls[SIGD_WORKERS_MAX + 1].revents) {
        clock_turn();
        ops_clock_look(&ops, true);
    }
    if (polls[0].revents) {
        enum outcome outcome = serve_master(&polls[0]);
        if (outcome == BROKEN)
            log_line(LOG_LEVEL_ERROR, "the master's channel broke", "");
        if (outcome != GOES_ON)
            end(outcome == BROKEN); /* the master has gone, or says by closing that all is done */
    }
    serve_fronts(polls + 1);
    struct clock_now now = clock_now();
    audit_tick(&ops.audit, now.real, now.boot_ms);
    show();
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
    if (clock_open() < 0) {
        log_line(LOG_LEVEL_ERROR, "cannot start: no timers", "error=\"%s\"", strerror(errno));
        return 71;
    }
    stamp_open(&ops.stamp, SIGD_BUILD_TIME);
    chan_open(&ops.master, CHAN_CHILD_FD);
    for (;;)
        turn();
}
