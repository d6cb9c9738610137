/* test_config.c: sigd.conf as a whole: defaults, every word, the file; half a file is never taken for a whole one. */
#include "conf.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct conf_row good[] = {
    { "least", APP(""), "" },
    { "comments",
      "# \"${HOME}\" {\n// ' ${X}\n/* ${Y}\n * { \n */" APP("#\n#0123456789012345678901234567890#\n/**/"),
      "" },
    { "comment behind value", APP("lifetime = \"1h\" # ${HOME}"), "" },
    { "CRLF", "users { signer = 64001\r\nfront = 64002 }\r\n" APP_ALONE(""), "" },
    { "no quotes", APP("lifetime = 24h max_lifetime=30d"), "" },
    { "single quotes", APP("region = 'singapore'"), "" },
    { "region with a space", APP("region = \"silicon valley\""), "" },
    { "a list without braces", RULE("users = 0 may = sign"), "" },
    { "a list that is continued", RULE("users = {0} users += {1} may = {sign}"), "" },
    { "a comma at the end", RULE("users = {0,} may = {sign,}"), "" },
    { "identifier with a bar", APP_ADMIN("\"a|b\"", ""), "2 warning: app \"chat\" has no allow" },
    { "longest lifetime", APP("lifetime = \"18250d\" max_lifetime = \"18250d\" url_lifetime = 1s"), "" },
    { "32 bytes of name", TOP("socket \"" S32 "\" { path = \"/s\" }"), "" },
    { "107 bytes of path", TOP("socket \"s\" { path = \"" PATH_107 "\" }"), "" },
    { "pattern of 64", SIGNS("identifiers = {\"" S64 "\"}"), "" },
    { "reserved of 64", APP("reserved = {\"" S64 "\", \"a b\"}"), "" },
    { "admin of 32", APP_ADMIN("\"" S32 "\"", "lifetime = 30d min_remaining = 10d"),
      "2 warning: app \"chat\" has no allow" },
    { "sockets alone", RULE("sockets = {\"main\"} may = {\"verify\"}"), "" },
    { "sync none", TOP("audit { sync = \"none\" }"), "" },
    { "sync 1s", TOP("audit { sync = 1s }"), "" },
    { "log", TOP("log { format = logfmt level = \"warn\" }"), "" },
    { "log, empty", TOP("log { }"), "" },
    { "unsynced", TOP("unsynced = serve"), "" },
    { "rights 0", SIGNS("rights = 0"), "" },
    { "rights 255", SIGNS("rights = 255"), "" },
    { "raw_userbuf false", APP("raw_userbuf = false"), "" },
    { "control socket", TOP("admin_socket { path = \"/a/s\" }"), "" },
    { "published",
      TOP("publish_dir = \"/p\" app \"b\" { sdkappid = 2 " KEY
          "admin \"a b\" { publish_group = \"root\" } " ALLOW "}"),
      "" },
    { "hosted admin, no key",
      TOP("app \"b\" { sdkappid = 2 admin \"x\" { usersig_file = \"/u\" }\n"
          "allow { users = {0} may = {admin} } }"),
      "" },
    { "hosted admin, no key to sign",
      TOP("app \"b\" { sdkappid = 2 admin \"x\" { usersig_file = \"/u\" }\n"
          "allow { users = {0}\nmay = {admin, sign} } }"),
      "4 warning: may: app \"b\" has no key, and sign and verify need one" },
    { "hosted admin's lifetime",
      APP_ADMIN("\"x\"", "usersig_file = \"/u\"\nlifetime = 99w\nmin_remaining = 30d"),
      "2 warning: app \"chat\" has no allow\n6 warning: lifetime has no effect" },
    { "rights without sign", RULE("users = {0} may = {verify}\nrights = 1"),
      "6 warning: rights has no effect" },
    { "publish_dir alone", TOP("publish_dir = \"/p\""), "2 warning: publish_dir has no effect" },
    { "keep_on_stop alone", TOP("keep_on_stop = true"), "2 warning: keep_on_stop has no effect" },
    { "ended key", APP_KEY("not_after = \"2026-01-01T00:00:01Z\""),
      "2 warning: all keys of app \"chat\" have ended" },
    { "staged key alone", APP_KEY("not_before = \"9000-01-01T00:00:00Z\""),
      "2 warning: no key of app \"chat\" signs before 9000-01-01T00:00:00Z, when key \"k\" begins" },
    { "a gap to come",
      APP_KEY("not_after = \"9000-01-01T00:00:00Z\" }\n"
              "key \"n\" { file = \"/n\" not_before = \"9000-01-02T00:00:00Z\""),
      "7 warning: no key of app \"chat\" signs from 9000-01-01T00:00:00Z" },
    { "16 workers", TOP("workers = 16"), "" },
    { "several admins, one named", RULE("users = {0} may = {\"admin\"} admins = {\"second\"}"), "" },
    { "largest sdkappid", USERS "app \"chat\" { sdkappid = 4294967295\n" KEY ALLOW ADMIN "}\n", "" },
    { "numbers of nobody here", RULE("users = {4000000000} groups = {4000000001} may = {sign}"), "" },
    { "root by name", RULE("users = {\"root\"} groups = {\"root\"} may = {sign}"), "" },
    { "all keys revoked", APP_KEY("revoked = true"), "2 warning: all keys of app \"chat\" are revoked" },
    { "nobody allowed", APP_ADMIN("\"a\"", ""), "2 warning: app \"chat\" has no allow" },
    { "admins without admin", SIGNS("admins = {\"second\"}"), "6 warning: admins has no effect" },
    { "identifiers without sign", RULE("users = {0} may = {verify}\nidentifiers = {\"*\"}"),
      "6 warning: identifiers has no effect" },
    { "socket of another app",
      USERS "socket \"s\" { path = \"/s\" apps = {\"other\"} }\napp \"chat\" { sdkappid = 1\n" KEY
            "allow { sockets = {\"s\"} may = {sign} }\n}\napp \"other\" { sdkappid = 2\n" KEY ALLOW ADMIN
            "}\n",
      "5 warning: sockets: socket \"s\" does not serve app \"chat\"" },
};

