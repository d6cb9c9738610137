/* model.c: what the master tells a front: apps, administrators, credentials, and since when they count. */
#include "model.h"

#include "api.h"
#include "conns.h"
#include "listen.h"
#include "meter.h"

#include <stdlib.h>

bool model_begin(struct front *front, const struct proto_model_begin *begin)
{
    if (front->next)
        return false;
    front->next = calloc(1, sizeof *front->next);
    if (!front->next)
        return false;
    front->next->generation = begin->generation;
    return true;
}

bool model_app(struct front *front, const struct proto_app *app)
{
    return front->next && cache_add_app(front->next, app);
}

bool model_admin(struct front *front, const struct proto_app_admin *admin)
{
    return front->next && cache_add_admin(front->next, admin);
}

bool model_credential(struct front *front, const struct proto_credential *credential)
{
    struct cache *cache = front->next ? front->next : &front->cache;
    front->resume |= front->now_ms < front->hopes_until; /* somebody may wait for it */
    return cache_set(cache, credential) && (credential->kind != PROTO_KIND_ADMIN ||
                                            api_admin_make(front, cache, credential->app, credential->admin));
}

bool model_freeze(struct front *front, const struct proto_freeze *freeze)
{
    struct cache *cache = front->next ? front->next : &front->cache;
    if (freeze->app >= cache->n_apps)
        return false;
    cache->apps[freeze->app].is.frozen = freeze->frozen;
    return true;
}

/* What was told so far counts: who waited for it goes on. */
static bool set_current(struct front *front, uint64_t epoch, bool withdraw)
{
    front->epoch = epoch;
    front->resume = true;
    if (withdraw)
        conns_withdraw(front);
    return chan_send(&front->master, PROTO_READY, &(struct proto_ready){ epoch }, -1);
}

bool model_commit(struct front *front, const struct proto_model_commit *commit)
{
    if (!front->next || front->next->generation != commit->generation || !listen_commit(front))
        return false;
    cache_free(&front->cache);
    front->cache = *front->next;
    free(front->next);
    front->next = NULL;
    meter_model(front);
    return set_current(front, commit->epoch, commit->withdraw != 0);
}

bool model_current(struct front *front, const struct proto_current *current)
{
    return !front->next && set_current(front, current->epoch, current->withdraw != 0);
}

bool model_is_current(const struct front *front)
{
    return front->epoch >= board_get(&front->boards.master->epoch); /* what was told may come first */
}
