/* supervise.c: the master's life: loads the signer, gets credentials, serves sockets, keeps fronts running, stops. */
#include "supervise.h"

#include "change_reload.h"
#include "clock.h"
#include "gauges.h"
#include "hosted.h"
#include "log.h"
#include "master.h"
#include "note.h"
#include "notify.h"
#include "publishing.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SYSTEM 71 /* as in sysexits.h */
#define EXIT_CONFIG 78
#define START_MS 20000
#define DRAIN_MS 5500   /* the fronts give busy connections 5 s */
#define CROWDED_MS 1000 /* until a crowded channel is tried again */
#define END_MS 2000     /* until a signer that was told to end is killed, a reload given up for a stop */
#define WAKE_MS 30000   /* at least this often, so that the board tells that the master lives */

static struct chan_packet packet;

static void stop(struct master *m, int status)
{
    m->phase = MASTER_STOPPED;
    m->status = status;
}

static void fail(struct master *m, const char *msg)
{
    log_line(LOG_LEVEL_ERROR, msg, "error=\"%s\"", strerror(errno));
    stop(m, EXIT_SYSTEM);
}

static bool start_signer(struct master *m)
{
    const struct config *config = m->config;
    struct children_ids ids = { m->fronts.as_root, config->signer_uid, config->signer_gid };
    return children_start(&m->signer, m->plan->programs.signer, "sigd-signer", &ids) &&
           children_send_log(&m->signer) && boards_send(&m->boards, &m->signer.chan, BOARD_SIGNER, 0) &&
           (m->plan->check_only || auditfile_send(&m->plan->audit, &m->signer.chan, config->audit_sync)) &&
           load_signer(&m->signer.chan, config, m->plan->keys, m->fronts.generation, m->front_uid,
                       m->renew.frozen);
}

static void start_fronts(struct master *m)
{
    char why[512];
    struct control_handler handler = { m, answers_request };
    if (!sockets_listen(m->sockets, m->config, why, sizeof why) ||
        (m->plan->control && !control_listen(m->plan->control, &handler, why, sizeof why))) {
        log_tell("%s", why);
        stop(m, EXIT_SYSTEM);
        return;
    }
    m->phase = MASTER_STARTING;
    if (!fronts_start(&m->fronts, m->now_ms))
        stop(m, EXIT_SYSTEM);
}

static bool take_key(struct master *m, const struct proto_key_read *read)
{
    if (change_is_loading(m))
        return change_reload_key_read(m, read);
    if (m->phase == MASTER_DRAINING)
        return true; /* of a reload that was given up to stop */
    if (m->phase != MASTER_LOADING)
        return false;
    char *said = NULL;
    size_t len;
    FILE *report = open_memstream(&said, &len);
    bool ok = report && load_tell_key(m->config, read, report);
    if (report)
        fclose(report);
    if (said)
        log_report(LOG_LEVEL_ERROR, said);
    free(said);
    return ok;
}

static bool take_loaded(struct master *m, const struct proto_loaded *loaded)
{
    if (!proto_string_ok(loaded->why, sizeof loaded->why))
        return false;
    if (change_is_loading(m))
        return change_reload_loaded(m, loaded);
    if (m->phase == MASTER_DRAINING)
        return true; /* as above */
    if (m->phase != MASTER_LOADING)
        return false;
    load_close_keys(m->plan->keys, m->config); /* the signer has read them; nobody needs them any more */
    if (loaded->failed) {
        if (loaded->why[0])
            log_tell("%s", loaded->why);
        stop(m, EXIT_CONFIG);
        return true;
    }
    if (m->plan->check_only) {
        stop(m, 0);
        return true;
    }
    note_send(&m->signer.chan, PROTO_NOTE_START, &(struct note_what){ .number = loaded->generation });
    change_reload_remember(m, NULL);
    m->phase = MASTER_ISSUING;
    gauges_load(m->boards.see.own_master, m->config, loaded->generation, clock_real());
    if (renew_answered(&m->renew)) /* no administrators at all */
        start_fronts(m);
    return true;
}

static bool take_issued(struct master *m, const struct proto_issued *issued)
{
    const struct renew_item *item = hosted_take_issued(m, issued);
    if (!item)
        item = renew_take(&m->renew, issued, m->now_ms);
    struct board_master *board = m->boards.see.own_master;
    if (item)
        board_add(&board->renewals_ok, 1);
    else if (issued->status && issued->status != PROTO_FROZEN && issued->status != PROTO_STALE)
        board_add(&board->renewals_failed, 1);
    if (m->phase == MASTER_ISSUING && issued->status == PROTO_UNAVAILABLE) {
        log_tell("nothing can be signed: the audit log %s cannot be written", m->config->audit_file);
        stop(m, EXIT_CONFIG);
        return true;
    }
    if (item && !change_holds_credentials(m)) {
        fronts_send(&m->fronts, PROTO_CREDENTIAL, &item->credential);
        publishing_set(m, item);
    }
    if (m->phase == MASTER_ISSUING && renew_answered(&m->renew))
        start_fronts(m);
    return true;
}

