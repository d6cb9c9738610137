/* change_reload.c: another config takes the place of the one that counts. */
#include "change_reload.h"

#include "auditfile.h"
#include "clock.h"
#include "confine.h"
#include "gauges.h"
#include "hosted.h"
#include "log.h"
#include "master.h"
#include "note.h"
#include "stop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void change_reload_log(struct master *m, uint64_t peer, bool ok, const char *text)
{
    (void)m, (void)peer;
    while (*text) {
        size_t len = strcspn(text, "\n");
        log_text(ok ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
                 ok ? "reload" : "reload refused: all goes on as before", "why", text, len);
        text += len + (text[len] == '\n');
    }
}

static void tell_revoked(const struct config_app *app, const struct config_key *key, FILE *report)
{
    if (report)
        fprintf(
            report,
            "warning: app %s: key %s was revoked and stays so, whatever the config says; if it is to count again, "
            "reload with --accept %s\n",
            app->name, key->name, app->name);
    else
        log_line(LOG_LEVEL_WARN, "a key that was revoked before stays so",
                 "app=%s key=%s mend=\"sigctl reload --accept %s\"", app->name, key->name, app->name);
}

uint64_t change_reload_apply(struct config *config, const struct state *state,
                             const struct diff_accept *accept, FILE *report)
{
    uint64_t frozen = 0;
    for (size_t a = 0; a < config->n_apps; a++) {
        const struct config_app *app = &config->apps[a];
        if (state_is_frozen(state, app->name))
            frozen |= UINT64_C(1) << a;
        for (size_t k = 0; k < app->n_keys && !(accept && diff_accepts(accept, app->name)); k++) {
            struct config_key *key = &config->apps[a].keys[k];
            if (!key->revoked && state_is_revoked(state, app->name, key->name)) {
                key->revoked = true;
                tell_revoked(app, key, report);
            }
        }
    }
    return frozen;
}

void change_reload_drop(struct master *m)
{
    struct change *c = &m->change;
    if (!c->config)
        return;
    load_close_keys(&c->keys, c->config);
    sockets_abort(&c->sockets, m->sockets);
    auditfile_close(&c->audit);
    config_free(c->config);
    c->config = NULL;
}

void change_reload_give_up(struct master *m)
{
    uint32_t generation = m->fronts.generation + 1;
    fprintf(
        m->change.report,
        "the signer (pid %ld) has not answered for %d s: nothing has changed, nor will it when it goes on; reload again "
        "then\n",
        (long)m->signer.pid, CHANGE_SIGNER_MS / 1000);
    m->given_up = true;
    change_reload_drop(m);
    if (!chan_send(&m->signer.chan, PROTO_LOAD_ABORT, &(struct proto_load_end){ generation }, -1))
        stop_failed(m, "the signer cannot be told");
    change_end(m, false);
}

/* All that can be wrong before the signer is asked. */
static bool prepare(struct master *m)
{
    struct change *c = &m->change;
    char why[512];
    memset(&c->keys, -1, sizeof c->keys);
    c->config = config_load(m->plan->config_path, c->report);
    if (!c->config)
        return false;
    c->frozen = change_reload_apply(c->config, &m->state, &c->accept, c->report);
    if (!diff_check(m->config, c->config, &c->accept, clock_real(), c->report))
        return false;
    if (!load_open_keys(&c->keys, c->config, c->report))
        return false;
    if (!auditfile_open(&c->audit, c->config->audit_file, why, sizeof why) ||
        !sockets_prepare(&c->sockets, m->sockets, c->config, why, sizeof why)) {
        fprintf(c->report, "%s\n", why);
        confine_explain(c->config, c->report);
        return false;
    }
    return true;
}

void change_reload(struct master *m, const struct diff_accept *accept, change_done *done, uint64_t peer)
{
    struct change *c = &m->change;
    if (!change_begin(m, CHANGE_RELOAD, done, peer))
        return;
    c->accept = *accept;
    c->step = CHANGE_LOADING;
    c->deadline = m->now_ms + CHANGE_SIGNER_MS;
    if (m->given_up) {
        fprintf(c->report, "the signer has not answered the reload of before yet: nothing has changed\n");
    } else if (prepare(m)) {
        if (load_signer(&m->signer.chan, c->config, &c->keys, m->fronts.generation + 1, m->front_uid,
                        c->frozen))
            return; /* the signer answers */
        fprintf(
            c->report,
            "the signer cannot be told: %s; each key takes two descriptors meanwhile (ulimit -n, LimitNOFILE=)\n",
            strerror(errno));
    }
    change_reload_drop(m);
    change_end(m, false);
}

