/* cache.c: the apps, their administrators and the credentials that the master sends. */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

bool cache_add_app(struct cache *cache, const struct proto_app *app)
{
    if (cache->n_apps == SIGD_APPS_MAX || !proto_string_ok(app->name, sizeof app->name) ||
        !proto_string_ok(app->host, sizeof app->host))
        return false;
    struct cache_app *added = &cache->apps[cache->n_apps];
    *added = (struct cache_app){ .is = *app, .admins = calloc(SIGD_ADMINS_MAX, sizeof *added->admins) };
    if (!added->admins)
        return false;
    cache->n_apps++;
    return true;
}

bool cache_add_admin(struct cache *cache, const struct proto_app_admin *admin)
{
    struct cache_app *app = cache->n_apps ? &cache->apps[cache->n_apps - 1] : NULL;
    if (!app || app->n_admins == SIGD_ADMINS_MAX ||
        !proto_string_ok(admin->identifier, sizeof admin->identifier))
        return false;
    app->admins[app->n_admins++].is = *admin;
    return true;
}

bool cache_set(struct cache *cache, const struct proto_credential *credential)
{
    if (credential->app >= cache->n_apps || credential->admin >= cache->apps[credential->app].n_admins ||
        credential->kind >= PROTO_KINDS || credential->usersig_len >= sizeof credential->usersig ||
        !proto_string_ok(credential->key, sizeof credential->key) ||
        credential->usersig[credential->usersig_len] != '\0')
        return false;
    cache->apps[credential->app].admins[credential->admin].credentials[credential->kind] = *credential;
    return true;
}

static bool same(const struct http_text *text, const char *string)
{
    return text->len == strlen(string) && memcmp(text->bytes, string, text->len) == 0;
}

int cache_find_app(const struct cache *cache, const struct http_text *name)
{
    for (size_t i = 0; i < cache->n_apps; i++)
        if (same(name, cache->apps[i].is.name))
            return (int)i;
    return -1;
}

int cache_find_admin(const struct cache_app *app, const struct http_text *identifier)
{
    for (size_t i = 0; i < app->n_admins; i++)
        if (same(identifier, app->admins[i].is.identifier))
            return (int)i;
    return -1;
}

void cache_free(struct cache *cache)
{
    for (size_t i = 0; i < cache->n_apps; i++)
        free(cache->apps[i].admins);
    *cache = (struct cache){ 0 };
}
