/* test_jsonout.c: what sigctl status prints is JSON whatever bytes names and paths have. */
#include "unit.h"

#include "../../sigd/master/jsonout.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
    const char *name, *value, *expected; /* between the quotes */
} rows[] = {
    { "plain", "administrator", "administrator" },
    { "empty", "", "" },
    { "quote and backslash", "a\"b\\c", "a\\\"b\\\\c" },
    { "control characters", "a\nb\x1b\x7f", "a\\u000ab\\u001b\\u007f" },
    { "two bytes", "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf" },
    { "three bytes", "\xe0\xa0\x80\xe4\xb8\xad\xed\x9f\xbf\xee\x80\x80",
      "\xe0\xa0\x80\xe4\xb8\xad\xed\x9f\xbf\xee\x80\x80" },
    { "four bytes", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
    { "a byte that begins nothing", "a\x80z\xff", "a\\\\x80z\\\\xff" },
    { "too long a form of two", "\xc1\xbf", "\\\\xc1\\\\xbf" },
    { "too long a form of three", "\xe0\x9f\xbf", "\\\\xe0\\\\x9f\\\\xbf" },
    { "too long a form of four", "\xf0\x8f\xbf\xbf", "\\\\xf0\\\\x8f\\\\xbf\\\\xbf" },
    { "a surrogate", "\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80" },
    { "past the last character", "\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80" },
    { "five bytes", "\xf8\x88\x80\x80\x80", "\\\\xf8\\\\x88\\\\x80\\\\x80\\\\x80" },
    { "cut after one of two", "a\xc2", "a\\\\xc2" },
    { "cut after two of three", "\xe4\xb8", "\\\\xe4\\\\xb8" },
    { "cut after three of four", "\xf0\x90\x80", "\\\\xf0\\\\x90\\\\x80" },
    { "another instead of the rest", "\xe4\xb8z", "\\\\xe4\\\\xb8z" },
};

START_TEST(a_string)
{
    const struct row *row = &rows[_i];
    struct jsonout out = { 0 };
    jsonout_string(&out, NULL, row->value);
    size_t len = strlen(row->expected);
    ck_assert_msg(!out.failed && out.len == len + 2 && out.text[0] == '"' && out.text[len + 1] == '"' &&
                      memcmp(out.text + 1, row->expected, len) == 0,
                  "%s: expected \"%s\", got %.*s", row->name, row->expected, (int)out.len, out.text);
    json_t *value = json_loadb(out.text, out.len, JSON_DECODE_ANY, NULL);
    ck_assert_msg(json_is_string(value), "%s: no JSON: %.*s", row->name, (int)out.len, out.text);
    json_decref(value);
    free(out.text);
}
END_TEST

START_TEST(a_document)
{
    struct jsonout out = { 0 };
    jsonout_open(&out, NULL, '{');
    jsonout_string(&out, "name", "a");
    jsonout_string(&out, "nothing", NULL);
    jsonout_number(&out, "most", UINT64_MAX);
    jsonout_bool(&out, "yes", true);
    jsonout_time(&out, "never", 0);
    jsonout_time(&out, "then", 1700000000);
    jsonout_open(&out, "list", '[');
    for (uint64_t i = 0; i < 1000; i++) /* more than any first size */
        jsonout_number(&out, NULL, i);
    jsonout_close(&out, ']');
    jsonout_open(&out, "empty", '{');
    jsonout_close(&out, '}');
    jsonout_bool(&out, "no", false);
    jsonout_close(&out, '}');
    static const char begin[] =
        "{\"name\":\"a\",\"nothing\":null,\"most\":18446744073709551615,\"yes\":true,\"never\":null,"
        "\"then\":\"2023-11-14T22:13:20Z\",\"list\":[0,1,2,",
                      end[] = ",998,999],\"empty\":{},\"no\":false}";
    ck_assert(!out.failed && out.len > sizeof begin + sizeof end);
    ck_assert_mem_eq(out.text, begin, sizeof begin - 1);
    ck_assert_mem_eq(out.text + out.len - (sizeof end - 1), end, sizeof end - 1);
    free(out.text);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, a_string, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, a_document);
}

int main(void)
{
    return unit_run("jsonout", fill);
}
