/* config.h: sigd.conf as plain data. Reads and checks; starts nothing, opens no key. */
#ifndef SIGD_CONFIG_H
#define SIGD_CONFIG_H

#include "sizes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define CONFIG_NO_GID ((gid_t)-1)

struct config_socket {
    char name[SIGD_NAME_MAX + 1];
    char path[SIGD_PATH_MAX + 1];
    mode_t mode;
    gid_t gid;     /* CONFIG_NO_GID: left as made */
    uint64_t apps; /* bit a: app a is served here; all ones without `apps` */
};

struct config_key {
    char name[SIGD_NAME_MAX + 1];
    char *file;
    uint64_t not_before, not_after; /* Unix seconds; not_after 0: none */
    bool revoked;
    int line;
};

struct config_admin {
    char identifier[SIGD_ADMIN_MAX + 1];
    uint64_t lifetime, min_remaining; /* seconds */
};

struct config_rule {
    uint32_t may;          /* SIGD_MAY_* */
    uint32_t admins;       /* bit a: admin a of the app may be read */
    uint32_t sockets;      /* bit s: on socket s; all ones without `sockets` */
    uint64_t max_lifetime; /* seconds; 0: the app's */
    uint32_t rate;         /* identifiers and verifies a second; 0: no limit */
    size_t n_uids, n_gids, n_patterns;
    uid_t uids[SIGD_RULE_IDS_MAX];
    gid_t gids[SIGD_RULE_IDS_MAX];
    char patterns[SIGD_RULE_PATTERNS_MAX][SIGD_PATTERN_MAX + 1]; /* none: "*" was meant and is written here */
};

struct config_app {
    char name[SIGD_NAME_MAX + 1];
    uint32_t sdkappid;
    const char *host;                              /* of the region, for URLs */
    uint64_t lifetime, max_lifetime, url_lifetime; /* seconds */
    size_t n_reserved, n_keys, n_admins, n_rules;
    char reserved[SIGD_RESERVED_MAX][SIGD_PATTERN_MAX + 1];
    struct config_key keys[SIGD_KEYS_MAX];
    struct config_admin admins[SIGD_ADMINS_MAX];
    struct config_rule *rules;
};

struct config {
    size_t n_sockets, n_apps;
    struct config_socket sockets[SIGD_SOCKETS_MAX];
    struct config_app *apps;
    char *audit_file;
    unsigned workers;
    bool allow_swap;
    uid_t signer_uid, front_uid; /* where the master runs as root */
    gid_t signer_gid, front_gid;
};

/* Reads path under the file rules and resolves every name. Faults are written to errors, one a line, as
 * "<file>:<line>: <what is wrong and what to do>"; all semantic faults are listed, a syntax fault ends the list.
 * Warnings go there too, as "<file>:<line>: warning: ...". Returns the config, to be freed with config_free, or
 * NULL when there was a fault. */
struct config *config_load(const char *path, FILE *errors);
void config_free(struct config *config);

#endif
