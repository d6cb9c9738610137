/* diff.c: what would be another by the next config. */
#include "diff.h"

#include <string.h>

bool diff_accepts(const struct diff_accept *accept, const char *app)
{
    for (size_t i = 0; i < accept->n; i++)
        if (strcmp(accept->apps[i], app) == 0)
            return true;
    return false;
}

static const struct config_app *app_of(const struct config *config, const struct config_app *like)
{
    for (size_t i = 0; i < config->n_apps; i++)
        if (strcmp(config->apps[i].name, like->name) == 0 && config->apps[i].sdkappid == like->sdkappid)
            return &config->apps[i];
    return NULL;
}

static bool has_admin(const struct config_app *app, const char *identifier)
{
    for (size_t i = 0; i < app->n_admins; i++)
        if (strcmp(app->admins[i].identifier, identifier) == 0)
            return true;
    return false;
}

static const struct config_key *key_of(const struct config_app *app, const char *name)
{
    for (size_t i = 0; i < app->n_keys; i++)
        if (strcmp(app->keys[i].name, name) == 0)
            return &app->keys[i];
    return NULL;
}

static bool is_open(const struct config_key *key, uint64_t now)
{
    return !key->revoked && key->not_before <= now && (!key->not_after || now < key->not_after);
}

static bool has_open_key(const struct config_app *app, uint64_t now)
{
    for (size_t i = 0; i < app->n_keys; i++)
        if (is_open(&app->keys[i], now))
            return true;
    return false;
}

/* Does the app sign now, and not any more, without a key of it being revoked? */
static bool loses_signing(const struct config_app *before, const struct config_app *next, uint64_t now)
{
    if (!has_open_key(before, now) || has_open_key(next, now))
        return false;
    for (size_t i = 0; i < before->n_keys; i++) {
        const struct config_key *key = key_of(next, before->keys[i].name);
        if (is_open(&before->keys[i], now) && key && key->revoked)
            return false;
    }
    return true;
}

static bool check_app(const struct config_app *before, const struct config *config,
                      const struct diff_accept *accept, uint64_t now, FILE *report)
{
    const struct config_app *next = app_of(config, before);
    bool ok = true;
    if (diff_accepts(accept, before->name))
        return true;
    if (!next) {
        fprintf(report,
                "app %s (sdkappid %u) would go: its callers would be refused; if that is meant, "
                "reload with --accept %s\n",
                before->name, before->sdkappid, before->name);
        return false;
    }
    for (size_t i = 0; i < before->n_admins; i++)
        if (!has_admin(next, before->admins[i].identifier)) {
            fprintf(report,
                    "app %s: the administrator \"%s\" would go; if that is meant, reload with --accept %s\n",
                    before->name, before->admins[i].identifier, before->name);
            ok = false;
        }
    if (loses_signing(before, next, now)) {
        fprintf(report,
                "app %s: no key could sign any more; if that is meant, reload with --accept %s "
                "(revoked = true needs no such word)\n",
                before->name, before->name);
        ok = false;
    }
    return ok;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What only a start can change stays as it is, and that is said. */
static void tell_restarts(const struct config *before, const struct config *next, FILE *report)
{
    const struct {
        const char *word;
        bool same;
    } words[] = {
        { "workers", before->workers == next->workers },
        { "users", before->signer_uid == next->signer_uid && before->signer_gid == next->signer_gid &&
                       before->front_uid == next->front_uid && before->front_gid == next->front_gid },
        { "state_dir", same_text(before->state_dir, next->state_dir) },
        { "publish_dir", same_text(before->publish_dir, next->publish_dir) },
        { "admin_socket", before->has_admin_socket == next->has_admin_socket &&
                              strcmp(before->admin_socket.path, next->admin_socket.path) == 0 },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!words[i].same)
            fprintf(report, "warning: %s stays as it is until sigd is restarted\n", words[i].word);
}

static bool has_name(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_apps; i++)
        if (strcmp(config->apps[i].name, name) == 0)
            return true;
    return false;
}

/* A word that accepts nothing is a slip of the pen. */
static void tell_strangers(const struct config *before, const struct config *next,
                           const struct diff_accept *accept, FILE *report)
{
    for (size_t i = 0; i < accept->n; i++)
        if (!has_name(before, accept->apps[i]) && !has_name(next, accept->apps[i]))
            fprintf(report, "warning: --accept %s: there is no such app, before or after\n", accept->apps[i]);
}

bool diff_check(const struct config *before, const struct config *next, const struct diff_accept *accept,
                uint64_t now, FILE *report)
{
    bool ok = true;
    for (size_t i = 0; i < before->n_apps; i++)
        ok = check_app(&before->apps[i], next, accept, now, report) && ok;
    tell_strangers(before, next, accept, report);
    tell_restarts(before, next, report);
    return ok;
}

bool diff_withdraws(const struct config *before, const struct config *next)
{
    for (size_t a = 0; a < before->n_apps; a++) {
        const struct config_app *was = &before->apps[a], *app = app_of(next, was);
        if (!app)
            return true;
        for (size_t i = 0; i < was->n_admins; i++)
            if (!has_admin(app, was->admins[i].identifier))
                return true;
        for (size_t k = 0; k < was->n_keys; k++) {
            const struct config_key *key = key_of(app, was->keys[k].name);
            if (!key || (key->revoked && !was->keys[k].revoked) || strcmp(key->file, was->keys[k].file) != 0)
                return true;
        }
    }
    return false;
}
