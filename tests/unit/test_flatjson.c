/* test_flatjson.c: the reader of one flat JSON object: what it takes, what it refuses, member by member. */
#include "unit.h"

#include "flatjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads json to its end and writes "name=type:value;" a member into out; "!" when it was refused. A copy of the exact
 * size, so that the sanitizer sees one byte too far. */
static void read_all(char *out, size_t out_size, const char *json, size_t len)
{
    static const char types[] = { [FLATJSON_STRING] = 's', [FLATJSON_NUMBER] = 'n', [FLATJSON_WORD] = 'w' };
    struct flatjson reader;
    struct flatjson_member m;
    char *copy = malloc(len ? len : 1);
    size_t at = 0;
    int more;
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, json, len);
    flatjson_begin(&reader, copy, len);
    while ((more = flatjson_next(&reader, &m)) == 1)
        at += (size_t)snprintf(out + at, out_size - at, "%.*s=%c:%.*s;", (int)m.name.len, m.name.bytes,
                               types[m.type], (int)m.value.len, m.value.bytes);
    ck_assert(more == 0 || more == -1);
    snprintf(more ? out : out + at, 2, more ? "!" : "");
    free(copy);
}

#define ROW(name, json, members)              \
    {                                         \
        name, json, sizeof(json) - 1, members \
    }
