/* renew.c: the administrators' credentials: when each is due, what the signer answered, their texts. */
#include "renew.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BACKOFF_MIN_MS 30000
#define BACKOFF_MAX_MS 300000
#define SUSPECT_MS 5000  /* until the clock may be believed again */
#define AGAIN_MIN_MS 500 /* a key's end may leave a lifetime of nothing: not more often than this */
#define AHEAD_MAX 60 /* seconds: one that was issued further ahead of the clock is of no use while it goes */

bool renew_open(struct renew *renew, const struct config *config, uint32_t generation)
{
    size_t n = 0;
    for (size_t a = 0; a < config->n_apps; a++)
        n += config->apps[a].n_admins * PROTO_KINDS;
    *renew = (struct renew){ .config = config,
                             .generation = generation,
                             .items = calloc(n ? n : 1, sizeof *renew->items) };
    if (!renew->items)
        return false;
    for (size_t a = 0; a < config->n_apps; a++)
        for (size_t i = 0; i < config->apps[a].n_admins; i++)
            for (uint32_t kind = 0; kind < PROTO_KINDS; kind++) {
                const struct config_app *app = &config->apps[a];
                struct renew_item *item = &renew->items[renew->n++];
                item->credential.app = (uint32_t)a;
                item->credential.admin = (uint32_t)i;
                item->credential.kind = kind;
                item->sdkappid = app->sdkappid;
                item->file = app->admins[i].usersig_file;
                item->answered = item->file != NULL; /* nobody waits for it at start: fronts read it */
                item->lifetime = kind == PROTO_KIND_URL ? app->url_lifetime : app->admins[i].lifetime;
                memcpy(item->identifier, app->admins[i].identifier, sizeof item->identifier);
            }
    return true;
}

bool renew_key_counts(const struct config_app *app, const char *name, uint64_t now)
{
    for (size_t k = 0; k < app->n_keys; k++) {
        const struct config_key *key = &app->keys[k];
        if (strcmp(key->name, name) == 0)
            return !key->revoked && key->not_before <= now && (!key->not_after || now < key->not_after);
    }
    return false;
}

static bool is_same(const struct renew_item *a, const struct config_app *app_a, const struct renew_item *b,
                    const struct config_app *app_b)
{
    return a->credential.kind == b->credential.kind && a->sdkappid == b->sdkappid &&
           strcmp(app_a->name, app_b->name) == 0 && strcmp(a->identifier, b->identifier) == 0;
}

void renew_carry(struct renew *renew, const struct renew *before, uint64_t now)
{
    for (size_t i = 0; i < renew->n; i++)
        for (size_t j = 0; j < before->n; j++) {
            struct proto_credential *to = &renew->items[i].credential;
            const struct proto_credential *from = &before->items[j].credential;
            const struct config_app *app = &renew->config->apps[to->app];
            bool hosted = renew->items[i].file && before->items[j].file;
            if (!from->usersig_len || !(hosted || renew_key_counts(app, from->key, now)) ||
                !is_same(&renew->items[i], app, &before->items[j], &before->config->apps[from->app]))
                continue;
            uint32_t app_place = to->app, admin_place = to->admin;
            *to = *from;
            to->app = app_place;
            to->admin = admin_place;
        }
}

static void ask_again(struct renew_item *item)
{
    item->later_than = item->credential.usersig_len ? item->credential.issued_at : 0;
    item->due_ms = 0;
    item->backoff_ms = 0;
    item->answered = false;
    memset(&item->seen, 0, sizeof item->seen);
}

void renew_again(struct renew *renew, size_t app, size_t admin)
{
    for (size_t i = 0; i < renew->n; i++)
        if (renew->items[i].credential.app == app &&
            (admin == SIZE_MAX || renew->items[i].credential.admin == admin))
            ask_again(&renew->items[i]);
}

void renew_freeze(struct renew *renew, size_t app, bool frozen)
{
    uint64_t bit = UINT64_C(1) << app;
    renew->frozen = frozen ? renew->frozen | bit : renew->frozen & ~bit;
    for (size_t i = 0; i < renew->n; i++) {
        struct proto_credential *c = &renew->items[i].credential;
        if (c->app != app)
            continue;
        if (frozen)
            *c = (struct proto_credential){ .app = c->app, .admin = c->admin, .kind = c->kind };
        else
            ask_again(&renew->items[i]);
    }
}

