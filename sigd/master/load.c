/* load.c: tells the children what the config says. */
#include "load.h"

#include "config_ids.h"
#include "log.h"
#include "safefile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool load_open_keys(struct load_keys *keys, const struct config *config, FILE *errors)
{
    char why[512];
    bool ok = true;
    keys->master = -1;
    if (config->master_key) {
        keys->master = safefile_open(config->master_key, config_secret_flags(config, config->master_key), why,
                                     sizeof why);
        if (keys->master < 0) {
            fprintf(errors, "sigd: master_key: %s\n", why);
            ok = false;
        }
    }
    for (size_t a = 0; a < config->n_apps; a++)
        for (size_t k = 0; k < config->apps[a].n_keys; k++) {
            const struct config_key *key = &config->apps[a].keys[k];
            keys->fds[a][k] =
                safefile_open(key->file, config_secret_flags(config, key->file), why, sizeof why);
            if (keys->fds[a][k] < 0) {
                fprintf(errors, "app %s, key %s: %s\n", config->apps[a].name, key->name, why);
                ok = false;
            }
        }
    return ok;
}

void load_close_keys(struct load_keys *keys, const struct config *config)
{
    if (config->master_key && keys->master >= 0) {
        close(keys->master);
        keys->master = -1;
    }
    for (size_t a = 0; a < config->n_apps; a++)
        for (size_t k = 0; k < config->apps[a].n_keys; k++)
            if (keys->fds[a][k] >= 0) {
                close(keys->fds[a][k]);
                keys->fds[a][k] = -1;
            }
}

static bool send_rule(struct chan *signer, const struct config_rule *rule)
{
    struct proto_load_rule head = { rule->max_lifetime, rule->may, rule->admins, rule->sockets, rule->rate,
                                    rule->rights,       0 };
    bool ok = chan_send(signer, PROTO_LOAD_RULE, &head, -1);
    for (size_t i = 0; ok && i < rule->n_uids; i++)
        ok = chan_send(signer, PROTO_LOAD_RULE_ID, &(struct proto_load_rule_id){ rule->uids[i], 0 }, -1);
    for (size_t i = 0; ok && i < rule->n_gids; i++)
        ok = chan_send(signer, PROTO_LOAD_RULE_ID, &(struct proto_load_rule_id){ rule->gids[i], 1 }, -1);
    for (size_t i = 0; ok && i < rule->n_patterns; i++) {
        struct proto_load_rule_pattern pattern;
        proto_set(pattern.pattern, sizeof pattern.pattern, rule->patterns[i]);
        ok = chan_send(signer, PROTO_LOAD_RULE_PATTERN, &pattern, -1);
    }
    return ok;
}

static bool send_app(struct chan *signer, const struct config_app *app, const int fds[static SIGD_KEYS_MAX])
{
    struct proto_load_app head = { app->lifetime, app->max_lifetime, app->sdkappid, "", app->raw_userbuf, 0 };
    proto_set(head.name, sizeof head.name, app->name);
    bool ok = chan_send(signer, PROTO_LOAD_APP, &head, -1);
    for (size_t i = 0; ok && i < app->n_keys; i++) {
        struct proto_load_key key = { app->keys[i].not_before, app->keys[i].not_after, app->keys[i].revoked,
                                      "" };
        proto_set(key.name, sizeof key.name, app->keys[i].name);
        ok = chan_send(signer, PROTO_LOAD_KEY, &key, fds[i]);
    }
    for (size_t i = 0; ok && i < app->n_admins; i++) {
        struct proto_load_admin admin;
        proto_set(admin.identifier, sizeof admin.identifier, app->admins[i].identifier);
        ok = chan_send(signer, PROTO_LOAD_ADMIN, &admin, -1);
    }
    for (size_t i = 0; ok && i < app->n_reserved; i++) {
        struct proto_load_reserved reserved;
        proto_set(reserved.name, sizeof reserved.name, app->reserved[i]);
        ok = chan_send(signer, PROTO_LOAD_RESERVED, &reserved, -1);
    }
    for (size_t i = 0; ok && i < app->n_rules; i++)
        ok = send_rule(signer, &app->rules[i]);
    return ok;
}