static const struct row {
    const char *name, *json;
    size_t len;
    const char *members; /* "!": refused */
} rows[] = {
    ROW("empty object", "{}", ""),
    ROW("empty object, spaces", " \t\r\n{ \t\r\n} \t\r\n", ""),
    ROW("one string", "{\"a\":\"b\"}", "a=s:b;"),
    ROW("spaces everywhere", " { \"a\" : \"b\" , \"c\" : 1 } ", "a=s:b;c=n:1;"),
    ROW("empty name and value", "{\"\":\"\"}", "=s:;"),
    ROW("words", "{\"a\":true,\"b\":false,\"c\":null}", "a=w:true;b=w:false;c=w:null;"),
    ROW("numbers", "{\"a\":0,\"b\":-1,\"c\":1.5,\"d\":1e3,\"e\":-0.0E-10,\"f\":1E+2}",
        "a=n:0;b=n:-1;c=n:1.5;d=n:1e3;e=n:-0.0E-10;f=n:1E+2;"),
    ROW("one-letter escapes", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a=s:\"\\/\b\f\n\r\t;"),
    ROW("unicode escapes", "{\"a\":\"\\u0041\\u00e9\\u5C0F\\u5c0f\"}",
        "a=s:A\xC3\xA9\xE5\xB0\x8F\xE5\xB0\x8F;"),
    ROW("surrogate pair", "{\"a\":\"\\uD83D\\uDE00\"}", "a=s:\xF0\x9F\x98\x80;"),
    ROW("highest pair", "{\"a\":\"\\udbff\\udfff\"}", "a=s:\xF4\x8F\xBF\xBF;"),
    ROW("lowest pair", "{\"a\":\"\\ud800\\udc00\"}", "a=s:\xF0\x90\x80\x80;"),
    ROW("raw UTF-8", "{\"a\":\"\xE5\xB0\x8F\"}", "a=s:\xE5\xB0\x8F;"),
    ROW("raw DEL", "{\"a\":\"\x7F\"}", "a=s:\x7F;"),
    ROW("escaped name", "{\"\\u0061\\/\":1}", "a/=n:1;"),
    ROW("names that differ in case", "{\"a\":1,\"A\":2}", "a=n:1;A=n:2;"),
    ROW("a name that begins another", "{\"ab\":1,\"a\":2}", "ab=n:1;a=n:2;"),
    ROW("braces in a string", "{\"a\":\"{}[],:\"}", "a=s:{}[],:;"),

    ROW("nothing", "", "!"),
    ROW("spaces alone", "  ", "!"),
    ROW("cut after {", "{", "!"),
    ROW("cut in a name", "{\"a", "!"),
    ROW("cut after a name", "{\"a\"", "!"),
    ROW("cut after :", "{\"a\":", "!"),
    ROW("cut in a value", "{\"a\":\"b", "!"),
    ROW("cut after a value", "{\"a\":\"b\"", "!"),
    ROW("cut after a comma", "{\"a\":\"b\",", "!"),
    ROW("cut in an escape", "{\"a\":\"\\", "!"),
    ROW("cut in a unicode escape", "{\"a\":\"\\u00", "!"),
    ROW("cut between two surrogates", "{\"a\":\"\\ud83d", "!"),
    ROW("cut in a word", "{\"a\":tru", "!"),
    ROW("cut in a number", "{\"a\":-", "!"),
    ROW("array", "[]", "!"),
    ROW("string", "\"a\"", "!"),
    ROW("number", "1", "!"),
    ROW("null", "null", "!"),
    ROW("object as value", "{\"a\":{}}", "!"),
    ROW("array as value", "{\"a\":[]}", "!"),
    ROW("comma first", "{,\"a\":1}", "!"),
    ROW("comma last", "{\"a\":1,}", "!"),
    ROW("comma alone", "{,}", "!"),
    ROW("two commas", "{\"a\":1,,\"b\":2}", "!"),
    ROW("no comma", "{\"a\":1\"b\":2}", "!"),
    ROW("no colon", "{\"a\"1}", "!"),
    ROW("no value", "{\"a\":}", "!"),
    ROW("semicolon", "{\"a\":1;\"b\":2}", "!"),
    ROW("name without quotes", "{a:1}", "!"),
    ROW("single quotes", "{'a':1}", "!"),
    ROW("number as name", "{1:1}", "!"),
    ROW("byte after the object", "{}x", "!"),
    ROW("second object", "{}{}", "!"),
    ROW("NUL after the object", "{}\0", "!"),
    ROW("vertical tab", "{\v}", "!"),
    ROW("form feed", "{}\f", "!"),
    ROW("no-break space", "{}\xC2\xA0", "!"),
    ROW("BOM", "\xEF\xBB\xBF{}", "!"),
    ROW("comment", "{/**/}", "!"),
    ROW("duplicate", "{\"a\":1,\"a\":1}", "!"),
    ROW("duplicate, not neighbours", "{\"a\":1,\"b\":2,\"a\":3}", "!"),
    ROW("duplicate by an escape", "{\"ab\":1,\"a\\u0062\":2}", "!"),
    ROW("duplicate by \\/", "{\"a/\":1,\"a\\/\":2}", "!"),
    ROW("duplicate empty name", "{\"\":1,\"\":2}", "!"),
    ROW("duplicate of an escaped NUL", "{\"\\u0000\":1,\"\\u0000\":2}", "!"),
    ROW("raw newline in a string", "{\"a\":\"\n\"}", "!"),
    ROW("raw tab in a name", "{\"\t\":1}", "!"),
    ROW("raw NUL in a string", "{\"a\":\"\0\"}", "!"),
    ROW("raw 0x1F in a string", "{\"a\":\"\x1F\"}", "!"),
    ROW("invalid UTF-8", "{\"a\":\"\xFF\"}", "!"),
    ROW("invalid UTF-8 in a name", "{\"\xC0\x80\":1}", "!"),
    ROW("half a sequence before an escape", "{\"a\":\"\xC3\\u0041\"}", "!"),
    ROW("half a sequence at the quote", "{\"a\":\"\xE5\xB0\"}", "!"),
    ROW("a continuation after an escape", "{\"a\":\"\\u00e9\xA9\"}", "!"),
    ROW("unknown escape", "{\"a\":\"\\x41\"}", "!"),
    ROW("escaped single quote", "{\"a\":\"\\'\"}", "!"),
    ROW("escaped NUL byte", "{\"a\":\"\\\0\"}", "!"),
    ROW("capital \\U", "{\"a\":\"\\U0041\"}", "!"),
    ROW("escape with a letter too far", "{\"a\":\"\\u00g0\"}", "!"),
    ROW("escape with @", "{\"a\":\"\\u00@0\"}", "!"),
    ROW("escape with a sign", "{\"a\":\"\\u+041\"}", "!"),
    ROW("high surrogate alone", "{\"a\":\"\\ud83d\"}", "!"),
    ROW("low surrogate alone", "{\"a\":\"\\ude00\"}", "!"),
    ROW("two high surrogates", "{\"a\":\"\\ud83d\\ud83d\"}", "!"),
    ROW("pair in the wrong order", "{\"a\":\"\\ude00\\ud83d\"}", "!"),
    ROW("high surrogate, then a letter", "{\"a\":\"\\ud83d\\n\"}", "!"),
    ROW("high surrogate, then a character", "{\"a\":\"\\ud83d\\u0041\"}", "!"),
    ROW("leading zero", "{\"a\":01}", "!"),
    ROW("leading zero after minus", "{\"a\":-01}", "!"),
    ROW("plus", "{\"a\":+1}", "!"),
    ROW("no digit before the point", "{\"a\":.5}", "!"),
    ROW("no digit after the point", "{\"a\":1.}", "!"),
    ROW("no digit in the exponent", "{\"a\":1e}", "!"),
    ROW("no digit after the exponent's sign", "{\"a\":1e+}", "!"),
    ROW("minus alone", "{\"a\":-}", "!"),
    ROW("two signs", "{\"a\":--1}", "!"),
    ROW("hex", "{\"a\":0x10}", "!"),
    ROW("NaN", "{\"a\":NaN}", "!"),
    ROW("-Infinity", "{\"a\":-Infinity}", "!"),
    ROW("True", "{\"a\":True}", "!"),
    ROW("truex", "{\"a\":truex}", "!"),
    ROW("undefined", "{\"a\":undefined}", "!"),
};

