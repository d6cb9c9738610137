/* supervise.c: the master's life: loads the signer, gets credentials, serves sockets, keeps fronts running, stops. */
#include "supervise.h"

#include "clock.h"
#include "fronts.h"
#include "gauges.h"
#include "log.h"
#include "renew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SYSTEM 71 /* as in sysexits.h */
#define EXIT_CONFIG 78
#define START_MS 20000
#define DRAIN_MS 5500   /* the fronts give busy connections 5 s */
#define CROWDED_MS 1000 /* until a crowded channel is tried again */
#define WAKE_MS 30000   /* at least this often: poll does not count while the machine sleeps */

enum phase {
    LOADING,  /* the signer reads policy and keys */
    ISSUING,  /* the first credentials */
    STARTING, /* the fronts */
    SERVING,
    DRAINING,
    STOPPED
};

struct supervisor {
    const struct supervise_plan *plan;
    enum phase phase;
    int status;
    int signals;
    struct children_child signer;
    struct fronts fronts;
    struct renew renew;
    struct boards_all boards;
    uint64_t deadline; /* boot ms; of LOADING to STARTING, and of DRAINING */
    uint64_t now_ms;
};

static struct chan_packet packet;

static void stop(struct supervisor *s, int status)
{
    s->phase = STOPPED;
    s->status = status;
}

static void fail(struct supervisor *s, const char *msg)
{
    log_line(LOG_LEVEL_ERROR, msg, "error=\"%s\"", strerror(errno));
    stop(s, EXIT_SYSTEM);
}

static bool start_signer(struct supervisor *s)
{
    const struct config *config = s->plan->config;
    struct children_ids ids = { s->fronts.as_root, config->signer_uid, config->signer_gid };
    uint32_t front_uid = s->fronts.as_root ? config->front_uid : UINT32_MAX;
    return children_start(&s->signer, s->plan->programs.signer, "sigd-signer", &ids) &&
           children_send_log(&s->signer) && boards_send(&s->boards, &s->signer.chan, BOARD_SIGNER, 0) &&
           (s->plan->audit < 0 || chan_send(&s->signer.chan, PROTO_AUDIT, NULL, s->plan->audit)) &&
           load_signer(&s->signer.chan, config, s->plan->keys, 1, front_uid);
}

static void start_fronts(struct supervisor *s)
{
    char why[512];
    if (!sockets_listen(s->plan->sockets, s->plan->config, why, sizeof why)) {
        log_tell("%s", why);
        stop(s, EXIT_SYSTEM);
        return;
    }
    s->phase = STARTING;
    if (!fronts_start(&s->fronts, s->now_ms))
        stop(s, EXIT_SYSTEM);
}

/* What the signer found in a key file, which it knows by its place alone. */
static bool take_key(struct supervisor *s, const struct proto_key_read *read)
{
    const struct config *config = s->plan->config;
    if (s->phase != LOADING || read->app >= config->n_apps || read->key >= config->apps[read->app].n_keys ||
        !proto_string_ok(read->why, sizeof read->why))
        return false;
    const struct config_app *app = &config->apps[read->app];
    const struct config_key *key = &app->keys[read->key];
    if (read->failed)
        log_tell("app %s, key %s: %s: %s", app->name, key->name, key->file, read->why);
    else if (read->trimmed)
        log_line(LOG_LEVEL_INFO, "the newline at the end of a key file is not part of the key",
                 "app=%s key=%s file=%s", app->name, key->name, key->file);
    return true;
}

static bool take_loaded(struct supervisor *s, const struct proto_loaded *loaded)
{
    if (s->phase != LOADING || !proto_string_ok(loaded->why, sizeof loaded->why))
        return false;
    load_close_keys(s->plan->keys,
                    s->plan->config); /* the signer has read them; nobody needs them any more */
    if (loaded->failed) {
        if (loaded->why[0])
            log_tell("%s", loaded->why);
        stop(s, EXIT_CONFIG);
        return true;
    }
    if (s->plan->check_only) {
        stop(s, 0);
        return true;
    }
    s->phase = ISSUING;
    struct board_master *board = s->boards.see.own_master;
    gauges_set(board, s->plan->config, clock_real());
    board_set(&board->loaded_at, clock_real());
    board_set(&board->generation, loaded->generation);
    if (renew_answered(&s->renew)) /* no administrators at all */
        start_fronts(s);
    return true;
}

