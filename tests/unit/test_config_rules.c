/* test_config_rules.c: allow sections that are refused, and how many of everything there may be. */
#include "conf.h"

#include <stdlib.h>
#include <string.h>

static const struct conf_row rules[] = {
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
    { "rights 256", SIGNS("rights = 256"), "6 rights \"256\" is not a number from 0 to 255" },
    { "rights in hex", SIGNS("rights = 0xff"), "6 rights \"0xff\" is not" },
    { "max_lifetime over the app's", SIGNS("max_lifetime = 31d"),
      "6 max_lifetime of 2678400 s is over the app's, 2592000 s" },
    { "max_lifetime 0", SIGNS("max_lifetime = 0s"), "6 max_lifetime \"0s\" is outside" },
};

START_TEST(refuses_rules)
{
    conf_check_row(&rules[_i], false);
}
END_TEST

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
    struct config *config = conf_load(text, strlen(text), said);
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

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, conf_set_up, conf_tear_down);
    tcase_add_loop_test(tests, refuses_rules, 0, UNIT_ROWS(rules));
    tcase_add_loop_test(tests, keeps_to_limits, 0, UNIT_ROWS(counted));
}

int main(void)
{
    return unit_run("config_rules", fill);
}
