/* test_http_edges.c: heads at the limit of their size, random heads, and the types that a header names. */
#include "unit.h"

#include "../../sigd/front/http.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN "GET / HTTP/1.1\r\nHost: sigd\r\nX: "
#define END "\r\n\r\n"

enum filling { ONE_HEADER, MANY_HEADERS, NO_END, NO_LINE_END };

/* A head of len bytes; rest bytes of 'z' behind it. The caller's, to be freed. */
static char *make_head(size_t len, size_t rest, enum filling filling)
{
    char *head = malloc(len + rest);
    ck_assert_ptr_nonnull(head);
    memset(head, filling == NO_LINE_END ? '/' : 'x', len);
    memset(head + len, 'z', rest);
    if (filling == NO_LINE_END)
        return head;
    memcpy(head, BEGIN, sizeof BEGIN - 1);
    if (filling == MANY_HEADERS)
        for (size_t at = sizeof BEGIN; at + 8 < len; at += 5)
            memcpy(head + at, "\r\nY:y", 5);
    if (filling != NO_END)
        memcpy(head + len - 4, END, 4);
    return head;
}

static const struct {
    const char *name;
    size_t len, rest;
    enum filling filling;
    int result;
} sizes[] = {
    { "8191", HTTP_HEAD_MAX - 1, 0, ONE_HEADER, 1 },
    { "8192", HTTP_HEAD_MAX, 0, ONE_HEADER, 1 },
    { "8192 and a body", HTTP_HEAD_MAX, 70000, ONE_HEADER, 1 },
    { "8192 of many headers", HTTP_HEAD_MAX, 0, MANY_HEADERS, 1 },
    { "8193", HTTP_HEAD_MAX + 1, 0, ONE_HEADER, -1 },
    { "8194", HTTP_HEAD_MAX + 2, 0, ONE_HEADER, -1 },
    { "8195", HTTP_HEAD_MAX + 3, 0, ONE_HEADER, -1 },
    { "8196", HTTP_HEAD_MAX + 4, 0, ONE_HEADER, -1 },
    { "8193 of many headers", HTTP_HEAD_MAX + 1, 0, MANY_HEADERS, -1 },
    { "8191 without an end", HTTP_HEAD_MAX - 1, 0, NO_END, 0 },
    { "8192 without an end", HTTP_HEAD_MAX, 0, NO_END, -1 },
    { "70000 without an end", 70000, 0, NO_END, -1 },
    { "8191 of a request line", HTTP_HEAD_MAX - 1, 0, NO_LINE_END, 0 },
    { "8192 of a request line", HTTP_HEAD_MAX, 0, NO_LINE_END, -1 },
};

START_TEST(size_row)
{
    struct http_request request;
    enum problem problem;
    const char *detail;
    char *head = make_head(sizes[_i].len, sizes[_i].rest, sizes[_i].filling);
    int result = http_parse(&request, head, sizes[_i].len + sizes[_i].rest, &problem, &detail);
    ck_assert_msg(result == sizes[_i].result, "%s: expected %d, got %d", sizes[_i].name, sizes[_i].result,
                  result);
    if (result == 1)
        ck_assert_msg(request.head_len == sizes[_i].len, "%s: expected head_len %zu, got %zu", sizes[_i].name,
                      sizes[_i].len, request.head_len);
    if (result == -1)
        ck_assert_msg(problem == PROBLEM_HEADER_SIZE, "%s: expected header_too_large, got %s", sizes[_i].name,
                      problem_row(problem)->name);
    free(head);
}
END_TEST

