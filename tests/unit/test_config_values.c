/* test_config_values.c: names and values in sigd.conf that are refused, in which line and with which words. */
#include "../../sigd/common/safefile.h"
#include "conf.h"

#include <stdlib.h>
#include <string.h>

static const struct conf_row names[] = {
    { "empty app", USERS "app \"\" { sdkappid = 1\n" KEY ADMIN ALLOW "}", "2 app has an empty name" },
    { "empty key", APP("key '' { file = \"/k\" }"), "6 key has an empty name" },
    { "empty socket", TOP("socket \"\" { path = \"/s\" }"), "2 socket has an empty name" },
    { "empty admin", APP("admin \"\" { }"),
      "5 app \"chat\" has 2 admins\n6 admin \"\" is not 1 to 32 bytes" },
    { "app with a slash", USERS "app \"a/b\" { sdkappid = 1\n" KEY ADMIN ALLOW "}",
      "2 app name \"a/b\" is not 1 to 32 letters" },
    { "app with a dot first", USERS "app \".a\" { sdkappid = 1\n" KEY ADMIN ALLOW "}",
      "2 app name \".a\" is not 1 to 32 letters, digits, '.', '_' and '-', the first no '.'" },
    { "key with a space", APP("key \"a b\" { file = \"/k\" }"), "6 key name \"a b\" is not" },
    { "socket of 33 bytes", TOP("socket \"" S32 "3\" { path = \"/s\" }"),
      "2 socket name \"" S32 "3\" is not" },
    { "key beyond ASCII", APP("key \"\303\244\" { file = \"/k\" }"), "6 key name \"\303\244\" is not" },
    { "admin of 33 bytes", APP_ADMIN("\"" S32 "3\"", ""),
      "2 warning: \n4 admin \"" S32 "3\" is not 1 to 32 bytes" },
    { "admin with a space first", APP_ADMIN("\" a\"", ""), "2 warning: \n4 admin \" a\" is not" },
    { "admin with a space last", APP_ADMIN("\"a \"", ""), "2 warning: \n4 admin \"a \" is not" },
    { "admin beyond ASCII", APP_ADMIN("\"\303\244\"", ""), "2 warning: \n4 admin \"\303\244\" is not" },
    { "reserved pattern", APP("reserved = {\"ops\",\n\"ops*\"}"),
      "7 reserved \"ops*\": a name, not a pattern" },
    { "reserved of 65", APP("reserved = {\"" S64 "5\"}"), "6 reserved \"" S64 "\" is not 1 to 64 bytes" },
    { "reserved, empty", APP("reserved = {\"\"}"), "6 reserved \"\" is not" },
    { "pattern of 65", SIGNS("identifiers = {\"" S64 "5\"}"),
      "6 identifiers: \"" S64 "\" is not 1 to 64 bytes" },
    { "pattern, empty", SIGNS("identifiers = {\"\"}"), "6 identifiers: \"\" is not" },
    { "pattern beyond ASCII", SIGNS("identifiers = {\"\303\244*\"}"), "6 identifiers: \"\303\244*\" is not" },
};

START_TEST(refuses_names)
{
    conf_check_row(&names[_i], false);
}
END_TEST