START_TEST(takes_good)
{
    conf_check_row(&good[_i], true);
}
END_TEST

START_TEST(reads_defaults)
{
    char *said;
    const char *text = APP_ALONE("");
    struct config *config = conf_load(text, strlen(text), &said);
    ck_assert_msg(config != NULL, "refused: %s", said);
    ck_assert_uint_eq(config->n_sockets, 1);
    ck_assert_str_eq(config->sockets[0].name, "main");
    ck_assert_str_eq(config->sockets[0].path, "/run/sigd/sigd.sock");
    ck_assert_uint_eq(config->sockets[0].mode, 0660);
    ck_assert_uint_eq(config->sockets[0].gid, CONFIG_NO_GID);
    ck_assert_uint_eq(config->sockets[0].apps, UINT64_MAX);
    ck_assert_str_eq(config->audit_file, "/var/log/sigd/audit.log");
    ck_assert_uint_eq(config->workers, 1);
    ck_assert(!config->allow_swap);
    ck_assert(!config->has_admin_socket);
    ck_assert_ptr_null(config->publish_dir);
    ck_assert_ptr_null(config->state_dir);
    ck_assert_ptr_null(config->master_key);
    ck_assert_uint_eq(config->audit_sync, CONFIG_SYNC_1S);
    ck_assert_uint_eq(config->unsynced, CONFIG_UNSYNCED_WAIT);
    ck_assert_uint_eq(config->log_format, CONFIG_LOG_LOGFMT);
    ck_assert_uint_eq(config->log_level, CONFIG_LOG_INFO);
    ck_assert(!config->kubernetes);
    ck_assert(!config->in_namespace);
    ck_assert(!config->keep_on_stop);
    ck_assert_ptr_nonnull(strstr(said, ":1: warning: no state_dir: "));
    ck_assert_uint_eq(config->signer_uid, 64001);
    ck_assert_uint_eq(config->signer_gid, 64001);
    ck_assert_uint_eq(config->front_uid, 64002);
    ck_assert_uint_eq(config->front_gid, 64002);
    ck_assert_msg((strstr(said, ":1: warning: no user for the signer: it runs as uid 64001") != NULL) ==
                      (geteuid() == 0),
                  "root is warned, others are not: %s", said);

    const struct config_app *app = &config->apps[0];
    ck_assert_uint_eq(app->sdkappid, 1400000000);
    ck_assert_str_eq(app->host, "console.tim.qq.com");
    ck_assert_uint_eq(app->lifetime, 86400);
    ck_assert_uint_eq(app->max_lifetime, 30 * 86400);
    ck_assert_uint_eq(app->url_lifetime, 3600);
    ck_assert_uint_eq(app->n_reserved, 0);
    ck_assert(!app->raw_userbuf);
    ck_assert_uint_eq(app->keys[0].not_before, 0);
    ck_assert_uint_eq(app->keys[0].not_after, 0);
    ck_assert(!app->keys[0].revoked);
    ck_assert_int_eq(app->keys[0].line, 2);
    ck_assert_uint_eq(app->admins[0].lifetime, 86400);
    ck_assert_uint_eq(app->admins[0].min_remaining, 600);
    ck_assert_uint_eq(app->admins[0].publish_gid, CONFIG_NO_GID);
    ck_assert_ptr_null(app->admins[0].usersig_file);
    const struct config_rule *rule = &app->rules[0];
    ck_assert_uint_eq(rule->admins, 1);
    ck_assert_uint_eq(rule->sockets, UINT32_MAX);
    ck_assert_uint_eq(rule->max_lifetime, 0);
    ck_assert_uint_eq(rule->rate, 0);
    ck_assert_uint_eq(rule->rights, 0);
    ck_assert_uint_eq(rule->n_patterns, 1);
    ck_assert_str_eq(rule->patterns[0], "*");
    config_free(config);
    free(said);
}
END_TEST

