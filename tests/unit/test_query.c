/* test_query.c: percent-encoding in paths and queries. Text and room are allocations of exactly their size. */
#include "unit.h"

#include "../../sigd/front/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOO_MANY (QUERY_SEGMENTS_MAX + 1)

static const struct row {
    const char *text;
    int n;
    const char *expected; /* decoded, between bars; what is not printable as \xNN */
} paths[] = {
    { "", 0, "" },
    { "/", 1, "" },
    { "/healthz", 1, "healthz" },
    { "/v1/apps", 2, "v1|apps" },
    { "/v1/apps/", 3, "v1|apps|" },
    { "//", 2, "|" },
    { "/v1//apps", 3, "v1||apps" },
    { "/a%2Fb/c", 2, "a/b|c" },
    { "/%61%6a%4A", 1, "ajJ" },
    { "/%25%32%35", 1, "%25" },
    { "/a+b", 1, "a+b" },
    { "/%0a%01%ff%7F", 1, "\\x0a\\x01\\xff\\x7f" },
    { "/..%2f../.", 2, "../..|." },
    { "/%", -1, NULL },
    { "/%a", -1, NULL },
    { "/a%4", -1, NULL },
    { "/%/41", -1, NULL },
    { "/%4/1", -1, NULL },
    { "/%4g", -1, NULL },
    { "/%g4", -1, NULL },
    { "/%%41", -1, NULL },
    { "/% 1", -1, NULL },
    { "/%-1", -1, NULL },
    { "/%0x", -1, NULL },
    { "/%\xC1\xC1", -1, NULL }, /* with bit 7 off: 'A' */
    { "/%@@", -1, NULL },
    { "/%``", -1, NULL },
    { "/%00", -1, NULL },
    { "/a%00b", -1, NULL },
    { "/v1/%00", -1, NULL },
    { "/1/2/3/4/5/6/7/8", 8, "1|2|3|4|5|6|7|8" },
    { "/1/2/3/4/5/6/7/8/", TOO_MANY, NULL },
    { "/1/2/3/4/5/6/7/8/9/10/11", TOO_MANY, NULL },
    { "/////////////////", TOO_MANY, NULL },
}, queries[] = {
    { "", 0, "" },
    { "a=b", 1, "a=b" },
    { "a=", 1, "a=" },
    { "=b", 1, "=b" },
    { "=", 1, "=" },
    { "a=b=c", 1, "a=b=c" },
    { "a=b&c=d", 2, "a=b|c=d" },
    { "a=b&", 1, "a=b" },
    { "a=%26%3d&b=%23", 2, "a=&=|b=#" },
    { "a=1+2", 1, "a=1+2" },
    { "a=1%2B2", 1, "a=1+2" },
    { "%61s=admin", 1, "as=admin" },
    { "a=?/", 1, "a=?/" },
    { "a=%ff", 1, "a=\\xff" },
    { "a;b=c", 1, "a;b=c" },
    { "A=1&a=1", 2, "A=1|a=1" },
    { "a=1&aa=1", 2, "a=1|aa=1" },
    { "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8", 8, "a=1|b=2|c=3|d=4|e=5|f=6|g=7|h=8" },
    { "a", -1, NULL },
    { "a&b=c", -1, NULL },
    { "a=b&c", -1, NULL },
    { "&", -1, NULL },
    { "&a=b", -1, NULL },
    { "a=b&&c=d", -1, NULL },
    { "a=1&a=2", -1, NULL },
    { "a=1&b=2&a=1", -1, NULL },
    { "a=1&%61=2", -1, NULL },
    { "=1&=2", -1, NULL },
    { "a=%", -1, NULL },
    { "a=%4", -1, NULL },
    { "a=%4&b=1", -1, NULL },
    { "a%=1", -1, NULL },
    { "a%4=1", -1, NULL },
    { "a=%zz", -1, NULL },
    { "a=%00", -1, NULL },
    { "a%00=b", -1, NULL },
    { "a=b%00c", -1, NULL },
    { "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9", -1, NULL },
    { "a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&", 8, "a=1|b=2|c=3|d=4|e=5|f=6|g=7|h=8" },
};

