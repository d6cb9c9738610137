/* test_config_syntax.c: what is wrong with the bytes and the grammar of sigd.conf, in which line. */
#include "conf.h"

#include <stdlib.h>
#include <string.h>

static const struct conf_row bytes[] = {
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

START_TEST(refuses_bytes)
{
    conf_check_row(&bytes[_i], false);
}
END_TEST

static const struct conf_row syntax[] = {
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

START_TEST(refuses_syntax)
{
    conf_check_row(&syntax[_i], false);
}
END_TEST

static const struct conf_row repeats[] = {
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

START_TEST(refuses_repeats)
{
    conf_check_row(&repeats[_i], repeats[_i].said[0] == '\0');
}
END_TEST

START_TEST(refuses_nul)
{
    static const char text[] = APP("") "\0workers = 2\n";
    char *said;
    ck_assert_ptr_null(conf_load(text, sizeof text - 1, &said));
    ck_assert_msg(strstr(said, ":8: NUL byte") != NULL, "expected \"NUL byte\", got: %s", said);
    free(said);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, conf_set_up, conf_tear_down);
    tcase_add_loop_test(tests, refuses_bytes, 0, UNIT_ROWS(bytes));
    tcase_add_loop_test(tests, refuses_syntax, 0, UNIT_ROWS(syntax));
    tcase_add_loop_test(tests, refuses_repeats, 0, UNIT_ROWS(repeats));
    tcase_add_test(tests, refuses_nul);
}

int main(void)
{
    return unit_run("config_syntax", fill);
}
