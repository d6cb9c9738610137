/* test_retry.c: what is tried again, when and how often. */
#include "unit.h"

#include "retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <usersig_rest.h>

#define NOW 1000000u

static uint64_t most(uint64_t end)
{
    return end;
}

static uint64_t nothing(uint64_t end)
{
    return end * 0;
}

static struct retry fresh(bool may_be_repeated, bool waits_blocked)
{
    return (struct retry){ .until = NOW + 300000,
                           .may_be_repeated = may_be_repeated,
                           .waits_blocked = waits_blocked };
}

static const struct {
    const char *name;
    enum retry_fault fault;
    uint32_t code_class;
    bool may_be_repeated, waits_blocked;
    enum retry_step step;
    enum retry_why why;
    uint64_t wait_ms; /* at most */
} rows[] = {
    { "too many, a read", RETRY_CODE, USERSIG_REST_BACK_OFF, true, false, RETRY_AGAIN, 0, 1000 },
    { "too many, a send", RETRY_CODE, USERSIG_REST_BACK_OFF, false, false, RETRY_AGAIN, 0, 1000 },
    { "a moment's fault, a read", RETRY_CODE, USERSIG_REST_TRANSIENT, true, false, RETRY_AGAIN, 0, 200 },
    { "a moment's fault, a send", RETRY_CODE, USERSIG_REST_TRANSIENT, false, false, RETRY_STOP,
      RETRY_WHY_DONE, 0 },
    { "expired", RETRY_CODE, USERSIG_REST_CREDENTIAL, false, false, RETRY_RENEW, 0, 0 },
    { "blocked", RETRY_CODE, USERSIG_REST_WAIT, true, false, RETRY_STOP, RETRY_WHY_NOT_ASKED, 0 },
    { "blocked, and it waits", RETRY_CODE, USERSIG_REST_WAIT, false, true, RETRY_AGAIN, 0, 65000 },
    { "a fault of the request", RETRY_CODE, USERSIG_REST_FIX, true, true, RETRY_STOP, RETRY_WHY_FINAL, 0 },
    { "later", RETRY_CODE, USERSIG_REST_LATER, true, true, RETRY_STOP, RETRY_WHY_FINAL, 0 },
    { "unsure", RETRY_CODE, USERSIG_REST_UNSURE, true, true, RETRY_STOP, RETRY_WHY_FINAL, 0 },
    { "a class that is none", RETRY_CODE, 99, true, true, RETRY_STOP, RETRY_WHY_FINAL, 0 },
    { "not sent, a send", RETRY_NOT_SENT, 0, false, false, RETRY_AGAIN, 0, 200 },
    { "lost, a read", RETRY_LOST, 0, true, false, RETRY_AGAIN, 0, 200 },
    { "lost, a send", RETRY_LOST, 0, false, false, RETRY_STOP, RETRY_WHY_DONE, 0 },
    { "gateway, a read", RETRY_GATEWAY, 0, true, false, RETRY_AGAIN, 0, 200 },
    { "gateway, a send", RETRY_GATEWAY, 0, false, false, RETRY_STOP, RETRY_WHY_DONE, 0 },
    { "final", RETRY_FINAL, USERSIG_REST_TRANSIENT, true, true, RETRY_STOP, RETRY_WHY_FINAL, 0 },
};

START_TEST(judges)
{
    struct retry retry = fresh(rows[_i].may_be_repeated, rows[_i].waits_blocked);
    struct retry_app app;
    retry_app_init(&app);
    struct retry_verdict got = retry_judge(&retry, &app, rows[_i].fault, rows[_i].code_class, NOW, most);
    ck_assert_msg(got.step == rows[_i].step, "%s: step %d, expected %d", rows[_i].name, (int)got.step,
                  (int)rows[_i].step);
    if (got.step == RETRY_STOP)
        ck_assert_msg(got.why == rows[_i].why, "%s: why %d, expected %d", rows[_i].name, (int)got.why,
                      (int)rows[_i].why);
    else
        ck_assert_msg(got.wait_ms == rows[_i].wait_ms, "%s: %" PRIu64 " ms, expected %" PRIu64, rows[_i].name,
                      got.wait_ms, rows[_i].wait_ms);
}
END_TEST