static bool send_frozen(struct chan *child, size_t app, uint64_t frozen)
{
    return !(frozen & UINT64_C(1) << app) ||
           chan_send(child, PROTO_FREEZE, &(struct proto_freeze){ (uint32_t)app, 1 }, -1);
}

bool load_signer(struct chan *signer, const struct config *config, const struct load_keys *keys,
                 uint32_t generation, uint32_t front_uid, uint64_t frozen)
{
    struct proto_load_begin begin = {
        generation,      config->allow_swap, front_uid, config_ids_overflow_uid(), config_ids_overflow_gid(),
        config->ids_off, config->unsynced
    };
    size_t out_len = signer->out_len, n_fds = signer->n_fds;
    bool ok = chan_send(signer, PROTO_LOAD_BEGIN, &begin, -1) &&
              (keys->master < 0 || chan_send(signer, PROTO_LOAD_MASTER_KEY, NULL, keys->master));
    for (size_t i = 0; ok && i < config->n_sockets; i++) {
        struct proto_load_socket socket = { .apps = config->sockets[i].apps };
        proto_set(socket.name, sizeof socket.name, config->sockets[i].name);
        proto_set(socket.path, sizeof socket.path, config->sockets[i].path);
        ok = chan_send(signer, PROTO_LOAD_SOCKET, &socket, -1);
    }
    for (size_t a = 0; ok && a < config->n_apps; a++)
        ok = send_app(signer, &config->apps[a], keys->fds[a]) && send_frozen(signer, a, frozen);
    ok = ok && chan_send(signer, PROTO_LOAD_END, &(struct proto_load_end){ generation }, -1);
    if (!ok && signer->fd >= 0) { /* half a model would wait there for its other half */
        int error = errno;
        chan_take_back(signer, out_len, n_fds);
        errno = error;
    }
    return ok;
}

bool load_tell_key(const struct config *config, const struct proto_key_read *read, FILE *report)
{
    if (read->app >= config->n_apps || read->key >= config->apps[read->app].n_keys ||
        !proto_string_ok(read->why, sizeof read->why))
        return false;
    const struct config_app *app = &config->apps[read->app];
    const struct config_key *key = &app->keys[read->key];
    if (read->failed)
        fprintf(report, "app %s, key %s: %s: %s\n", app->name, key->name, key->file, read->why);
    else if (read->trimmed)
        log_line(LOG_LEVEL_INFO, "the newline at the end of a key file is not part of the key",
                 "app=%s key=%s file=%s", app->name, key->name, key->file);
    return true;
}

static bool send_front_app(struct chan *front, const struct config_app *app)
{
    struct proto_app head = { .sdkappid = app->sdkappid };
    proto_set(head.name, sizeof head.name, app->name);
    proto_set(head.host, sizeof head.host, app->host);
    bool ok = chan_send(front, PROTO_APP, &head, -1);
    for (size_t i = 0; ok && i < app->n_admins; i++) {
        bool hosted = app->admins[i].usersig_file != NULL;
        struct proto_app_admin admin = { hosted ? 0 : app->admins[i].lifetime, app->admins[i].min_remaining,
                                         "" };
        proto_set(admin.identifier, sizeof admin.identifier, app->admins[i].identifier);
        ok = chan_send(front, PROTO_APP_ADMIN, &admin, -1);
    }
    return ok;
}

bool load_front(struct chan *front, const struct sockets *sockets, const struct renew *renew,
                const struct proto_model_commit *commit)
{
    struct proto_model_begin begin = { commit->generation };
    bool ok = chan_send(front, PROTO_MODEL_BEGIN, &begin, -1);
    for (size_t a = 0; ok && a < renew->config->n_apps; a++)
        ok = send_front_app(front, &renew->config->apps[a]) && send_frozen(front, a, renew->frozen);
    for (size_t i = 0; ok && i < sockets->n; i++)
        ok = chan_send(front, PROTO_LISTEN, NULL, sockets->all[i].fd);
    for (size_t i = 0; ok && i < renew->n; i++)
        if (renew->items[i].credential.usersig_len)
            ok = chan_send(front, PROTO_CREDENTIAL, &renew->items[i].credential, -1);
    return ok && chan_send(front, PROTO_MODEL_COMMIT, commit, -1);
}
