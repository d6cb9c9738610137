/* test_diagnose_claims.c: every fault of claims and times, and what a diagnosis calls it; the caller's own faults. */
#include "unit.h"

#include "craft.h"
#include "usersig_diagnose.h"

#include <stdbool.h>
#include <string.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define APP 1400000000u
#define ISSUED 1700000000u
#define NOW (ISSUED + 60)

static usersig_key *key;
static char text[CRAFT_MAX];
static const struct usersig_claims claims = { .version = 2,
                                              .sdkappid = 1400000000,
                                              .issued_at = ISSUED,
                                              .lifetime = 86400,
                                              .identifier_len = 5,
                                              .identifier = "alice" };
static const struct usersig_expect alice = { .sdkappid = 1400000000, .identifier = "alice" };

static void make_key(void)
{
    ck_assert_int_eq(usersig_key_hmac(&key, KEY, strlen(KEY)), USERSIG_OK);
}

static void free_key(void)
{
    usersig_key_free(key);
}

static void check(const char *name, struct usersig_diagnosis got, uint32_t cause, int verdict, int rest_code)
{
    ck_assert_msg(got.cause == cause && got.verdict == verdict && got.rest_code == rest_code,
                  "%s: expected %s, %s, %d; got %s, %s, %d (stage %u)", name, usersig_cause_name(cause),
                  usersig_error_name(verdict), rest_code, usersig_cause_name(got.cause),
                  usersig_error_name(got.verdict), got.rest_code, got.stage);
}

/* ---- claims and times -------------------------------------------------------------------------------- */

#define DAY 86400u
#define YEARS (UINT64_C(31536000))

/* clang-format off */
static const struct {
    const char *name;
    uint64_t issued_at, lifetime, now;
    const char *userbuf;
    uint32_t sdkappid; /* from here what is expected */
    const char *identifier, *expected_userbuf;
    uint64_t max_future;
    uint32_t cause;
    int verdict, rest_code;
} rows[] = {
    { "good", ISSUED, DAY, NOW, "", APP, "alice", "", 300,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "good, 180 days", ISSUED, 180 * DAY, NOW, "", APP, "alice", "", 300,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "good, 50 years", ISSUED, 50 * YEARS, NOW, "", APP, "alice", "", 300,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "good PrivateMapKey", ISSUED, DAY, NOW, "room", APP, "alice", "room", 300,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "another app", ISSUED, DAY, NOW, "", 1, "alice", "", 0,
      USERSIG_CAUSE_OTHER_SDKAPPID, USERSIG_WRONG_SDKAPPID, 70014 },
    { "another identifier", ISSUED, DAY, NOW, "", APP, "bob", "", 0,
      USERSIG_CAUSE_OTHER_IDENTIFIER, USERSIG_WRONG_IDENTIFIER, 70013 },
    { "a PrivateMapKey", ISSUED, DAY, NOW, "room", APP, "alice", "", 0,
      USERSIG_CAUSE_PRIVATE_MAP_KEY, USERSIG_WRONG_USERBUF, 70003 },
    { "no PrivateMapKey", ISSUED, DAY, NOW, "", APP, "alice", "room", 0,
      USERSIG_CAUSE_NO_USERBUF, USERSIG_WRONG_USERBUF, 70003 },
    { "another room", ISSUED, DAY, NOW, "room", APP, "alice", "hall", 0,
      USERSIG_CAUSE_OTHER_USERBUF, USERSIG_WRONG_USERBUF, 70003 },
    { "issued in milliseconds", ISSUED * UINT64_C(1000), DAY, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_ISSUED_MILLISECONDS, USERSIG_OK, 0 },
    { "issued in milliseconds, asked about", ISSUED * UINT64_C(1000), DAY, NOW, "", APP, "alice", "", 300,
      USERSIG_CAUSE_ISSUED_MILLISECONDS, USERSIG_NOT_YET_VALID, 0 },
    { "lifetime 0, its second", ISSUED, 0, ISSUED, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_ZERO, USERSIG_OK, 70001 },
    { "lifetime 0, after", ISSUED, 0, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_ZERO, USERSIG_EXPIRED, 70001 },
    { "expired, and its lifetime in milliseconds", ISSUED, DAY * 1000, ISSUED + DAY * UINT64_C(1000) + 1, "", APP, "alice", "", 0,
      USERSIG_CAUSE_EXPIRED, USERSIG_EXPIRED, 70001 },
    { "in the future, and its lifetime in milliseconds", NOW + 301, DAY * 1000, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_ISSUED_FUTURE, USERSIG_OK, 0 },
    { "expired, and another identifier", ISSUED, DAY, ISSUED + DAY + 1, "", APP, "bob", "", 0,
      USERSIG_CAUSE_OTHER_IDENTIFIER, USERSIG_WRONG_IDENTIFIER, 70013 },
    { "lifetime 2^31-1", ISSUED, INT32_MAX, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "lifetime a point in time", ISSUED, ISSUED + DAY, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_ABSOLUTE, USERSIG_OK, 0 },
    { "lifetime a point in the past", ISSUED, ISSUED - 7, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_ABSOLUTE, USERSIG_OK, 0 },
    { "lifetime a point in time, milliseconds", ISSUED, (ISSUED + DAY) * UINT64_C(1000), NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_MILLISECONDS, USERSIG_OK, 0 },
    { "lifetime 1 day in milliseconds", ISSUED, DAY * 1000, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_MILLISECONDS, USERSIG_OK, 0 },
    { "lifetime 30 days in milliseconds", ISSUED, UINT64_C(30000) * DAY, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_MILLISECONDS, USERSIG_OK, 0 },
    { "lifetime 180 days in milliseconds", ISSUED, UINT64_C(180000) * DAY, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_MILLISECONDS, USERSIG_OK, 0 },
    { "lifetime without end", ISSUED, UINT64_MAX, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_LIFETIME_MILLISECONDS, USERSIG_OK, 0 },
    { "issued in the future", NOW + 301, DAY, NOW, "", APP, "alice", "", 300,
      USERSIG_CAUSE_ISSUED_FUTURE, USERSIG_NOT_YET_VALID, 0 },
    { "issued in the future, not asked about", NOW + 301, DAY, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_ISSUED_FUTURE, USERSIG_OK, 0 },
    { "issued in the near future", NOW + 300, DAY, NOW, "", APP, "alice", "", 0,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "expired", ISSUED, DAY, ISSUED + DAY + 1, "", APP, "alice", "", 0,
      USERSIG_CAUSE_EXPIRED, USERSIG_EXPIRED, 70001 },
    { "the last second", ISSUED, DAY, ISSUED + DAY, "", APP, "alice", "", 0,
      USERSIG_CAUSE_NONE, USERSIG_OK, 0 },
    { "another app and expired", ISSUED, DAY, ISSUED + DAY + 1, "", 1, "alice", "", 0,
      USERSIG_CAUSE_OTHER_SDKAPPID, USERSIG_WRONG_SDKAPPID, 70014 },
};
/* clang-format on */