static bool take_issued(struct supervisor *s, const struct proto_issued *issued)
{
    const struct renew_item *item = renew_take(&s->renew, issued, s->now_ms);
    struct board_master *board = s->boards.see.own_master;
    board_add(item ? &board->renewals_ok : &board->renewals_failed, 1);
    if (s->phase == ISSUING && issued->status == PROTO_UNAVAILABLE) {
        log_tell("nothing can be signed: the audit log %s cannot be written", s->plan->config->audit_file);
        stop(s, EXIT_CONFIG);
        return true;
    }
    if (item)
        fronts_send_credential(&s->fronts, &item->credential);
    if (s->phase == ISSUING && renew_answered(&s->renew))
        start_fronts(s);
    return true;
}

static bool handle_signer(void *context, const struct chan_frame *frame)
{
    struct supervisor *s = context;
    switch (frame->op) {
    case PROTO_KEY_READ: return take_key(s, frame->body);
    case PROTO_LOADED: return take_loaded(s, frame->body);
    case PROTO_ISSUED: return take_issued(s, frame->body);
    default: return false;
    }
}

static void drain(struct supervisor *s)
{
    if (s->phase < SERVING) {
        stop(s, 0);
        return;
    }
    if (s->phase != SERVING)
        return;
    log_line(LOG_LEVEL_INFO, "stopping", "");
    s->phase = DRAINING;
    s->deadline = s->now_ms + DRAIN_MS;
    sockets_close(s->plan->sockets);
    fronts_drain(&s->fronts);
}

static void signer_ended(struct supervisor *s, int status)
{
    char how[32];
    fronts_describe(how, status);
    log_line(LOG_LEVEL_ERROR, "the signer ended: everything stops", "how=\"%s\"", how);
    stop(s, EXIT_SYSTEM);
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == s->signer.pid) {
            s->signer.pid = 0;
            signer_ended(s, status);
        } else if (fronts_reap(&s->fronts, pid, status, s->now_ms) && s->phase == STARTING) {
            stop(s, EXIT_SYSTEM);
        }
    }
}

/* One packet of the signer, who is gone when there is none. */
static void receive_signer(struct supervisor *s)
{
    int got = chan_receive(&s->signer.chan, &packet);
    if (got == 0 || (got > 0 && chan_each(&packet, handle_signer, s)))
        return;
    signer_ended(s, children_stop(&s->signer));
}

static void take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == sizeof info)
        switch (info.ssi_signo) {
        case SIGCHLD: reap(s); break;
        case SIGHUP:
            log_line(LOG_LEVEL_WARN, "reload is not in this release: restart sigd instead", "");
            break;
        default: drain(s); break;
        }
}

/* What is due by now: restarts, renewals, deadlines. */
static void do_due(struct supervisor *s)
{
    board_set(&s->boards.see.own_master->seen_ms, s->now_ms);
    if (s->phase == SERVING)
        gauges_set(s->boards.see.own_master, s->plan->config, clock_real());
    fronts_due(&s->fronts, s->now_ms);
    if (s->phase == STARTING && fronts_ready(&s->fronts)) {
        s->phase = SERVING;
        s->fronts.restarts = true;
        log_line(LOG_LEVEL_INFO, "ready", "apps=%zu sockets=%zu workers=%u", s->plan->config->n_apps,
                 s->plan->config->n_sockets, s->plan->config->workers);
    }
    if ((s->phase == ISSUING || s->phase == SERVING) &&
        !renew_ask(&s->renew, &s->signer.chan, clock_real(), s->now_ms))
        fail(s, "the signer cannot be asked");
    if (s->phase == DRAINING && (!fronts_running(&s->fronts) || s->now_ms >= s->deadline))
        stop(s, 0);
    if (s->phase < SERVING && s->now_ms >= s->deadline) {
        errno = ETIMEDOUT;
        fail(s, "the start took too long");
    }
}

