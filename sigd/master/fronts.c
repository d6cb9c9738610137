/* fronts.c: the front processes: started, kept running, told of new credentials, drained. */
#include "fronts.h"

#include "load.h"
#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIVED_MS 1000
#define RESTART_MAX_MS 750 /* with the start itself, less than a second */

/* One that does not live a second waits longer and longer for the next start. */
static void schedule(struct fronts_child *front, uint64_t now_ms)
{
    bool lived = now_ms - front->started_ms > LIVED_MS;
    front->backoff_ms = lived ? 0 : front->backoff_ms ? front->backoff_ms * 2 : 125;
    if (front->backoff_ms > RESTART_MAX_MS)
        front->backoff_ms = RESTART_MAX_MS;
    front->restart_ms = now_ms + front->backoff_ms;
}

static const struct sockets *listening(const struct fronts *fronts)
{
    static const struct sockets none;
    return fronts->listens ? fronts->sockets : &none;
}

/* One end of a pipe between them to each. */
static bool send_pipe(struct fronts *fronts, unsigned index, bool questions)
{
    struct chan *front = &fronts->children[index].child.chan;
    struct proto_pipe reader = { index, PROTO_PIPE_IN }, writer = { index, PROTO_PIPE_OUT };
    int ends[2];
    if (chan_pipe(ends) != 0)
        return false;
    bool ok = chan_send(questions ? fronts->signer : front, PROTO_PIPE, &reader, ends[0]) &&
              chan_send(questions ? front : fronts->signer, PROTO_PIPE, &writer, ends[1]);
    close(ends[0]);
    close(ends[1]);
    return ok;
}

/* A front, and its own channel to the signer. */
static bool launch(struct fronts *fronts, unsigned index)
{
    struct fronts_child *front = &fronts->children[index];
    struct children_ids ids = { fronts->as_root, fronts->uid, fronts->gid };
    struct proto_model_commit commit = { fronts->epoch, fronts->generation, 0 };
    struct chan *chan = &front->child.chan;
    int ends[2];
    snprintf(front->name, sizeof front->name, "sigd-front-%u", index);
    if (!children_start(&front->child, fronts->program, front->name, &ids) || chan_pair(ends) != 0)
        return false;
    bool ok = chan_send(fronts->signer, PROTO_FRONT, &(struct proto_front){ index }, ends[0]) &&
              children_send_log(&front->child) && boards_send(fronts->boards, chan, BOARD_FRONT, index) &&
              chan_send(chan, PROTO_SIGNER, NULL, ends[1]) && send_pipe(fronts, index, true) &&
              send_pipe(fronts, index, false) && load_front(chan, listening(fronts), fronts->renew, &commit);
    close(ends[0]);
    close(ends[1]);
    return ok;
}

/* What fails here is tried again: descriptors, memory and processes come back. */
static bool start(struct fronts *fronts, unsigned index, uint64_t now_ms)
{
    struct fronts_child *front = &fronts->children[index];
    front->epoch = 0;
    front->started_ms = now_ms;
    if (launch(fronts, index))
        return true;
    log_line(LOG_LEVEL_ERROR, "a front could not be started", "front=%u error=\"%s\"", index,
             strerror(errno));
    children_stop(&front->child);
    schedule(front, now_ms);
    return false;
}

bool fronts_start(struct fronts *fronts, uint64_t now_ms)
{
    bool ok = true;
    for (unsigned i = 0; i < fronts->workers; i++)
        ok = start(fronts, i, now_ms) && ok;
    return ok;
}

void fronts_due(struct fronts *fronts, uint64_t now_ms)
{
    for (unsigned i = 0; i < fronts->workers && fronts->restarts; i++)
        if (!fronts->children[i].child.pid && fronts->children[i].restart_ms <= now_ms) {
            log_line(LOG_LEVEL_INFO, "starting a front again", "front=%u", i);
            board_add(&fronts->boards->see.own_master->front_restarts, 1);
            start(fronts, i, now_ms);
        }
}

uint64_t fronts_next(const struct fronts *fronts)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < fronts->workers && fronts->restarts; i++)
        if (!fronts->children[i].child.pid && fronts->children[i].restart_ms < next)
            next = fronts->children[i].restart_ms;
    return next;
}

void fronts_describe(char out[static 32], int status)
{
    if (WIFSIGNALED(status))
        snprintf(out, 32, "signal %d", WTERMSIG(status));
    else
        snprintf(out, 32, "exit %d", WEXITSTATUS(status));
}

