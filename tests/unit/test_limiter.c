/* test_limiter.c: so many calls a second and no more. */
#include "unit.h"

#include "limiter.h"

#include <inttypes.h>

START_TEST(never_more_than_the_rate)
{
    static const uint64_t rates[] = { 1, 2, 3, 7, 30, 100, 200, 999, 1000 };
    for (int r = 0; r < UNIT_ROWS(rates); r++) {
        struct limiter limiter;
        uint64_t now = 5000, first = now;
        limiter_init(&limiter, rates[r]);
        for (uint64_t i = 0; i <= 3 * rates[r]; i++)
            now += limiter_take(&limiter, now);
        ck_assert_msg(now - first >= 3000 && now - first <= 3000 + rates[r] * 3,
                      "rate %" PRIu64 ": %" PRIu64 " ms for three seconds' calls", rates[r], now - first);
    }
}
END_TEST

START_TEST(unused_time_is_not_saved_up)
{
    struct limiter limiter;
    limiter_init(&limiter, 10);
    ck_assert_uint_eq(limiter_take(&limiter, 0), 0);
    ck_assert_uint_eq(limiter_take(&limiter, 60000), 0);
    ck_assert_uint_eq(limiter_take(&limiter, 60000), 100);
    ck_assert_uint_eq(limiter_take(&limiter, 60000), 200);
}
END_TEST

START_TEST(no_limit)
{
    struct limiter limiter;
    limiter_init(&limiter, 0);
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(limiter_take(&limiter, 7), 0);
}
END_TEST

START_TEST(another_rate)
{
    struct limiter limiter;
    limiter_init(&limiter, 1);
    ck_assert_uint_eq(limiter_take(&limiter, 0), 0);
    limiter_rate(&limiter, 10);
    ck_assert_uint_eq(limiter_take(&limiter, 0), 1000); /* the place was taken at the old one */
    ck_assert_uint_eq(limiter_take(&limiter, 0), 1100);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, never_more_than_the_rate);
    tcase_add_test(tests, unused_time_is_not_saved_up);
    tcase_add_test(tests, no_limit);
    tcase_add_test(tests, another_rate);
}

int main(void)
{
    return unit_run("limiter", fill);
}