static const struct conf_row values[] = {
    { "sdkappid 0", USERS "app \"chat\" { sdkappid = 0\n" KEY ADMIN ALLOW "}",
      "2 sdkappid \"0\" is not a number from 1 to 4294967295" },
    { "sdkappid 2^32", USERS "app \"chat\" { sdkappid = 4294967296\n" KEY ADMIN ALLOW "}",
      "2 sdkappid \"4294967296\" is not" },
    { "sdkappid -1", USERS "app \"chat\" { sdkappid = -1\n" KEY ADMIN ALLOW "}", "2 sdkappid \"-1\" is not" },
    { "sdkappid in hex", USERS "app \"chat\" { sdkappid = 0x10\n" KEY ADMIN ALLOW "}",
      "2 sdkappid \"0x10\" is not" },
    { "no sdkappid", USERS "app \"chat\" {\n" KEY ADMIN ALLOW "}", "2 app \"chat\" has no sdkappid" },
    { "no app", USERS, "1 there is no app" },
    { "nothing", "", "1 there is no app" },
    { "region", APP("region = \"mars\""), "6 region \"mars\" is none of: china, singapore" },
    { "region in upper case", APP("region = \"China\""), "6 region \"China\" is none of" },
    { "lifetime without a unit", APP("lifetime = 3600"), "6 lifetime \"3600\" is not a duration" },
    { "lifetime 0", APP("lifetime = 0s"), "6 lifetime \"0s\" is outside 1 second to 50 years" },
    { "lifetime over 50 years", APP("max_lifetime = 18251d"), "6 max_lifetime \"18251d\" is outside" },
    { "lifetime that overflows", APP("max_lifetime = 99999999999999999999w"),
      "6 max_lifetime \"99999999999999999999w\" is not" },
    { "url_lifetime", APP("url_lifetime = \"-1h\""), "6 url_lifetime \"-1h\" is not a duration" },
    { "lifetime over max_lifetime", APP("max_lifetime = 1h\nlifetime = 2h"),
      "7 lifetime of 7200 s is over max_lifetime, 3600 s" },
    { "default lifetime over it", APP("max_lifetime = 1h"),
      "6 lifetime of 86400 s (the default) is over max_lifetime" },
    { "workers 0", TOP("workers = 0"), "2 workers \"0\" is not a number from 1 to 16" },
    { "workers 17", TOP("workers = 17"), "2 workers \"17\" is not" },
    { "allow_swap", TOP("allow_swap = yes"), "2 allow_swap \"yes\" is neither true nor false" },
    { "mode without 0", SOCKET("path = \"/s\"\nmode = 660"), "4 mode \"660\" is not a mode" },
    { "mode with 4 digits", SOCKET("path = \"/s\"\nmode = 01660"), "4 mode \"01660\" is not" },
    { "mode with an 8", SOCKET("path = \"/s\"\nmode = 0680"), "4 mode \"0680\" is not" },
    { "socket without path", SOCKET("mode = 0600"), "2 socket \"main\" has no path" },
    { "socket's path relative", SOCKET("path = \"run/s\""), "3 path is not an absolute path" },
    { "socket's path empty", SOCKET("path = \"\""), "3 path is not an absolute path" },
    { "socket's path a directory", SOCKET("path = \"/run/\""), "3 path is the path of a directory" },
    { "socket's path of 108", SOCKET("path = \"" PATH_107 "8\""),
      "3 path is a path of 108 bytes; at most 107" },
    { "socket's group", SOCKET("path = \"/s\"\ngroup = \"no-such-group\""),
      "4 group: no group \"no-such-group\" on this host" },
    { "socket's apps", SOCKET("path = \"/s\"\napps = {\"chat\",\n\"cat\"}"),
      "5 apps: there is no app \"cat\"" },
    { "audit file relative", TOP("audit { file = \"a.log\" }"), "2 file is not an absolute path" },
    { "key without file", APP("key \"b\" { }"), "6 key \"b\" has no file" },
    { "key's file relative", APP("key \"b\" {\nfile = \"SECRETSECRET\" }"),
      "7 file is not an absolute path" },
    { "key's time", APP_KEY("not_before = \"2026-02-30T00:00:00Z\""),
      "6 not_before \"2026-02-30T00:00:00Z\" is not a time in UTC" },
    { "key's zone", APP_KEY("not_after = \"2026-02-20T00:00:00+08:00\""),
      "6 not_after \"2026-02-20T00:00:00+08:00\" is not" },
    { "key's window is empty",
      APP_KEY("not_before = \"2026-01-01T00:00:00Z\"\nnot_after = \"2026-01-01T00:00:00Z\""),
      "7 not_after \"2026-01-01T00:00:00Z\" is not after not_before" },
    { "key ends in 1970", APP_KEY("not_after = \"1970-01-01T00:00:00Z\""),
      "6 not_after \"1970-01-01T00:00:00Z\" is not after" },
    { "revoked", APP_KEY("revoked = 1"), "6 revoked \"1\" is neither true nor false" },
    { "no key", USERS "app \"chat\" { sdkappid = 1\n" ADMIN ALLOW "}", "2 app \"chat\" has no key" },
    { "admin's lifetime over the app's", APP_ADMIN("\"a\"", "lifetime = 31d"),
      "2 warning: \n5 lifetime of 2678400 s is over the app's max_lifetime, 2592000 s" },
    { "admin's lifetime 0", APP_ADMIN("\"a\"", "lifetime = 0s"),
      "2 warning: \n5 lifetime \"0s\" is outside" },
    { "min_remaining over a third", APP_ADMIN("\"a\"", "lifetime = 30s\nmin_remaining = 11s"),
      "2 warning: \n6 min_remaining of 11 s is over a third of the lifetime, 30 s; renewal starts at two thirds, so make it at most 10s" },
    { "control socket for all", TOP("admin_socket { path = \"/a/s\"\nmode = 0666 }"),
      "3 mode 0666 opens the control socket to everybody" },
    { "control socket for all to see", TOP("admin_socket { path = \"/a/s\" mode = 0604 }"),
      "2 mode 0604 opens" },
    { "control socket's mode", TOP("admin_socket { path = \"/a/s\" mode = 600 }"),
      "2 mode \"600\" is not a mode" },
    { "control socket without path", TOP("admin_socket { }"),
      "2 socket \"admin\" has no path; add path = \"/run/sigd-admin/admin.sock\"" },
    { "control socket's group", TOP("admin_socket { path = \"/a/s\" group = \"no-such-group\" }"),
      "2 group: no group \"no-such-group\" on this host" },
    { "control socket is a socket", TOP("socket \"main\" { path = \"/s\" }\nadmin_socket { path = \"/s\" }"),
      "3 path \"/s\" is that of socket \"main\" too\n3 warning: path: the control socket is beside" },
    { "control socket is the usual one", TOP("admin_socket { path = \"/run/sigd/sigd.sock\" }"),
      "2 path \"/run/sigd/sigd.sock\" is that of socket \"main\" too\n2 warning: path: the control socket is" },
    { "two control sockets", TOP("admin_socket { path = \"/a/s\" }\nadmin_socket { path = \"/a/t\" }"),
      "3 admin_socket is given twice (first in line 2)" },
    { "sync", TOP("audit { sync = 2s }"), "2 sync \"2s\" is none of: none, 1s, batch" },
    { "sync in upper case", TOP("audit { sync = Batch }"), "2 sync \"Batch\" is none of" },
    { "log format", TOP("log { format = xml }"), "2 format \"xml\" is none of: logfmt, json" },
    { "log level", TOP("log { level = trace }"), "2 level \"trace\" is none of: error, warn, info, debug" },
    { "two logs", TOP("log { }\nlog { }"), "3 log is given twice (first in line 2)" },
    { "unsynced", TOP("unsynced = yes"), "2 unsynced \"yes\" is none of: wait, refuse, serve" },
    { "ids", TOP("ids = host"), "2 ids \"host\" is not in_namespace; write that or take the line out" },
    { "key_files", TOP("key_files = docker"), "2 key_files \"docker\" is not kubernetes" },
    { "keep_on_stop", TOP("keep_on_stop = 1"), "2 keep_on_stop \"1\" is neither true nor false" },
    { "raw_userbuf", APP("raw_userbuf = on"), "6 raw_userbuf \"on\" is neither true nor false" },
    { "publish_dir relative", TOP("publish_dir = \"run/p\""),
      "2 publish_dir \"run/p\" is not an absolute path" },
    { "publish_dir empty", TOP("publish_dir = \"\""), "2 publish_dir \"\" is not an absolute path" },
    { "state_dir with a slash", TOP("state_dir = \"/var/lib/sigd/\""),
      "2 state_dir \"/var/lib/sigd/\" ends in '/'" },
    { "state_dir is the root", TOP("state_dir = \"/\""), "2 state_dir \"/\" ends in '/'" },
    { "master_key relative", TOP("master_key = \"SECRETSECRET\""), "2 master_key is not an absolute path" },
    { "master_key a directory", TOP("master_key = \"/etc/\""), "2 master_key is the path of a directory" },
    { "credential without a name", TOP("master_key = \"credential:\""),
      "2 master_key: what follows \"credential:\" is not a credential's name" },
    { "credential up", TOP("master_key = \"credential:../x\""),
      "2 master_key: what follows \"credential:\" is not" },
    { "credential with a slash", TOP("master_key = \"credential:a/b\""), "2 master_key: what follows" },
    { "credential without systemd", APP("key \"b\" {\nfile = \"credential:chat.key\" }"),
      "7 file: credential \"chat.key\" is not here, since $CREDENTIALS_DIRECTORY is not set; start sigd by a systemd "
      "unit with LoadCredential=chat.key:/path" },
    { "published without publish_dir", APP_ADMIN("\"a\"", "publish_group = 1"),
      "2 warning: app \"chat\" has no allow\n5 publish_group: there is no publish_dir" },
    { "published for an unknown group",
      "publish_dir = \"/p\" " APP_ADMIN("\"a\"", "publish_group = \"no-such-group\""),
      "1 warning: publish_dir has no effect\n2 warning: \n5 publish_group: no group \"no-such-group\" on this host" },
    { "published for anybody", "publish_dir = \"/p\" " APP_ADMIN("\"a\"", "publish_group = 65534"),
      "1 warning: \n2 warning: \n5 publish_group: \"65534\" is gid 65534" },
    { "hosted, relative", APP_ADMIN("\"a\"", "usersig_file = \"u\""),
      "2 warning: \n5 usersig_file is not an absolute path" },
    { "hosted and signed, no key",
      USERS "app \"chat\" { sdkappid = 1 admin \"a\" { usersig_file = \"/u\" }\n" ADMIN "}",
      "2 app \"chat\" has no key\n2 warning: " },
    { "min_remaining 0", APP_ADMIN("\"a\"", "min_remaining = 0s"),
      "2 warning: \n5 min_remaining \"0s\" is outside" },
};

