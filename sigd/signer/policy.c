/* policy.c: decides. What it knows comes by policy_load.c. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

int policy_socket(const struct policy *policy, const struct caller *caller)
{
    for (size_t i = 0; i < policy->n_sockets; i++)
        if (strcmp(policy->sockets[i].path, caller->path) == 0)
            return (int)i;
    return -1;
}

static bool rule_matches(const struct policy *policy, const struct policy_rule *rule,
                         const struct caller *caller, unsigned socket)
{
    if (!(rule->is.sockets & 1u << socket) || caller->uid == policy->overflow_uid)
        return false;
    if (rule->n_uids == 0 && rule->n_gids == 0)
        return rule->is.sockets != UINT32_MAX; /* the socket alone tells who calls; never all of them */
    if (policy->ids_off)
        return false;
    for (size_t i = 0; i < rule->n_uids; i++)
        if (rule->uids[i] == caller->uid)
            return true;
    for (size_t i = 0; i < rule->n_gids; i++)
        if (rule->gids[i] != policy->overflow_gid && caller_in_group(caller, rule->gids[i]))
            return true;
    return false;
}

uint64_t policy_match(const struct policy *policy, size_t app, const struct caller *caller, unsigned socket)
{
    uint64_t rules = 0;
    if (!(policy->sockets[socket].apps & UINT64_C(1) << app))
        return 0;
    for (size_t r = 0; r < policy->apps[app]->n_rules; r++)
        if (rule_matches(policy, policy->apps[app]->rules[r], caller, socket))
            rules |= UINT64_C(1) << r;
    return rules;
}

