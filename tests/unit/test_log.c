/* test_log.c: log lines in both formats: what callers send never makes another line, another field or broken JSON. */
#include "unit.h"

#include "log.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *file;
static int saved = -1;

/* Standard error into a file, for lines that are looked at. */
static void set_up(void)
{
    file = tmpfile();
    ck_assert_ptr_nonnull(file);
    saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    log_open("test");
}

static void tear_down(void)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    fclose(file);
}

/* What was written since the last call, NUL-terminated. */
static const char *written(void)
{
    static char text[65536];
    rewind(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    ck_assert_int_eq(ftruncate(fileno(file), 0), 0);
    ck_assert_int_eq(lseek(STDERR_FILENO, 0, SEEK_SET), 0);
    return text;
}

static const char *one_line(void)
{
    const char *text = written();
    ck_assert_msg(strchr(text, '\n') == text + strlen(text) - 1, "not one line: %.700s", text);
    return text;
}

/* One line that is one JSON object without a name twice. */
static json_t *object(void)
{
    json_error_t error;
    const char *text = one_line();
    json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    ck_assert_msg(json_is_object(parsed), "%s: %.700s", error.text, text);
    ck_assert_str_eq(json_string_value(json_object_get(parsed, "proc")), "test");
    return parsed;
}

/* Fields, and what JSON has of them. */
static const struct {
    const char *fields, *json;
} rows[] = {
    { "", "{}" },
    { "a=1", "{\"a\":1}" },
    { "a=1 b=two", "{\"a\":1,\"b\":\"two\"}" },
    { "a=\"two words\" b=0", "{\"a\":\"two words\",\"b\":0}" },
    { "a=", "{\"a\":\"\"}" },
    { "a=\"\"", "{\"a\":\"\"}" },
    { "a= b=1", "{\"a\":\"\",\"b\":1}" },
    { "a=007 b=-1 c=1.5", "{\"a\":\"007\",\"b\":\"-1\",\"c\":\"1.5\"}" },
    { "a=123456789012345", "{\"a\":123456789012345}" },
    { "a=1234567890123456", "{\"a\":\"1234567890123456\"}" },          /* past what a double holds exactly */
    { "a=\"x\\x0ay\\x22\" b=1", "{\"a\":\"x\\u000ay\\\"\",\"b\":1}" }, /* log_value's escapes */
    { "a=\"x\\x\"", "{\"a\":\"x\\\\x\"}" },
    { "a=/a path/with spaces b=1", "{\"a\":\"/a path/with spaces\",\"b\":1}" },
    { "a=\"an \"inner\" quote\" b=1", "{\"a\":\"an \\\"inner\\\" quote\",\"b\":1}" },
    { "a=\"no end b=1", "{\"a\":\"\\\"no end\",\"b\":1}" },
    { "no field at all", "{\"fields\":\"no field at all\"}" },
    { "a=line\nlevel=error", "{\"a\":\"line\\nlevel=error\"}" },
    { "a=\x7f\x80\xc3\xa4", "{\"a\":\"\\u007f\\u0080\\u00c3\\u00a4\"}" },
};

START_TEST(fields_as_json)
{
    ck_assert(log_set(LOG_FORMAT_JSON, LOG_LEVEL_INFO));
    log_line(LOG_LEVEL_INFO, "words of \"it\"", "%s", rows[_i].fields);
    json_t *parsed = object(), *expected = json_loads(rows[_i].json, 0, NULL);
    ck_assert_ptr_nonnull(expected);
    ck_assert_str_eq(json_string_value(json_object_get(parsed, "msg")), "words of \"it\"");
    ck_assert_str_eq(json_string_value(json_object_get(parsed, "level")), "info");
    ck_assert(json_is_integer(json_object_get(parsed, "pid")));
    static const char *const own[] = { "time", "level", "proc", "pid", "msg" };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        ck_assert_int_eq(json_object_del(parsed, own[i]), 0);
    char *got = json_dumps(parsed, JSON_COMPACT | JSON_SORT_KEYS);
    char *want = json_dumps(expected, JSON_COMPACT | JSON_SORT_KEYS);
    ck_assert_msg(json_equal(parsed, expected), "row %d: expected %s, got %s", _i, want, got);
    free(got);
    free(want);
    json_decref(parsed);
    json_decref(expected);
}
END_TEST

START_TEST(lines_in_logfmt)
{
    ck_assert(log_set(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO));
    log_line(LOG_LEVEL_WARN, "two words", "a=%d b=\"%s\"", 1, "x\ntime=0 level=error msg=forged");
    const char *line = one_line();
    ck_assert_msg(strstr(line, " level=warn proc=test pid=") &&
                      strstr(line, " msg=\"two words\" a=1 b=\"x\\x0atime=0 level=error msg=forged\"\n"),
                  "%s", line);
    log_line(LOG_LEVEL_INFO, "ready", "");
    line = one_line();
    ck_assert_msg(strcmp(line + strlen(line) - strlen(" msg=ready\n"), " msg=ready\n") == 0, "%s", line);
}
END_TEST

/* Random bytes as a field, raw and through log_value: one line, JSON that a strict reader takes. */
START_TEST(random_fields)
{
    char bytes[4096], value[LOG_VALUE_SIZE];
    unit_seed();
    for (int round = 0; round < 3000; round++) {
        size_t len = unit_below(round % 50 ? 100 : sizeof bytes - 1);
        unit_fill(bytes, len);
        for (size_t i = 0; i < len; i++) {
            static const char likely[] = "a=\" \\x0\n";
            if (unit_below(2))
                bytes[i] = likely[unit_below(sizeof likely - 1)];
            if (bytes[i] == '\0')
                bytes[i] = '0';
        }
        bytes[len] = '\0';
        log_set(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
        log_line(LOG_LEVEL_INFO, "m", "v=%s w=1", log_value(value, bytes, len));
        json_t *parsed = object();
        ck_assert_int_eq(json_integer_value(json_object_get(parsed, "w")), 1);
        ck_assert_uint_eq(json_object_size(parsed), 7);
        json_decref(parsed);
        log_line(LOG_LEVEL_INFO, bytes, "raw=\"%s\"", bytes);
        json_error_t error;
        const char *text =
            one_line(); /* a forged field may stand in it twice: developers' fields are not so */
        parsed = json_loads(text, JSON_ALLOW_NUL, &error);
        ck_assert_msg(json_is_object(parsed), "%s: %.700s", error.text, text);
        json_decref(parsed);
        log_set(LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO);
        log_line(LOG_LEVEL_INFO, "m", "v=%s raw=%s", log_value(value, bytes, len), bytes);
        for (text = one_line(); *text != '\n'; text++)
            ck_assert_msg((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7F, "byte %02x", *text);
    }
}
END_TEST

START_TEST(levels)
{
    ck_assert_int_eq(log_level_named("info"), LOG_LEVEL_INFO);
    ck_assert_int_eq(log_level_named("INFO"), -1);
    for (unsigned level = 0; level < LOG_LEVELS; level++) {
        ck_assert_int_eq(log_level_named(log_level_name((enum log_level)level)), (int)level);
        ck_assert(log_set(LOG_FORMAT_LOGFMT, level));
        for (unsigned of = 0; of < LOG_LEVELS; of++) {
            log_line((enum log_level)of, "m", "");
            ck_assert_msg((*written() != '\0') == (of <= level), "line of level %u at level %u", of, level);
            ck_assert_int_eq(log_wants((enum log_level)of), of <= level);
        }
    }
    ck_assert(!log_set(LOG_FORMATS, 0) && !log_set(0, LOG_LEVELS));
    ck_assert_int_eq(log_level_now(), LOG_LEVEL_DEBUG); /* a change that is none changes nothing */
}
END_TEST

START_TEST(telling)
{
    log_set(LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
    log_tell("app %s: \"%s\"", "x", "y\n");
    ck_assert_str_eq(written(), "sigd: app x: \"y\\x0a\"\n");
    log_set(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
    log_tell("app %s: \"%s\"", "x", "y");
    json_t *parsed = object();
    ck_assert_str_eq(json_string_value(json_object_get(parsed, "msg")), "app x: \"y\"");
    json_decref(parsed);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, fields_as_json, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, lines_in_logfmt);
    tcase_add_test(tests, random_fields);
    tcase_add_test(tests, levels);
    tcase_add_test(tests, telling);
}

int main(void)
{
    return unit_run("log", fill);
}
