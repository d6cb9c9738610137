/* change.c: what all changes share: one at a time, told to the fronts, ended; flush, freeze and thaw. */
#include "change.h"

#include "change_reload.h"
#include "clock.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "note.h"
#include "publishing.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SILENT_MS 1000 /* a front that has not said by then that it knows is killed */

static const struct renew_item *item_of(const struct master *m, uint32_t app, uint32_t admin)
{
    for (size_t i = 0; i < m->renew.n; i++) {
        const struct proto_credential *c = &m->renew.items[i].credential;
        if (c->app == app && c->admin == admin && c->kind == PROTO_KIND_ADMIN)
            return &m->renew.items[i];
    }
    return NULL;
}

/* A line of the audit log. What asked for an app that does not exist has changed nothing and has none. */
static void note(struct master *m, const struct change *ended, bool ok)
{
    static const uint32_t events[] = { 0, PROTO_NOTE_RELOAD, PROTO_NOTE_FLUSH, PROTO_NOTE_FREEZE,
                                       PROTO_NOTE_THAW };
    struct note_what what = { .failed = !ok };
    struct ctlpeer who;
    if (ended->peer && control_who(m->plan->control, ended->peer, &who)) {
        what.asked = true;
        what.uid = who.uid;
        what.pid = (uint32_t)who.pid;
    }
    char first[64] = "";
    if (ended->kind == CHANGE_RELOAD) {
        what.number = m->fronts.generation;
        if (!ok && ended->text)
            snprintf(first, sizeof first, "%.*s", (int)strcspn(ended->text, "\n"), ended->text);
        what.text = first;
    } else {
        if (!ok && !ended->failed)
            return;
        what.app = m->config->apps[ended->app].name;
    }
    if (ended->kind == CHANGE_FLUSH) {
        const struct renew_item *item = item_of(m, ended->app, ended->admin);
        what.name = m->config->apps[ended->app].admins[ended->admin].identifier;
        what.number = item ? (int64_t)item->credential.issued_at : 0;
    }
    note_send(&m->signer.chan, events[ended->kind], &what);
}

void change_end(struct master *m, bool ok)
{
    static const char *const names[] = { "?", "reload", "flush", "freeze", "thaw" };
    struct change *c = &m->change;
    if (c->report)
        fclose(c->report); /* sets text */
    struct change ended = *c;
    memset(c, 0, sizeof *c);
    note(m, &ended, ok);
    if (ended.kind == CHANGE_RELOAD && m->phase == MASTER_SERVING)
        notify_ready(); /* whatever came of it */
    if (ended.done)
        ended.done(m, ended.peer, ok, ended.text ? ended.text : "");
    free(ended.text);
    if (ended.kind == CHANGE_RELOAD) {
        struct board_master *board = m->boards.see.own_master;
        board_add(ok ? &board->reloads_ok : &board->reloads_failed, 1);
    }
    log_line(ok ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, ok ? "change done" : "change refused",
             "change=%s generation=%u", names[ended.kind], m->fronts.generation);
}

bool change_begin(struct master *m, enum change_kind kind, change_done *done, uint64_t peer)
{
    struct change *c = &m->change;
    if (c->kind != CHANGE_NONE || m->phase != MASTER_SERVING) {
        done(m, peer, false,
             m->phase == MASTER_SERVING ? "another change is under way: try again when it is done\n"
                                        : "sigd is starting or stopping\n");
        return false;
    }
    *c = (struct change){ .kind = kind, .done = done, .peer = peer, .audit = AUDITFILE_CLOSED };
    c->report = open_memstream(&c->text, &c->text_size);
    if (kind == CHANGE_RELOAD)
        notify_reloading();
    if (c->report)
        return true;
    change_end(m, false);
    return false;
}