static bool take_read(void *context, const struct proto_hosted_read *read)
{
    return hosted_take_read(context, read);
}

static bool take_clock(struct master *m, const struct proto_clock *clock)
{
    m->clock = *clock;
    if (clock->verdict == PROTO_CLOCK_GOOD)
        renew_believed(&m->renew);
    if (clock->accepted && m->answers.accepts)
        answers_clock_accepted(m);
    return clock->verdict < PROTO_CLOCK_VERDICTS;
}

static bool handle_signer(void *context, const struct chan_frame *frame)
{
    struct master *m = context;
    switch (frame->op) {
    case PROTO_KEY_READ: return take_key(m, frame->body);
    case PROTO_LOADED: return take_loaded(m, frame->body);
    case PROTO_ISSUED: return take_issued(m, frame->body);
    case PROTO_CLOCK: return take_clock(m, frame->body);
    default: return false;
    }
}

static void drain(struct master *m)
{
    if (m->phase < MASTER_SERVING) {
        stop(m, 0);
        return;
    }
    if (m->phase != MASTER_SERVING)
        return;
    if (m->change.kind == CHANGE_RELOAD && !m->stop_ms) {
        m->stop_ms = m->now_ms + END_MS; /* the signer may go by the new model already, the fronts do not */
        return;
    }
    if (m->change.kind == CHANGE_RELOAD && m->now_ms < m->stop_ms)
        return;
    log_line(LOG_LEVEL_INFO, "stopping", "");
    m->phase = MASTER_DRAINING; /* nothing new begins when what is under way is given up */
    change_stop(m);
    notify_stopping();
    m->deadline = m->now_ms + DRAIN_MS;
    sockets_close(m->sockets);
    fronts_drain(&m->fronts);
}

static void signer_ended(struct master *m, int status)
{
    char how[32];
    fronts_describe(how, status);
    log_line(LOG_LEVEL_ERROR, "the signer ended: everything stops", "how=\"%s\"", how);
    stop(m, EXIT_SYSTEM);
}

static void reap(struct master *m)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == m->signer.pid) {
            m->signer.pid = 0;
            signer_ended(m, status);
        } else if (fronts_reap(&m->fronts, pid, status, m->now_ms) && m->phase == MASTER_STARTING) {
            stop(m, EXIT_SYSTEM);
        }
    }
}

/* One packet of the signer, who is gone when there is none. */
static void receive_signer(struct master *m)
{
    int got = chan_receive(&m->signer.chan, &packet);
    if (got == 0 || (got > 0 && chan_each(&packet, handle_signer, m)))
        return;
    signer_ended(m, children_stop(&m->signer));
}

static void take_signals(struct master *m)
{
    struct signalfd_siginfo info;
    while (read(m->signals, &info, sizeof info) == sizeof info)
        switch (info.ssi_signo) {
        case SIGCHLD: reap(m); break;
        case SIGHUP: m->reload_wanted = true; break;
        default: drain(m); break;
        }
}