struct proto_grant policy_grant(const struct policy_app *app, uint64_t rules)
{
    struct proto_grant grant = { 0, 0 };
    for (size_t r = 0; r < app->n_rules; r++)
        if (rules & UINT64_C(1) << r) {
            grant.may |= app->rules[r]->is.may;
            if (app->rules[r]->is.may & SIGD_MAY_ADMIN)
                grant.admins |= app->rules[r]->is.admins;
        }
    return grant;
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Do the first n bytes agree, ASCII letters in either case? */
static bool same_folded(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (folded(a[i]) != folded(b[i]))
            return false;
    return true;
}

/* Administrators' names and those of the service's own accounts (its bots, official accounts and groups). */
static bool is_reserved(const struct policy_app *app, const char *identifier, size_t len)
{
    static const char *const prefixes[] = { "@TIM#", "@RBT#", "@TOA#", "@TGS#" };
    static const char everywhere[] = "administrator";
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (len >= strlen(prefixes[i]) && same_folded(identifier, prefixes[i], strlen(prefixes[i])))
            return true;
    if (len == sizeof everywhere - 1 && same_folded(identifier, everywhere, len))
        return true;
    for (size_t i = 0; i < app->n_admins; i++)
        if (len == strlen(app->admins[i]) && same_folded(identifier, app->admins[i], len))
            return true;
    for (size_t i = 0; i < app->n_reserved; i++)
        if (len == strlen(app->reserved[i]) && same_folded(identifier, app->reserved[i], len))
            return true;
    return false;
}

/* `*` any bytes, `?` any one byte. Goes back to the last star only, so that it takes len * pattern steps at most. */
static bool pattern_matches(const char *pattern, const char *text, size_t len)
{
    const char *end = text + len, *star = NULL, *resume = NULL;
    while (text < end) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (*pattern && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool rule_allows(const struct policy_rule *rule, const char *identifier, size_t len)
{
    for (size_t i = 0; i < rule->n_patterns; i++)
        if (pattern_matches(rule->patterns[i], identifier, len))
            return true;
    return false;
}

static uint64_t cap_of(const struct policy_app *app, const struct policy_rule *rule)
{
    uint64_t cap = rule->is.max_lifetime;
    return cap && cap < app->max_lifetime ? cap : app->max_lifetime;
}

/* Charges the first of the rules that has a token left, or no rate. */
static enum proto_status charge(struct policy_app *app, uint64_t rules, uid_t uid, uint64_t now_ms)
{
    for (size_t r = 0; r < app->n_rules; r++) {
        struct policy_rule *rule = app->rules[r];
        if ((rules & UINT64_C(1) << r) &&
            (rule->is.rate == 0 || rate_take(&rule->rate, uid, rule->is.rate, now_ms)))
            return PROTO_DONE;
    }
    return PROTO_RATE;
}

/* The rules of those given that sign this identifier; *cap: the longest lifetime that one of them grants. */
static uint64_t allowing(const struct policy_app *app, uint64_t signing, const struct policy_want *want,
                         uint64_t *cap)
{
    uint64_t found = 0;
    *cap = 0;
    for (size_t r = 0; r < app->n_rules; r++) {
        const struct policy_rule *rule = app->rules[r];
        if (!(signing & UINT64_C(1) << r) || !rule_allows(rule, want->identifier, want->len))
            continue;
        found |= UINT64_C(1) << r;
        if (cap_of(app, rule) > *cap)
            *cap = cap_of(app, rule);
    }
    return found;
}

/* The rules of those given that grant the lifetime, and the rights in rooms that they grant together. */
static uint64_t granting(const struct policy_app *app, uint64_t rules, uint64_t lifetime, uint32_t *rights)
{
    uint64_t found = 0;
    *rights = 0;
    for (size_t r = 0; r < app->n_rules; r++)
        if ((rules & UINT64_C(1) << r) && cap_of(app, app->rules[r]) >= lifetime) {
            found |= UINT64_C(1) << r;
            *rights |= app->rules[r]->is.rights;
        }
    return found;
}

static enum proto_status judge_rights(struct policy_want *want, uint32_t granted)
{
    if (want->default_rights)
        want->rights = granted;
    if (granted && !(want->rights & ~granted))
        return PROTO_DONE;
    want->cap = granted;
    return PROTO_OVER_RIGHTS;
}

enum proto_status policy_sign(struct policy_app *app, uint64_t rules, uid_t uid, struct policy_want *want,
                              uint64_t now_ms)
{
    uint32_t rights;
    uint64_t signing = 0;
    for (size_t r = 0; r < app->n_rules; r++)
        if ((rules & UINT64_C(1) << r) && (app->rules[r]->is.may & SIGD_MAY_SIGN))
            signing |= UINT64_C(1) << r;
    if (!signing)
        return PROTO_FORBIDDEN;
    if (is_reserved(app, want->identifier, want->len))
        return PROTO_RESERVED;
    rules = allowing(app, signing, want, &want->cap);
    if (!rules)
        return PROTO_NOT_ALLOWED;
    if (want->default_lifetime)
        want->lifetime = app->lifetime < want->cap ? app->lifetime : want->cap;
    if (want->lifetime > want->cap)
        return PROTO_OVER_CAP;
    if (want->raw && !app->raw_userbuf)
        return PROTO_NO_USERBUF;
    rules = granting(app, rules, want->lifetime, &rights);
    if (want->room && judge_rights(want, rights) != PROTO_DONE)
        return PROTO_OVER_RIGHTS;
    return charge(app, rules, uid, now_ms);
}

enum proto_status policy_verify(struct policy_app *app, uint64_t rules, uid_t uid, uint64_t now_ms)
{
    uint64_t granting = 0;
    for (size_t r = 0; r < app->n_rules; r++)
        if ((rules & UINT64_C(1) << r) && (app->rules[r]->is.may & SIGD_MAY_VERIFY))
            granting |= UINT64_C(1) << r;
    return granting ? charge(app, granting, uid, now_ms) : PROTO_FORBIDDEN;
}

void policy_clear(struct policy *policy)
{
    for (size_t a = 0; a < policy->n_apps; a++) {
        for (size_t r = 0; r < policy->apps[a]->n_rules; r++)
            free(policy->apps[a]->rules[r]);
        free(policy->apps[a]);
    }
    *policy = (struct policy){ 0 };
}
