/* start.c: from the config to the first answer. */
#include "start.h"

#include "change_reload.h"
#include "clock.h"
#include "confine.h"
#include "heard.h"
#include "hosted.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "publishing.h"
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define START_MS 20000

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

void start_fronts(struct master *m)
{
    char why[512];
    struct control_handler handler = { m, answers_request };
    if (!sockets_listen(m->sockets, m->config, why, sizeof why) ||
        (m->plan->control && !control_listen(m->plan->control, &handler, why, sizeof why))) {
        log_tell("%s", why);
        stop_now(m, STOP_SYSTEM);
        return;
    }
    m->phase = MASTER_STARTING;
    if (!fronts_start(&m->fronts, m->now_ms))
        stop_now(m, STOP_SYSTEM);
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
        stop_now(m, STOP_CONFIG);
        return false;
    }
    m->renew.frozen = change_reload_apply(m->config, &m->state, NULL, NULL);
    return true;
}

void start_begin(struct master *m)
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
                                 .take_read = heard_read,
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
        stop_failed(m, "cannot start");
        return;
    }
    board_set(&m->boards.see.own_master->epoch, m->fronts.epoch);
    board_set(&m->boards.see.own_master->workers, config->workers);
    board_set(&m->boards.see.own_master->log_level, log_level_now());
    board_set(&m->boards.see.own_master->started_at, clock_real());
    if (!open_state(m))
        return;
    if (!publishing_start(m))
        stop_now(m, STOP_CONFIG);
    else if (!confine_enter(m))
        stop_now(m, STOP_SYSTEM);
    else if (!start_signer(m))
        stop_failed(m, "the signer could not be started");
}

void start_due(struct master *m)
{
    if (m->phase == MASTER_STARTING && fronts_ready(&m->fronts)) {
        m->phase = MASTER_READING;
        m->fronts.restarts = true;
        hosted_again(m);
    }
}

void start_end(struct master *m)
{
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
    if (m->phase < MASTER_SERVING && m->now_ms >= m->deadline) {
        errno = ETIMEDOUT;
        stop_failed(m, "the start took too long");
    }
}
