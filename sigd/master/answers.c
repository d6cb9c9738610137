/* answers.c: the requests on the admin socket. */
#include "answers.h"

#include "change_reload.h"
#include "clock.h"
#include "log.h"
#include "master.h"
#include "status.h"

#include <stdlib.h>
#include <string.h>

/* sigctl's exit statuses, as in sysexits.h */
#define EXIT_USAGE 64
#define EXIT_FAILED 70
#define EXIT_LATER 75
#define EXIT_CONFIG 78

typedef void answer(struct master *m, control_peer peer, const struct ctlframe_request *request);

static void end(struct master *m, control_peer peer, enum ctlframe_stream stream, const char *text,
                uint32_t status)
{
    control_write(m->plan->control, peer, stream, text, strlen(text));
    control_end(m->plan->control, peer, status);
}

static void answer_status(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    (void)request;
    struct jsonout out = { 0 };
    status_write(&out, m);
    if (out.failed) {
        end(m, peer, CTLFRAME_ERR, "sigd is out of memory", EXIT_LATER);
    } else {
        control_write(m->plan->control, peer, CTLFRAME_OUT, out.text, out.len);
        control_end(m->plan->control, peer, 0);
    }
    free(out.text);
}

static void reload_done(struct master *m, uint64_t peer, bool ok, const char *text)
{
    if (ok)
        control_text(m->plan->control, peer, CTLFRAME_OUT, "configuration %u counts", m->fronts.generation);
    end(m, peer, CTLFRAME_ERR, text,
        ok            ? 0
        : m->given_up ? EXIT_LATER
                      : EXIT_CONFIG); /* where it is ok: warnings */
}

/* What a reload would say before it asks the signer. */
static void try_reload(struct master *m, control_peer peer, const struct diff_accept *accept)
{
    static struct load_keys keys;
    char *text = NULL;
    size_t size = 0;
    FILE *report = open_memstream(&text, &size);
    if (!report) {
        end(m, peer, CTLFRAME_ERR, "sigd is out of memory", EXIT_LATER);
        return;
    }
    struct config *config = config_load(m->plan->config_path, report);
    if (config)
        change_reload_apply(config, &m->state, accept, report);
    bool ok = config && diff_check(m->config, config, accept, clock_real(), report);
    if (ok) {
        ok = load_open_keys(&keys, config, report);
        load_close_keys(&keys, config);
    }
    config_free(config);
    fclose(report);
    end(m, peer, CTLFRAME_ERR, text ? text : "", ok ? 0 : EXIT_CONFIG);
    free(text);
}

static void answer_reload(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    struct diff_accept accept = { .n = request->reload.n_accept };
    _Static_assert(DIFF_ACCEPT_MAX == CTLFRAME_ACCEPT_MAX, "all that a frame holds");
    for (size_t i = 0; i < accept.n; i++)
        memcpy(accept.apps[i], request->reload.accept[i], sizeof accept.apps[i]); /* checked: it fits */
    if (request->reload.dry_run)
        try_reload(m, peer, &accept);
    else
        change_reload(m, &accept, reload_done, peer);
}

static void other_done(struct master *m, uint64_t peer, bool ok, const char *text)
{
    end(m, peer, CTLFRAME_ERR, text, ok ? 0 : EXIT_FAILED);
}

static void answer_flush(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    change_flush(m, request->flush.app, request->flush.admin, other_done, peer);
}

/* One app of all is done, or could not be: the next one, or the end. */
static void all_done(struct master *m, uint64_t peer, bool ok, const char *text)
{
    struct answers *a = &m->answers;
    a->failed |= !ok;
    if (a->next == m->config->n_apps) {
        other_done(m, peer, !a->failed, text);
        return;
    }
    control_write(m->plan->control, peer, CTLFRAME_ERR, text, strlen(text));
    change_freeze(m, m->config->apps[a->next++].name, a->frozen, all_done, peer);
}

static void answer_freeze(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    if (request->freeze.app[0]) {
        change_freeze(m, request->freeze.app, !request->freeze.off, other_done, peer);
        return;
    }
    m->answers.frozen = !request->freeze.off;
    m->answers.failed = false;
    m->answers.next = 0;
    all_done(m, peer, true, "");
}

