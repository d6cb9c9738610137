/* policy_load.c: takes the policy from the master's frames, and forgets it. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

static struct policy_app *last_app(struct policy *policy)
{
    return policy->n_apps ? policy->apps[policy->n_apps - 1] : NULL;
}

static struct policy_rule *last_rule(struct policy *policy)
{
    struct policy_app *app = last_app(policy);
    return app && app->n_rules ? app->rules[app->n_rules - 1] : NULL;
}

/* Copies a string that must not be empty; false: it does not fit. */
static bool set(char *field, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len >= size)
        return false;
    memcpy(field, text, len + 1);
    return true;
}

bool policy_load_socket(struct policy *policy, const struct proto_load_socket *socket)
{
    if (policy->n_sockets == SIGD_SOCKETS_MAX || !proto_string_ok(socket->name, sizeof socket->name) ||
        !proto_string_ok(socket->path, sizeof socket->path))
        return false;
    policy->sockets[policy->n_sockets++] = *socket;
    return true;
}

bool policy_load_app(struct policy *policy, const struct proto_load_app *app)
{
    struct policy_app *added;
    if (policy->n_apps == SIGD_APPS_MAX || !proto_string_ok(app->name, sizeof app->name))
        return false;
    added = calloc(1, sizeof *added);
    if (!added || !set(added->name, sizeof added->name, app->name)) {
        free(added);
        return false;
    }
    added->sdkappid = app->sdkappid;
    added->lifetime = app->lifetime;
    added->max_lifetime = app->max_lifetime;
    added->raw_userbuf = app->raw_userbuf != 0;
    policy->apps[policy->n_apps++] = added;
    return true;
}

bool policy_load_admin(struct policy *policy, const char *identifier)
{
    struct policy_app *app = last_app(policy);
    if (!app || app->n_admins == SIGD_ADMINS_MAX ||
        !set(app->admins[app->n_admins], sizeof app->admins[0], identifier))
        return false;
    app->n_admins++;
    return true;
}

bool policy_load_reserved(struct policy *policy, const char *name)
{
    struct policy_app *app = last_app(policy);
    if (!app || app->n_reserved == SIGD_RESERVED_MAX ||
        !set(app->reserved[app->n_reserved], sizeof app->reserved[0], name))
        return false;
    app->n_reserved++;
    return true;
}

bool policy_load_rule(struct policy *policy, const struct proto_load_rule *rule)
{
    struct policy_app *app = last_app(policy);
    if (!app || app->n_rules == SIGD_RULES_MAX)
        return false;
    struct policy_rule *added = calloc(1, sizeof *added);
    if (!added)
        return false;
    added->is = *rule;
    app->rules[app->n_rules++] = added;
    return true;
}

bool policy_load_id(struct policy *policy, const struct proto_load_rule_id *id)
{
    struct policy_rule *rule = last_rule(policy);
    if (!rule || (id->is_group ? rule->n_gids : rule->n_uids) == SIGD_RULE_IDS_MAX)
        return false;
    if (id->is_group)
        rule->gids[rule->n_gids++] = id->id;
    else
        rule->uids[rule->n_uids++] = id->id;
    return true;
}

bool policy_load_pattern(struct policy *policy, const char *pattern)
{
    struct policy_rule *rule = last_rule(policy);
    if (!rule || rule->n_patterns == SIGD_RULE_PATTERNS_MAX ||
        !set(rule->patterns[rule->n_patterns], sizeof rule->patterns[0], pattern))
        return false;
    rule->n_patterns++;
    return true;
}