START_TEST(refuses_values)
{
    conf_check_row(&values[_i], false);
}
END_TEST

static const struct conf_row users[] = {
    { "signer is root", "users { signer = 0\nfront = 64002 }" APP_ALONE(""), "1 signer \"0\" is root" },
    { "front is root by name", "users { signer = 64001\nfront = \"root\" }" APP_ALONE(""),
      "2 front \"root\" is root" },
    { "signer is nobody", "users { signer = \"nobody\" front = 64002 }" APP_ALONE(""),
      "1 signer \"nobody\" is nobody" },
    { "front is 65534", "users { signer = 64001 front = 65534 }" APP_ALONE(""),
      "1 front \"65534\" is nobody" },
    { "the same", "users { signer = 64001 front = 64001 }" APP_ALONE(""),
      "1 signer and front are one user, uid 64001" },
    { "unknown", "users { signer = \"no-such-user\" front = 64002 }" APP_ALONE(""),
      "1 signer: no user \"no-such-user\" on this host" },
};

START_TEST(refuses_users)
{
    conf_check_row(&users[_i], false);
}
END_TEST

/* A value that may be a key written in the wrong place is not repeated. */
START_TEST(repeats_no_key)
{
    char *said;
    static const char *const texts[] = {
        APP("key \"b\" { file = \"SECRETSECRET\" }"),
        TOP("master_key = \"SECRETSECRET\""),
        TOP("master_key = \"credential:SECRET/SECRET\""),
        APP_ADMIN("\"a\"", "usersig_file = \"SECRETSECRET\""),
    };
    ck_assert_ptr_null(conf_load(texts[_i], strlen(texts[_i]), &said));
    ck_assert_msg(strstr(said, "SECRET") == NULL, "the value is in: %s", said);
    free(said);
}
END_TEST