static void show(char out[static 256], const struct http_text *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        size_t n = strlen(out);
        snprintf(out + n, 256 - n, c >= 0x20 && c < 0x7F ? "%c" : "\\x%02x", c);
    }
}

/* A copy whose end is its allocation's end. */
static char *exact(const char *text, struct http_text *out)
{
    size_t len = strlen(text);
    char *copy = malloc(len);
    ck_assert(copy || !len);
    memcpy(copy, text, len);
    *out = (struct http_text){ copy, len };
    return copy;
}

static int segments(const char *text, char out[static 256])
{
    struct http_text found[QUERY_SEGMENTS_MAX], path;
    char *copy = exact(text, &path), *room = malloc(path.len);
    int n = query_segments(&path, room, found);
    out[0] = '\0';
    for (int i = 0; i < n && n <= QUERY_SEGMENTS_MAX; i++) {
        if (i)
            strcat(out, "|");
        show(out, &found[i]);
    }
    free(room);
    free(copy);
    return n;
}

static int params(const char *text, char out[static 256])
{
    struct query_param found[QUERY_PARAMS_MAX];
    struct http_text query;
    char *copy = exact(text, &query), *room = malloc(query.len);
    int n = query_params(&query, room, found);
    out[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (i)
            strcat(out, "|");
        show(out, &found[i].name);
        strcat(out, "=");
        show(out, &found[i].value);
    }
    free(room);
    free(copy);
    return n;
}

static void check_row(const struct row *row, int n, const char *actual)
{
    ck_assert_msg(n == row->n, "'%s': expected %d, got %d (%s)", row->text, row->n, n, actual);
    if (row->expected)
        ck_assert_msg(strcmp(actual, row->expected) == 0, "'%s': expected '%s', got '%s'", row->text,
                      row->expected, actual);
}

START_TEST(path)
{
    char actual[256];
    int n = segments(paths[_i].text, actual);
    check_row(&paths[_i], n, actual);
}
END_TEST

START_TEST(query)
{
    char actual[256];
    int n = params(queries[_i].text, actual);
    check_row(&queries[_i], n, actual);
}
END_TEST

/* All 65,536 pairs behind a '%': only hexadecimal ones are taken, and never 00. */
START_TEST(every_pair)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    for (int high = 1; high < 256; high++)
        for (int low = 1; low < 256; low++) {
            char text[] = { '%', (char)high, (char)low, '\0' }, room[3];
            struct http_text found[QUERY_SEGMENTS_MAX], whole = { (char[]){ '/', '%', text[1], text[2] }, 4 };
            if (high == '/' || low == '/')
                continue;
            bool good = strchr(digits, high) && strchr(digits, low) && !(high == '0' && low == '0');
            int n = query_segments(&whole, room, found);
            ck_assert_msg(n == (good ? 1 : -1), "%%\\x%02x\\x%02x: expected %d, got %d", high, low,
                          good ? 1 : -1, n);
            if (good)
                ck_assert_int_eq((unsigned char)found[0].bytes[0], (int)strtol(text + 1, NULL, 16));
        }
}
END_TEST

START_TEST(nothing_at_all)
{
    struct http_text found[QUERY_SEGMENTS_MAX], none = { NULL, 0 };
    struct query_param pairs[QUERY_PARAMS_MAX];
    ck_assert_int_eq(query_segments(&none, NULL, found), 0);
    ck_assert_int_eq(query_params(&none, NULL, pairs), 0);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, path, 0, UNIT_ROWS(paths));
    tcase_add_loop_test(tests, query, 0, UNIT_ROWS(queries));
    tcase_add_test(tests, every_pair);
    tcase_add_test(tests, nothing_at_all);
}

int main(void)
{
    return unit_run("query", fill);
}
