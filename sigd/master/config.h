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

enum config_sync { CONFIG_SYNC_NONE, CONFIG_SYNC_1S, CONFIG_SYNC_BATCH };
enum config_unsynced { CONFIG_UNSYNCED_WAIT, CONFIG_UNSYNCED_REFUSE, CONFIG_UNSYNCED_SERVE };
enum config_log_format { CONFIG_LOG_LOGFMT, CONFIG_LOG_JSON };
enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARN, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };

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
    uint64_t lifetime,
        min_remaining;  /* seconds; with usersig_file, lifetime is the app's and asked of nobody */
    gid_t publish_gid;  /* CONFIG_NO_GID: not published */
    char *usersig_file; /* NULL: signed here */
};

struct config_rule {
    uint32_t may;          /* SIGD_MAY_* */
    uint32_t admins;       /* bit a: admin a of the app may be read */
    uint32_t sockets;      /* bit s: on socket s; all ones without `sockets` */
    uint64_t max_lifetime; /* seconds; 0: the app's */
    uint32_t rate;         /* identifiers and verifies a second; 0: no limit */
    uint32_t rights;       /* mask of what a PrivateMapKey may grant, 0 to 255; 0: none is made */
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
    bool raw_userbuf;                              /* callers may give the bytes of a userbuf */
    size_t n_reserved, n_keys, n_admins, n_rules;  /* no keys: every admin has a usersig_file */
    char reserved[SIGD_RESERVED_MAX][SIGD_PATTERN_MAX + 1];
    struct config_key keys[SIGD_KEYS_MAX];
    struct config_admin admins[SIGD_ADMINS_MAX];
    struct config_rule *rules;
};

struct config {
    size_t n_sockets, n_apps;
    struct config_socket sockets[SIGD_SOCKETS_MAX];
    struct config_app *apps;
    bool has_admin_socket;
    struct config_socket admin_socket; /* named "admin" */
    char *publish_dir;                 /* NULL: nothing is published */
    char *state_dir;                   /* NULL: no state outlives the daemon */
    char *master_key;                  /* NULL: no key is sealed under one */
    char *credentials_dir;             /* $CREDENTIALS_DIRECTORY, NULL: not set */
    char *audit_file;
    unsigned audit_sync; /* CONFIG_SYNC_* */
    unsigned workers;
    bool allow_swap;
    bool kubernetes;   /* files may be behind root's links, keys open to our own group */
    bool ids_off;      /* a user namespace shows other ids than the kernel's: users and groups match nobody */
    bool in_namespace; /* uids count though a user namespace maps them */
    bool keep_on_stop; /* what is published stays at a clean stop */
    unsigned unsynced; /* CONFIG_UNSYNCED_* */
    unsigned log_format;         /* CONFIG_LOG_LOGFMT, _JSON */
    unsigned log_level;          /* CONFIG_LOG_ERROR to _DEBUG */
    uid_t signer_uid, front_uid; /* where the master runs as root */
    gid_t signer_gid, front_gid;
};

/* Reads path under the file rules and resolves every name. Faults are written to errors, one a line, as
 * "<file>:<line>: <what is wrong and what to do>"; all semantic faults are listed, a syntax fault ends the list.
 * Warnings go there too, as "<file>:<line>: warning: ...". Returns the config, to be freed with config_free, or
 * NULL when there was a fault. May be called again at any time, for a reload; not by two threads at once. */
struct config *config_load(const char *path, FILE *errors);
/* The same of a file that is open, from where it stands; its rules were looked at before. path: for the faults. */
struct config *config_load_fd(const char *path, int fd, FILE *errors);
void config_free(struct config *config);

/* The SAFEFILE_* flags for opening a secret that the config names: a key, the master key, a hosted usersig. */
unsigned config_secret_flags(const struct config *config, const char *file);

#endif
