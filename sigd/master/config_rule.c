/* config_rule.c: allow { users groups sockets may admins identifiers max_lifetime rights rate }
 * Whatever is doubtful here is a fault: a rule must never grant more, or to more, than its writer meant. */
#include "config_rule.h"

#include "config_admin.h"
#include "config_ids.h"
#include "config_read.h"
#include "config_socket.h"
#include "config_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* All that reading a rule needs. */
struct reader {
    const struct config *config;
    const struct config_app *app;
    struct config_rule *rule;
    struct cfg_t *section;
    struct config_fault_list *faults;
};

static bool is_in_room(struct reader *r, const struct config_tree_word *word, size_t n, size_t max)
{
    if (n == max)
        config_fault_add(r->faults, word->line, "more than %zu %s in one rule; use a group or a second rule",
                         max, word->name);
    return n < max;
}

static void read_users(struct reader *r)
{
    const struct config_tree_word *word;
    char why[256];
    for (size_t i = 0; (word = config_tree_word(r->section, "users", i)) != NULL; i++) {
        uid_t uid;
        if (!is_in_room(r, word, i, SIGD_RULE_IDS_MAX))
            return;
        if (!config_ids_user(word->text, &uid, NULL, why, sizeof why))
            config_fault_add(r->faults, word->line, "users: %s", why);
        else if (config_ids_is_overflow_uid(uid))
            config_fault_add(
                r->faults, word->line,
                "users: \"%s\" is uid %lu, as which the kernel shows everybody that it cannot map; "
                "give the program a user of its own",
                word->text, (unsigned long)uid);
        else
            r->rule->uids[r->rule->n_uids++] = uid;
    }
}

static void read_groups(struct reader *r)
{
    const struct config_tree_word *word;
    char why[256];
    for (size_t i = 0; (word = config_tree_word(r->section, "groups", i)) != NULL; i++) {
        gid_t gid;
        if (!is_in_room(r, word, i, SIGD_RULE_IDS_MAX))
            return;
        if (!config_ids_group(word->text, &gid, why, sizeof why))
            config_fault_add(r->faults, word->line, "groups: %s", why);
        else if (config_ids_is_overflow_gid(gid))
            config_fault_add(
                r->faults, word->line,
                "groups: \"%s\" is gid %lu, as which the kernel shows every group that it cannot map; "
                "make a group of its own",
                word->text, (unsigned long)gid);
        else
            r->rule->gids[r->rule->n_gids++] = gid;
    }
}

static void read_sockets(struct reader *r)
{
    const struct config_tree_word *word = config_tree_word(r->section, "sockets", 0);
    uint64_t this_app = UINT64_C(1) << (r->app - r->config->apps);
    r->rule->sockets = word == NULL ? UINT32_MAX : 0;
    for (size_t i = 0; (word = config_tree_word(r->section, "sockets", i)) != NULL; i++) {
        int at = config_socket_find(r->config, word->text);
        if (at < 0) {
            config_fault_missing(r->faults, word->line,
                                 "sockets: there is no socket \"%s\"; add it or correct the name",
                                 word->text);
            continue;
        }
        r->rule->sockets |= UINT32_C(1) << at;
        if ((r->config->sockets[at].apps & this_app) == 0)
            config_fault_warn(r->faults, word->line,
                              "sockets: socket \"%s\" does not serve app \"%s\" (see its apps)", word->text,
                              r->app->name);
    }
}

static uint32_t may_bit(const char *word)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } actions[] = { { "admin", SIGD_MAY_ADMIN },
                    { "url", SIGD_MAY_URL },
                    { "sign", SIGD_MAY_SIGN },
                    { "verify", SIGD_MAY_VERIFY } };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].name, word) == 0)
            return actions[i].bit;
    }
    return 0;
}

static void read_may(struct reader *r)
{
    const struct config_tree_word *word;
    bool is_good = true;
    for (size_t i = 0; (word = config_tree_word(r->section, "may", i)) != NULL; i++) {
        uint32_t bit = may_bit(word->text);
        if (bit == 0) {
            config_fault_add(r->faults, word->line, "may: \"%s\" is none of admin, url, sign, verify",
                             word->text);
            is_good = false;
        }
        r->rule->may |= bit;
    }
    int line = config_read_line(r->section, "may");
    if (r->app->n_keys == 0 && config_admin_are_hosted(r->app) &&
        (r->rule->may & (SIGD_MAY_SIGN | SIGD_MAY_VERIFY)) != 0)
        config_fault_warn(r->faults, line, "may: app \"%s\" has no key, and sign and verify need one",
                          r->app->name);
    if (r->rule->may == 0 && is_good)
        config_fault_missing(r->faults, line,
                             "allow has no may; add may = {...} of admin, url, sign, verify");
    if (is_good && (r->rule->may & (SIGD_MAY_URL | SIGD_MAY_ADMIN)) == SIGD_MAY_URL)
        config_fault_add(
            r->faults, line,
            "may: url without admin, though each URL carries an administrator's credential; add admin");
}

