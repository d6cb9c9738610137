/* test_body.c: JSON bodies of requests: what is read, what is refused as what, and where memory ends. */
#include "alloc.h"
#include "unit.h"

#include "../../sigd/front/body.h"
#include "../../sigd/front/reply.h"

#include <stdio.h>
#include <string.h>

static const char *const members[] = { "identifier", "lifetime", "identifiers", NULL };
static struct conn conn;
static enum problem told; /* PROBLEM_NONE: nothing was */
static unsigned n_told;

void reply_problem(struct conn *to, enum problem problem, const char *detail, ...)
{
    (void)detail;
    unit_assert(to == &conn, "of another connection"); /* Check takes memory even where all is well */
    told = problem;
    n_told++;
}

static void say(const char *body)
{
    conn.call.body = body;
    conn.request.content_length = strlen(body);
    told = PROBLEM_NONE;
    n_told = 0;
}

static const struct row {
    const char *body;
    enum problem problem;
} bodies[] = {
    { "{}", PROBLEM_NONE },
    { "{\"identifier\":\"alice\"}", PROBLEM_NONE },
    { " {\"identifiers\": [\"a\", \"b\"], \"lifetime\": 5} ", PROBLEM_NONE },
    { "{\"identifier\":\"a\\u0000b\"}", PROBLEM_NONE },
    { "", PROBLEM_BAD_REQUEST },
    { "[]", PROBLEM_BAD_REQUEST },
    { "null", PROBLEM_BAD_REQUEST },
    { "{\"identifier\":\"alice\"", PROBLEM_BAD_REQUEST },
    { "{\"identifier\":\"alice\"} x", PROBLEM_BAD_REQUEST },
    { "{\"identifier\":\"alice\",\"identifier\":\"bob\"}", PROBLEM_BAD_REQUEST },
    { "{\"identifier\":\"\xff\"}", PROBLEM_BAD_REQUEST },
    { "{\"Identifier\":\"alice\"}", PROBLEM_FIELD },
    { "{\"lifetime\":99999999999999999999}", PROBLEM_FIELD },
};

START_TEST(what_is_read)
{
    const struct row *row = &bodies[_i];
    say(row->body);
    json_t *object = body_read(&conn, members);
    ck_assert_msg(told == row->problem && n_told == (row->problem != PROBLEM_NONE),
                  "%s: told problem %d, %u times", row->body, told, n_told);
    ck_assert((object != NULL) == (row->problem == PROBLEM_NONE));
    json_decref(object);
}
END_TEST

START_TEST(one_string_alone)
{
    static const struct {
        const char *body, *value;
    } rows[] = {
        { "{\"identifier\":\"alice\"}", "alice" },
        { "{\"identifier\": \"al ice\"}", "al ice" },
        { "{\"identifier\":\"\"}", "" },
        { "{\"identifier\":\"al\\\"ice\"}", NULL },
        { "{\"identifier\":\"al\\u0041\"}", NULL },
        { "{\"identifier\":\"al\xc3\xa9\"}", NULL },
        { "{\"identifier\":\"al\x7fice\"}", NULL },
        { "{\"identifier\":\"al\nice\"}", NULL },
        { "{\"identifier\":\"alice\"}\n", NULL },
        { "{\"identifier\":\"alice\",\"identifier\":\"bob\"}", NULL },
        { "{\"identifier\":\"alice\"", NULL },
        { "{\"identifier\":\"alice", NULL },
        { "{\"identifier\":\"", NULL },
        { "{\"identifier\":", NULL },
        { "{\"identifiers\":\"alice\"}", NULL },
        { "{\"identifie\":\"alice\"}", NULL },
        { "{\"", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len;
        say(rows[i].body);
        const char *text = body_only(&conn, "identifier", &len);
        ck_assert_msg((text != NULL) == (rows[i].value != NULL), "%s", rows[i].body);
        ck_assert(!text || (len == strlen(rows[i].value) && memcmp(text, rows[i].value, len) == 0));
        ck_assert_uint_eq(n_told, 0);
    }
}
END_TEST

START_TEST(a_crowd_of_values)
{
    static char body[65536];
    int at = snprintf(body, sizeof body, "{\"identifiers\":[1");
    for (int i = 0; i < 19999; i++)
        at += snprintf(body + at, sizeof body - (size_t)at, ",1");
    snprintf(body + at, sizeof body - (size_t)at, "]}");
    say(body);
    json_t *object = body_read(&conn, members);
    ck_assert_ptr_nonnull(object);
    json_decref(object);
    snprintf(body + at, sizeof body - (size_t)at, ",1]}");
    say(body);
    ck_assert_ptr_null(body_read(&conn, members));
    ck_assert_int_eq(told, PROBLEM_FIELD);
    at = snprintf(body, sizeof body, "{\"identifier\":\"\\\"");
    memset(body + at, ',', 30000); /* in a string they are none */
    snprintf(body + at + 30000, sizeof body - (size_t)at - 30000, "\"}");
    say(body);
    ck_assert_ptr_nonnull(object = body_read(&conn, members));
    json_decref(object);
}
END_TEST

#ifndef ALLOC_SANITIZED

/* Whichever call finds no memory: the body is read as it is, or there was none, and nothing is held. jansson itself would say
 * that the body is malformed, or leave bytes out of a string. */
START_TEST(memory_ends)
{
    static const char body[] =
        "{\"identifier\":\"a string that is longer than any that grows from a few bytes, so that it has to grow twice\","
        "\"lifetime\":3600,\"identifiers\":[\"one\",\"two\",\"three\",\"four\",\"five\",\"six\",\"seven\",\"eight\",\"nine\"]}";
    say(body);
    json_t *expected = body_read(&conn, members);
    ck_assert_ptr_nonnull(expected);
    bool refused = true;
    size_t n = 0;
    while (refused) {
        say(body);
        long held = alloc_held();
        alloc_refuse(++n, _i);
        json_t *object = body_read(&conn, members);
        alloc_refuse(0, false);
        refused = alloc_refused();
        unit_assert((object != NULL) == (told == PROBLEM_NONE), "call %zu", n);
        unit_assert(told == (refused ? PROBLEM_UNAVAILABLE : PROBLEM_NONE), "call %zu: told problem %d", n,
                    told);
        unit_assert(!object || json_equal(object, expected), "call %zu: something is left out", n);
        json_decref(object);
        unit_assert(alloc_held() == held, "call %zu: %ld blocks are left", n, alloc_held() - held);
    }
    unit_assert(n > 20, "only %zu calls", n);
    json_decref(expected);
}
END_TEST

#endif

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, what_is_read, 0, UNIT_ROWS(bodies));
    tcase_add_test(tests, one_string_alone);
    tcase_add_test(tests, a_crowd_of_values);
#ifndef ALLOC_SANITIZED
    tcase_add_loop_test(tests, memory_ends, 0, 2);
#endif
}

int main(void)
{
    return unit_run("body", fill);
}