bool change_reload_key_read(struct master *m, const struct proto_key_read *read)
{
    return load_tell_key(m->change.config, read, m->change.report);
}

static bool was_revoked(const struct config *config, const char *app, const char *key)
{
    for (size_t a = 0; a < config->n_apps; a++)
        for (size_t k = 0; strcmp(config->apps[a].name, app) == 0 && k < config->apps[a].n_keys; k++)
            if (strcmp(config->apps[a].keys[k].name, key) == 0)
                return config->apps[a].keys[k].revoked;
    return false;
}

static void note_revoked(struct master *m, const struct config *before)
{
    for (size_t a = 0; a < m->config->n_apps; a++)
        for (size_t k = 0; k < m->config->apps[a].n_keys; k++) {
            const char *app = m->config->apps[a].name, *key = m->config->apps[a].keys[k].name;
            if (m->config->apps[a].keys[k].revoked && !was_revoked(before, app, key))
                note_send(&m->signer.chan, PROTO_NOTE_REVOKED,
                          &(struct note_what){ .app = app, .name = key });
        }
}

/* What cannot be written is told, and counts all the same until a restart. */
void change_reload_remember(struct master *m, FILE *report)
{
    char why[256];
    for (size_t a = 0; a < m->config->n_apps; a++)
        for (size_t k = 0; k < m->config->apps[a].n_keys; k++) {
            const struct config_app *app = &m->config->apps[a];
            const struct config_key *key = &app->keys[k];
            bool ok = key->revoked ? state_revoke(&m->state, app->name, key->name, why, sizeof why)
                                   : state_forgive(&m->state, app->name, key->name, why, sizeof why);
            if (ok)
                continue;
            if (report)
                fprintf(report, "warning: app %s, key %s: a restart forgets this: %s\n", app->name, key->name,
                        why);
            else
                log_line(LOG_LEVEL_ERROR, "what is revoked cannot be remembered", "app=%s key=%s why=\"%s\"",
                         app->name, key->name, why);
        }
}

/* The signer will go by the new model: there is no way back. */
static bool adopt(struct master *m)
{
    struct change *c = &m->change;
    struct renew before = m->renew;
    struct config *old = m->config;
    if (!renew_open(&m->renew, c->config, m->fronts.generation + 1)) {
        m->renew = before;
        return false;
    }
    m->renew.frozen = c->frozen;
    renew_carry(&m->renew, &before, clock_real());
    hosted_again(m);
    c->withdraw = diff_withdraws(old, c->config);
    sockets_commit(m->sockets, &c->sockets, c->config);
    control_regroup(m->plan->control, &c->config->admin_socket);
    m->config = c->config;
    m->fronts.generation++;
    c->config = NULL;
    gauges_load(m->boards.see.own_master, m->config, m->fronts.generation, clock_real());
    supervise_set_log(m, m->config->log_format, m->config->log_level);
    renew_close(&before);
    note_revoked(m, old);
    config_free(old);
    change_reload_remember(m, m->change.report);
    return true;
}

bool change_reload_loaded(struct master *m, const struct proto_loaded *loaded)
{
    struct change *c = &m->change;
    if (loaded->generation != m->fronts.generation + 1)
        return false;
    load_close_keys(&c->keys, c->config);
    if (loaded->failed) {
        if (loaded->why[0])
            fprintf(c->report, "%s\n", loaded->why);
        change_reload_drop(m);
        change_end(m, false);
        return true;
    }
    if (!chan_send(&m->signer.chan, PROTO_LOAD_COMMIT, &(struct proto_load_end){ loaded->generation }, -1))
        return false;
    if (!auditfile_send(&c->audit, &m->signer.chan, c->config->audit_sync)) /* too late to refuse */
        fprintf(c->report, "warning: the audit log stays as it was: %s; reload again\n", strerror(errno));
    auditfile_close(&c->audit);
    c->step = CHANGE_ISSUING;
    c->deadline = m->now_ms + CHANGE_SIGNER_MS;
    return adopt(m);
}
