/* fuzz_config.c: sigd.conf: what is taken keeps the promises that the rest of sigd builds on; what is refused is told, with
 * lines that are there. The input: the file. */
#include "fuzz.h"

#include "config.h"
#include "log.h"
#include "names.h"

#include <sys/mman.h>
#include <unistd.h>

static void check_name(const char *name)
{
    FUZZ_MUST(names_ok(name));
}

static void check_path(const char *path)
{
    FUZZ_MUST(path[0] == '/' && !strstr(path, "\n"));
}

static void check_rule(const struct config *config, const struct config_app *app,
                       const struct config_rule *rule)
{
    FUZZ_MUST(rule->may && !(rule->may & ~15u) &&
              (!(rule->may & SIGD_MAY_URL) || rule->may & SIGD_MAY_ADMIN));
    FUZZ_MUST(!(rule->admins >> app->n_admins));
    FUZZ_MUST(rule->sockets == UINT32_MAX || !(rule->sockets >> config->n_sockets));
    FUZZ_MUST(rule->n_uids <= SIGD_RULE_IDS_MAX && rule->n_gids <= SIGD_RULE_IDS_MAX && rule->rights <= 255);
    FUZZ_MUST(rule->n_patterns >= 1 && rule->n_patterns <= SIGD_RULE_PATTERNS_MAX);
    FUZZ_MUST(rule->max_lifetime <= app->max_lifetime);
    for (size_t i = 0; i < rule->n_patterns; i++)
        FUZZ_MUST(rule->patterns[i][0] != '\0' && strlen(rule->patterns[i]) <= SIGD_PATTERN_MAX);
    for (size_t i = 0; i < rule->n_uids; i++)
        FUZZ_MUST(rule->uids[i] != (uid_t)-1);
    for (size_t i = 0; i < rule->n_gids; i++)
        FUZZ_MUST(rule->gids[i] != (gid_t)-1);
}

static void check_app(const struct config *config, const struct config_app *app)
{
    check_name(app->name);
    FUZZ_MUST(app->sdkappid && app->host && app->n_keys <= SIGD_KEYS_MAX && app->n_admins <= SIGD_ADMINS_MAX);
    FUZZ_MUST(app->n_rules <= SIGD_RULES_MAX && app->n_reserved <= SIGD_RESERVED_MAX);
    FUZZ_MUST(app->lifetime && app->lifetime <= app->max_lifetime && app->url_lifetime);
    for (size_t i = 0; i < app->n_keys; i++) {
        check_name(app->keys[i].name);
        check_path(app->keys[i].file);
        for (size_t j = 0; j < i; j++)
            FUZZ_MUST(strcmp(app->keys[i].name, app->keys[j].name) != 0);
    }
    for (size_t i = 0; i < app->n_admins; i++) {
        const struct config_admin *admin = &app->admins[i];
        FUZZ_MUST(admin->identifier[0] && strlen(admin->identifier) <= SIGD_ADMIN_MAX && admin->lifetime);
        FUZZ_MUST(admin->min_remaining <= admin->lifetime && (admin->usersig_file || app->n_keys));
        for (size_t j = 0; j < i; j++)
            FUZZ_MUST(strcmp(admin->identifier, app->admins[j].identifier) != 0);
    }
    for (size_t i = 0; i < app->n_rules; i++)
        check_rule(config, app, &app->rules[i]);
}

static void check(const struct config *config)
{
    FUZZ_MUST(config->n_apps >= 1 && config->n_apps <= SIGD_APPS_MAX);
    FUZZ_MUST(config->n_sockets >= 1 && config->n_sockets <= SIGD_SOCKETS_MAX);
    FUZZ_MUST(config->workers >= 1 && config->workers <= SIGD_WORKERS_MAX && config->audit_file);
    for (size_t i = 0; i < config->n_apps; i++) {
        check_app(config, &config->apps[i]);
        for (size_t j = 0; j < i; j++)
            FUZZ_MUST(strcmp(config->apps[i].name, config->apps[j].name) != 0);
    }
    for (size_t i = 0; i < config->n_sockets; i++) {
        const struct config_socket *socket = &config->sockets[i];
        check_name(socket->name);
        check_path(socket->path);
        FUZZ_MUST(socket->mode <= 0777);
        for (size_t j = 0; j < i; j++)
            FUZZ_MUST(strcmp(socket->name, config->sockets[j].name) != 0 &&
                      strcmp(socket->path, config->sockets[j].path) != 0);
    }
}

/* Each line of what was said names the file and a line of it, or the file as a whole; no byte steers a terminal. */
static void check_said(const char *said, size_t len, unsigned lines, bool refused)
{
    unsigned n = 0;
    for (const char *at = said, *end = said + len; at < end; n++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        FUZZ_MUST(stop != NULL);
        for (const char *c = at; c < stop; c++)
            FUZZ_MUST((unsigned char)*c >= 0x20 && *c != 0x7F);
        if (strncmp(at, "f:", 2) == 0 && at[2] != ' ')
            FUZZ_MUST(strtoul(at + 2, NULL, 10) >= 1 && strtoul(at + 2, NULL, 10) <= lines);
        at = stop + 1;
    }
    FUZZ_MUST(n > 0 || !refused);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char said[1 << 20];
    unsigned lines = 1;
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_MUST(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size && ftruncate(fd, (off_t)size) == 0);
    FUZZ_MUST(lseek(fd, 0, SEEK_SET) == 0);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    FILE *errors = fmemopen(said, sizeof said, "w");
    FUZZ_MUST(errors != NULL);
    struct config *config = config_load_fd("f", fd, errors);
    long len = ftell(errors);
    fclose(errors);
    check_said(said, (size_t)len, lines, config == NULL);
    if (config)
        check(config);
    config_free(config);
    return 0;
}