static void check_place(const char *expected, const char *got)
{
    ck_assert_msg(got != NULL && strcmp(got, expected) == 0, "expected %s, got %s", expected, got);
}

/* Where systemd puts credentials; other paths stay what they are. */
START_TEST(finds_credentials)
{
    char *said;
    const char *text = TOP("master_key = \"credential:master\"\n"
                           "app \"b\" { sdkappid = 2 key \"k\" { file = \"credential:b.key\" }\n"
                           "admin \"a\" { usersig_file = \"credential:b_a\" } " ALLOW "}");
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/sigd.service", 1), 0);
    struct config *config = conf_load(text, strlen(text), &said);
    ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    ck_assert_msg(config != NULL, "refused: %s", said);
    check_place("/run/credentials/sigd.service/master", config->master_key);
    check_place("/run/credentials/sigd.service/b.key", config->apps[0].keys[0].file);
    check_place("/run/credentials/sigd.service/b_a", config->apps[0].admins[0].usersig_file);
    check_place("/etc/sigd/k", config->apps[1].keys[0].file);
    ck_assert_uint_eq(config_secret_flags(config, config->master_key), SAFEFILE_SECRET | SAFEFILE_CREDENTIAL);
    ck_assert_uint_eq(config_secret_flags(config, "/run/credentials/sigd.service2/x"), SAFEFILE_SECRET);
    ck_assert_uint_eq(config_secret_flags(config, "/etc/sigd/k"), SAFEFILE_SECRET);
    config_free(config);
    free(said);
    text = TOP("key_files = kubernetes");
    config = conf_load(text, strlen(text), &said);
    ck_assert_msg(config != NULL, "refused: %s", said);
    ck_assert_uint_eq(config_secret_flags(config, "/k"), SAFEFILE_SECRET | SAFEFILE_KUBERNETES);
    config_free(config);
    free(said);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, conf_set_up, conf_tear_down);
    tcase_add_loop_test(tests, refuses_names, 0, UNIT_ROWS(names));
    tcase_add_loop_test(tests, refuses_values, 0, UNIT_ROWS(values));
    tcase_add_loop_test(tests, refuses_users, 0, UNIT_ROWS(users));
    tcase_add_loop_test(tests, repeats_no_key, 0, 4);
    tcase_add_test(tests, finds_credentials);
}

int main(void)
{
    return unit_run("config_values", fill);
}