/* Which admins may be read. Where there are several, the rule must say: reading one is being that one. */
static void read_admins(struct reader *r)
{
    const struct config_tree_word *word = config_tree_word(r->section, "admins", 0);
    bool reads = (r->rule->may & (SIGD_MAY_ADMIN | SIGD_MAY_URL)) != 0;
    if (word != NULL && !reads)
        config_fault_warn(r->faults, word->line, "admins has no effect, since may has no admin");
    for (size_t i = 0; (word = config_tree_word(r->section, "admins", i)) != NULL; i++) {
        int at = config_admin_find(r->app, word->text);
        if (at < 0)
            config_fault_missing(r->faults, word->line,
                                 "admins: app \"%s\" has no admin \"%s\"; add it or correct the name",
                                 r->app->name, word->text);
        else
            r->rule->admins |= UINT32_C(1) << at;
    }
    if (!reads || config_tree_word(r->section, "admins", 0) != NULL)
        return;
    if (r->app->n_admins == 1)
        r->rule->admins = 1;
    else if (r->app->n_admins == 0)
        config_fault_missing(
            r->faults, config_read_line(r->section, "may"),
            "may: admin is granted, but app \"%s\" has none; add admin \"administrator\" { }", r->app->name);
    else
        config_fault_missing(
            r->faults, config_tree_line(r->section),
            "app \"%s\" has %zu admins, and this rule does not say which may be read; add admins = {...}",
            r->app->name, r->app->n_admins);
}

static void read_identifiers(struct reader *r)
{
    const struct config_tree_word *word = config_tree_word(r->section, "identifiers", 0);
    if (word == NULL) {
        strcpy(r->rule->patterns[0], "*");
        r->rule->n_patterns = 1;
        return;
    }
    if ((r->rule->may & SIGD_MAY_SIGN) == 0)
        config_fault_warn(r->faults, word->line, "identifiers has no effect, since may has no sign");
    for (size_t i = 0; (word = config_tree_word(r->section, "identifiers", i)) != NULL; i++) {
        if (!is_in_room(r, word, i, SIGD_RULE_PATTERNS_MAX))
            return;
        if (!config_words_pattern(word->text))
            config_fault_add(r->faults, word->line,
                             "identifiers: \"%.64s\" is not 1 to %d bytes of printable ASCII", word->text,
                             SIGD_PATTERN_MAX);
        else
            strcpy(r->rule->patterns[r->rule->n_patterns++], word->text);
    }
}

static void read_limits(struct reader *r)
{
    uint64_t rate = 0, rights = 0;
    if (config_read_number(r->faults, r->section, "rights", 0, 255, &rights))
        r->rule->rights = (uint32_t)rights;
    if (config_tree_word(r->section, "rights", 0) != NULL && (r->rule->may & SIGD_MAY_SIGN) == 0)
        config_fault_warn(r->faults, config_read_line(r->section, "rights"),
                          "rights has no effect, since may has no sign");
    if (config_read_number(r->faults, r->section, "rate", 1, UINT32_MAX, &rate))
        r->rule->rate = (uint32_t)rate;
    if (config_read_lifetime(r->faults, r->section, "max_lifetime", &r->rule->max_lifetime) &&
        r->rule->max_lifetime > r->app->max_lifetime)
        config_fault_add(r->faults, config_read_line(r->section, "max_lifetime"),
                         "max_lifetime of %" PRIu64 " s is over the app's, %" PRIu64
                         " s; make one fit the other",
                         r->rule->max_lifetime, r->app->max_lifetime);
}

static void read_one(struct reader *r)
{
    if (config_tree_count(r->section, "users") + config_tree_count(r->section, "groups") +
            config_tree_count(r->section, "sockets") ==
        0)
        config_fault_missing(r->faults, config_tree_line(r->section),
                             "allow names nobody; add users, groups or sockets");
    read_users(r);
    read_groups(r);
    read_sockets(r);
    read_may(r);
    read_admins(r);
    read_identifiers(r);
    read_limits(r);
}

void config_rule_read_all(const struct config *config, struct config_app *app, struct cfg_t *section,
                          struct config_fault_list *faults)
{
    size_t n = config_tree_count(section, "allow");
    if (n == 0) {
        config_fault_warn(faults, config_tree_line(section), "app \"%s\" has no allow: nobody can use it",
                          app->name);
        return;
    }
    if (n > SIGD_RULES_MAX) {
        config_read_is_within(faults, section, "allow", SIGD_RULES_MAX, SIGD_RULES_MAX);
        n = SIGD_RULES_MAX;
    }
    app->rules = calloc(n, sizeof *app->rules);
    if (app->rules == NULL) {
        config_fault_add(faults, config_tree_line(section), "no memory");
        return;
    }
    app->n_rules = n;
    for (size_t i = 0; i < n; i++) {
        struct reader r = { config, app, &app->rules[i], config_tree_section(section, "allow", i), faults };
        read_one(&r);
    }
}
