/* supervise.c: the master's life: loads the signer, gets credentials, serves sockets, keeps fronts running, stops. */
#include "supervise.h"

#include "clock.h"
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
#define DRAIN_MS 5500 /* the fronts give busy connections 5 s */
#define RESTART_MAX_MS 1000
#define WAKE_MS 30000 /* at least this often: poll does not count while the machine sleeps */

enum phase {
    LOADING,  /* the signer reads policy and keys */
    ISSUING,  /* the first credentials */
    STARTING, /* the fronts */
    SERVING,
    DRAINING,
    STOPPED
};

struct front_child {
    struct children_child child;
    char name[16];
    uint64_t restart_ms; /* boot ms, when it does not run */
    uint64_t backoff_ms, started_ms;
    bool ready;
};

struct supervisor {
    const struct supervise_plan *plan;
    enum phase phase;
    int status;
    int signals;
    bool as_root;
    struct children_child signer;
    struct front_child fronts[SIGD_WORKERS_MAX];
    struct renew renew;
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
    struct children_ids ids = { s->as_root, config->signer_uid, config->signer_gid };
    uint32_t front_uid = s->as_root ? config->front_uid : UINT32_MAX;
    return children_start(&s->signer, s->plan->programs.signer, "sigd-signer", &ids) &&
           (s->plan->audit < 0 || chan_send(&s->signer.chan, PROTO_AUDIT, NULL, s->plan->audit)) &&
           load_signer(&s->signer.chan, config, s->plan->keys, 1, front_uid);
}

/* One that does not live a second waits longer and longer for the next start, up to a second. */
static void schedule_front(struct supervisor *s, struct front_child *front)
{
    bool lived = s->now_ms - front->started_ms > RESTART_MAX_MS;
    front->backoff_ms = lived ? 0 : front->backoff_ms ? front->backoff_ms * 2 : 125;
    if (front->backoff_ms > RESTART_MAX_MS)
        front->backoff_ms = RESTART_MAX_MS;
    front->restart_ms = s->now_ms + front->backoff_ms;
}

/* A front and its own channel to the signer. What fails here is tried again: descriptors, memory and processes come back. */
static bool launch_front(struct supervisor *s, unsigned index)
{
    const struct config *config = s->plan->config;
    struct front_child *front = &s->fronts[index];
    struct children_ids ids = { s->as_root, config->front_uid, config->front_gid };
    int ends[2];
    snprintf(front->name, sizeof front->name, "sigd-front-%u", index);
    if (!children_start(&front->child, s->plan->programs.front, front->name, &ids))
        return false;
    if (chan_pair(ends) != 0)
        return false;
    struct chan *chan = &front->child.chan;
    bool ok = chan_send(&s->signer.chan, PROTO_FRONT, &(struct proto_front){ index }, ends[0]) &&
              load_front(chan, config, s->plan->sockets) && chan_send(chan, PROTO_SIGNER, NULL, ends[1]);
    close(ends[0]);
    close(ends[1]);
    for (size_t i = 0; ok && i < s->renew.n; i++)
        if (s->renew.items[i].credential.usersig_len)
            ok = chan_send(chan, PROTO_CREDENTIAL, &s->renew.items[i].credential, -1);
    return ok && chan_send(chan, PROTO_START, NULL, -1);
}

static bool start_front(struct supervisor *s, unsigned index)
{
    struct front_child *front = &s->fronts[index];
    front->ready = false;
    front->started_ms = s->now_ms;
    if (launch_front(s, index))
        return true;
    log_line(LOG_LEVEL_ERROR, "a front could not be started", "front=%u error=\"%s\"", index,
             strerror(errno));
    children_stop(&front->child);
    schedule_front(s, front);
    return false;
}

static bool all_ready(const struct supervisor *s)
{
    for (unsigned i = 0; i < s->plan->config->workers; i++)
        if (!s->fronts[i].ready)
            return false;
    return true;
}

