/* supervise.c: the master's one loop: waits, takes what has come, does what is due. */
#include "supervise.h"

#include "clock.h"
#include "gauges.h"
#include "heard.h"
#include "hosted.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "publishing.h"
#include "silence.h"
#include "start.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CROWDED_MS 1000 /* until a crowded channel is tried again */
#define WAKE_MS 30000   /* at least this often, so that the board tells that the master lives */

static struct chan_packet packet;

static void reap(struct master *m)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == m->signer.pid) {
            m->signer.pid = 0;
            stop_for_signer(m, status);
        } else if (fronts_reap(&m->fronts, pid, status, m->now_ms) && m->phase == MASTER_STARTING) {
            stop_now(m, STOP_SYSTEM);
        }
    }
}

/* One packet of the signer, who is gone when there is none. */
static void receive_signer(struct master *m)
{
    int got = chan_receive(&m->signer.chan, &packet);
    if (got == 0 || (got > 0 && chan_each(&packet, heard_frame, m)))
        return;
    stop_for_signer(m, children_stop(&m->signer));
}

static void take_signals(struct master *m)
{
    struct signalfd_siginfo info;
    while (read(m->signals, &info, sizeof info) == sizeof info)
        switch (info.ssi_signo) {
        case SIGCHLD: reap(m); break;
        case SIGHUP: m->reload_wanted = true; break;
        default: stop_drain(m); break;
        }
}

/* What is due by now: restarts, renewals, deadlines. */
static void do_due(struct master *m)
{
    if (m->phase >= MASTER_SERVING)
        gauges_turn(m->boards.see.own_master, m->config, m->renew.frozen, clock_real());
    board_set(&m->boards.see.own_master->seen_ms, m->now_ms);
    silence_due(m);
    fronts_due(&m->fronts, m->now_ms);
    start_due(m);
    if (m->phase == MASTER_READING || m->phase == MASTER_SERVING)
        hosted_due(m);
    start_end(m);
    if ((m->phase == MASTER_ISSUING || m->phase == MASTER_SERVING) &&
        !renew_ask(&m->renew, &m->signer.chan, clock_real(), m->now_ms))
        stop_failed(m, "the signer cannot be asked");
    if (m->stop_ms)
        m->reload_wanted = false;
    change_due(m);
    answers_due(m);
    if (m->stop_ms && m->phase == MASTER_SERVING)
        stop_drain(m);
    publishing_due(m);
    if (m->phase == MASTER_DRAINING && (!fronts_running(&m->fronts) || m->now_ms >= m->deadline))
        stop_now(m, 0);
}

/* Boot ms. */
static uint64_t next_due(const struct master *m)
{
    uint64_t next = m->now_ms + WAKE_MS;
    if (notify_watchdog(m->now_ms) < next)
        next = notify_watchdog(m->now_ms);
    if (control_next(m->plan->control) < next)
        next = control_next(m->plan->control);
    if (m->phase != MASTER_SERVING && m->deadline < next)
        next = m->deadline;
    if (m->phase == MASTER_SERVING && renew_next(&m->renew, clock_real(), m->now_ms) < next)
        next = renew_next(&m->renew, clock_real(), m->now_ms);
    if (fronts_next(&m->fronts) < next)
        next = fronts_next(&m->fronts);
    if (silence_next(m) < next)
        next = silence_next(m);
    if (m->stop_ms && m->phase == MASTER_SERVING && m->stop_ms < next)
        next = m->stop_ms;
    if (change_next(m) < next)
        next = change_next(m);
    if (answers_next(m) < next)
        next = answers_next(m);
    if (m->phase >= MASTER_READING && hosted_next(m) < next)
        next = hosted_next(m);
    if (publishing_next(m) < next)
        next = publishing_next(m);
    bool crowded = m->signer.crowded;
    for (unsigned i = 0; i < m->fronts.workers; i++)
        crowded |= m->fronts.children[i].child.crowded;
    if (crowded && m->now_ms + CROWDED_MS < next)
        next = m->now_ms + CROWDED_MS;
    return next;
}

static void flush(struct master *m)
{
    children_flush(&m->signer);
    fronts_flush(&m->fronts);
}

static struct pollfd wait_for(const struct children_child *child)
{
    bool sends = child->chan.out_len && !child->crowded; /* that a crowded channel is writable says nothing */
    return (struct pollfd){ .fd = child->pid ? child->chan.fd : -1,
                            .events = (short)(POLLIN | (sends ? POLLOUT : 0)) };
}

static void turn(struct master *m)
{
    struct pollfd polls[SIGD_WORKERS_MAX + 3 + CONTROL_POLLS];
    unsigned workers = m->fronts.workers;
    struct pollfd *controls = polls + workers + 3;
    size_t n_controls = control_polls(m->plan->control, controls, CONTROL_POLLS);
    polls[0] = (struct pollfd){ .fd = m->signals, .events = POLLIN };
    polls[1] = wait_for(&m->signer);
    for (unsigned i = 0; i < workers; i++)
        polls[i + 2] = wait_for(&m->fronts.children[i].child);
    polls[workers + 2] = (struct pollfd){ .fd = clock_open(), .events = POLLIN };
    clock_alarm(next_due(m));
    if (poll(polls, workers + 3 + n_controls, -1) < 0 && errno != EINTR) {
        stop_failed(m, "poll failed");
        return;
    }
    if (polls[workers + 2].revents)
        clock_turn();
    m->now_ms = clock_boot_ms();
    if (polls[0].revents)
        take_signals(m);
    if (m->signer.pid && polls[1].revents & (POLLIN | POLLHUP))
        receive_signer(m);
    for (unsigned i = 0; i < workers; i++)
        if (m->fronts.children[i].child.pid && polls[i + 2].revents & (POLLIN | POLLHUP))
            fronts_receive(&m->fronts, i, &packet, m->now_ms);
    for (unsigned i = 0; i < workers && m->phase == MASTER_STARTING; i++)
        if (!m->fronts.children[i].child.pid)
            stop_now(m, STOP_SYSTEM); /* it said why */
    if (m->phase < MASTER_STOPPED)
        control_handle(m->plan->control, controls, n_controls, m->now_ms);
    if (m->phase < MASTER_STOPPED)
        do_due(m);
    if (m->phase < MASTER_STOPPED)
        flush(m);
}

bool supervise_set_log(struct master *m, unsigned format, unsigned level)
{
    if (!log_set(format, level))
        return false;
    board_set(&m->boards.see.own_master->log_level, level);
    fronts_send_log(&m->fronts);
    if (!children_send_log(&m->signer))
        stop_failed(m, "the signer cannot be told");
    return true;
}

int supervise_run(struct supervise_plan *plan)
{
    static struct master master;
    struct master *m = &master;
    *m = (struct master){ .plan = plan,
                          .phase = MASTER_LOADING,
                          .config = plan->config,
                          .sockets = plan->sockets,
                          .state = { .dir = -1 },
                          .publish = { .dir = -1 },
                          .now_ms = clock_boot_ms(),
                          .signals = -1 };
    start_begin(m);
    if (m->phase < MASTER_STOPPED)
        flush(m);
    while (m->phase < MASTER_STOPPED)
        turn(m);
    change_stop(m);
    control_close(plan->control);
    sockets_close(m->sockets);
    fronts_stop(&m->fronts);
    publishing_stop(m);
    stop_signer(m);
    renew_close(&m->renew);
    boards_close(&m->boards);
    state_close(&m->state);
    if (m->signals >= 0)
        close(m->signals);
    plan->config = m->config;
    return m->status;
}
