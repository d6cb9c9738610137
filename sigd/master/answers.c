/* answers.c: the requests on the admin socket. */
#include "answers.h"

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
    end(m, peer, CTLFRAME_ERR, text, ok ? 0 : EXIT_CONFIG); /* where it is ok: warnings */
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

/* One app of all is done: the next one, or the end. */
static void all_done(struct master *m, uint64_t peer, bool ok, const char *text)
{
    struct answers *a = &m->answers;
    if (ok && a->next < m->config->n_apps) {
        control_write(m->plan->control, peer, CTLFRAME_ERR, text, strlen(text));
        change_freeze(m, m->config->apps[a->next++].name, a->frozen, all_done, peer);
        return;
    }
    other_done(m, peer, ok, text);
}

static void answer_freeze(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    if (request->freeze.app[0]) {
        change_freeze(m, request->freeze.app, !request->freeze.off, other_done, peer);
        return;
    }
    m->answers = (struct answers){ .frozen = !request->freeze.off };
    all_done(m, peer, true, "");
}

static void answer_clock(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    if (request->clock.accept) {
        end(m, peer, CTLFRAME_ERR, "this sigd cannot be told that the clock is right", EXIT_FAILED);
        return;
    }
    char now[CLOCK_RFC3339_SIZE];
    clock_rfc3339(now, clock_real());
    control_text(m->plan->control, peer, CTLFRAME_OUT, "%s, %s; the kernel says: %s", now, status_clock(m),
                 clock_synchronised() ? "synchronised" : "not synchronised");
    control_end(m->plan->control, peer, 0);
}

static void answer_log_level(struct master *m, control_peer peer, const struct ctlframe_request *request)
{
    (void)request;
    end(m, peer, CTLFRAME_ERR, "this sigd has one level", EXIT_FAILED);
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
        log_line(LOG_LEVEL_INFO, "admin request", "request=%s uid=%lu pid=%ld", table[request->type].name,
                 (unsigned long)who.uid, (long)who.pid);
    if (table[request->type].changes && m->phase != MASTER_SERVING)
        end(m, peer, CTLFRAME_ERR, "sigd is starting or stopping: try again later", EXIT_LATER);
    else if (table[request->type].changes && m->change.kind != CHANGE_NONE)
        end(m, peer, CTLFRAME_ERR, "another change is under way: try again when it is done", EXIT_LATER);
    else
        table[request->type].run(m, peer, request);
}
