/* policy.h: who may do what. Default deny: what no rule allows is refused. Knows no keys. */
#ifndef SIGD_POLICY_H
#define SIGD_POLICY_H

#include "caller.h"
#include "proto.h"
#include "rate.h"

struct policy_rule {
    struct proto_load_rule is;
    size_t n_uids, n_gids, n_patterns;
    uid_t uids[SIGD_RULE_IDS_MAX];
    gid_t gids[SIGD_RULE_IDS_MAX];
    char patterns[SIGD_RULE_PATTERNS_MAX][SIGD_PATTERN_MAX + 1];
    struct rate rate;
};

struct policy_app {
    char name[SIGD_NAME_MAX + 1];
    uint32_t sdkappid;
    uint64_t lifetime, max_lifetime;
    bool raw_userbuf; /* callers may have bytes of their own signed */
    size_t n_admins, n_reserved, n_rules;
    char admins[SIGD_ADMINS_MAX][SIGD_ADMIN_MAX + 1];
    char reserved[SIGD_RESERVED_MAX][SIGD_PATTERN_MAX + 1];
    struct policy_rule *rules[SIGD_RULES_MAX];
};

struct policy {
    uid_t overflow_uid; /* what the kernel shows for ids that it cannot name here: matches no rule */
    gid_t overflow_gid;
    bool ids_off; /* a user namespace shows other ids: what rules say of uids and gids holds of nobody */
    size_t n_sockets, n_apps;
    struct proto_load_socket sockets[SIGD_SOCKETS_MAX];
    struct policy_app *apps[SIGD_APPS_MAX];
};

/* What the master loads, in the order of its frames. false: out of limits or of order, which is the master's bug. */
bool policy_load_socket(struct policy *policy, const struct proto_load_socket *socket);
bool policy_load_app(struct policy *policy, const struct proto_load_app *app);
bool policy_load_admin(struct policy *policy, const char *identifier);
bool policy_load_reserved(struct policy *policy, const char *name);
bool policy_load_rule(struct policy *policy, const struct proto_load_rule *rule);
bool policy_load_id(struct policy *policy, const struct proto_load_rule_id *id);
bool policy_load_pattern(struct policy *policy, const char *pattern);
void policy_clear(struct policy *policy);

/* The socket that a caller came by, -1: none of ours. */
int policy_socket(const struct policy *policy, const struct caller *caller);

/* Rules of an app that a caller matches: bit r for rule r. */
uint64_t policy_match(const struct policy *policy, size_t app, const struct caller *caller, unsigned socket);

/* What those rules allow together. */
struct proto_grant policy_grant(const struct policy_app *app, uint64_t rules);

/* What a caller wants signed. */
struct policy_want {
    const char *identifier;
    size_t len;
    bool default_lifetime, default_rights; /* not given: policy_sign sets them */
    bool room, raw;  /* with the userbuf of a room, with one of the caller's own bytes */
    uint32_t rights; /* in the room */
    uint64_t lifetime;
    uint64_t cap; /* policy_sign sets it: the most that would be granted, with OVER_RIGHTS of rights */
};

/* May that usersig be made? DONE, OVER_CAP, OVER_RIGHTS, FORBIDDEN, RESERVED, NOT_ALLOWED, NO_USERBUF, RATE. */
enum proto_status policy_sign(struct policy_app *app, uint64_t rules, uid_t uid, struct policy_want *want,
                              uint64_t now_ms);

/* DONE, FORBIDDEN or RATE. */
enum proto_status policy_verify(struct policy_app *app, uint64_t rules, uid_t uid, uint64_t now_ms);

#endif
