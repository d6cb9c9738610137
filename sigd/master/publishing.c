/* publishing.c: which credentials are published, and when. */
#include "publishing.h"

#include "clock.h"
#include "log.h"
#include "master.h"
#include "note.h"

#include <stdlib.h>
#include <string.h>

#define BEAT_MS 1000
#define AGAIN_MS 5000 /* what could not be published is tried again */

static bool is_on(const struct master *m)
{
    return m->publish.dir >= 0;
}

/* In the log, and to whoever waits for a change: it goes on all the same, as backends do by HTTP. */
static void tell(struct master *m, bool ok)
{
    if (ok)
        return;
    if (m->change.report)
        fprintf(m->change.report, "warning: publication failed: %s\n", m->publish.why);
    board_add(&m->boards.see.own_master->publication_errors, 1);
    log_text(LOG_LEVEL_ERROR, "publication failed", "why", m->publish.why, strlen(m->publish.why));
}

static const struct config_admin *find(const struct config *config, const struct publish_left *left,
                                       const struct config_app **app)
{
    for (size_t a = 0; a < config->n_apps; a++) {
        *app = &config->apps[a];
        if (strcmp((*app)->name, left->app) != 0 || (left->key[0] && (*app)->sdkappid != left->sdkappid))
            continue;
        for (size_t i = 0; i < (*app)->n_admins; i++)
            if (strcmp((*app)->admins[i].identifier, left->identifier) == 0)
                return &(*app)->admins[i];
    }
    return NULL;
}

/* May it stay: the administrator is published, to this group, and the config lets the key verify? */
static bool keeps(void *arg, const struct publish_left *left)
{
    const struct master *m = arg;
    const struct config_app *app;
    const struct config_admin *admin = find(m->config, left, &app);
    if (!admin || admin->publish_gid == CONFIG_NO_GID || admin->publish_gid != left->group ||
        m->renew.frozen & UINT64_C(1) << (app - m->config->apps))
        return false;
    return !left->key[0] || renew_key_counts(app, left->key, clock_real());
}

bool publishing_start(struct master *m)
{
    if (!m->config->publish_dir || m->plan->check_only)
        return true;
    if (!publish_open(&m->publish, m->config->publish_dir)) {
        log_tell("publish_dir %s", m->publish.why);
        return false;
    }
    tell(m, publish_leftovers(&m->publish, keeps, m, clock_real()));
    return true;
}

static void note(struct master *m, uint32_t event, const char *app, const char *identifier,
                 uint64_t issued_at, bool ok)
{
    note_send(
        &m->signer.chan, event,
        &(struct note_what){ .app = app, .name = identifier, .number = (int64_t)issued_at, .failed = !ok });
}

/* false: a form of it could not be written, and is what it was before. */
static bool set(struct master *m, const struct renew_item *item)
{
    const struct config_app *app = &m->config->apps[item->credential.app];
    const struct config_admin *admin = &app->admins[item->credential.admin];
    if (!is_on(m) || item->credential.kind != PROTO_KIND_ADMIN || admin->publish_gid == CONFIG_NO_GID)
        return true;
    const struct publish_item *had = publish_item_find(&m->publish, app->name, admin->identifier);
    bool again = had && had->expires_at == item->credential.expires_at; /* as each change does */
    bool ok = publish_set(&m->publish, app->name, app->sdkappid, admin->identifier, admin->publish_gid,
                          &item->credential, clock_real());
    board_add(&m->boards.see.own_master->publications, ok);
    tell(m, ok);
    if (!again || !ok)
        note(m, PROTO_NOTE_PUBLISHED, app->name, admin->identifier, item->credential.issued_at, ok);
    return ok;
}

void publishing_set(struct master *m, const struct renew_item *item)
{
    set(m, item);
}

/* Withdraws what the config no longer lets be published, and tells of it. */
static void prune(struct master *m)
{
    size_t n = m->publish.n;
    struct publish_item *before = reallocarray(NULL, n + 1, sizeof *before);
    if (before && n)
        memcpy(before, m->publish.items, n * sizeof *before);
    tell(m, publish_prune(&m->publish, keeps, m, clock_real()));
    for (size_t i = 0; before && i < n; i++) {
        const struct publish_item *now = publish_item_find(&m->publish, before[i].app, before[i].identifier);
        if (before[i].expires_at && (!now || !now->expires_at))
            note(m, PROTO_NOTE_WITHDRAWN, before[i].app, before[i].identifier, 0, true);
    }
    free(before);
}

void publishing_change(struct master *m)
{
    if (!is_on(m))
        return;
    for (size_t i = 0; i < m->renew.n; i++) {
        const struct renew_item *item = &m->renew.items[i];
        /* a file that cannot be replaced may hold what is withdrawn; the page is changed in place, or revoked */
        if (item->credential.usersig_len && !set(m, item) && m->change.withdraw)
            tell(m, publish_drop_text(&m->publish, m->config->apps[item->credential.app].name,
                                      item->identifier));
    }
    prune(m);
}

/* A full tmpfs or a directory in the way may be mended by now. */
static void set_again(struct master *m)
{
    for (size_t i = 0; i < m->renew.n; i++) {
        const struct renew_item *item = &m->renew.items[i];
        const char *app = m->config->apps[item->credential.app].name;
        if (item->credential.usersig_len && clock_real() <= item->credential.expires_at &&
            !publish_is_whole(&m->publish, app, item->identifier))
            publishing_set(m, item);
    }
}

void publishing_due(struct master *m)
{
    if (!is_on(m) || m->now_ms < m->beat_ms)
        return;
    if (m->now_ms >= m->republish_ms && !change_holds_credentials(m)) {
        m->republish_ms = m->now_ms + AGAIN_MS;
        set_again(m);
    }
    m->beat_ms = m->now_ms + BEAT_MS;
    publish_heartbeat(&m->publish, clock_real());
}

uint64_t publishing_next(const struct master *m)
{
    return is_on(m) ? m->beat_ms : UINT64_MAX;
}

void publishing_stop(struct master *m)
{
    if (!is_on(m))
        return;
    for (size_t i = 0; !m->config->keep_on_stop && i < m->publish.n; i++)
        if (m->publish.items[i].expires_at)
            note(m, PROTO_NOTE_WITHDRAWN, m->publish.items[i].app, m->publish.items[i].identifier, 0, true);
    tell(m, publish_close(&m->publish, m->config->keep_on_stop, clock_real()));
}