START_TEST(reads_everything)
{
    char *said;
    struct config *config = conf_load(conf_everything, strlen(conf_everything), &said);
    ck_assert_msg(config != NULL, "refused: %s", said);
    ck_assert_uint_eq(config->n_sockets, 3);
    ck_assert_uint_eq(config->sockets[0].mode, 0600);
    ck_assert_uint_eq(config->sockets[0].gid, 7);
    ck_assert_uint_eq(config->sockets[0].apps, UINT64_MAX);
    ck_assert_uint_eq(config->sockets[1].apps, 3);
    ck_assert_uint_eq(config->sockets[2].apps, 2);
    ck_assert_uint_eq(config->workers, 4);
    ck_assert(config->allow_swap);
    ck_assert_str_eq(config->audit_file, "/var/log/a");
    ck_assert_uint_eq(config->signer_uid, 4001);
    ck_assert_uint_eq(config->signer_gid, 4001);
    ck_assert_uint_eq(config->front_uid, 4002);

    ck_assert(config->has_admin_socket);
    ck_assert_str_eq(config->admin_socket.name, "admin");
    ck_assert_str_eq(config->admin_socket.path, "/run/sigd-admin/admin.sock");
    ck_assert_uint_eq(config->admin_socket.mode, 0640);
    ck_assert_uint_eq(config->admin_socket.gid, 8);
    ck_assert_str_eq(config->publish_dir, "/run/sigd-pub");
    ck_assert_str_eq(config->state_dir, "/var/lib/sigd");
    ck_assert_str_eq(config->master_key, "/etc/sigd/master");
    ck_assert_uint_eq(config->audit_sync, CONFIG_SYNC_BATCH);
    ck_assert_uint_eq(config->unsynced, CONFIG_UNSYNCED_REFUSE);
    ck_assert_uint_eq(config->log_format, CONFIG_LOG_JSON);
    ck_assert_uint_eq(config->log_level, CONFIG_LOG_DEBUG);
    ck_assert(config->kubernetes && config->in_namespace && config->keep_on_stop);
    ck_assert(!config->ids_off);

    ck_assert_uint_eq(config->n_apps, 3);
    const struct config_app *app = &config->apps[0];
    ck_assert_str_eq(app->name, "one");
    ck_assert_str_ne(app->host, "console.tim.qq.com");
    ck_assert_uint_eq(app->lifetime, 90);
    ck_assert_uint_eq(app->max_lifetime, 14 * 86400);
    ck_assert_uint_eq(app->url_lifetime, 300);
    ck_assert_uint_eq(app->n_reserved, 2);
    ck_assert_str_eq(app->reserved[1], "root");
    ck_assert_uint_eq(app->n_keys, 2);
    ck_assert_str_eq(app->keys[0].name, "old");
    ck_assert_str_eq(app->keys[0].file, "/etc/sigd/old.key");
    ck_assert_uint_eq(app->keys[0].not_after, 1782864000);
    ck_assert(app->keys[0].revoked);
    ck_assert_int_eq(app->keys[0].line, 3);
    ck_assert_uint_eq(app->keys[1].not_before, 1767225600);
    ck_assert_uint_eq(app->keys[1].not_after, 0);
    ck_assert_int_eq(app->keys[1].line, 4);
    ck_assert_uint_eq(app->n_admins, 2);
    ck_assert_uint_eq(app->admins[0].lifetime, 43200);
    ck_assert_uint_eq(app->admins[0].min_remaining, 3600);
    ck_assert_str_eq(app->admins[1].identifier, "robot 2");
    ck_assert_uint_eq(app->admins[1].lifetime, 90);
    ck_assert_uint_eq(app->admins[1].min_remaining, 22);

    ck_assert(app->raw_userbuf);
    ck_assert_uint_eq(app->admins[0].publish_gid, CONFIG_NO_GID);
    ck_assert_uint_eq(app->admins[1].publish_gid, 9);

    ck_assert_uint_eq(app->n_rules, 2);
    const struct config_rule *rule = &app->rules[0];
    ck_assert_uint_eq(rule->n_uids, 2);
    ck_assert_uint_eq(rule->uids[1], 1000);
    ck_assert_uint_eq(rule->n_gids, 3);
    ck_assert_uint_eq(rule->gids[2], 7);
    ck_assert_uint_eq(rule->may, SIGD_MAY_ADMIN | SIGD_MAY_URL);
    ck_assert_uint_eq(rule->admins, 2);
    ck_assert_uint_eq(rule->sockets, 2);
    rule = &app->rules[1];
    ck_assert_uint_eq(rule->may, SIGD_MAY_SIGN | SIGD_MAY_VERIFY);
    ck_assert_uint_eq(rule->admins, 0);
    ck_assert_uint_eq(rule->sockets, 3);
    ck_assert_uint_eq(rule->n_patterns, 2);
    ck_assert_str_eq(rule->patterns[0], "u_*");
    ck_assert_str_eq(rule->patterns[1], "?");
    ck_assert_uint_eq(rule->max_lifetime, 86400);
    ck_assert_uint_eq(rule->rate, 50);
    ck_assert_uint_eq(rule->rights, 15);
    ck_assert_uint_eq(config->apps[1].n_rules, 0);
    ck_assert_uint_eq(config->apps[2].n_keys, 0);
    ck_assert_str_eq(config->apps[2].admins[0].usersig_file, "/etc/sigd/away");
    ck_assert_uint_eq(config->apps[2].admins[0].min_remaining, 7200);
    config_free(config);
    free(said);
}
END_TEST

