/* cache.h: what a front knows: the apps, their administrators and the credentials that the master sends. */
#ifndef SIGD_CACHE_H
#define SIGD_CACHE_H

#include "http.h"
#include "proto.h"

/* A whole answer to GET admin, made when the credential came, so that it need not be made for each request. */
struct cache_answer {
    size_t len, id_at, body_at; /* len 0: none; where its Request-Id stands, and its body */
    char bytes[1536];
};

struct cache_admin {
    struct proto_app_admin is;
    struct cache_answer answer;
    struct proto_credential credentials[PROTO_KINDS]; /* usersig_len 0: none yet */
};

struct cache_app {
    struct proto_app is;
    size_t n_admins;
    struct cache_admin *admins;
};

struct cache {
    uint32_t generation; /* of the model that the master told */
    size_t n_apps;
    struct cache_app apps[SIGD_APPS_MAX];
};

/* The master's frames. false: out of limits or of order. */
bool cache_add_app(struct cache *cache, const struct proto_app *app);
bool cache_add_admin(struct cache *cache, const struct proto_app_admin *admin);
bool cache_set(struct cache *cache, const struct proto_credential *credential);

/* Place of an app or of an app's administrator, -1: none. */
int cache_find_app(const struct cache *cache, const struct http_text *name);
int cache_find_admin(const struct cache_app *app, const struct http_text *identifier);

void cache_free(struct cache *cache);

#endif
