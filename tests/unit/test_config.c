/* test_config.c: sigd.conf as a whole: what is read, what is refused, in which line and with which words. */
#define _GNU_SOURCE 1
#include "../../sigd/master/config.h"
#include "../../sigd/master/config_words.h"

#include <check.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[4096], conf[4200]; /* the temporary directory, and sigd.conf in it */

static void set_up(void)
{
    const char *base = getenv("TMPDIR");
    char *real = realpath(base == NULL || base[0] == '\0' ? "/tmp" : base, NULL);
    ck_assert_ptr_nonnull(real);
    snprintf(top, sizeof top, "%s/config.XXXXXX", real);
    free(real);
    ck_assert_ptr_nonnull(mkdtemp(top));
    snprintf(conf, sizeof conf, "%s/sigd.conf", top);
}

static void tear_down(void)
{
    unlink(conf);
    rmdir(top);
}

static void write_conf(const char *text, size_t length)
{
    int fd = open(conf, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, length), (ssize_t)length);
    close(fd);
}

/* Loads text; *said (to be freed) is what config_load wrote. */
static struct config *load(const char *text, size_t length, char **said)
{
    size_t size;
    FILE *errors = open_memstream(said, &size);
    ck_assert_ptr_nonnull(errors);
    write_conf(text, length);
    struct config *config = config_load(conf, errors);
    fclose(errors);
    return config;
}

/* ---- what rows are made of ------------------------------------------------------------------------ */

#define USERS "users { signer = 64001 front = 64002 }\n"
#define KEY "key \"k\" { file = \"/etc/sigd/k\" }\n"
#define ADMIN "admin \"administrator\" { }\n"
#define ALLOW "allow { users = {0} may = {\"admin\", \"url\", \"sign\", \"verify\"} }\n"
#define APP_ALONE(body) "app \"chat\" { sdkappid = 1400000000\n" KEY ADMIN ALLOW body "\n}\n"
/* body begins in line 6; line 2 is app, 3 key, 4 admin, 5 allow */
#define APP(body) USERS APP_ALONE(body)
/* body begins in line 5, in an allow that is opened in line 4 */
#define RULE(body) \
    USERS "app \"chat\" { sdkappid = 1\n" KEY "allow {\n" body "\n}\n" ADMIN "admin \"second\" { }\n}\n"
#define SIGNS(body) RULE("users = {0} may = {\"sign\"}\n" body)
/* body is line 2, behind a whole app is line 7 on */
#define TOP(body)   \
    USERS body "\n" \
               "app \"chat\" { sdkappid = 1\n" KEY ADMIN ALLOW "}\n"
#define APP_KEY(words) \
    USERS "app \"chat\" { sdkappid = 1\n" ADMIN ALLOW "key \"k\" { file = \"/k\"\n" words "\n}\n}\n"
#define APP_ADMIN(title, words) \
    USERS "app \"chat\" { sdkappid = 1\n" KEY "admin " title " {\n" words "\n}\n}\n"
#define SOCKET(words) TOP("socket \"main\" {\n" words "\n}")
#define S32 "12345678901234567890123456789012"
#define S64 S32 S32
#define PATH_107 "/" S32 S32 S32 "1234567890"

/* said: one line for each fault or warning, in order: its line, a space, a part of what is said. "" for a config
 * that is good and without warnings. */
struct row {
    const char *name, *text, *said;
};

