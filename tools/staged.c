#include "staged.h"
#include "../sigd/master/config.h"
#include "exits.h"
#include "identifier.h"
#include "lock.h"
#include "options.h"
#include "output.h"
#include "safefile.h"
#include "secret.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the key lies and what opens it. */
struct place {
    const char *file, *master; /* master NULL: none */
    unsigned file_flags, master_flags;
};

static int check_names(const struct staged *staged, const char *file, const struct sealed_head *head)
{
    if (staged->app[0] != '\0' && strcmp(staged->app, head->app) != 0)
        return output_fail(EXITS_DATA, "%s is sealed for app %s: sigd would not take it for app %s", file,
                           head->app, staged->app);
    if (staged->name[0] != '\0' && strcmp(staged->name, head->key) != 0)
        return output_fail(EXITS_DATA, "%s is sealed for key %s: sigd would not take it for key %s", file,
                           head->key, staged->name);
    return 0;
}

static int unseal(struct staged *staged, const struct place *place, const uint8_t *bytes, size_t len)
{
    struct sealed_head head;
    struct lock lock;
    uint8_t *content;
    size_t content_len;
    if (place->master == NULL)
        return output_fail(EXITS_USAGE, "%s is sealed: name the master key with --master FILE", place->file);
    int status = lock_open(&lock, place->master, place->master_flags, -1);
    if (status != 0)
        return status;
    status = secret_memory(&content, SEALED_CONTENT_MAX);
    if (status == 0) {
        status = lock_unseal(&lock, place->file, (const char *)bytes, len, &head, content, &content_len);
        if (status == 0)
            status = check_names(staged, place->file, &head);
        if (status == 0)
            status = secret_key(&staged->key, place->file, content, content_len);
        sodium_free(content);
    }
    lock_close(&lock);
    return status;
}

static int read_key(struct staged *staged, const struct place *place)
{
    uint8_t *bytes;
    size_t len;
    int status = secret_memory(&bytes, SECRET_MAX + 1);
    if (status != 0)
        return status;
    status = secret_read(place->file, place->file_flags, bytes, &len);
    if (status == 0)
        status = sealed_is((const char *)bytes, len) ? unseal(staged, place, bytes, len)
                                                     : secret_key(&staged->key, place->file, bytes, len);
    sodium_free(bytes);
    return status;
}

static const struct config_app *find_app(const struct config *config, const struct options *options)
{
    for (size_t i = 0; i < config->n_apps; i++)
        if (strcmp(config->apps[i].name, options->app) == 0)
            return &config->apps[i];
    output_note("no app \"%.32s\" in %s", options->app, options->config);
    return NULL;
}

/* The named key; without a name the one that begins last, which is the one that waits for its time. */
static const struct config_key *find_key(const struct config_app *app, const struct options *options)
{
    const struct config_key *best = NULL;
    for (size_t i = 0; i < app->n_keys; i++) {
        const struct config_key *key = &app->keys[i];
        if (options->key != NULL ? strcmp(key->name, options->key) == 0
                                 : !key->revoked && (best == NULL || key->not_before >= best->not_before))
            best = key;
    }
    if (best == NULL && options->key != NULL)
        output_note("app %s has no key \"%.32s\" in %s", app->name, options->key, options->config);
    else if (best == NULL)
        output_note("app %s has no key in %s that is not revoked", app->name, options->config);
    return best;
}

static int set_identifier(struct staged *staged, const char *identifier)
{
    struct usersig_claims claims = { 0 };
    int status = identifier_set(&claims, identifier, 0);
    if (status == 0)
        memcpy(staged->identifier, claims.identifier, sizeof staged->identifier);
    return status;
}

static int from_config(struct staged *staged, const struct config *config, const struct options *options)
{
    const struct config_app *app = find_app(config, options);
    const struct config_key *key = app != NULL ? find_key(app, options) : NULL;
    if (key == NULL)
        return EXITS_NO_APP;
    if (options->identifier == NULL && app->n_admins == 0)
        return output_fail(EXITS_USAGE, "app %s has no admin in %s: give --identifier ID", app->name,
                           options->config);
    struct place place = { key->file, config->master_key, config_secret_flags(config, key->file),
                           SAFEFILE_SECRET };
    if (options->master != NULL)
        place.master = options->master;
    else if (config->master_key != NULL)
        place.master_flags = config_secret_flags(config, config->master_key);
    memcpy(staged->app, app->name, sizeof app->name);
    memcpy(staged->name, key->name, sizeof key->name);
    staged->sdkappid = app->sdkappid;
    if (app->host != NULL)
        snprintf(staged->host, sizeof staged->host, "%s", app->host);
    int status =
        set_identifier(staged, options->identifier != NULL ? options->identifier : app->admins[0].identifier);
    return status != 0 ? status : read_key(staged, &place);
}

static int from_file(struct staged *staged, const struct options *options)
{
    struct place place = { options->key_file, options->master, SAFEFILE_SECRET, SAFEFILE_SECRET };
    if (!options_has(options, OPTION_SDKAPPID) || options->identifier == NULL)
        return output_fail(EXITS_USAGE,
                           "--key-file needs --sdkappid N and --identifier ID, an administrator of the app");
    staged->sdkappid = (uint32_t)options->sdkappid;
    if (options->app != NULL)
        snprintf(staged->app, sizeof staged->app, "%s", options->app);
    if (options->key != NULL)
        snprintf(staged->name, sizeof staged->name, "%s", options->key);
    int status = set_identifier(staged, options->identifier);
    return status != 0 ? status : read_key(staged, &place);
}

int staged_open(struct staged *staged, const struct options *options)
{
    *staged = (struct staged){ 0 };
    if (options->key_file != NULL)
        return from_file(staged, options);
    if (options->app == NULL)
        return output_fail(EXITS_USAGE, "which key? --app NAME, as in sigd.conf, or --key-file FILE");
    struct config *config = config_load(options->config, stderr);
    if (config == NULL)
        return output_fail(EXITS_NO_INPUT, "%s has faults, or cannot be read", options->config);
    int status = from_config(staged, config, options);
    config_free(config);
    return status;
}