void renew_close(struct renew *renew)
{
    for (size_t i = 0; i < renew->n; i++)
        free(renew->items[i].read);
    free(renew->items);
    *renew = (struct renew){ 0 };
}

/* 0 to limit - 1. */
static uint64_t random_below(uint64_t limit)
{
    uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != sizeof value)
        return 0;
    return limit ? value % limit : 0;
}

/* Part of a life after which it is renewed: 60.0 to 66.6 %. The jitter of 10 % around two thirds is taken on the early
 * side alone, so that a caller who asks for a third of the lifetime (the most that it may) is never refused. */
static uint64_t life_ms(uint64_t lifetime)
{
    uint64_t thousandths = 600 + random_below(67);
    uint64_t ms = lifetime * thousandths;
    return ms > AGAIN_MIN_MS ? ms : AGAIN_MIN_MS;
}

/* Has a key of its app begun since the signer was asked last? Then it signs now, and the old one may end soon. */
static bool key_began(const struct renew *renew, const struct renew_item *item, uint64_t now)
{
    const struct config_app *app = &renew->config->apps[item->credential.app];
    for (size_t k = 0; k < app->n_keys; k++)
        if (!app->keys[k].revoked && app->keys[k].not_before > item->asked_at &&
            app->keys[k].not_before <= now)
            return true;
    return false;
}

/* Is this second no later than the one that a credential must be later than? Unless the clock was set back. */
static bool is_early(const struct renew_item *item, uint64_t now)
{
    return now <= item->later_than && item->later_than - now <= AHEAD_MAX;
}

static bool is_due(const struct renew *renew, const struct renew_item *item, uint64_t now, uint64_t now_ms)
{
    if (item->file || item->in_flight || is_early(item, now) ||
        renew->frozen & UINT64_C(1) << item->credential.app)
        return false;
    if (item->credential.issued_at > now + AHEAD_MAX && !item->backoff_ms)
        return true; /* the clock was set back */
    if (item->due_ms <= now_ms || key_began(renew, item, now))
        return true;
    /* the wall clock may have been set past the hour that the timer stood for */
    return !item->backoff_ms && now > item->credential.renew_at;
}

bool renew_ask(struct renew *renew, struct chan *signer, uint64_t now, uint64_t now_ms)
{
    for (size_t i = 0; i < renew->n; i++) {
        struct renew_item *item = &renew->items[i];
        if (!is_due(renew, item, now, now_ms))
            continue;
        struct proto_issue issue = { item->lifetime, item->credential.app, item->credential.admin,
                                     item->credential.kind, renew->generation };
        if (!chan_send(signer, PROTO_ISSUE, &issue, -1))
            return false;
        item->in_flight = true;
        item->asked_at = now;
    }
    return true;
}

struct renew_item *renew_find(struct renew *renew, uint32_t app, uint32_t admin, uint32_t kind)
{
    for (size_t i = 0; i < renew->n; i++) {
        const struct proto_credential *c = &renew->items[i].credential;
        if (c->app == app && c->admin == admin && c->kind == kind)
            return &renew->items[i];
    }
    return NULL;
}

static bool write_credential(struct renew_item *item, const struct proto_issued *issued)
{
    struct proto_credential *credential = &item->credential;
    struct usersig_claims claims = {
        .version = (int)issued->version,
        .sdkappid = item->sdkappid,
        .issued_at = issued->issued_at,
        .lifetime = issued->lifetime,
        .identifier_len = strlen(item->identifier),
    };
    char text[sizeof credential->usersig];
    size_t len;
    memcpy(claims.identifier, item->identifier, claims.identifier_len);
    if (issued->status || issued->proof_len > sizeof issued->proof ||
        !proto_string_ok(issued->key, sizeof issued->key) ||
        usersig_encode(&claims, issued->proof, issued->proof_len, text, sizeof text, &len) != USERSIG_OK)
        return false;
    memcpy(credential->usersig, text, len + 1);
    memcpy(credential->key, issued->key, sizeof credential->key);
    credential->usersig_len = (uint32_t)len;
    credential->issued_at = issued->issued_at;
    credential->expires_at = usersig_claims_expiry(&claims);
    return true;
}