static int poll_timeout(const struct supervisor *s)
{
    uint64_t next = s->now_ms + WAKE_MS;
    if (s->phase != SERVING && s->deadline < next)
        next = s->deadline;
    if (s->phase == SERVING && renew_next(&s->renew, clock_real(), s->now_ms) < next)
        next = renew_next(&s->renew, clock_real(), s->now_ms);
    if (fronts_next(&s->fronts) < next)
        next = fronts_next(&s->fronts);
    bool crowded = s->signer.crowded;
    for (unsigned i = 0; i < s->plan->config->workers; i++)
        crowded |= s->fronts.children[i].child.crowded;
    if (crowded && s->now_ms + CROWDED_MS < next)
        next = s->now_ms + CROWDED_MS;
    return next > s->now_ms ? (int)(next - s->now_ms) : 0;
}

static void flush(struct supervisor *s)
{
    children_flush(&s->signer);
    fronts_flush(&s->fronts);
}

static struct pollfd wait_for(const struct children_child *child)
{
    bool sends = child->chan.out_len && !child->crowded; /* that a crowded channel is writable says nothing */
    return (struct pollfd){ .fd = child->pid ? child->chan.fd : -1,
                            .events = (short)(POLLIN | (sends ? POLLOUT : 0)) };
}

static void turn(struct supervisor *s)
{
    struct pollfd polls[SIGD_WORKERS_MAX + 2];
    unsigned workers = s->plan->config->workers;
    polls[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
    polls[1] = wait_for(&s->signer);
    for (unsigned i = 0; i < workers; i++)
        polls[i + 2] = wait_for(&s->fronts.children[i].child);
    if (poll(polls, workers + 2, poll_timeout(s)) < 0 && errno != EINTR) {
        fail(s, "poll failed");
        return;
    }
    s->now_ms = clock_boot_ms();
    if (polls[0].revents)
        take_signals(s);
    if (s->signer.pid && polls[1].revents & (POLLIN | POLLHUP))
        receive_signer(s);
    for (unsigned i = 0; i < workers; i++)
        if (s->fronts.children[i].child.pid && polls[i + 2].revents & (POLLIN | POLLHUP))
            fronts_receive(&s->fronts, i, &packet, s->now_ms);
    for (unsigned i = 0; i < workers && s->phase == STARTING; i++)
        if (!s->fronts.children[i].child.pid)
            stop(s, EXIT_SYSTEM); /* it said why */
    if (s->phase < STOPPED)
        do_due(s);
    if (s->phase < STOPPED)
        flush(s);
}

static bool open_signals(struct supervisor *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* RLIMIT_FSIZE counts for memfds too: an error, not the end */
    s->signals =
        sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) : -1;
    return s->signals >= 0;
}

int supervise_run(const struct supervise_plan *plan)
{
    struct supervisor s = { .plan = plan, .phase = LOADING, .now_ms = clock_boot_ms(), .signals = -1 };
    s.signer.chan.fd = -1;
    s.fronts = (struct fronts){ .config = plan->config,
                                .sockets = plan->sockets,
                                .renew = &s.renew,
                                .signer = &s.signer.chan,
                                .boards = &s.boards,
                                .program = plan->programs.front,
                                .as_root = geteuid() == 0 };
    for (unsigned i = 0; i < SIGD_WORKERS_MAX; i++)
        s.fronts.children[i].child.chan.fd = -1;
    s.deadline = s.now_ms + START_MS;
    if (!open_signals(&s) || !boards_make(&s.boards, plan->config->workers) ||
        !renew_open(&s.renew, plan->config) || !start_signer(&s))
        fail(&s, "the signer could not be started");
    board_set(&s.boards.see.own_master->started_at, clock_real());
    if (s.phase < STOPPED)
        flush(&s);
    while (s.phase < STOPPED)
        turn(&s);
    sockets_close(plan->sockets);
    fronts_stop(&s.fronts);
    children_stop(&s.signer);
    renew_close(&s.renew);
    boards_close(&s.boards);
    if (s.signals >= 0)
        close(s.signals);
    return s.status;
}