START_TEST(claims_row)
{
    const usersig_key *const keys[] = { key };
    struct usersig_claims made = claims;
    struct usersig_expect expect = { .sdkappid = rows[_i].sdkappid,
                                     .identifier = rows[_i].identifier,
                                     .userbuf = (const uint8_t *)rows[_i].expected_userbuf,
                                     .userbuf_len = strlen(rows[_i].expected_userbuf),
                                     .max_future = rows[_i].max_future };
    struct usersig_diagnosis got;
    made.issued_at = rows[_i].issued_at;
    made.lifetime = rows[_i].lifetime;
    made.userbuf_len = strlen(rows[_i].userbuf);
    memcpy(made.userbuf, rows[_i].userbuf, made.userbuf_len);
    size_t len = craft_usersig(text, KEY, &made);
    ck_assert_int_eq(usersig_diagnose(keys, 1, text, len, &expect, rows[_i].now, &got), USERSIG_OK);
    check(rows[_i].name, got, rows[_i].cause, rows[_i].verdict, rows[_i].rest_code);
}
END_TEST

/* ---- the caller ---------------------------------------------------------------------------------------- */

START_TEST(callers_faults)
{
    const usersig_key *const keys[] = { key }, *const holes[] = { key, NULL };
    const struct usersig_expect forgotten = { .sdkappid = 1 };
    struct usersig_diagnosis got, zero;
    size_t len = craft_usersig(text, KEY, &claims);
    memset(&zero, 0, sizeof zero);
    const int bug = USERSIG_ERR_ARGUMENT;
    ck_assert_int_eq(usersig_diagnose(keys, 1, text, len, &alice, NOW, NULL), bug);
    ck_assert_int_eq(usersig_diagnose(NULL, 1, text, len, &alice, NOW, &got), bug);
    ck_assert_int_eq(usersig_diagnose(holes, 2, text, len, &alice, NOW, &got), bug);
    ck_assert_int_eq(usersig_diagnose(keys, 1, NULL, len, &alice, NOW, &got), bug);
    memset(&got, 0xA5, sizeof got);
    ck_assert_int_eq(usersig_diagnose(keys, 1, text, len, &forgotten, NOW, &got), bug);
    ck_assert_mem_eq(&got, &zero, sizeof got);
    ck_assert_int_eq(usersig_diagnose(NULL, 0, text, len, &alice, NOW, &got), USERSIG_OK);
    check("no key", got, USERSIG_CAUSE_NO_KEY, USERSIG_WRONG_KEY_TYPE, 70009);
}
END_TEST

START_TEST(names_and_advice)
{
    for (uint32_t cause = 0; cause < 64; cause++) {
        bool known = strcmp(usersig_cause_name(cause), "UNKNOWN_CAUSE") != 0;
        const char *advice = usersig_cause_advice(cause);
        ck_assert_msg(known == (cause <= 24 || (cause >= 32 && cause <= 36) || (cause >= 40 && cause <= 45)),
                      "cause %u is called %s", cause, usersig_cause_name(cause));
        ck_assert_msg(known == (strcmp(advice, "unknown cause number") != 0), "cause %u: %s", cause, advice);
        ck_assert_msg(!strchr(advice, '\n') && strlen(advice) < 120 && advice[strlen(advice) - 1] != '.',
                      "cause %u is not one line: %s", cause, advice);
        for (uint32_t other = 0; known && other < cause; other++)
            ck_assert_str_ne(usersig_cause_name(cause), usersig_cause_name(other));
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_key, free_key);
    tcase_add_loop_test(tests, claims_row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, callers_faults);
    tcase_add_test(tests, names_and_advice);
}

int main(void)
{
    return unit_run("diagnose_claims", fill);
}