void renew_failed(struct renew *renew, struct renew_item *item, const char *why, uint64_t now_ms)
{
    item->failed = item->answered = true;
    item->backoff_ms = item->backoff_ms == 0                   ? BACKOFF_MIN_MS
                       : item->backoff_ms < BACKOFF_MAX_MS / 2 ? item->backoff_ms * 2
                                                               : BACKOFF_MAX_MS;
    item->due_ms = now_ms + item->backoff_ms - random_below(item->backoff_ms / 5);
    char admin[LOG_VALUE_SIZE];
    log_line(LOG_LEVEL_ERROR, "an administrator's credential could not be renewed",
             "app=%s admin=%s why=\"%s\" again_in=%llus", renew->config->apps[item->credential.app].name,
             log_value(admin, item->identifier, strlen(item->identifier)), why,
             (unsigned long long)(item->due_ms - now_ms) / 1000);
}

const struct renew_item *renew_take(struct renew *renew, const struct proto_issued *issued, uint64_t now_ms)
{
    struct renew_item *item = renew_find(renew, issued->app, issued->admin, issued->kind);
    if (!item || issued->generation != renew->generation || !item->in_flight)
        return NULL;
    item->in_flight = false;
    if (renew->frozen & UINT64_C(1) << item->credential.app)
        return NULL;
    if (!issued->status && is_early(item, issued->issued_at))
        return NULL; /* asked for before a later one was wanted */
    item->answered = true;
    if (issued->status == PROTO_CLOCK_SUSPECT) { /* the signer's log says why */
        item->failed = true;
        item->backoff_ms = SUSPECT_MS;
        item->due_ms = now_ms + SUSPECT_MS;
        return NULL;
    }
    item->failed = !write_credential(item, issued);
    if (item->failed) {
        renew_failed(renew, item,
                     issued->status == PROTO_NO_KEY ? "no key of the app is in its window"
                                                    : "the signer cannot sign",
                     now_ms);
        return NULL;
    }
    uint64_t ms = life_ms(issued->lifetime);
    item->backoff_ms = 0;
    item->later_than = 0;
    item->due_ms = now_ms + ms;
    item->credential.renew_at = issued->issued_at + ms / 1000;
    return item;
}

void renew_believed(struct renew *renew)
{
    for (size_t i = 0; i < renew->n; i++)
        if (renew->items[i].backoff_ms == SUSPECT_MS)
            renew->items[i].due_ms = renew->items[i].backoff_ms = 0;
}

bool renew_answered(const struct renew *renew)
{
    for (size_t i = 0; i < renew->n; i++)
        if (!renew->items[i].answered && !(renew->frozen & UINT64_C(1) << renew->items[i].credential.app))
            return false;
    return true;
}

/* An item that waits for the next second is due then. */
static uint64_t next_of(const struct renew_item *item, uint64_t now, uint64_t now_ms)
{
    uint64_t wait_ms = is_early(item, now) ? (item->later_than + 1 - now) * 1000 : 0;
    return item->due_ms < now_ms + wait_ms ? now_ms + wait_ms : item->due_ms;
}

uint64_t renew_next(const struct renew *renew, uint64_t now, uint64_t now_ms)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < renew->n; i++)
        if (!renew->items[i].file && !renew->items[i].in_flight &&
            !(renew->frozen & UINT64_C(1) << renew->items[i].credential.app) &&
            next_of(&renew->items[i], now, now_ms) < next)
            next = next_of(&renew->items[i], now, now_ms);
    for (size_t a = 0; a < renew->config->n_apps; a++)
        for (size_t k = 0; k < renew->config->apps[a].n_keys; k++) {
            uint64_t begins = renew->config->apps[a].keys[k].not_before;
            if (begins > now && begins - now < (UINT64_MAX - now_ms) / 1000 &&
                now_ms + (begins - now) * 1000 < next)
                next = now_ms + (begins - now) * 1000;
        }
    return next;
}
