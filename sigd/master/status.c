/* status.c: what `sigctl status` shows. */
#include "status.h"

#include "actions.h"
#include "clock.h"
#include "filter.h"
#include "landlock.h"
#include "log.h"
#include "master.h"

#include <stdio.h>
#include <unistd.h>

/* The place of the key that signs now: not revoked, the window that began last; of several the last in the file.
 * n_keys: none. */
static size_t signing(const struct config_app *app, uint64_t now)
{
    size_t best = app->n_keys;
    for (size_t i = 0; i < app->n_keys; i++) {
        const struct config_key *key = &app->keys[i];
        if (!key->revoked && key->not_before <= now && (key->not_after == 0 || now < key->not_after) &&
            (best == app->n_keys || key->not_before >= app->keys[best].not_before))
            best = i;
    }
    return best;
}

static const char *key_state(const struct config_key *key, bool signs, uint64_t now)
{
    if (key->revoked)
        return "revoked";
    if (now < key->not_before)
        return "begins";
    if (key->not_after != 0 && now >= key->not_after)
        return "ended";
    return signs ? "signs" : "verifies";
}

static void write_keys(struct jsonout *out, const struct config_app *app, uint64_t now)
{
    size_t signs = signing(app, now);
    jsonout_open(out, "keys", '[');
    for (size_t i = 0; i < app->n_keys; i++) {
        const struct config_key *key = &app->keys[i];
        jsonout_open(out, NULL, '{');
        jsonout_string(out, "name", key->name);
        jsonout_string(out, "state", key_state(key, i == signs, now));
        jsonout_time(out, "not_before", key->not_before);
        jsonout_time(out, "not_after", key->not_after);
        jsonout_close(out, '}');
    }
    jsonout_close(out, ']');
}

static const struct proto_credential *credential(const struct renew *renew, size_t app, size_t admin)
{
    for (size_t i = 0; i < renew->n; i++) {
        const struct proto_credential *one = &renew->items[i].credential;
        if (one->app == app && one->admin == admin && one->kind == PROTO_KIND_ADMIN)
            return one->usersig_len != 0 ? one : NULL;
    }
    return NULL;
}

static void write_admins(struct jsonout *out, const struct master *m, size_t a)
{
    const struct config_app *app = &m->config->apps[a];
    jsonout_open(out, "admins", '[');
    for (size_t i = 0; i < app->n_admins; i++) {
        const struct proto_credential *held = credential(&m->renew, a, i);
        jsonout_open(out, NULL, '{');
        jsonout_string(out, "identifier", app->admins[i].identifier);
        jsonout_string(out, "key", held != NULL ? held->key : NULL);
        jsonout_time(out, "issued_at", held != NULL ? held->issued_at : 0);
        jsonout_time(out, "expires_at", held != NULL ? held->expires_at : 0);
        jsonout_time(out, "renew_at", held != NULL ? held->renew_at : 0);
        jsonout_close(out, '}');
    }
    jsonout_close(out, ']');
}

/* The names of actions, by bit. */
static void write_may(struct jsonout *out, uint32_t may)
{
    jsonout_open(out, "may", '[');
    for (uint32_t bit = 1; bit != 0 && bit <= may; bit <<= 1)
        if (may & bit)
            jsonout_string(out, NULL, actions_name(bit));
    jsonout_close(out, ']');
}

