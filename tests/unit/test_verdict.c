/* test_verdict.c: which verdict comes when several are true, the edges of time, what the caller gets beside it. */
#include "unit.h"

#include "craft.h"

#include <stdbool.h>
#include <string.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define OTHER_KEY "aaaa850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define ISSUED 1700000000u
#define LIFETIME 86400u
#define MAX UINT64_MAX

static usersig_key *key, *other;
static char text[CRAFT_MAX];

static const struct usersig_claims claims = {
    .version = 2,
    .sdkappid = 1400000000,
    .issued_at = ISSUED,
    .lifetime = LIFETIME,
    .identifier_len = 5,
    .identifier = "alice",
    .userbuf_len = 4,
    .userbuf = { 'r', 'o', 'o', 'm' },
};

static void make_keys(void)
{
    ck_assert_int_eq(usersig_key_hmac(&key, KEY, strlen(KEY)), USERSIG_OK);
    ck_assert_int_eq(usersig_key_hmac(&other, OTHER_KEY, strlen(OTHER_KEY)), USERSIG_OK);
}

static void free_keys(void)
{
    usersig_key_free(key);
    usersig_key_free(other);
}

static bool is_zero(const struct usersig_ticket *ticket, uint32_t stage)
{
    struct usersig_ticket zero;
    memset(&zero, 0, sizeof zero);
    zero.stage = stage;
    return memcmp(ticket, &zero, sizeof zero) == 0;
}

/* Every set of faults at once: the first in the contract's order is the verdict. "Future" and "expired" exclude each
 * other but for a lifetime that has been over before it began, so that one comes by the clock alone. */
enum { DAMAGED = 1, NO_KEY = 2, FORGED = 4, APP = 8, IDENTIFIER = 16, USERBUF = 32, FUTURE = 64, LATE = 128 };

START_TEST(order_of_verdicts)
{
    unsigned faults = (unsigned)_i;
    const usersig_key *const right[] = { key }, *const wrong[] = { other };
    struct usersig_expect expect = {
        .sdkappid = faults & APP ? 1 : claims.sdkappid,
        .identifier = faults & IDENTIFIER ? "bob" : "alice",
        .userbuf = claims.userbuf,
        .userbuf_len = faults & USERBUF ? 3 : 4,
        .max_future = 300,
    };
    uint64_t now = faults & FUTURE ? ISSUED - 301 : faults & LATE ? ISSUED + LIFETIME + 1 : ISSUED;
    int expected = faults & DAMAGED      ? USERSIG_MALFORMED
                   : faults & NO_KEY     ? USERSIG_WRONG_KEY_TYPE
                   : faults & FORGED     ? USERSIG_WRONG_KEY
                   : faults & APP        ? USERSIG_WRONG_SDKAPPID
                   : faults & IDENTIFIER ? USERSIG_WRONG_IDENTIFIER
                   : faults & USERBUF    ? USERSIG_WRONG_USERBUF
                   : faults & FUTURE     ? USERSIG_NOT_YET_VALID
                   : faults & LATE       ? USERSIG_EXPIRED
                                         : USERSIG_OK;
    bool proven = !(faults & (DAMAGED | NO_KEY | FORGED));
    struct usersig_ticket ticket;
    size_t which = 99, len = craft_usersig(text, KEY, &claims);
    memset(&ticket, 0xA5, sizeof ticket);
    int got = usersig_verify(faults & FORGED ? wrong : right, faults & NO_KEY ? 0 : 1, text,
                             faults & DAMAGED ? len - 1 : len, &expect, now, &ticket, &which);
    ck_assert_msg(got == expected, "faults %02X: expected %s, got %s", faults, usersig_error_name(expected),
                  usersig_error_name(got));
    ck_assert_msg(which == (proven ? 0 : SIZE_MAX), "faults %02X: which_key %zu", faults, which);
    if (proven)
        ck_assert_str_eq(ticket.claims.identifier, "alice");
    else
        ck_assert_msg(is_zero(&ticket, faults & DAMAGED ? USERSIG_STAGE_BASE64 : USERSIG_STAGE_NONE),
                      "faults %02X: unproven claims are shown", faults);
    got = usersig_verify(faults & FORGED ? wrong : right, faults & NO_KEY ? 0 : 1, text,
                         faults & DAMAGED ? len - 1 : len, &expect, now, NULL, NULL);
    ck_assert_msg(got == expected, "faults %02X, without outputs: got %s", faults, usersig_error_name(got));
}
END_TEST