START_TEST(row)
{
    const struct row *r = &rows[_i];
    char got[256];
    read_all(got, sizeof got, r->json, r->len);
    ck_assert_msg(strcmp(got, r->members) == 0, "%s: expected \"%s\", got \"%s\"", r->name, r->members, got);
}
END_TEST

START_TEST(length_of_an_escaped_nul)
{
    char json[] = "{\"a\\u0000b\":\"\\u0000\"}";
    struct flatjson reader;
    struct flatjson_member m;
    flatjson_begin(&reader, json, sizeof json - 1);
    ck_assert_int_eq(flatjson_next(&reader, &m), 1);
    ck_assert_uint_eq(m.name.len, 3);
    ck_assert_mem_eq(m.name.bytes, "a\0b", 3);
    ck_assert_uint_eq(m.value.len, 1);
    ck_assert_mem_eq(m.value.bytes, "\0", 1);
    ck_assert_int_eq(flatjson_next(&reader, &m), 0);
}
END_TEST

/* n members named 0 to n - 1. */
static int read_members(int n)
{
    char json[1024] = "{";
    struct flatjson reader;
    struct flatjson_member m;
    size_t at = 1;
    int more, seen = 0;
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(json + at, sizeof json - at, "%s\"%d\":%d", i ? "," : "", i, i);
    at += (size_t)snprintf(json + at, sizeof json - at, "}");
    flatjson_begin(&reader, json, at);
    while ((more = flatjson_next(&reader, &m)) == 1)
        seen++;
    return more == 0 ? seen : -1;
}

START_TEST(number_of_members)
{
    ck_assert_int_eq(read_members(FLATJSON_MEMBERS_MAX - 1), FLATJSON_MEMBERS_MAX - 1);
    ck_assert_int_eq(read_members(FLATJSON_MEMBERS_MAX), FLATJSON_MEMBERS_MAX);
    ck_assert_int_eq(read_members(FLATJSON_MEMBERS_MAX + 1), -1);
}
END_TEST

/* Every prefix of a good text is refused, whatever it ends in. */
START_TEST(every_prefix)
{
    static const char json[] =
        "{\"a\":\"b\\n\\uD83D\\uDE00\xE5\xB0\x8F\",\"c\":-1.5e+10,\"d\":null , \"e\":\"\"}";
    char got[256];
    for (size_t len = 0; len < sizeof json - 1; len++) {
        read_all(got, sizeof got, json, len);
        ck_assert_msg(strcmp(got, "!") == 0, "%zu bytes: expected a refusal, got %s", len, got);
    }
    read_all(got, sizeof got, json, sizeof json - 1);
    ck_assert_str_ne(got, "!");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, length_of_an_escaped_nul);
    tcase_add_test(tests, number_of_members);
    tcase_add_test(tests, every_prefix);
}

int main(void)
{
    return unit_run("flatjson", fill);
}