START_TEST(waits_anything_up_to_a_bound_that_doubles)
{
    static const uint64_t bounds[] = { 200, 400, 800, 1600, 3200, 6400, 8000 };
    struct retry_app app;
    struct retry large = fresh(true, false), small = fresh(true, false);
    retry_app_init(&app);
    for (int i = 0; i < UNIT_ROWS(bounds); i++) {
        ck_assert_uint_eq(retry_judge(&large, &app, RETRY_LOST, 0, NOW, most).wait_ms, bounds[i]);
        retry_app_init(&app);
        ck_assert_uint_eq(retry_judge(&small, &app, RETRY_LOST, 0, NOW, nothing).wait_ms, 0);
        retry_app_init(&app);
    }
    struct retry_verdict last = retry_judge(&large, &app, RETRY_LOST, 0, NOW, most);
    ck_assert_int_eq((int)last.step, (int)RETRY_STOP);
    ck_assert_int_eq((int)last.why, (int)RETRY_WHY_ATTEMPTS);
    ck_assert_uint_eq(large.failures, RETRY_ATTEMPTS_MAX);
}
END_TEST

START_TEST(a_blocked_app_waits_a_minute_at_least)
{
    struct retry_app app;
    struct retry retry = fresh(true, true);
    retry_app_init(&app);
    ck_assert_uint_eq(retry_judge(&retry, &app, RETRY_CODE, USERSIG_REST_WAIT, NOW, nothing).wait_ms,
                      RETRY_BLOCKED_MS);
}
END_TEST

START_TEST(no_wait_reaches_the_deadline)
{
    struct retry_app app;
    for (uint64_t left = 0; left <= 400; left += 100) {
        struct retry retry = fresh(true, false);
        retry.until = NOW + left;
        retry_app_init(&app);
        struct retry_verdict got = retry_judge(&retry, &app, RETRY_LOST, 0, NOW, most);
        ck_assert_msg((got.step == RETRY_AGAIN) == (left > 200), "%" PRIu64 " ms left", left);
        if (got.step == RETRY_STOP)
            ck_assert_int_eq((int)got.why, (int)RETRY_WHY_TIME);
    }
}
END_TEST

static enum retry_step expired(struct retry_app *app, uint64_t now, enum retry_why *why)
{
    struct retry retry = fresh(true, false);
    retry.until = now + 30000;
    struct retry_verdict got = retry_judge(&retry, app, RETRY_CODE, USERSIG_REST_CREDENTIAL, now, most);
    *why = got.why;
    return got.step;
}

START_TEST(one_new_credential_a_minute)
{
    struct retry_app app;
    enum retry_why why;
    retry_app_init(&app);
    ck_assert_int_eq((int)expired(&app, NOW, &why), (int)RETRY_RENEW);
    ck_assert_int_eq((int)expired(&app, NOW, &why), (int)RETRY_STOP);
    ck_assert_int_eq((int)why, (int)RETRY_WHY_RENEWED);
    ck_assert_int_eq((int)expired(&app, NOW + RETRY_RENEW_MS - 1, &why), (int)RETRY_STOP);
    ck_assert_int_eq((int)expired(&app, NOW + RETRY_RENEW_MS, &why), (int)RETRY_RENEW);
}
END_TEST

/* Calls that fail for good use the budget up; then nothing is repeated until calls succeed. */
START_TEST(a_budget_holds_back)
{
    struct retry_app app;
    unsigned repeats = 0;
    retry_app_init(&app);
    for (int i = 0; i < 100; i++) {
        struct retry retry = fresh(true, false);
        struct retry_verdict got = retry_judge(&retry, &app, RETRY_LOST, 0, NOW, most);
        repeats += got.step == RETRY_AGAIN;
        if (got.step == RETRY_STOP)
            ck_assert_int_eq((int)got.why, (int)RETRY_WHY_BUDGET);
    }
    ck_assert_uint_eq(repeats, RETRY_BUDGET);
    for (int i = 0; i < 1000; i++)
        retry_succeeded(&app);
    for (int i = 0; i < 100; i++) {
        struct retry retry = fresh(true, false);
        repeats += retry_judge(&retry, &app, RETRY_LOST, 0, NOW, most).step == RETRY_AGAIN;
    }
    ck_assert_uint_eq(repeats, 2 * RETRY_BUDGET); /* successes are not saved up beyond it */
    for (int i = 0; i < 10; i++)
        retry_succeeded(&app);
    struct retry retry = fresh(true, false);
    ck_assert_int_eq((int)retry_judge(&retry, &app, RETRY_LOST, 0, NOW, most).step, (int)RETRY_AGAIN);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, judges, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, waits_anything_up_to_a_bound_that_doubles);
    tcase_add_test(tests, a_blocked_app_waits_a_minute_at_least);
    tcase_add_test(tests, no_wait_reaches_the_deadline);
    tcase_add_test(tests, one_new_credential_a_minute);
    tcase_add_test(tests, a_budget_holds_back);
}

int main(void)
{
    return unit_run("retry", fill);
}