static const struct {
    const char *name;
    uint64_t issued_at, lifetime, now, leeway, max_future;
    int expected;
} times[] = {
    { "at issue", 1000, 10, 1000, 0, 0, USERSIG_OK },
    { "the second before the end", 1000, 10, 1009, 0, 0, USERSIG_OK },
    { "the last second", 1000, 10, 1010, 0, 0, USERSIG_OK },
    { "the second after", 1000, 10, 1011, 0, 0, USERSIG_EXPIRED },
    { "leeway 1, the second after", 1000, 10, 1011, 1, 0, USERSIG_OK },
    { "leeway 1, two seconds after", 1000, 10, 1012, 1, 0, USERSIG_EXPIRED },
    { "leeway without end", 1000, 10, MAX, MAX, 0, USERSIG_OK },
    { "leeway just short of the end of time", 1000, 10, MAX, MAX - 1011, 0, USERSIG_EXPIRED },
    { "leeway just enough for the end of time", 1000, 10, MAX, MAX - 1010, 0, USERSIG_OK },
    { "lifetime 0, its second", 1000, 0, 1000, 0, 0, USERSIG_OK },
    { "lifetime 0, the second after", 1000, 0, 1001, 0, 0, USERSIG_EXPIRED },
    { "lifetime without end", 1000, MAX, MAX, 0, 0, USERSIG_OK },
    { "end at 2^64-1", MAX - 10, 10, MAX, 0, 0, USERSIG_OK },
    { "end at 2^64-2", MAX - 11, 10, MAX, 0, 0, USERSIG_EXPIRED },
    { "end at 2^64", MAX - 9, 10, MAX, 0, 0, USERSIG_OK },
    { "both at their most", MAX, MAX, MAX, MAX, MAX, USERSIG_OK },
    { "everything 0", 0, 0, 0, 0, 0, USERSIG_OK },
    { "future, not asked", 1000, 10, 0, 0, 0, USERSIG_OK },
    { "far future, not asked", MAX, 0, 0, 0, 0, USERSIG_OK },
    { "future within the limit", 1000, 10, 990, 0, 10, USERSIG_OK },
    { "future one over the limit", 1000, 10, 989, 0, 10, USERSIG_NOT_YET_VALID },
    { "future, the limit is the end of time", MAX, 10, 0, 0, MAX, USERSIG_OK },
    { "future, one below that", MAX, 10, 0, 0, MAX - 1, USERSIG_NOT_YET_VALID },
    { "leeway does not help the future", 1000, 10, 989, MAX, 10, USERSIG_NOT_YET_VALID },
    { "max_future does not help the end", 1000, 10, 1011, 0, MAX, USERSIG_EXPIRED },
};

START_TEST(time_row)
{
    const usersig_key *const keys[] = { key };
    struct usersig_claims made = claims;
    struct usersig_expect expect = { .flags =
                                         USERSIG_ANY_SDKAPPID | USERSIG_ANY_IDENTIFIER | USERSIG_ANY_USERBUF,
                                     .leeway = times[_i].leeway,
                                     .max_future = times[_i].max_future };
    struct usersig_ticket ticket;
    made.issued_at = times[_i].issued_at;
    made.lifetime = times[_i].lifetime;
    size_t which, len = craft_usersig(text, KEY, &made);
    int got = usersig_verify(keys, 1, text, len, &expect, times[_i].now, &ticket, &which);
    ck_assert_msg(got == times[_i].expected, "%s: expected %s, got %s", times[_i].name,
                  usersig_error_name(times[_i].expected), usersig_error_name(got));
    ck_assert_uint_eq(which, 0);
    ck_assert_msg(ticket.claims.issued_at == made.issued_at && ticket.claims.lifetime == made.lifetime,
                  "%s: the ticket is not filled", times[_i].name);
    if (!times[_i].leeway && !times[_i].max_future) /* nothing asked: expiry alone */
        ck_assert_int_eq(usersig_verify(keys, 1, text, len, NULL, times[_i].now, NULL, NULL),
                         times[_i].expected);
}
END_TEST