static const struct row good[] = {
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
    { "16 workers", TOP("workers = 16"), "" },
    { "several admins, one named", RULE("users = {0} may = {\"admin\"} admins = {\"second\"}"), "" },
    { "largest sdkappid", USERS "app \"chat\" { sdkappid = 4294967295\n" KEY ALLOW ADMIN "}\n", "" },
    { "two windows", APP_KEY("not_before = \"2026-01-01T00:00:00Z\" not_after = \"2026-01-01T00:00:01Z\""),
      "" },
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

static const struct row bytes[] = {
    { "variable", APP("region = \"${HOME}\""), "6 \"${\": variables are not expanded" },
    { "variable with default", SIGNS("identifiers = {\"a${X:-*}\"}"), "6 \"${\"" },
    { "variable in single quotes", APP("region = '${HOME}'"), "6 \"${\"" },
    { "variable without quotes", APP("region = ${HOME}"), "6 \"${\"" },
    { "variable in a title", TOP("socket \"${A}\" { path = \"/s\" }"), "2 \"${\"" },
    { "variable and another fault", APP("region = \"${HOME}\"\nlifetime = 0s"),
      "6 \"${\"\n7 lifetime \"0s\" is outside" },
    { "star without quotes", SIGNS("identifiers = {a*}"), "6 '*', '+' or '|' outside quotes" },
    { "star alone", SIGNS("identifiers = {*}"), "6 '*', '+' or '|' outside quotes" },
    { "bar", USERS "app \"chat\" { sdkappid = 1 }\napp|key \"k\" { file = \"/k\" }\n",
      "3 '*', '+' or '|' outside quotes" },
    { "bar in quotes", TOP("\"users|signer\" = 0"), "2 a word of the grammar stands in quotes" },
    { "word in quotes", APP("'lifetime' = 1h"), "6 a word of the grammar stands in quotes" },
    { "plus", APP("lifetime = 1+h"), "6 '*', '+' or '|' outside quotes" },
    { "slash at the end", TOP("publish_dir = /run/ "), "2 '/' at the end of a value" },
    { "octal escape", SIGNS("identifiers = {\"*\\0\"}"), "6 backslash inside quotes" },
    { "hex escape", SIGNS("identifiers = {\"\\x2a\"}"), "6 backslash inside quotes" },
    { "escaped line end", SIGNS("identifiers = {\"a\\\nb\"}"),
      "6 backslash inside quotes\n6 quotes that are not closed" },
    { "control character in quotes", SIGNS("identifiers = {\"a\033[2J\"}"),
      "6 control character inside quotes" },
    { "control character", APP("\001"), "6 control character" },
    { "carriage return", APP("lifetime = 1h\rmax_lifetime = 2h"), "6 carriage return" },
    { "quotes over a line", APP("region = \"china\nlifetime = \"1h\""), "6 quotes that are not closed" },
    { "quotes over the end", APP("") "workers = \"1", "8 quotes that are not closed" },
    { "comment over the end", APP("") "/* and so on", "8 comment that is never closed" },
    { "section not closed", USERS "app \"chat\" { sdkappid = 1\n" KEY ADMIN ALLOW,
      "2 section that is opened here and never closed" },
    { "list not closed", USERS "app \"chat\" { reserved = {\"a\",\n", "3 list that is never closed" },
    { "empty list", SIGNS("admins = { }\nidentifiers = {/* all? */}"), "6 empty list\n7 empty list" },
    { "nested too deeply", "app a { key b { c d { e f { g h {", "1 braces nested too deeply" },
};

static const struct row syntax[] = {
    { "unknown word", APP("lifetme = \"1h\""), "6 no such option 'lifetme'" },
    { "unknown word at the top", TOP("worker = 1"), "2 no such option 'worker'" },
    { "unknown section", TOP("apps \"x\" { }"), "2 no such option 'apps'" },
    { "word of another section", APP("file = \"/x\""), "6 no such option 'file'" },
    { "upper case", APP("Lifetime = 1h"), "6 no such option 'Lifetime'" },
    { "include", TOP("include(\"/etc/passwd\")"), "2 no such option 'include'" },
    { "faults before and not after", APP("lifetime = \"x\"\nunknown = 1\nmax_lifetime = \"y\""),
      "6 lifetime \"x\" is not a duration\n7 no such option 'unknown'" },
    { "nothing is missed after it", "unknown = 1\n" APP(""), "1 no such option 'unknown'" },
    { "title missing", TOP("socket { path = \"/s\" }"), "2 missing title for section 'socket'" },
    { "brace missing", TOP("socket \"s\" path = \"/s\" }"), "2 missing opening brace" },
    { "too many braces", TOP("}"), "2 unexpected closing brace" },
    { "two values", APP("lifetime = 1h 2h"), "6 no such option '2h'" },
    { "list for a scalar", APP("lifetime = {1h}"), "6 unexpected token '{'" },
    { "appended scalar", APP("lifetime += 1h"), "6 attempt to append to non-list option 'lifetime'" },
    { "no value", APP("lifetime = "), "7 unexpected token '}'" },
    { "no equals sign", APP("lifetime 1h"), "6 missing equal sign after option 'lifetime'" },
};

static const struct row repeats[] = {
    { "scalar", APP("lifetime = 1h\nlifetime = 1h"),
      "7 lifetime is given twice (first in line 6); keep one" },
    { "scalar thrice", APP("lifetime = 1h\nlifetime = 2h\nlifetime = 3h"),
      "7 lifetime is given twice\n8 lifetime is given twice (first in line 7)" },
    { "list", SIGNS("identifiers = {a}\nidentifiers = {b}"),
      "7 identifiers is given twice (first in line 6)" },
    { "top", TOP("workers = 1 allow_swap = true\nworkers = 1"), "3 workers is given twice" },
    { "the same word in two sections", APP(ALLOW ALLOW), "" },
    { "users", TOP(USERS), "2 users is given twice (first in line 1)" },
    { "audit", TOP("audit { }\naudit { file = \"/a\" }"), "3 audit is given twice (first in line 2)" },
    { "app", APP("") APP_ALONE(""),
      "8 app \"chat\" is given twice (first in line 2)\n8 sdkappid 1400000000 is that of app \"chat\" too" },
    { "key", APP("key \"k\" { file = \"/k\" }"), "6 key \"k\" is given twice (first in line 3)" },
    { "admin", APP(ADMIN),
      "5 app \"chat\" has 2 admins\n6 admin \"administrator\" is given twice (first in line 4)" },
    { "socket", TOP("socket \"a\" { path = \"/a\" }\nsocket \"a\" { path = \"/b\" }"),
      "3 socket \"a\" is given twice (first in line 2)" },
    { "socket's path", TOP("socket \"a\" { path = \"/a\" }\nsocket \"b\" { path = \"/a\" }"),
      "3 path \"/a\" is that of socket \"a\" too" },
    { "sdkappid", APP("") "app \"b\" { sdkappid = 1400000000 " KEY ADMIN ALLOW "}",
      "8 sdkappid 1400000000 is that of app \"chat\" too" },
};

static const struct row names[] = {
    { "empty app", USERS "app \"\" { sdkappid = 1\n" KEY ADMIN ALLOW "}", "2 app has an empty name" },
    { "empty key", APP("key '' { file = \"/k\" }"), "6 key has an empty name" },
    { "empty socket", TOP("socket \"\" { path = \"/s\" }"), "2 socket has an empty name" },
    { "empty admin", APP("admin \"\" { }"),
      "5 app \"chat\" has 2 admins\n6 admin \"\" is not 1 to 32 bytes" },
    { "app with a slash", USERS "app \"a/b\" { sdkappid = 1\n" KEY ADMIN ALLOW "}",
      "2 app name \"a/b\" is not 1 to 32 of letters" },
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

static const struct row values[] = {
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
    { "min_remaining 0", APP_ADMIN("\"a\"", "min_remaining = 0s"),
      "2 warning: \n5 min_remaining \"0s\" is outside" },
};

static const struct row rules[] = {
    { "nobody", RULE("may = {sign}"), "4 allow names nobody" },
    { "no may", RULE("users = {0}"), "4 allow has no may" },
    { "unknown in may", RULE("users = {0}\nmay = {sign,\n\"sing\"}"),
      "7 may: \"sing\" is none of admin, url, sign, verify" },
    { "url without admin", RULE("users = {0}\nmay = {url, sign} admins = {\"second\"}"),
      "6 may: url without admin" },
    { "admin where there is none", USERS "app \"a\" { sdkappid = 1\n" KEY ALLOW "}\n",
      "4 may: admin is granted, but app \"a\" has none" },
    { "admins not said", RULE("users = {0} may = {admin}"),
      "4 app \"chat\" has 2 admins, and this rule does not say" },
    { "unknown admin", RULE("users = {0} may = {admin}\nadmins = {\"second\", \"third\"}"),
      "6 admins: app \"chat\" has no admin \"third\"" },
    { "unknown socket", RULE("sockets = {\"main\",\n\"man\"} may = {sign}"),
      "6 sockets: there is no socket \"man\"" },
    { "unknown user", RULE("users = {\"no-such-user\"} may = {sign}"),
      "5 users: no user \"no-such-user\" on this host" },
    { "unknown group", RULE("groups = {\"no-such-group\"} may = {sign}"),
      "5 groups: no group \"no-such-group\" on this host" },
    { "empty user", RULE("users = {\"\"} may = {sign}"), "5 users: no user \"\" on this host" },
    { "negative user", RULE("users = {-1} may = {sign}"), "5 users: no user \"-1\" on this host" },
    { "user 2^32-1", RULE("users = {4294967295} may = {sign}"),
      "5 users: user number 4294967295 is not 0 to 4294967294" },
    { "user 2^32", RULE("users = {4294967296} may = {sign}"), "5 users: user number 4294967296 is not" },
    { "user with a 0 first", RULE("users = {033} may = {sign}"), "5 users: user number 033 is not" },
    { "group 2^32-1", RULE("groups = {4294967295} may = {sign}"),
      "5 groups: group number 4294967295 is not" },
    { "overflow uid", RULE("users = {65534} may = {sign}"), "5 users: \"65534\" is uid 65534" },
    { "overflow uid by name", RULE("users = {\"nobody\"} may = {sign}"), "5 users: \"nobody\" is uid 65534" },
    { "overflow gid", RULE("groups = {65534} may = {sign}"), "5 groups: \"65534\" is gid 65534" },
    { "overflow gid by name", RULE("groups = {\"nogroup\"} may = {sign}"),
      "5 groups: \"nogroup\" is gid 65534" },
    { "rate 0", SIGNS("rate = 0"), "6 rate \"0\" is not a number from 1 to" },
    { "rate 2^32", SIGNS("rate = 4294967296"), "6 rate \"4294967296\" is not" },
    { "max_lifetime over the app's", SIGNS("max_lifetime = 31d"),
      "6 max_lifetime of 2678400 s is over the app's, 2592000 s" },
    { "max_lifetime 0", SIGNS("max_lifetime = 0s"), "6 max_lifetime \"0s\" is outside" },
};

static const struct row users[] = {
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

/* ---- the tests ------------------------------------------------------------------------------------ */

/* Takes the next line of *rest, which is changed; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest;
    if (line == NULL || *line == '\0')
        return NULL;
    char *end = strchr(line, '\n');
    if (end != NULL)
        *end++ = '\0';
    *rest = end;
    return line;
}

/* The same without what only root is told of a config without users, and what is said of one without state_dir. */
static char *next_heard(char **rest)
{
    char *line = next_line(rest);
    while (line != NULL && (strstr(line, ": warning: no user for the ") != NULL ||
                            strstr(line, ": warning: no state_dir: ") != NULL))
        line = next_line(rest);
    return line;
}

static void check_said(const struct row *row, const char *said)
{
    char *heard = strdup(said), *wanted = strdup(row->said), *heard_rest = heard, *wanted_rest = wanted;
    char *line, *expected, begin[sizeof conf + 16];
    ck_assert_msg(heard != NULL && wanted != NULL, "no memory");
    while ((expected = next_line(&wanted_rest)) != NULL) {
        char *text = strchr(expected, ' ') + 1;
        snprintf(begin, sizeof begin, "%s:%d: ", conf, atoi(expected));
        line = next_heard(&heard_rest);
        ck_assert_msg(line != NULL && strncmp(line, begin, strlen(begin)) == 0 && strstr(line, text) != NULL,
                      "%s: expected a line \"%s...%s\" in:\n%s", row->name, begin, text, said);
    }
    line = next_heard(&heard_rest);
    ck_assert_msg(line == NULL, "%s: did not expect \"%s\" in:\n%s", row->name, line, said);
    free(heard);
    free(wanted);
}

static void check_row(const struct row *row, bool is_good)
{
    char *said;
    struct config *config = load(row->text, strlen(row->text), &said);
    check_said(row, said);
    ck_assert_msg((config != NULL) == is_good, "%s: expected %s, got the other; said: %s", row->name,
                  is_good ? "a config" : "NULL", said);
    config_free(config);
    free(said);
}

START_TEST(takes_good)
{
    check_row(&good[_i], true);
}
END_TEST

START_TEST(refuses_bytes)
{
    check_row(&bytes[_i], false);
}
END_TEST

START_TEST(refuses_syntax)
{
    check_row(&syntax[_i], false);
}
END_TEST

START_TEST(refuses_repeats)
{
    check_row(&repeats[_i], repeats[_i].said[0] == '\0');
}
END_TEST

START_TEST(refuses_names)
{
    check_row(&names[_i], false);
}
END_TEST

START_TEST(refuses_values)
{
    check_row(&values[_i], false);
}
END_TEST

START_TEST(refuses_rules)
{
    check_row(&rules[_i], false);
}
END_TEST

START_TEST(refuses_users)
{
    check_row(&users[_i], false);
}
END_TEST

/* A value that may be a key written in the wrong place is not repeated. */
START_TEST(repeats_no_key)
{
    char *said;
    const char *text = APP("key \"b\" { file = \"SECRETSECRET\" }");
    ck_assert_ptr_null(load(text, strlen(text), &said));
    ck_assert_msg(strstr(said, "SECRETSECRET") == NULL, "the value is in: %s", said);
    free(said);
}
END_TEST

START_TEST(refuses_nul)
{
    static const char text[] = APP("") "\0workers = 2\n";
    char *said;
    ck_assert_ptr_null(load(text, sizeof text - 1, &said));
    ck_assert_msg(strstr(said, ":8: NUL byte") != NULL, "expected \"NUL byte\", got: %s", said);
    free(said);
}
END_TEST

START_TEST(reads_defaults)
{
    char *said;
    const char *text = APP_ALONE("");
    struct config *config = load(text, strlen(text), &said);
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
    ck_assert_uint_eq(app->keys[0].not_before, 0);
    ck_assert_uint_eq(app->keys[0].not_after, 0);
    ck_assert(!app->keys[0].revoked);
    ck_assert_int_eq(app->keys[0].line, 2);
    ck_assert_uint_eq(app->admins[0].lifetime, 86400);
    ck_assert_uint_eq(app->admins[0].min_remaining, 600);
    const struct config_rule *rule = &app->rules[0];
    ck_assert_uint_eq(rule->admins, 1);
    ck_assert_uint_eq(rule->sockets, UINT32_MAX);
    ck_assert_uint_eq(rule->max_lifetime, 0);
    ck_assert_uint_eq(rule->rate, 0);
    ck_assert_uint_eq(rule->n_patterns, 1);
    ck_assert_str_eq(rule->patterns[0], "*");
    config_free(config);
    free(said);
}
END_TEST

static const char everything[] =
    "app \"one\" { sdkappid = 20000001 region = \"singapore\" lifetime = 90s max_lifetime = 2w url_lifetime = 5m\n"
    "  reserved = {\"ops\", \"root\"}\n"
    "  key \"old\" { file = \"/etc/sigd/old.key\" not_after = \"2026-07-01T00:00:00Z\" revoked = true }\n"
    "  key \"new\" { file = \"/etc/sigd/new.key\" not_before = \"2026-01-01T00:00:00Z\" }\n"
    "  admin \"administrator\" { lifetime = 12h min_remaining = 1h }\n"
    "  admin \"robot 2\" { }\n"
    "  allow { users = {0, 1000} groups = {5, 6, 7} sockets = {\"b\"} may = {\"admin\", \"url\"} admins = {\"robot 2\"} }\n"
    "  allow { sockets = {\"a\", \"b\"} may = {\"sign\", \"verify\"} identifiers = {\"u_*\", '?'} max_lifetime = 1d rate = 50 }\n"
    "}\n"
    "socket \"a\" { path = \"/run/a.sock\" mode = 0600 group = 7 }\n"
    "socket \"b\" { path = \"/run/b.sock\" apps = {\"two\", \"one\"} }\n"
    "socket \"c\" { path = \"/run/c.sock\" apps = {\"two\"} }\n"
    "app \"two\" { sdkappid = 20000002 key \"k\" { file = \"/k\" } }\n"
    "workers = 4 allow_swap = true\n"
    "audit { file = \"/var/log/a\" sync = none }\n"
    "users { signer = 4001 front = 4002 }\n";

START_TEST(reads_everything)
{
    char *said;
    struct config *config = load(everything, strlen(everything), &said);
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

    ck_assert_uint_eq(config->n_apps, 2);
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
    ck_assert_uint_eq(config->apps[1].n_rules, 0);
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
        struct config *config = load(text, strlen(text), &said);
        ck_assert_msg(config != NULL, "refused: %s", said);
        ck_assert_uint_eq(config->signer_uid, entry->pw_uid);
        ck_assert_uint_eq(config->signer_gid, entry->pw_gid);
        config_free(config);
        free(said);
    }
}
END_TEST

/* ---- as many as there may be, and one more -------------------------------------------------------- */

static const struct {
    const char *name, *before, *each, *between, *after, *fault; /* each has one %zu, and perhaps a second */
    size_t max;
} counted[] = {
    { "apps", USERS, "app \"a%zu\" { sdkappid = 1%zu key k { file = \"/k\" } }\n", "", "",
      "more than 64 sections \"app\"", SIGD_APPS_MAX },
    { "keys", USERS "app a { sdkappid = 1\n", "key k%zu { file = \"/k%zu\" }\n", "", "}",
      "more than 8 sections \"key\"", SIGD_KEYS_MAX },
    { "admins", USERS "app a { sdkappid = 1 " KEY, "admin a%zu { lifetime = 1%zus }\n", "", "}",
      "more than 16 sections \"admin\"", SIGD_ADMINS_MAX },
    { "rules", USERS "app a { sdkappid = 1 " KEY, "allow { users = {%zu} may = {sign} rate = 1%zu }\n", "",
      "}", "more than 64 sections \"allow\"", SIGD_RULES_MAX },
    { "sockets", USERS "app a { sdkappid = 1 " KEY "}\n", "socket s%zu { path = \"/s%zu\" }\n", "", "",
      "more than 16 sections \"socket\"", SIGD_SOCKETS_MAX },
    { "reserved", USERS "app a { sdkappid = 1 " KEY "reserved = {", "r%zu.%zu", ",", "} }",
      "more than 64 reserved names", SIGD_RESERVED_MAX },
    { "users", USERS "app a { sdkappid = 1 " KEY "allow { may = {sign} users = {", "1%zu%zu", ",", "} } }",
      "more than 32 users in one rule", SIGD_RULE_IDS_MAX },
    { "groups", USERS "app a { sdkappid = 1 " KEY "allow { may = {sign} groups = {", "1%zu%zu", ",", "} } }",
      "more than 32 groups in one rule", SIGD_RULE_IDS_MAX },
    { "patterns", USERS "app a { sdkappid = 1 " KEY "allow { users = {0} may = {sign} identifiers = {",
      "a%zu.%zu", ",", "} } }", "more than 32 identifiers in one rule", SIGD_RULE_PATTERNS_MAX },
};

static struct config *load_counted(int row, size_t n, char **said)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    fputs(counted[row].before, out);
    for (size_t i = 0; i < n; i++) {
        fputs(i == 0 ? "" : counted[row].between, out);
        for (const char *p = counted[row].each; *p != '\0'; p++) {
            if (strncmp(p, "%zu", 3) == 0) {
                fprintf(out, "%zu", i);
                p += 2;
            } else {
                fputc(*p, out);
            }
        }
    }
    fputs(counted[row].after, out);
    fclose(out);
    struct config *config = load(text, strlen(text), said);
    free(text);
    return config;
}

START_TEST(keeps_to_limits)
{
    char *said;
    struct config *config = load_counted(_i, counted[_i].max, &said);
    ck_assert_msg(config != NULL, "%zu %s refused: %s", counted[_i].max, counted[_i].name, said);
    config_free(config);
    free(said);
    config = load_counted(_i, counted[_i].max + 1, &said);
    ck_assert_msg(config == NULL && strstr(said, counted[_i].fault) != NULL,
                  "%zu %s: expected \"%s\", got: %s", counted[_i].max + 1, counted[_i].name,
                  counted[_i].fault, said);
    config_free(config);
    free(said);
}
END_TEST

/* ---- the file itself ------------------------------------------------------------------------------ */

static void check_file_fault(const char *fault)
{
    char *said;
    size_t size;
    FILE *errors = open_memstream(&said, &size);
    ck_assert_ptr_nonnull(errors);
    struct config *config = config_load(conf, errors);
    fclose(errors);
    ck_assert_msg(config == NULL && strstr(said, fault) != NULL, "expected \"%s\", got: %s", fault, said);
    free(said);
}

START_TEST(obeys_file_rules)
{
    check_file_fault("sigd.conf: no such file");
    write_conf(APP(""), strlen(APP("")));
    ck_assert_int_eq(chmod(conf, 0664), 0);
    check_file_fault("chmod go-w");
    ck_assert_int_eq(unlink(conf), 0);
    ck_assert_int_eq(symlink("/etc/passwd", conf), 0);
    check_file_fault("is a symbolic link");
    ck_assert_int_eq(unlink(conf), 0);
    ck_assert_int_eq(mkfifo(conf, 0600), 0);
    check_file_fault("is a FIFO");
    ck_assert_int_eq(unlink(conf), 0);
    int fd = open(conf, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(ftruncate(fd, 65537), 0);
    close(fd);
    check_file_fault("65537 bytes");
}
END_TEST

/* ---- no byte of a file may bring it down, and half a file is never taken for a whole one ----------- */

START_TEST(refuses_every_beginning)
{
    const char *text = APP("lifetime = 1h # end");
    size_t whole = strlen(text) - 1; /* without the last line end */
    for (size_t i = 0; i < whole; i++) {
        char *said;
        struct config *config = load(text, i, &said);
        ck_assert_msg(config == NULL && said[0] != '\0', "the first %zu bytes were taken", i);
        free(said);
    }
}
END_TEST

START_TEST(survives_every_byte)
{
    static const char with[] = { '\0', '"', '\'', '{', '}', '=', '\n', '#',
                                 '\\', '$', '|',  '*', '/', '9', ',',  '\377' };
    char text[sizeof everything];
    for (size_t i = 0; i < sizeof everything - 1; i++) {
        char *said;
        memcpy(text, everything, sizeof text);
        text[i] = with[(i * 7 + (size_t)_i) % sizeof with];
        struct config *config = load(text, sizeof text - 1, &said);
        ck_assert_msg(config != NULL || said[0] != '\0', "byte %zu: refused without a word", i);
        config_free(config);
        free(said);
    }
}
END_TEST

/* ---- single values -------------------------------------------------------------------------------- */

static const struct {
    char kind; /* d: duration, t: time, m: mode */
    const char *text;
    uint64_t value; /* 77: refused, and left as it was */
} words[] = {
    { 'd', "1s", 1 },
    { 'd', "2m", 120 },
    { 'd', "3h", 10800 },
    { 'd', "4d", 345600 },
    { 'd', "5w", 3024000 },
    { 'd', "0s", 0 },
    { 'd', "30500568904943w", 30500568904943 * UINT64_C(604800) },
    { 'd', "30500568904944w", 77 },
    { 'd', "", 77 },
    { 'd', "s", 77 },
    { 'd', "1", 77 },
    { 'd', "1S", 77 },
    { 'd', "1y", 77 },
    { 'd', "1 h", 77 },
    { 'd', " 1h", 77 },
    { 'd', "1h ", 77 },
    { 'd', "1hs", 77 },
    { 'd', "01h", 77 },
    { 'd', "+1h", 77 },
    { 'd', "1.5h", 77 },
    { 'd', "1h30m", 77 },
    { 't', "1970-01-01T00:00:00Z", 0 },
    { 't', "2026-01-01T00:00:00Z", 1767225600 },
    { 't', "2028-02-29T23:59:59Z", 1835481599 },
    { 't', "2106-02-07T06:28:16Z", UINT64_C(4294967296) },
    { 't', "2027-02-29T00:00:00Z", 77 },
    { 't', "1969-12-31T23:59:59Z", 77 },
    { 't', "2026-13-01T00:00:00Z", 77 },
    { 't', "2026-00-01T00:00:00Z", 77 },
    { 't', "2026-01-00T00:00:00Z", 77 },
    { 't', "2026-01-01T24:00:00Z", 77 },
    { 't', "2026-01-01T00:60:00Z", 77 },
    { 't', "2026-01-01T00:00:60Z", 77 },
    { 't', "2026-01-01T00:00:00z", 77 },
    { 't', "2026-01-01 00:00:00Z", 77 },
    { 't', "2026-01-01T00:00:00", 77 },
    { 't', "2026-01-01", 77 },
    { 't', "2026-01-01T00:00:00.0Z", 77 },
    { 't', "+026-01-01T00:00:00Z", 77 },
    { 't', "", 77 },
    { 'm', "0000", 0 },
    { 'm', "0660", 0660 },
    { 'm', "0777", 0777 },
    { 'm', "660", 77 },
    { 'm', "1660", 77 },
    { 'm', "00660", 77 },
    { 'm', "0668", 77 },
    { 'm', "0x66", 77 },
    { 'm', "", 77 },
};

START_TEST(reads_words)
{
    uint64_t value = 77;
    mode_t mode = 77;
    bool is_good = words[_i].kind == 'd'   ? config_words_duration(words[_i].text, &value)
                   : words[_i].kind == 't' ? config_words_time(words[_i].text, &value)
                                           : config_words_mode(words[_i].text, &mode);
    if (words[_i].kind == 'm')
        value = mode;
    ck_assert_msg(value == words[_i].value && is_good == (value != 77),
                  "%c \"%s\": expected %llu, got %llu (%s)", words[_i].kind, words[_i].text,
                  (unsigned long long)words[_i].value, (unsigned long long)value,
                  is_good ? "taken" : "refused");
}
END_TEST

#define LOOP(tcase, test, rows) tcase_add_loop_test(tcase, test, 0, (int)(sizeof(rows) / sizeof(rows)[0]))

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("config");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120); /* valgrind */
    LOOP(tcase, takes_good, good);
    LOOP(tcase, refuses_bytes, bytes);
    LOOP(tcase, refuses_syntax, syntax);
    LOOP(tcase, refuses_repeats, repeats);
    LOOP(tcase, refuses_names, names);
    LOOP(tcase, refuses_values, values);
    LOOP(tcase, refuses_rules, rules);
    LOOP(tcase, refuses_users, users);
    LOOP(tcase, keeps_to_limits, counted);
    LOOP(tcase, reads_words, words);
    tcase_add_test(tcase, repeats_no_key);
    tcase_add_test(tcase, refuses_nul);
    tcase_add_test(tcase, reads_defaults);
    tcase_add_test(tcase, reads_everything);
    tcase_add_test(tcase, reads_primary_group);
    tcase_add_test(tcase, obeys_file_rules);
    tcase_add_test(tcase, refuses_every_beginning);
    tcase_add_loop_test(tcase, survives_every_byte, 0, 4);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