/* A user of /etc/passwd comes with his primary group, by name and by number. */
START_TEST(reads_primary_group)
{
    static const char *const forms[] = { "\"%s\"", "%lu" };
    struct passwd *entry = getpwnam("daemon");
    if (entry == NULL) {
        fprintf(stderr, "SKIPPED, no user daemon: config: primary group\n");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        char text[1024], user[64], *said;
        if (forms[i][0] == '"')
            snprintf(user, sizeof user, "\"daemon\"");
        else
            snprintf(user, sizeof user, "%lu", (unsigned long)entry->pw_uid);
        snprintf(text, sizeof text, "users { signer = %s front = 64002 }\n%s", user, APP_ALONE(""));
        struct config *config = conf_load(text, strlen(text), &said);
        ck_assert_msg(config != NULL, "refused: %s", said);
        ck_assert_uint_eq(config->signer_uid, entry->pw_uid);
        ck_assert_uint_eq(config->signer_gid, entry->pw_gid);
        config_free(config);
        free(said);
    }
}
END_TEST

static void check_file_fault(const char *fault)
{
    char *said;
    size_t size;
    FILE *errors = open_memstream(&said, &size);
    ck_assert_ptr_nonnull(errors);
    struct config *config = config_load(conf_path, errors);
    fclose(errors);
    ck_assert_msg(config == NULL && strstr(said, fault) != NULL, "expected \"%s\", got: %s", fault, said);
    free(said);
}

