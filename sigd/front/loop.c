/* loop.c: the front's one event loop. */
#include "loop.h"

#include "clock.h"
#include "conn.h"
#include "conns.h"
#include "hosted.h"
#include "listen.h"
#include "log.h"
#include "meter.h"
#include "model.h"
#include "quota.h"
#include "share.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX \
    1024               /* a turn, so that those who have waited longer do not stand in front of who has not */
#define PACKETS_MAX 64 /* of the signer's, a turn */
#define ONE_ANSWER (sizeof(struct proto_header) + sizeof(struct proto_signed_userbuf))
#define TICK_MS 1000
#define CONNS_MAX 65536
#define LEAP_S 60     /* a machine that slept, or a clock that was set */
#define HOPES_MS 2000 /* renewal takes milliseconds */

/* What epoll's pointer says for what is neither a connection nor a listener: one of these places. */
static struct watch {
    int fd;
} master_watch, signer_watch, room_watch, clock_watch;
static struct chan_packet packet;

enum outcome { GOES_ON, FINISHED, BROKEN };

static bool watch(struct front *front, struct watch *watch, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    watch->fd = fd;
    return epoll_ctl(front->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* As many descriptors as the hard limit allows, with some kept: for a packet of callers that is on its way to the signer,
 * for the listeners of a reload, and what a front has anyway. sigd does not start with less than twice that. */
static size_t most_conns(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return SIGD_FILES_KEPT;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (limit.rlim_cur < CONNS_MAX ? (size_t)limit.rlim_cur : CONNS_MAX) - SIGD_FILES_KEPT;
}

bool loop_open(struct front *front)
{
    front->conns_max = most_conns();
    quota_open(front->conns_max);
    board_open(&front->boards);
    if (!meter_open(front))
        return false;
    front->epoll = epoll_create1(EPOLL_CLOEXEC);
    chan_open(&front->master, CHAN_CHILD_FD);
    chan_open(&front->signer, -1);
    return front->epoll >= 0 && watch(front, &master_watch, CHAN_CHILD_FD, EPOLLIN) &&
           watch(front, &clock_watch, clock_open(), EPOLLIN);
}

static void drain(struct front *front)
{
    front->draining = true;
    listen_close(front);
    conns_drain(front);
}

/* Answers come by the pipe alone; the channel's socket is for descriptors. */
static bool add_pipe(struct front *front, const struct proto_pipe *end, int fd)
{
    struct chan *signer = &front->signer;
    if (signer->fd < 0 || end->way >= PROTO_PIPE_WAYS ||
        (end->way == PROTO_PIPE_IN ? signer->in : signer->to))
        return false; /* one of each in a front's life */
    int copy = dup(fd);
    if (copy < 0)
        return false;
    chan_add_pipe(signer, end->way, copy);
    return end->way == PROTO_PIPE_OUT || watch(front, &signer_watch, copy, EPOLLIN);
}

bool loop_take_master(void *context, const struct chan_frame *frame)
{
    struct front *front = context;
    switch (frame->op) {
    case PROTO_MODEL_BEGIN: return model_begin(front, frame->body);
    case PROTO_APP: return model_app(front, frame->body);
    case PROTO_APP_ADMIN: return model_admin(front, frame->body);
    case PROTO_LISTEN: return listen_add(front, frame->fd);
    case PROTO_MODEL_COMMIT: return model_commit(front, frame->body);
    case PROTO_CREDENTIAL: return model_credential(front, frame->body);
    case PROTO_FREEZE: return model_freeze(front, frame->body);
    case PROTO_HOSTED: return hosted_read(front, frame->body, frame->fd);
    case PROTO_CURRENT: return model_current(front, frame->body);
    case PROTO_BOARD: return board_take(&front->boards, frame->body, frame->fd);
    case PROTO_LOG: {
        const struct proto_log *log = frame->body;
        return log_set(log->format, log->level);
    }
    case PROTO_SIGNER: {
        if (front->signer.fd >= 0)
            return false; /* one in a front's life */
        int copy = dup(frame->fd);
        chan_open(&front->signer, copy);
        return copy >= 0;
    }
    case PROTO_PIPE: return add_pipe(front, frame->body, frame->fd);
    case PROTO_DRAIN: drain(front); return true;
    default: return false;
    }
}

/* The signer's answers; a caller that went before it was known is closed again. */
bool loop_take_signer(void *context, const struct chan_frame *frame)
{
    struct front *front = context;
    bool orphan = false;
    if (frame->op == PROTO_CALLER) {
        const struct proto_caller *caller = frame->body;
        if (caller->status >= PROTO_STATUSES ||
            !ask_answer(&front->asks, caller->id, PROTO_CALLER, caller, &orphan))
            return false;
        return !orphan || caller->status != PROTO_DONE ||
               chan_send(&front->signer, PROTO_CLOSE, &(struct proto_close){ caller->handle }, -1);
    }
    if (frame->op == PROTO_SIGNED) {
        const struct proto_signed *answer = frame->body;
        return answer->status < PROTO_STATUSES && proto_string_ok(answer->key, sizeof answer->key) &&
               ask_answer(&front->asks, answer->id, PROTO_SIGNED, answer, &orphan);
    }
    if (frame->op == PROTO_SIGNED_USERBUF) {
        const struct proto_signed_userbuf *answer = frame->body;
        return answer->is.status < PROTO_STATUSES && proto_string_ok(answer->is.key, sizeof answer->is.key) &&
               answer->len <= sizeof answer->bytes &&
               ask_answer(&front->asks, answer->is.id, PROTO_SIGNED_USERBUF, answer, &orphan);
    }
    if (frame->op == PROTO_VERDICT) {
        const struct proto_verdict *answer = frame->body;
        return answer->status < PROTO_STATUSES && proto_string_ok(answer->key, sizeof answer->key) &&
               ask_answer(&front->asks, answer->id, PROTO_VERDICT, answer, &orphan);
    }
    return false;
}

/* What chan_receive or chan_read got. */
static enum outcome take(struct front *front, int got, chan_handler *handle)
{
    if (got <= 0)
        return got == 0 ? GOES_ON : errno == EPROTO ? BROKEN : FINISHED;
    return chan_each(&packet, handle, front) ? GOES_ON : BROKEN;
}

/* What the signer has answered. Who had much to ask is in front of others there: while there is much to do, a packet a turn
 * would keep these waiting for as many turns. After a single answer on an idle front there is no other: a call less. */
static enum outcome take_answers(struct front *front)
{
    enum outcome outcome;
    bool busy = front->turns.next != NULL;
    int got, left = PACKETS_MAX;
    do {
        got = chan_read(&front->signer, &packet);
        busy |= got > 0 && packet.len > ONE_ANSWER;
        outcome = take(front, got, loop_take_signer);
    } while (outcome == GOES_ON && got > 0 && busy && --left);
    return outcome;
}

static enum outcome dispatch(struct front *front, const struct epoll_event *event)
{
    void *who = event->data.ptr;
    if (who == &master_watch)
        return take(front, chan_receive(&front->master, &packet), loop_take_master);
    if (who == &signer_watch)
        return take_answers(front);
    if (who == &room_watch)
        return GOES_ON; /* the turn's end flushes */
    if (who == &clock_watch) {
        clock_turn();
        return GOES_ON;
    }
    conn_ready(who, event->events);
    return GOES_ON;
}

/* Newcomers last: where there is no room, those who are idle go, and by then it is known who is not. */
static enum outcome dispatch_all(struct front *front, const struct epoll_event *events, int n)
{
    enum outcome outcome = GOES_ON;
    for (int i = 0; i < n && outcome == GOES_ON; i++)
        if (!listen_is(events[i].data.ptr))
            outcome = dispatch(front, &events[i]);
    for (int i = 0; i < n && outcome == GOES_ON; i++)
        if (listen_is(events[i].data.ptr))
            listen_accept(front, events[i].data.ptr);
    return outcome;
}

/* Lets the turn's questions go; what does not fit waits for the signer to read. */
static enum outcome flush(struct front *front)
{
    if (chan_flush(&front->master) < 0)
        return FINISHED;
    if (front->signer.fd < 0)
        return GOES_ON;
    int result = chan_flush(&front->signer), stuck = front->signer.stuck;
    if (stuck != room_watch.fd) {
        if (room_watch.fd)
            epoll_ctl(front->epoll, EPOLL_CTL_DEL, room_watch.fd, NULL);
        if (stuck && !watch(front, &room_watch, stuck, EPOLLOUT))
            return BROKEN;
        room_watch.fd = stuck;
    }
    return result < 0 ? FINISHED : GOES_ON;
}

/* While the signer does not believe a leap of the wall clock, credentials live on by the boot clock. */
static void tell_time(struct front *front)
{
    struct clock_now now = clock_now();
    uint64_t line = board_get(&front->boards.signer->clock_line);
    uint64_t before = front->now;
    front->now_ms = now.boot_ms;
    front->now_us = clock_us();
    front->now = line ? line + now.boot_ms / 1000 : now.real;
    if (before && front->now > before + LEAP_S)
        front->hopes_until = front->now_ms + HOPES_MS;
}

/* Hope for what is renewed after a leap ends with its time, or with a signer that does not believe the leap: then
 * nothing is renewed, and what there is lives on. */
static void end_hopes(struct front *front)
{
    if (!front->hopes_until || (front->now_ms < front->hopes_until &&
                                board_get(&front->boards.signer->clock_verdict) != BOARD_CLOCK_SUSPECT))
        return;
    front->hopes_until = 0;
    front->resume = true;
}

static void master_first(struct epoll_event *events, int n)
{
    for (int i = 1; i < n; i++)
        if (events[i].data.ptr == &master_watch) {
            struct epoll_event first = events[i];
            events[i] = events[0];
            events[0] = first;
        }
}

static enum outcome turn(struct front *front, uint64_t *next_tick)
{
    static struct epoll_event events[EVENTS_MAX];
    enum outcome outcome = GOES_ON;
    clock_alarm(*next_tick);
    int n = epoll_wait(front->epoll, events, EVENTS_MAX, front->turns.next ? 0 : -1);
    if (n < 0 && errno != EINTR)
        return BROKEN;
    tell_time(front);
    master_first(events, n); /* what it tells counts for all that is answered in this turn */
    outcome = dispatch_all(front, events, n);
    if (front->now_ms >= *next_tick) {
        *next_tick = front->now_ms + TICK_MS;
        conns_tick(front);
        listen_tick(front);
    }
    end_hopes(front);
    if (front->resume)
        conns_resume(front);
    share_run(front);
    conn_sweep(front);
    meter_turn(front);
    if (outcome == GOES_ON)
        outcome = flush(front);
    /* what was handed out is told to the signer first, however long that sleeps: the master has the patience, and its end */
    bool done = front->draining && front->n_conns == 0 && front->signer.out_len == 0;
    return done ? FINISHED : outcome;
}

int loop_run(struct front *front)
{
    enum outcome outcome;
    uint64_t next_tick = clock_boot_ms() + TICK_MS;
    do
        outcome = turn(front, &next_tick);
    while (outcome == GOES_ON);
    if (outcome == BROKEN)
        log_line(LOG_LEVEL_ERROR, "a channel broke", "error=\"%s\"", strerror(errno));
    return outcome == BROKEN;
}