static void start_fronts(struct supervisor *s)
{
    char why[512];
    if (!sockets_listen(s->plan->sockets, s->plan->config, why, sizeof why)) {
        fprintf(stderr, "sigd: %s\n", why);
        stop(s, EXIT_SYSTEM);
        return;
    }
    s->phase = STARTING;
    for (unsigned i = 0; i < s->plan->config->workers; i++)
        if (!start_front(s, i)) {
            stop(s, EXIT_SYSTEM);
            return;
        }
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
        fprintf(stderr, "sigd: app %s, key %s: %s: %s\n", app->name, key->name, key->file, read->why);
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
            fprintf(stderr, "sigd: %s\n", loaded->why);
        stop(s, EXIT_CONFIG);
        return true;
    }
    if (s->plan->check_only) {
        stop(s, 0);
        return true;
    }
    s->phase = ISSUING;
    if (renew_answered(&s->renew)) /* no administrators at all */
        start_fronts(s);
    return true;
}

static bool take_issued(struct supervisor *s, const struct proto_issued *issued)
{
    const struct renew_item *item = renew_take(&s->renew, issued, s->now_ms);
    if (s->phase == ISSUING && issued->status == PROTO_UNAVAILABLE) {
        fprintf(stderr, "sigd: nothing can be signed: the audit log %s cannot be written\n",
                s->plan->config->audit_file);
        stop(s, EXIT_CONFIG);
        return true;
    }
    for (unsigned i = 0; item && i < s->plan->config->workers; i++)
        if (s->fronts[i].child.pid &&
            !chan_send(&s->fronts[i].child.chan, PROTO_CREDENTIAL, &item->credential, -1))
            kill(s->fronts[i].child.pid, SIGKILL); /* it starts again, with all of them */
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

struct front_context {
    struct supervisor *supervisor;
    unsigned index;
};

static bool handle_front(void *context, const struct chan_frame *frame)
{
    const struct front_context *c = context;
    struct supervisor *s = c->supervisor;
    if (frame->op != PROTO_READY)
        return false;
    s->fronts[c->index].ready = true;
    if (s->phase == STARTING && all_ready(s)) {
        s->phase = SERVING;
        log_line(LOG_LEVEL_INFO, "ready", "apps=%zu sockets=%zu workers=%u", s->plan->config->n_apps,
                 s->plan->config->n_sockets, s->plan->config->workers);
    }
    return true;
}

/* One packet of a child. false: its channel is of no use any more. */
static bool receive(struct chan *chan, chan_handler *handle, void *context)
{
    int got = chan_receive(chan, &packet);
    return got == 0 || (got > 0 && chan_each(&packet, handle, context));
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
    for (unsigned i = 0; i < s->plan->config->workers; i++)
        if (s->fronts[i].child.pid)
            chan_send(&s->fronts[i].child.chan, PROTO_DRAIN, NULL, -1);
}

/* How a child ended, for the log. */
static void describe(char out[static 32], int status)
{
    if (WIFSIGNALED(status))
        snprintf(out, 32, "signal %d", WTERMSIG(status));
    else
        snprintf(out, 32, "exit %d", WEXITSTATUS(status));
}

static void front_gone(struct supervisor *s, unsigned index, const char *how)
{
    struct front_child *front = &s->fronts[index];
    front->child.pid = 0;
    chan_close(&front->child.chan);
    if (s->phase == DRAINING)
        return;
    log_line(LOG_LEVEL_ERROR, "a front ended", "front=%u how=\"%s\"", index, how);
    if (s->phase == STARTING) {
        stop(s, EXIT_SYSTEM);
        return;
    }
    schedule_front(s, front);
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;
    char how[32];
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        describe(how, status);
        if (pid == s->signer.pid) {
            s->signer.pid = 0;
            log_line(LOG_LEVEL_ERROR, "the signer ended: everything stops", "how=\"%s\"", how);
            stop(s, EXIT_SYSTEM);
        }
        for (unsigned i = 0; i < s->plan->config->workers; i++)
            if (pid == s->fronts[i].child.pid)
                front_gone(s, i, how);
    }
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
    bool running = false;
    for (unsigned i = 0; i < s->plan->config->workers && s->phase == SERVING; i++)
        if (!s->fronts[i].child.pid && s->fronts[i].restart_ms <= s->now_ms) {
            log_line(LOG_LEVEL_INFO, "starting a front again", "front=%u", i);
            start_front(s, i);
        }
    if ((s->phase == ISSUING || s->phase == SERVING) &&
        !renew_ask(&s->renew, &s->signer.chan, clock_real(), s->now_ms)) {
        fail(s, "the signer cannot be asked");
        return;
    }
    for (unsigned i = 0; i < s->plan->config->workers; i++)
        running |= s->fronts[i].child.pid != 0;
    if (s->phase == DRAINING && (!running || s->now_ms >= s->deadline))
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
    for (unsigned i = 0; i < s->plan->config->workers && s->phase == SERVING; i++)
        if (!s->fronts[i].child.pid && s->fronts[i].restart_ms < next)
            next = s->fronts[i].restart_ms;
    return next > s->now_ms ? (int)(next - s->now_ms) : 0;
}