/* Pieces in any order: whatever the parser says, what it points to lies in what it was given. */
START_TEST(random_heads)
{
    static const char *const pieces[] = {
        "GET",
        "POST",
        " ",
        " ",
        "/",
        "?",
        "HTTP/1.1",
        "HTTP/1.0",
        "\r\n",
        "\r\n",
        "\r\n",
        "\r",
        "\n",
        ":",
        "Host",
        "sigd",
        "Accept",
        "Connection",
        "Expect",
        "100-continue",
        "Content-Length",
        "close",
        "99999999999999",
        ",",
        "\r\n\r\n",
        "Content-Type",
    };
    unit_seed();
    for (int round = 0; round < 50000; round++) {
        char text[512] = "GET / HTTP/1.1\r\nHost: sigd\r\n";
        size_t len = unit_below(2) ? strlen(text) : 0;
        for (uint64_t n = unit_below(20); n > 0; n--) {
            const char *piece = pieces[unit_below(sizeof pieces / sizeof pieces[0])];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        char *copy = malloc(len);
        struct http_request r;
        enum problem problem;
        const char *detail;
        ck_assert(copy || !len);
        memcpy(copy, len ? text : "", len);
        int result = http_parse(&r, copy, len, &problem, &detail);
        if (result == 1) {
            const struct http_text texts[] = { r.path, r.query, r.content_type, r.accept };
            ck_assert_uint_le(r.head_len, len);
            ck_assert(memcmp(copy + r.head_len - 4, END, 4) == 0);
            for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                ck_assert_msg(texts[i].len == 0 || (texts[i].bytes >= copy &&
                                                    texts[i].bytes + texts[i].len <= copy + r.head_len),
                              "round %d: text %zu is not within the head", round, i);
        }
        ck_assert_msg((result < 0) == (problem != PROBLEM_NONE), "round %d: result %d, problem %d", round,
                      result, problem);
        free(copy);
    }
}
END_TEST

static const struct {
    const char *header, *type;
    bool accepts, is; /* as Accept; as Content-Type */
} types[] = {
    { "application/json", "application/json", true, true },
    { "Application/JSON", "application/json", true, true },
    { "application/json; charset=utf-8", "application/json", true, true },
    { "application/json;charset=utf-8", "application/json", true, true },
    { "\t application/json \t; a=b", "application/json", true, true },
    { "text/html, text/plain;q=0.9", "text/plain", true, false },
    { "text/html ,text/plain", "text/plain", true, false },
    { "text/plain, text/html", "text/plain", true, false },
    { "text/plain;q=1", "text/plain", true, true },
    { "text/plain;q=0.001", "text/plain", true, true },
    { "text/plain;q=", "text/plain", true, true },
    { "text/plain;q=0", "text/plain", false, true },
    { "text/plain; Q=0.000", "text/plain", false, true },
    { "text/plain;a=b; q=0;c=d", "text/plain", false, true },
    { "text/plain;q=0, text/plain", "text/plain", true, true },
    { "text/html;q=0, text/plain", "text/plain", true, false },
    { "", "text/plain", false, false },
    { ",", "text/plain", false, false },
    { ";", "text/plain", false, false },
    { "text/plainer", "text/plain", false, false },
    { "text/plai", "text/plain", false, false },
    { "a; text/plain", "text/plain", false, false },
    { "*/*", "text/plain", false, false },
    { "text/*", "text/plain", false, false },
    { "application/json-patch+json", "application/json", false, false },
    { "text/plain application/json", "application/json", false, false },
};

START_TEST(type_row)
{
    size_t len = strlen(types[_i].header);
    char *copy = malloc(len);
    ck_assert(copy || !len);
    memcpy(copy, types[_i].header, len);
    const struct http_text text = { copy, len };
    bool accepts = http_has_type(&text, types[_i].type), is = http_is_type(&text, types[_i].type);
    ck_assert_msg(accepts == types[_i].accepts && is == types[_i].is,
                  "'%s' and %s: expected accepts %d, is %d; got %d, %d", types[_i].header, types[_i].type,
                  types[_i].accepts, types[_i].is, accepts, is);
    free(copy);
}
END_TEST

START_TEST(no_type_at_all)
{
    ck_assert(!http_has_type(&(struct http_text){ NULL, 0 }, "text/plain"));
    ck_assert(!http_is_type(&(struct http_text){ NULL, 0 }, "text/plain"));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, size_row, 0, UNIT_ROWS(sizes));
    tcase_add_test(tests, random_heads);
    tcase_add_loop_test(tests, type_row, 0, UNIT_ROWS(types));
    tcase_add_test(tests, no_type_at_all);
}

int main(void)
{
    return unit_run("http_edges", fill);
}
