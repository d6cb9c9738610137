/* test_policy_rights.c: rights in rooms, and userbufs of the caller's own. */
#include "unit.h"

#include "../../sigd/signer/policy.h"

#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))

/* Rules, all of which sign: */
enum { NONE, LISTEN, SPEAK, ALL_SHORT, ALL_GUESTS, VERIFIES, RULES };
static const struct {
    struct proto_load_rule is;
    const char *pattern;
} rules[RULES] = {
    [NONE] = { { .may = SIGD_MAY_SIGN, .rights = 0 }, "*" },
    [LISTEN] = { { .may = SIGD_MAY_SIGN, .rights = 42 }, "*" },
    [SPEAK] = { { .may = SIGD_MAY_SIGN, .rights = 20 }, "*" },
    [ALL_SHORT] = { { .may = SIGD_MAY_SIGN, .rights = 255, .max_lifetime = 60 }, "*" },
    [ALL_GUESTS] = { { .may = SIGD_MAY_SIGN, .rights = 255 }, "guest-*" },
    [VERIFIES] = { { .may = SIGD_MAY_VERIFY, .rights = 255 }, "*" },
};

static struct policy policy;

static void set_up(void)
{
    struct proto_load_app app = { .lifetime = 600, .max_lifetime = 3600, .sdkappid = 1, .name = "chat" };
    for (int a = 0; a < 2; a++) { /* the second signs userbufs */
        app.raw_userbuf = a == 1;
        ck_assert(policy_load_app(&policy, &app));
        for (int i = 0; i < RULES; i++)
            ck_assert(policy_load_rule(&policy, &rules[i].is) &&
                      policy_load_pattern(&policy, rules[i].pattern));
    }
}

static void tear_down(void)
{
    policy_clear(&policy);
}

static const struct {
    const char *name;
    uint64_t rules;
    bool by_default;
    uint32_t rights;
    uint64_t lifetime;
    enum proto_status status;
    uint32_t granted; /* with OVER_RIGHTS: what would be */
} rooms[] = {
    { "without rights nobody", BIT(NONE), false, 1, 60, PROTO_OVER_RIGHTS, 0 },
    { "without rights, by default", BIT(NONE), true, 0, 60, PROTO_OVER_RIGHTS, 0 },
    { "without rights, none asked for", BIT(NONE), false, 0, 60, PROTO_OVER_RIGHTS, 0 },
    { "the whole mask", BIT(LISTEN), false, 42, 60, PROTO_DONE, 42 },
    { "a part of it", BIT(LISTEN), false, 2, 60, PROTO_DONE, 2 },
    { "by default the mask", BIT(LISTEN), true, 255, 60, PROTO_DONE, 42 },
    { "a bit over", BIT(LISTEN), false, 43, 60, PROTO_OVER_RIGHTS, 42 },
    { "all over", BIT(LISTEN), false, 255, 60, PROTO_OVER_RIGHTS, 42 },
    { "bits that are none", BIT(LISTEN), false, 256, 60, PROTO_OVER_RIGHTS, 42 },
    { "bits that are none, of who has all", BIT(ALL_SHORT), false, 511, 60, PROTO_OVER_RIGHTS, 255 },
    { "two rules together", BIT(LISTEN) | BIT(SPEAK), false, 62, 60, PROTO_DONE, 62 },
    { "two rules together, by default", BIT(LISTEN) | BIT(SPEAK), true, 0, 60, PROTO_DONE, 62 },
    { "two rules together, over", BIT(LISTEN) | BIT(SPEAK), false, 63, 60, PROTO_OVER_RIGHTS, 62 },
    { "a rule for shorter lifetimes", BIT(LISTEN) | BIT(ALL_SHORT), false, 255, 61, PROTO_OVER_RIGHTS, 42 },
    { "within its lifetime", BIT(LISTEN) | BIT(ALL_SHORT), false, 255, 60, PROTO_DONE, 255 },
    { "a rule for others", BIT(LISTEN) | BIT(ALL_GUESTS), false, 255, 60, PROTO_OVER_RIGHTS, 42 },
    { "a rule that does not sign", BIT(LISTEN) | BIT(VERIFIES), false, 255, 60, PROTO_OVER_RIGHTS, 42 },
    { "the lifetime comes first", BIT(LISTEN), false, 255, 3601, PROTO_OVER_CAP, 3600 },
};

START_TEST(room)
{
    struct policy_want want = { .identifier = "alice",
                                .len = 5,
                                .lifetime = rooms[_i].lifetime,
                                .room = true,
                                .default_rights = rooms[_i].by_default,
                                .rights = rooms[_i].rights };
    enum proto_status status = policy_sign(policy.apps[0], rooms[_i].rules, 100, &want, 1000);
    uint64_t granted = status == PROTO_DONE ? want.rights : want.cap;
    ck_assert_msg(status == rooms[_i].status, "%s: expected %d, got %d", rooms[_i].name, rooms[_i].status,
                  status);
    ck_assert_msg(granted == rooms[_i].granted, "%s: expected %u granted, got %llu", rooms[_i].name,
                  rooms[_i].granted, (unsigned long long)granted);
}
END_TEST

static enum proto_status ask_raw(size_t app, const char *identifier, uint64_t lifetime)
{
    struct policy_want want = {
        .identifier = identifier, .len = strlen(identifier), .lifetime = lifetime, .raw = true
    };
    return policy_sign(policy.apps[app], BIT(NONE), 100, &want, 1000);
}

START_TEST(raw)
{
    ck_assert_int_eq(ask_raw(0, "alice", 60), PROTO_NO_USERBUF);
    ck_assert_int_eq(ask_raw(1, "alice", 60), PROTO_DONE);
    for (size_t app = 0; app < 2; app++) {
        ck_assert_int_eq(ask_raw(app, "Administrator", 60), PROTO_RESERVED);
        ck_assert_int_eq(ask_raw(app, "alice", 3601), PROTO_OVER_CAP);
    }
}
END_TEST

/* A usersig without a room needs no rights. */
START_TEST(no_room)
{
    struct policy_want want = { .identifier = "alice", .len = 5, .lifetime = 60, .rights = 255 };
    ck_assert_int_eq(policy_sign(policy.apps[0], BIT(NONE), 100, &want, 1000), PROTO_DONE);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, room, 0, UNIT_ROWS(rooms));
    tcase_add_test(tests, raw);
    tcase_add_test(tests, no_room);
}

int main(void)
{
    return unit_run("policy_rights", fill);
}