static bool refuse(struct master *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(struct master *m, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(m->change.report, format, list);
    va_end(list);
    change_end(m, false);
    return false;
}

static bool find_app(struct master *m, const char *name)
{
    for (uint32_t a = 0; a < m->config->n_apps; a++)
        if (strcmp(m->config->apps[a].name, name) == 0) {
            m->change.app = a;
            return true;
        }
    return refuse(m, "there is no app \"%s\"; sigctl status lists them\n", name);
}

static bool find_admin(struct master *m, const char *identifier)
{
    const struct config_app *app = &m->config->apps[m->change.app];
    for (uint32_t i = 0; i < app->n_admins; i++)
        if (strcmp(app->admins[i].identifier, identifier) == 0) {
            m->change.admin = i;
            return true;
        }
    return refuse(m, "app %s has no administrator \"%s\"; sigctl status lists them\n", app->name, identifier);
}

/* The fronts answer nothing from what they knew before, from now on. */
static void tell(struct master *m, bool whole)
{
    m->change.step = CHANGE_TELLING;
    m->change.deadline = m->now_ms + SILENT_MS;
    fronts_set_current(&m->fronts, whole, m->change.withdraw);
    publishing_change(m);
}

void change_flush(struct master *m, const char *app, const char *admin, change_done *done, uint64_t peer)
{
    if (!change_begin(m, CHANGE_FLUSH, done, peer) || !find_app(m, app) || !find_admin(m, admin))
        return;
    if (m->renew.frozen & UINT64_C(1) << m->change.app) {
        refuse(m, "app %s is frozen: nothing of it is served; thaw it (freeze --off) when it should be\n",
               app);
        return;
    }
    m->change.withdraw = true;
    m->change.step = CHANGE_ISSUING;
    m->change.deadline = m->now_ms + CHANGE_SIGNER_MS;
    if (m->config->apps[m->change.app].admins[m->change.admin].usersig_file)
        fprintf(m->change.report,
                "warning: somebody else signs for this administrator: its file is read anew, and no more\n");
    renew_again(&m->renew, m->change.app, m->change.admin);
}

void change_freeze(struct master *m, const char *app, bool frozen, change_done *done, uint64_t peer)
{
    char why[256];
    if (!change_begin(m, frozen ? CHANGE_FREEZE : CHANGE_THAW, done, peer) || !find_app(m, app))
        return;
    struct proto_freeze freeze = { m->change.app, frozen };
    if (!state_freeze(&m->state, app, frozen, why, sizeof why)) {
        refuse(m, "%s\n", why);
        return;
    }
    if (m->state.dir < 0)
        fprintf(m->change.report, "warning: there is no state_dir: a restart forgets this\n");
    renew_freeze(&m->renew, m->change.app, frozen);
    if (!chan_send(&m->signer.chan, PROTO_FREEZE, &freeze, -1)) {
        refuse(m, "the signer cannot be told\n");
        return;
    }
    if (!frozen) { /* the fronts are told when there is something to serve */
        m->change.step = CHANGE_ISSUING;
        m->change.deadline = m->now_ms + CHANGE_SIGNER_MS;
        return;
    }
    fronts_send(&m->fronts, PROTO_FREEZE, &freeze);
    for (size_t i = 0; i < m->renew.n; i++)
        if (m->renew.items[i].credential.app == m->change.app)
            fronts_send(&m->fronts, PROTO_CREDENTIAL, &m->renew.items[i].credential);
    m->change.withdraw = true;
    tell(m, false);
}

/* Were all credentials of a flush or thaw signed? */
static void judge_issued(struct master *m)
{
    if (!renew_answered(&m->renew))
        fprintf(m->change.report,
                "%sthe signer (pid %ld) has not answered for %d s: what it signs counts when it goes on\n",
                m->change.kind == CHANGE_RELOAD ? "warning: " : "", (long)m->signer.pid,
                CHANGE_SIGNER_MS / 1000);
    for (size_t i = 0; i < m->renew.n; i++) {
        const struct renew_item *item = &m->renew.items[i];
        bool concerned = m->change.kind == CHANGE_RELOAD || item->credential.app == m->change.app;
        if (m->change.kind == CHANGE_FLUSH && item->credential.admin != m->change.admin)
            concerned = false;
        if (!concerned || (item->answered && !item->failed) ||
            m->renew.frozen & UINT64_C(1) << item->credential.app)
            continue;
        if (item->credential.kind == PROTO_KIND_ADMIN)
            fprintf(m->change.report,
                    "%sapp %s: the credential of administrator \"%s\" could not be signed%s\n",
                    m->change.kind == CHANGE_RELOAD ? "warning: " : "",
                    m->config->apps[item->credential.app].name, item->identifier,
                    m->change.kind == CHANGE_FLUSH ? ": the one of before is still served"
                                                   : "; the log tells why");
        m->change.failed |= m->change.kind != CHANGE_RELOAD;
    }
}

void change_due(struct master *m)
{
    struct change *c = &m->change;
    if (c->kind == CHANGE_NONE && m->reload_wanted && m->phase == MASTER_SERVING) {
        static const struct diff_accept nothing;
        m->reload_wanted = false;
        change_reload(m, &nothing, change_reload_log, 0);
    }
    if (c->kind == CHANGE_NONE)
        return;
    if (c->step == CHANGE_LOADING) {
        if (m->now_ms >= c->deadline)
            change_reload_give_up(m);
        return;
    }
    if (c->step == CHANGE_ISSUING) {
        if (!renew_answered(&m->renew) && m->now_ms < c->deadline)
            return;
        judge_issued(m);
        if (c->kind == CHANGE_THAW)
            fronts_send(&m->fronts, PROTO_FREEZE, &(struct proto_freeze){ c->app, 0 });
        tell(m, c->kind == CHANGE_RELOAD);
    }
    if (m->now_ms >= c->deadline)
        fronts_kill_silent(&m->fronts, m->now_ms);
    if (fronts_all_current(&m->fronts))
        change_end(m, !c->failed);
}

uint64_t change_next(const struct master *m)
{
    if (m->change.kind == CHANGE_NONE)
        return m->reload_wanted && m->phase == MASTER_SERVING ? m->now_ms : UINT64_MAX;
    return m->change.deadline;
}

bool change_is_loading(const struct master *m)
{
    return m->change.kind == CHANGE_RELOAD && m->change.step == CHANGE_LOADING;
}

bool change_holds_credentials(const struct master *m)
{
    return m->change.kind == CHANGE_RELOAD && m->change.step == CHANGE_ISSUING;
}

void change_stop(struct master *m)
{
    if (m->change.kind == CHANGE_NONE)
        return;
    change_reload_drop(m);
    fprintf(m->change.report, "sigd stops\n");
    change_end(m, false);
}