START_TEST(obeys_file_rules)
{
    check_file_fault("sigd.conf: no such file");
    conf_write(APP(""), strlen(APP("")));
    ck_assert_int_eq(chmod(conf_path, 0664), 0);
    check_file_fault("chmod go-w");
    ck_assert_int_eq(unlink(conf_path), 0);
    ck_assert_int_eq(symlink("/etc/passwd", conf_path), 0);
    check_file_fault("is a symbolic link");
    ck_assert_int_eq(unlink(conf_path), 0);
    ck_assert_int_eq(mkfifo(conf_path, 0600), 0);
    check_file_fault("is a FIFO");
    ck_assert_int_eq(unlink(conf_path), 0);
    int fd = open(conf_path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(ftruncate(fd, 65537), 0);
    close(fd);
    check_file_fault("65537 bytes");
}
END_TEST

START_TEST(refuses_every_beginning)
{
    const char *text = APP("lifetime = 1h # end");
    size_t whole = strlen(text) - 1; /* without the last line end */
    for (size_t i = 0; i < whole; i++) {
        char *said;
        struct config *config = conf_load(text, i, &said);
        ck_assert_msg(config == NULL && said[0] != '\0', "the first %zu bytes were taken", i);
        free(said);
    }
}
END_TEST

START_TEST(survives_every_byte)
{
    static const char with[] = { '\0', '"', '\'', '{', '}', '=', '\n', '#',
                                 '\\', '$', '|',  '*', '/', '9', ',',  '\377' };
    size_t length = strlen(conf_everything);
    char *text = strdup(conf_everything);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < length; i++) {
        char *said;
        text[i] = with[(i * 7 + (size_t)_i) % sizeof with];
        struct config *config = conf_load(text, length, &said);
        ck_assert_msg(config != NULL || said[0] != '\0', "byte %zu: refused without a word", i);
        config_free(config);
        free(said);
        text[i] = conf_everything[i];
    }
    free(text);
}
END_TEST

/* A reload reads whatever stands there now, after a config as after a fault. */
START_TEST(loads_again)
{
    static const char *const bad[] = { "unknown = 1\n", "app \"a", "app \"a\" { key \"k\" {", "" };
    for (int i = 0; i < 20; i++) {
        char *said;
        const char *text = bad[i % 4];
        ck_assert_ptr_null(conf_load(text, strlen(text), &said));
        ck_assert_msg(said[0] != '\0', "round %d: refused without a word", i);
        free(said);
        struct config *config = conf_load(conf_everything, strlen(conf_everything), &said);
        ck_assert_msg(config != NULL, "round %d: refused: %s", i, said);
        ck_assert_str_eq(config->apps[0].keys[1].file, "/etc/sigd/new.key");
        ck_assert_int_eq(config->apps[0].keys[1].line, 4);
        config_free(config);
        free(said);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, conf_set_up, conf_tear_down);
    tcase_add_loop_test(tests, takes_good, 0, UNIT_ROWS(good));
    tcase_add_test(tests, reads_defaults);
    tcase_add_test(tests, reads_everything);
    tcase_add_test(tests, reads_primary_group);
    tcase_add_test(tests, obeys_file_rules);
    tcase_add_test(tests, loads_again);
    tcase_add_test(tests, refuses_every_beginning);
    tcase_add_loop_test(tests, survives_every_byte, 0, 4);
    tcase_set_timeout(tests, 120); /* valgrind */
}

int main(void)
{
    return unit_run("config", fill);
}