static void ended(struct fronts *fronts, unsigned index, int status, uint64_t now_ms)
{
    char how[32];
    if (!fronts->restarts && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return; /* drained */
    fronts_describe(how, status);
    log_line(LOG_LEVEL_ERROR, "a front ended", "front=%u how=\"%s\"", index, how);
    children_tell_end(fronts->children[index].name, status);
    schedule(&fronts->children[index], now_ms);
}

bool fronts_reap(struct fronts *fronts, pid_t pid, int status, uint64_t now_ms)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        if (fronts->children[i].child.pid == pid) {
            fronts->children[i].child.pid = 0;
            chan_close(&fronts->children[i].child.chan);
            ended(fronts, i, status, now_ms);
            return true;
        }
    return false;
}

struct sender {
    struct fronts *fronts;
    struct fronts_child *front;
};

static bool handle(void *context, const struct chan_frame *frame)
{
    struct sender *sender = context;
    if (frame->op == PROTO_HOSTED_READ)
        return sender->fronts->take_read(sender->fronts->context, frame->body);
    if (frame->op != PROTO_READY)
        return false;
    sender->front->epoch = ((const struct proto_ready *)frame->body)->epoch;
    return true;
}

void fronts_receive(struct fronts *fronts, unsigned index, struct chan_packet *packet, uint64_t now_ms)
{
    struct fronts_child *front = &fronts->children[index];
    int got = chan_receive(&front->child.chan, packet);
    if (got == 0 || (got > 0 && chan_each(packet, handle, &(struct sender){ fronts, front })))
        return;
    ended(fronts, index, children_stop(&front->child),
          now_ms); /* broken or gone; either way it starts anew */
}

bool fronts_ready(const struct fronts *fronts)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        if (!fronts->children[i].child.pid || fronts->children[i].epoch != fronts->epoch)
            return false;
    return true;
}

bool fronts_running(const struct fronts *fronts)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        if (fronts->children[i].child.pid)
            return true;
    return false;
}

void fronts_send(struct fronts *fronts, uint16_t op, const void *body)
{
    for (unsigned i = 0; i < fronts->workers; i++) {
        struct children_child *child = &fronts->children[i].child;
        if (child->pid && !chan_send(&child->chan, op, body, -1))
            kill(child->pid, SIGKILL); /* it starts again, with all of it */
    }
}

void fronts_set_current(struct fronts *fronts, bool whole, bool withdraw)
{
    struct proto_model_commit commit = { ++fronts->epoch, fronts->generation, withdraw };
    struct proto_current current = { fronts->epoch, withdraw, 0 };
    for (unsigned i = 0; i < fronts->workers && whole; i++) {
        struct children_child *child = &fronts->children[i].child;
        if (child->pid && !load_front(&child->chan, listening(fronts), fronts->renew, &commit))
            kill(child->pid, SIGKILL);
    }
    if (!whole)
        fronts_send(fronts, PROTO_CURRENT, &current);
    fronts_flush(fronts);
    board_set(&fronts->boards->see.own_master->epoch, fronts->epoch);
}

bool fronts_all_current(const struct fronts *fronts)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        if (fronts->children[i].child.pid && fronts->children[i].epoch != fronts->epoch)
            return false;
    return true;
}

void fronts_kill_silent(struct fronts *fronts, uint64_t now_ms)
{
    for (unsigned i = 0; i < fronts->workers; i++) {
        struct fronts_child *front = &fronts->children[i];
        if (!front->child.pid || front->epoch == fronts->epoch)
            continue;
        log_line(LOG_LEVEL_ERROR, "a front did not take what counts now: killed", "front=%u", i);
        ended(fronts, i, children_stop(&front->child), now_ms);
    }
}

void fronts_send_log(struct fronts *fronts)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        if (!children_send_log(&fronts->children[i].child))
            kill(fronts->children[i].child.pid, SIGKILL);
}

void fronts_drain(struct fronts *fronts)
{
    fronts->restarts = false;
    for (unsigned i = 0; i < fronts->workers; i++)
        if (fronts->children[i].child.pid)
            chan_send(&fronts->children[i].child.chan, PROTO_DRAIN, NULL, -1);
}

/* A front that does not read is left to its own: only its death is looked at. */
void fronts_flush(struct fronts *fronts)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        children_flush(&fronts->children[i].child);
}

void fronts_stop(struct fronts *fronts)
{
    for (unsigned i = 0; i < fronts->workers; i++)
        children_stop(&fronts->children[i].child);
}