/* Sends what is queued. A front that does not read is left to its own: only its death is looked at. */
static void flush(struct supervisor *s)
{
    if (s->signer.pid)
        chan_flush(&s->signer.chan);
    for (unsigned i = 0; i < s->plan->config->workers; i++)
        if (s->fronts[i].child.pid)
            chan_flush(&s->fronts[i].child.chan);
}

static struct pollfd wait_for(const struct children_child *child)
{
    return (struct pollfd){ .fd = child->pid ? child->chan.fd : -1,
                            .events = (short)(POLLIN | (child->chan.out_len ? POLLOUT : 0)) };
}

static void turn(struct supervisor *s)
{
    struct pollfd polls[SIGD_WORKERS_MAX + 2];
    unsigned workers = s->plan->config->workers;
    polls[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
    polls[1] = wait_for(&s->signer);
    for (unsigned i = 0; i < workers; i++)
        polls[i + 2] = wait_for(&s->fronts[i].child);
    if (poll(polls, workers + 2, poll_timeout(s)) < 0 && errno != EINTR) {
        fail(s, "poll failed");
        return;
    }
    s->now_ms = clock_boot_ms();
    if (polls[1].revents & (POLLIN | POLLHUP) && !receive(&s->signer.chan, handle_signer, s) &&
        s->phase < STOPPED) {
        reap(s);
        if (s->phase < STOPPED)
            fail(s, "the signer's channel broke");
    }
    for (unsigned i = 0; i < workers; i++) {
        struct front_child *front = &s->fronts[i];
        if (polls[i + 2].fd >= 0 && polls[i + 2].revents & (POLLIN | POLLHUP) &&
            !receive(&front->child.chan, handle_front, &(struct front_context){ s, i }) && front->child.pid) {
            char how[32];
            describe(how, children_stop(&front->child)); /* broken or gone; either way it starts anew */
            front_gone(s, i, how);
        }
    }
    if (polls[0].revents)
        take_signals(s);
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
    s->signals =
        sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) : -1;
    return s->signals >= 0;
}

int supervise_run(const struct supervise_plan *plan)
{
    struct supervisor s = {
        .plan = plan, .phase = LOADING, .as_root = geteuid() == 0, .now_ms = clock_boot_ms(), .signals = -1
    };
    s.signer.chan.fd = -1;
    for (unsigned i = 0; i < SIGD_WORKERS_MAX; i++)
        s.fronts[i].child.chan.fd = -1;
    s.deadline = s.now_ms + START_MS;
    if (!renew_open(&s.renew, plan->config) || !open_signals(&s) || !start_signer(&s))
        fail(&s, "the signer could not be started");
    if (s.phase < STOPPED)
        flush(&s);
    while (s.phase < STOPPED)
        turn(&s);
    sockets_close(plan->sockets);
    for (unsigned i = 0; i < plan->config->workers; i++)
        children_stop(&s.fronts[i].child);
    children_stop(&s.signer);
    renew_close(&s.renew);
    if (s.signals >= 0)
        close(s.signals);
    return s.status;
}
