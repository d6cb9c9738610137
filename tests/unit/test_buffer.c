/* test_buffer.c: bytes that grow, and room that is used again. */
#include "unit.h"

#include "../../sigd/front/buffer.h"

#include <stdlib.h>
#include <string.h>

#define SPARE (sizeof((struct buffer_pool *)NULL)->spare / sizeof(struct buffer))

static const struct row {
    const char *name, *text, *expected;
} texts[] = {
    { "nothing", "", "\"\"" },
    { "plain", "plain", "\"plain\"" },
    { "escapes at both ends", "\"a\\", "\"\\\"a\\\\\"" },
    { "escapes alone", "\\\\\"", "\"\\\\\\\\\\\"\"" },
    { "control characters", "a\nb\x7f", "\"a\\u000ab\\u007f\"" },
    { "UTF-8 stands for itself", "\xc3\xa9!", "\"\xc3\xa9!\"" },
};

START_TEST(json)
{
    struct buffer out = { 0 };
    buffer_json(&out, texts[_i].text, strlen(texts[_i].text));
    ck_assert_msg(out.len == strlen(texts[_i].expected) &&
                      memcmp(out.bytes, texts[_i].expected, out.len) == 0,
                  "%s: expected %s, got %.*s", texts[_i].name, texts[_i].expected, (int)out.len, out.bytes);
    buffer_free(&out);
}
END_TEST

static const struct {
    uint64_t number;
    const char *expected;
} numbers[] = {
    { 0, "0" }, { 9, "9" }, { 10, "10" }, { 1400000000, "1400000000" }, { UINT64_MAX, "18446744073709551615" }
};

START_TEST(number)
{
    struct buffer out = { 0 };
    buffer_number(&out, numbers[_i].number);
    ck_assert_msg(out.len == strlen(numbers[_i].expected) &&
                      memcmp(out.bytes, numbers[_i].expected, out.len) == 0,
                  "expected %s, got %.*s", numbers[_i].expected, (int)out.len, out.bytes);
    buffer_free(&out);
}
END_TEST

START_TEST(room_goes_round)
{
    struct buffer_pool pool = { 0 };
    struct buffer first = { 0 }, second = { 0 };
    buffer_borrow(&pool, &first); /* there is none */
    ck_assert_ptr_null(first.bytes);
    buffer_text(&first, "first");
    const char *room = first.bytes;
    buffer_give_back(&pool, &first);
    ck_assert_ptr_null(first.bytes);
    ck_assert_uint_eq(first.len + first.size, 0);
    buffer_borrow(&pool, &second);
    ck_assert_ptr_eq(second.bytes, room);
    ck_assert_uint_eq(second.len, 0); /* nothing of who had it before */
    buffer_text(&second, "second");
    buffer_borrow(&pool, &second); /* it has its own */
    ck_assert_int_eq(memcmp(second.bytes, "second", 6), 0);
    buffer_give_back(&pool, &second);
    buffer_pool_free(&pool);
    ck_assert_uint_eq(pool.n, 0);
}
END_TEST

START_TEST(only_so_much_is_kept)
{
    static struct buffer many[SPARE + 3], large;
    struct buffer_pool pool = { 0 };
    for (size_t i = 0; i < SPARE + 3; i++)
        buffer_text(&many[i], "x");
    for (size_t i = 0; i < SPARE + 3; i++)
        buffer_give_back(&pool, &many[i]);
    ck_assert_uint_eq(pool.n, SPARE);
    buffer_pool_free(&pool);
    for (size_t i = 0; i < 5000; i++)
        buffer_text(&large, "abcdefgh");
    buffer_give_back(&pool, &large);
    ck_assert_uint_eq(pool.n, 0);
    ck_assert_ptr_null(large.bytes);
    buffer_give_back(&pool, &large); /* nothing */
    ck_assert_uint_eq(pool.n, 0);
}
END_TEST

/* An answer that was lost stays lost until its connection has closed: what comes after it would be taken for it. */
START_TEST(what_failed_stays_so)
{
    struct buffer_pool pool = { 0 };
    struct buffer spare = { 0 }, lost = { 0 };
    static char text[1000];
    buffer_text(&spare, "spare");
    buffer_give_back(&pool, &spare);
    ck_assert_uint_eq(pool.n, 1);
    memset(text, 'a', sizeof text - 1);
    if (_i)
        buffer_text(&lost, "begun");
    buffer_format(&lost, "%s", text); /* more than it takes: as where memory ends */
    ck_assert(lost.failed);
    buffer_give_back(&pool, &lost);
    ck_assert(lost.failed);
    buffer_borrow(&pool, &lost);
    ck_assert(lost.failed);
    ck_assert_uint_eq(pool.n, 1);
    buffer_text(&lost, "the next answer");
    ck_assert_uint_eq(lost.len, 0);
    buffer_borrow(&pool, &spare);
    ck_assert(!spare.failed); /* nobody else's failed */
    buffer_free(&lost);
    ck_assert(!lost.failed);
    buffer_free(&spare);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, json, 0, UNIT_ROWS(texts));
    tcase_add_loop_test(tests, number, 0, UNIT_ROWS(numbers));
    tcase_add_test(tests, room_goes_round);
    tcase_add_test(tests, only_so_much_is_kept);
    tcase_add_loop_test(tests, what_failed_stays_so, 0, 2);
}

int main(void)
{
    return unit_run("buffer", fill);
}