/* What is due by now: restarts, renewals, deadlines. */
static void do_due(struct master *m)
{
    if (m->phase >= MASTER_SERVING)
        gauges_turn(m->boards.see.own_master, m->config, m->renew.frozen, clock_real());
    board_set(&m->boards.see.own_master->seen_ms, m->now_ms);
    fronts_due(&m->fronts, m->now_ms);
    if (m->phase == MASTER_STARTING && fronts_ready(&m->fronts)) {
        m->phase = MASTER_READING;
        m->fronts.restarts = true;
        hosted_again(m);
    }
    if (m->phase == MASTER_READING || m->phase == MASTER_SERVING)
        hosted_due(m);
    if (m->phase == MASTER_READING && renew_answered(&m->renew) && !m->told) {
        m->told = true;
        m->fronts.listens = true; /* who waits in the sockets' queues meets no front that has nothing yet */
        fronts_set_current(&m->fronts, true, false);
    }
    if (m->phase == MASTER_READING && m->told && fronts_all_current(&m->fronts)) {
        m->phase = MASTER_SERVING;
        log_line(LOG_LEVEL_INFO, "ready", "apps=%zu sockets=%zu workers=%u", m->config->n_apps,
                 m->config->n_sockets, m->fronts.workers);
        notify_status("%zu apps on %zu sockets", m->config->n_apps, m->config->n_sockets);
        notify_ready();
    }
    if ((m->phase == MASTER_ISSUING || m->phase == MASTER_SERVING) &&
        !renew_ask(&m->renew, &m->signer.chan, clock_real(), m->now_ms))
        fail(m, "the signer cannot be asked");
    if (m->stop_ms)
        m->reload_wanted = false;
    change_due(m);
    if (m->stop_ms && m->phase == MASTER_SERVING)
        drain(m);
    publishing_due(m);
    if (m->phase == MASTER_DRAINING && (!fronts_running(&m->fronts) || m->now_ms >= m->deadline))
        stop(m, 0);
    if (m->phase < MASTER_SERVING && m->now_ms >= m->deadline) {
        errno = ETIMEDOUT;
        fail(m, "the start took too long");
    }
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
    if (m->stop_ms && m->phase == MASTER_SERVING && m->stop_ms < next)
        next = m->stop_ms;
    if (change_next(m) < next)
        next = change_next(m);
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
        fail(m, "poll failed");
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
            stop(m, EXIT_SYSTEM); /* it said why */
    if (m->phase < MASTER_STOPPED)
        control_handle(m->plan->control, controls, n_controls, m->now_ms);
    if (m->phase < MASTER_STOPPED)
        do_due(m);
    if (m->phase < MASTER_STOPPED)
        flush(m);
}

static bool open_signals(struct master *m)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* RLIMIT_FSIZE counts for memfds too: an error, not the end */
    m->signals =
        sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) : -1;
    return m->signals >= 0;
}

/* What a restart must not forget counts before anything is loaded. */
static bool open_state(struct master *m)
{
    char why[512];
    if (!state_open(&m->state, m->plan->check_only ? NULL : m->config->state_dir, why, sizeof why)) {
        log_tell("state %s", why);
        stop(m, EXIT_CONFIG);
        return false;
    }
    m->renew.frozen = change_reload_apply(m->config, &m->state, NULL, NULL);
    return true;
}

static void start(struct master *m)
{
    const struct config *config = m->config;
    m->fronts = (struct fronts){ .workers = config->workers,
                                 .uid = config->front_uid,
                                 .gid = config->front_gid,
                                 .generation = 1,
                                 .epoch = 1,
                                 .sockets = m->sockets,
                                 .renew = &m->renew,
                                 .signer = &m->signer.chan,
                                 .boards = &m->boards,
                                 .take_read = take_read,
                                 .context = m,
                                 .program = m->plan->programs.front,
                                 .as_root = geteuid() == 0 };
    m->front_uid = m->fronts.as_root ? config->front_uid : UINT32_MAX;
    m->signer.chan.fd = -1;
    for (unsigned i = 0; i < SIGD_WORKERS_MAX; i++)
        m->fronts.children[i].child.chan.fd = -1;
    m->started_ms = m->now_ms;
    m->deadline = m->now_ms + START_MS;
    if (clock_open() < 0 || !open_signals(m) || !boards_make(&m->boards, config->workers) ||
        !renew_open(&m->renew, config, m->fronts.generation)) {
        fail(m, "cannot start");
        return;
    }
    board_set(&m->boards.see.own_master->epoch, m->fronts.epoch);
    board_set(&m->boards.see.own_master->workers, config->workers);
    board_set(&m->boards.see.own_master->log_level, log_level_now());
    board_set(&m->boards.see.own_master->started_at, clock_real());
    if (!open_state(m))
        return;
    if (!publishing_start(m))
        stop(m, EXIT_CONFIG);
    else if (!start_signer(m))
        fail(m, "the signer could not be started");
}

/* The signer ends by itself once it has written what the audit log must hold. */
static void stop_signer(struct master *m)
{
    if (m->signer.pid && !m->plan->check_only)
        note_send(&m->signer.chan, PROTO_NOTE_STOP, &(struct note_what){ .failed = m->status != 0 });
    children_flush(&m->signer);
    children_end(&m->signer, END_MS);
}

bool supervise_set_log(struct master *m, unsigned format, unsigned level)
{
    if (!log_set(format, level))
        return false;
    board_set(&m->boards.see.own_master->log_level, level);
    fronts_send_log(&m->fronts);
    if (!children_send_log(&m->signer))
        fail(m, "the signer cannot be told");
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
    start(m);
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