static const struct {
    const char *name;
    struct usersig_expect expect;
    int expected;
} answers[] = {
    { "all right", { 1400000000, 0, "alice", (const uint8_t *)"room", 4, 0, 0 }, USERSIG_OK },
    { "any sdkappid, a wrong one given",
      { 1, USERSIG_ANY_SDKAPPID, "alice", (const uint8_t *)"room", 4, 0, 0 },
      USERSIG_OK },
    { "any identifier, a wrong one given",
      { 1400000000, USERSIG_ANY_IDENTIFIER, "bob", (const uint8_t *)"room", 4, 0, 0 },
      USERSIG_OK },
    { "any userbuf, a wrong one given",
      { 1400000000, USERSIG_ANY_USERBUF, "alice", (const uint8_t *)"hall", 4, 0, 0 },
      USERSIG_OK },
    { "identifier a prefix",
      { 1400000000, 0, "alic", (const uint8_t *)"room", 4, 0, 0 },
      USERSIG_WRONG_IDENTIFIER },
    { "identifier longer",
      { 1400000000, 0, "alice2", (const uint8_t *)"room", 4, 0, 0 },
      USERSIG_WRONG_IDENTIFIER },
    { "identifier in capitals",
      { 1400000000, 0, "Alice", (const uint8_t *)"room", 4, 0, 0 },
      USERSIG_WRONG_IDENTIFIER },
    { "identifier empty", { 1400000000, 0, "", (const uint8_t *)"room", 4, 0, 0 }, USERSIG_WRONG_IDENTIFIER },
    { "no userbuf expected", { 1400000000, 0, "alice", NULL, 0, 0, 0 }, USERSIG_WRONG_USERBUF },
    { "userbuf shorter",
      { 1400000000, 0, "alice", (const uint8_t *)"room", 3, 0, 0 },
      USERSIG_WRONG_USERBUF },
    { "userbuf of other bytes",
      { 1400000000, 0, "alice", (const uint8_t *)"roof", 4, 0, 0 },
      USERSIG_WRONG_USERBUF },
};

START_TEST(answer)
{
    const usersig_key *const keys[] = { key };
    size_t len = craft_usersig(text, KEY, &claims);
    int got = usersig_verify(keys, 1, text, len, &answers[_i].expect, ISSUED, NULL, NULL);
    ck_assert_msg(got == answers[_i].expected, "%s: expected %s, got %s", answers[_i].name,
                  usersig_error_name(answers[_i].expected), usersig_error_name(got));
}
END_TEST

START_TEST(userbuf_expected_where_none_is)
{
    const usersig_key *const keys[] = { key };
    struct usersig_claims made = claims;
    struct usersig_expect expect = { 1400000000, 0, "alice", (const uint8_t *)"room", 4, 0, 0 };
    made.userbuf_len = 0;
    size_t len = craft_usersig(text, KEY, &made);
    ck_assert_int_eq(usersig_verify(keys, 1, text, len, &expect, ISSUED, NULL, NULL), USERSIG_WRONG_USERBUF);
    expect.userbuf_len = 0;
    ck_assert_int_eq(usersig_verify(keys, 1, text, len, &expect, ISSUED, NULL, NULL), USERSIG_OK);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_keys, free_keys);
    tcase_add_loop_test(tests, order_of_verdicts, 0, 256);
    tcase_add_loop_test(tests, time_row, 0, UNIT_ROWS(times));
    tcase_add_loop_test(tests, answer, 0, UNIT_ROWS(answers));
    tcase_add_test(tests, userbuf_expected_where_none_is);
}

int main(void)
{
    return unit_run("verdict", fill);
}