static void show_clock(struct master *m, control_peer peer)
{
    char now[CLOCK_RFC3339_SIZE], since[CLOCK_RFC3339_SIZE], why[64] = "";
    clock_rfc3339(now, clock_real());
    clock_rfc3339(since, m->clock.since);
    if (m->clock.verdict != PROTO_CLOCK_GOOD)
        snprintf(why, sizeof why, ": %s since %s", proto_clock_name(m->clock.verdict), since);
    control_text(m->plan->control, peer, CTLFRAME_OUT, "%s, %s%s; the kernel says: %s", now, status_clock(m),
                 why, clock_synchronised() ? "synchronised" : "not synchronised");
    control_end(m->plan->control, peer, 0);
}

static void accept_by(struct master *m, control_peer peer)
{
    m->answers.accepts = peer;
    m->answers.accepts_ms = m->now_ms + CHANGE_SIGNER_MS;
}

static void answer_clock(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    if (!request->clock.accept)
        show_clock(m, peer);
    else if (control_waits(m->plan->control, m->answers.accepts))
        end(m, peer, CTLFRAME_ERR, "somebody else says so just now: see sigctl clock", EXIT_LATER);
    else if (!chan_send(&m->signer.chan, PROTO_CLOCK_ACCEPT, NULL, -1))
        end(m, peer, CTLFRAME_ERR, "the signer cannot be told", EXIT_LATER);
    else
        accept_by(m, peer);
}

void answers_clock_accepted(struct master *m)
{
    show_clock(m, m->answers.accepts);
    m->answers.accepts = 0;
}

void answers_due(struct master *m)
{
    if (!m->answers.accepts || m->now_ms < m->answers.accepts_ms)
        return;
    control_text(
        m->plan->control, m->answers.accepts, CTLFRAME_ERR,
        "the signer (pid %ld) has not answered for %d s: it takes the clock for right when it goes on",
        (long)m->signer.pid, CHANGE_SIGNER_MS / 1000);
    control_end(m->plan->control, m->answers.accepts, EXIT_LATER);
    m->answers.accepts = 0;
}

uint64_t answers_next(const struct master *m)
{
    return m->answers.accepts ? m->answers.accepts_ms : UINT64_MAX;
}

/* "error, warn, info, debug" */
static void list_levels(char *out, size_t size)
{
    size_t n = 0;
    for (unsigned level = 0; level < LOG_LEVELS && n < size; level++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", level > 0 ? ", " : "", log_level_name(level));
}

static void answer_log_level(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    char names[64];
    for (unsigned level = 0; level < LOG_LEVELS; level++)
        if (strcmp(log_level_name(level), request->log_level.level) == 0) {
            bool ok = supervise_set_log(m, log_format_now(), level);
            end(m, peer, CTLFRAME_ERR, "", ok ? 0 : EXIT_FAILED);
            return;
        }
    list_levels(names, sizeof names);
    control_text(m->plan->control, peer, CTLFRAME_ERR, "no level \"%s\": it is one of %s",
                 request->log_level.level, names);
    control_end(m->plan->control, peer, EXIT_USAGE);
}

static const struct {
    const char *name;
    answer *run;
    bool changes; /* one at a time, while sigd serves */
} table[CTLFRAME_REQUESTS_END] = {
    [CTLFRAME_STATUS] = { "status", answer_status, false },
    [CTLFRAME_RELOAD] = { "reload", answer_reload, true },
    [CTLFRAME_FLUSH] = { "flush", answer_flush, true },
    [CTLFRAME_FREEZE] = { "freeze", answer_freeze, true },
    [CTLFRAME_CLOCK] = { "clock", answer_clock, false },
    [CTLFRAME_LOG_LEVEL] = { "log-level", answer_log_level, false },
};

void answers_request(void *master, control_peer peer, const struct ctlframe_request *request)
{
    struct master *m = master;
    struct ctlpeer who;
    if (request->type != CTLFRAME_STATUS &&
        control_who(m->plan->control, peer, &who)) /* looking is no news */
        log_line(LOG_LEVEL_INFO, "admin request", "request=%s uid=%lu caller_pid=%ld",
                 table[request->type].name, (unsigned long)who.uid, (long)who.pid);
    if (table[request->type].changes && m->phase != MASTER_SERVING)
        end(m, peer, CTLFRAME_ERR, "sigd is starting or stopping: try again later", EXIT_LATER);
    else if (table[request->type].changes && m->change.kind != CHANGE_NONE)
        end(m, peer, CTLFRAME_ERR, "another change is under way: try again when it is done", EXIT_LATER);
    else
        table[request->type].run(m, peer, request);
}
