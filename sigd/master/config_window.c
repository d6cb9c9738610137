/* config_window.c: looks ahead. The newest key that has begun signs, and what it signs ends with it: near its end admins'
 * usersigs get shorter, unless a newer key has begun by then. */
#include "config_window.h"

#include "clock.h"

#include <inttypes.h>

#define FOREVER UINT64_MAX

static uint64_t end_of(const struct config_key *key)
{
    return key->not_after == 0 ? FOREVER : key->not_after;
}

static bool is_open(const struct config_key *key, uint64_t at)
{
    return !key->revoked && key->not_before <= at && at < end_of(key);
}

/* The key that takes over from key for good: the first newer one that outlives it. NULL: none. */
static const struct config_key *successor(const struct config_app *app, const struct config_key *key)
{
    const struct config_key *found = NULL;
    for (const struct config_key *other = app->keys; other < app->keys + app->n_keys; other++) {
        bool is_newer = other->not_before > key->not_before ||
                        (other->not_before == key->not_before && other > key); /* ties: the last signs */
        if (!other->revoked && is_newer && end_of(other) > end_of(key) &&
            (found == NULL || other->not_before < found->not_before))
            found = other;
    }
    return found;
}

static bool is_any_open(const struct config_app *app, uint64_t at)
{
    for (size_t i = 0; i < app->n_keys; i++) {
        if (is_open(&app->keys[i], at))
            return true;
    }
    return false;
}

/* The longest min_remaining of the admins whose usersigs are signed here, at least a second. */
static uint64_t needed(const struct config_app *app)
{
    uint64_t most = 1;
    for (size_t i = 0; i < app->n_admins; i++) {
        if (app->admins[i].usersig_file == NULL && app->admins[i].min_remaining > most)
            most = app->admins[i].min_remaining;
    }
    return most;
}

static uint64_t longest_lifetime(const struct config_app *app)
{
    uint64_t most = app->lifetime;
    for (size_t i = 0; i < app->n_admins; i++) {
        if (app->admins[i].usersig_file == NULL && app->admins[i].lifetime > most)
            most = app->admins[i].lifetime;
    }
    return most;
}

static void judge_last(const struct config_app *app, const struct config_key *key, uint64_t now,
                       struct config_fault_list *faults)
{
    char end[CLOCK_RFC3339_SIZE];
    clock_rfc3339(end, key->not_after);
    if (is_any_open(app, key->not_after))
        config_fault_warn(
            faults, key->line,
            "key \"%s\" ends at %s with no newer key: what it signs gets shorter until then, though "
            "an older key goes on; end it by revoked = true or let a newer one begin before",
            key->name, end);
    else if (key->not_after - now <= longest_lifetime(app))
        config_fault_warn(
            faults, key->line,
            "key \"%s\" ends at %s, before what it signs, with no key to follow: usersigs are cut "
            "to that end, and none is signed after it; add the next key",
            key->name, end);
}

/* key has an end that is to come. */
static void judge_end(const struct config_app *app, const struct config_key *key, uint64_t now,
                      struct config_fault_list *faults)
{
    char end[CLOCK_RFC3339_SIZE], begin[CLOCK_RFC3339_SIZE];
    const struct config_key *next = successor(app, key);
    if (next == NULL) {
        judge_last(app, key, now, faults);
        return;
    }
    clock_rfc3339(end, key->not_after);
    clock_rfc3339(begin, next->not_before);
    if (next->not_before > key->not_after && !is_any_open(app, key->not_after))
        config_fault_warn(
            faults, next->line,
            "no key of app \"%s\" signs from %s, when key \"%s\" ends, to %s; let key \"%s\" begin "
            "at least %" PRIu64 " s before that end",
            app->name, end, key->name, begin, next->name, needed(app));
    else if (next->not_before + needed(app) > key->not_after)
        config_fault_warn(
            faults, next->line,
            "key \"%s\" begins at %s, too late for key \"%s\", which ends at %s: admins' usersigs "
            "fall under their min_remaining; let it begin at least %" PRIu64 " s before that end",
            next->name, begin, key->name, end, needed(app));
}

void config_window_judge(const struct config_app *app, int line, uint64_t now,
                         struct config_fault_list *faults)
{
    const struct config_key *first = NULL; /* to begin */
    size_t n_good = 0;
    for (const struct config_key *key = app->keys; key < app->keys + app->n_keys; key++) {
        if (key->revoked)
            continue;
        n_good++;
        if (key->not_before > now && (first == NULL || key->not_before < first->not_before))
            first = key;
        if (key->not_after > now)
            judge_end(app, key, now, faults);
    }
    if (n_good == 0 || is_any_open(app, now))
        return;
    if (first == NULL) {
        config_fault_warn(faults, line, "all keys of app \"%s\" have ended; it will sign nothing", app->name);
    } else {
        char begin[CLOCK_RFC3339_SIZE];
        clock_rfc3339(begin, first->not_before);
        config_fault_warn(faults, line, "no key of app \"%s\" signs before %s, when key \"%s\" begins",
                          app->name, begin, first->name);
    }
}