static void write_rule(struct jsonout *out, const struct config *config, const struct config_app *app,
                       const struct config_rule *rule)
{
    jsonout_open(out, NULL, '{');
    write_may(out, rule->may);
    jsonout_open(out, "uids", '[');
    for (size_t i = 0; i < rule->n_uids; i++)
        jsonout_number(out, NULL, rule->uids[i]);
    jsonout_close(out, ']');
    jsonout_open(out, "gids", '[');
    for (size_t i = 0; i < rule->n_gids; i++)
        jsonout_number(out, NULL, rule->gids[i]);
    jsonout_close(out, ']');
    jsonout_open(out, "sockets", '[');
    for (size_t i = 0; i < config->n_sockets; i++)
        if (rule->sockets >> i & 1)
            jsonout_string(out, NULL, config->sockets[i].name);
    jsonout_close(out, ']');
    jsonout_open(out, "admins", '[');
    for (size_t i = 0; i < app->n_admins; i++)
        if (rule->admins >> i & 1)
            jsonout_string(out, NULL, app->admins[i].identifier);
    jsonout_close(out, ']');
    jsonout_open(out, "identifiers", '[');
    for (size_t i = 0; i < rule->n_patterns; i++)
        jsonout_string(out, NULL, rule->patterns[i]);
    jsonout_close(out, ']');
    jsonout_number(out, "max_lifetime", rule->max_lifetime != 0 ? rule->max_lifetime : app->max_lifetime);
    jsonout_number(out, "rate", rule->rate);
    jsonout_number(out, "rights", rule->rights);
    jsonout_close(out, '}');
}

static void write_apps(struct jsonout *out, const struct master *m)
{
    jsonout_open(out, "apps", '[');
    for (size_t a = 0; a < m->config->n_apps; a++) {
        const struct config_app *app = &m->config->apps[a];
        jsonout_open(out, NULL, '{');
        jsonout_string(out, "name", app->name);
        jsonout_number(out, "sdkappid", app->sdkappid);
        jsonout_bool(out, "frozen", m->renew.frozen >> a & 1);
        jsonout_bool(out, "raw_userbuf", app->raw_userbuf);
        write_keys(out, app, clock_real());
        write_admins(out, m, a);
        jsonout_open(out, "allow", '[');
        for (size_t r = 0; r < app->n_rules; r++)
            write_rule(out, m->config, app, &app->rules[r]);
        jsonout_close(out, ']');
        jsonout_close(out, '}');
    }
    jsonout_close(out, ']');
}

static void write_sockets(struct jsonout *out, const struct config *config)
{
    jsonout_open(out, "sockets", '[');
    for (size_t i = 0; i < config->n_sockets; i++) {
        jsonout_open(out, NULL, '{');
        jsonout_string(out, "name", config->sockets[i].name);
        jsonout_string(out, "path", config->sockets[i].path);
        jsonout_close(out, '}');
    }
    jsonout_close(out, ']');
}

static void write_workers(struct jsonout *out, const struct master *m)
{
    jsonout_open(out, "workers", '[');
    for (unsigned i = 0; i < m->fronts.workers; i++) {
        const struct fronts_child *front = &m->fronts.children[i];
        jsonout_open(out, NULL, '{');
        jsonout_number(out, "pid", (uint64_t)front->child.pid);
        jsonout_bool(out, "ready", front->child.pid != 0 && front->epoch >= m->fronts.epoch);
        jsonout_close(out, '}');
    }
    jsonout_close(out, ']');
}

const char *status_clock(const struct master *m)
{
    switch (board_get(&m->boards.see.signer->clock_verdict)) {
    case BOARD_CLOCK_GOOD: return "good";
    case BOARD_CLOCK_UNSYNCED: return "unsynchronised";
    default: return "suspect";
    }
}

void status_write(struct jsonout *out, const struct master *m)
{
    jsonout_open(out, NULL, '{');
    jsonout_string(out, "version", PACKAGE_VERSION);
    jsonout_number(out, "pid", (uint64_t)getpid());
    jsonout_number(out, "signer", (uint64_t)m->signer.pid);
    jsonout_time(out, "time", clock_real());
    jsonout_string(out, "clock", status_clock(m));
    jsonout_string(out, "log_level", log_level_name(log_level_now()));
    jsonout_number(out, "uptime", (m->now_ms - m->started_ms) / 1000);
    jsonout_number(out, "generation", m->fronts.generation);
    write_apps(out, m);
    write_sockets(out, m->config);
    write_workers(out, m);
    jsonout_open(out, "sandbox", '{');
    jsonout_number(out, "landlock", (uint64_t)landlock_version()); /* 0: the kernel has none */
    jsonout_string(out, "widened", filter_widened());
    jsonout_close(out, '}');
    jsonout_close(out, '}');
}
