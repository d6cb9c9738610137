/* test_policy.c: who may do what: rules, grants, reserved names, caps, rates. */
#include "unit.h"

#include "../../sigd/signer/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY UINT32_MAX
#define BIT(n) (UINT64_C(1) << (n))
#define HOUR 3600u
#define OVERFLOW 65534 /* what the kernel shows for ids that it cannot name */

/* The rules of app 0, "chat": lifetime 1 h, at most 10 h; administrators "administrator" and "Boss"; "ops" reserved.
 * App 1, "other", is not served on socket 1 and has none. */
static const struct rule {
    struct proto_load_rule is;
    uid_t uids[2];
    gid_t gids[2];
    const char *patterns[3];
} rules[] = {
    { { 600, SIGD_MAY_SIGN, 0, ANY, 0, 0, 0 }, { 100 }, { 0 }, { "user-*" } },
    { { 0, SIGD_MAY_SIGN | SIGD_MAY_VERIFY, 0, ANY, 0, 0, 0 }, { 0 }, { 200 }, { "g?", "*-long" } },
    { { 0, SIGD_MAY_ADMIN | SIGD_MAY_URL, 1, ANY, 0, 0, 0 }, { 100, 101 }, { 0 }, { "*" } },
    { { 0, SIGD_MAY_VERIFY, 3, BIT(1), 0, 0, 0 }, { 0 }, { 0 }, { 0 } }, /* whoever comes by socket 1 */
    { { 0, 15, 3, ANY, 0, 0, 0 }, { 0 }, { 0 }, { "*" } },               /* names nobody: never matches */
    { { 0, SIGD_MAY_SIGN, 0, 0, 0, 0, 0 }, { 100 }, { 0 }, { "*" } },    /* on no socket */
    { { 2 * HOUR, SIGD_MAY_SIGN, 0, ANY, 2, 0, 0 }, { 102 }, { 0 }, { "*" } },
    { { 0, SIGD_MAY_SIGN, 0, ANY, 1, 0, 0 }, { 102 }, { 0 }, { "*-long" } },
    { { 20 * HOUR, SIGD_MAY_SIGN, 0, ANY, 0, 0, 0 }, { 103 }, { 0 }, { "*" } }, /* a cap above the app's */
    { { 0, SIGD_MAY_SIGN, 0, ANY, 0, 0, 0 }, { 103 }, { 0 }, { 0 } },           /* no pattern allows nobody */
    { { 0, 15, 3, ANY, 0, 0, 0 }, { OVERFLOW }, { OVERFLOW }, { "*" } }, /* whoever the kernel cannot name */
    { { 0, SIGD_MAY_VERIFY, 0, BIT(1), 0, 0, 0 }, { 104 }, { 0 }, { 0 } }, /* a uid on one socket */
};

static struct policy policy;

static void add_rule(const struct rule *rule)
{
    ck_assert(policy_load_rule(&policy, &rule->is));
    for (int i = 0; i < 2 && rule->uids[i]; i++)
        ck_assert(policy_load_id(&policy, &(struct proto_load_rule_id){ rule->uids[i], 0 }));
    for (int i = 0; i < 2 && rule->gids[i]; i++)
        ck_assert(policy_load_id(&policy, &(struct proto_load_rule_id){ rule->gids[i], 1 }));
    for (int i = 0; i < 3 && rule->patterns[i]; i++)
        ck_assert(policy_load_pattern(&policy, rule->patterns[i]));
}

static void set_up(void)
{
    policy.overflow_uid = policy.overflow_gid = OVERFLOW;
    ck_assert(policy_load_socket(&policy, &(struct proto_load_socket){ 3, "main", "/run/main" }));
    ck_assert(policy_load_socket(&policy, &(struct proto_load_socket){ 1, "side", "/run/side" }));
    ck_assert(
        policy_load_app(&policy, &(struct proto_load_app){ HOUR, 10 * HOUR, 1400000000, "chat", 0, 0 }));
    ck_assert(policy_load_admin(&policy, "administrator"));
    ck_assert(policy_load_admin(&policy, "Boss"));
    ck_assert(policy_load_reserved(&policy, "ops"));
    for (int i = 0; i < UNIT_ROWS(rules); i++)
        add_rule(&rules[i]);
    ck_assert(
        policy_load_app(&policy, &(struct proto_load_app){ HOUR, 10 * HOUR, 1400000001, "other", 0, 0 }));
    ck_assert(policy_load_rule(&policy, &(struct proto_load_rule){ 0, 15, 3, ANY, 0, 0, 0 }));
    ck_assert(policy_load_id(&policy, &(struct proto_load_rule_id){ 100, 0 }));
}

static void tear_down(void)
{
    policy_clear(&policy);
}

static gid_t groups_200[] = { 7, 200, 9 }, groups_100[] = { 100, 101, 102, 103 };

static const struct {
    const char *name;
    struct caller caller;
    unsigned socket;
    size_t app;
    uint64_t rules;
    struct proto_grant grant;
} matches[] = {
    { "a uid", { .uid = 101, .gid = 1 }, 0, 0, BIT(2), { 3, 1 } },
    { "a uid of several rules", { .uid = 100, .gid = 1 }, 0, 0, BIT(0) | BIT(2), { 7, 1 } },
    { "a first group", { .uid = 1, .gid = 200 }, 0, 0, BIT(1), { 12, 0 } },
    { "a further group",
      { .uid = 1, .gid = 1, .n_groups = 3, .groups = groups_200 },
      0,
      0,
      BIT(1),
      { 12, 0 } },
    { "uid and group", { .uid = 101, .gid = 200 }, 0, 0, BIT(1) | BIT(2), { 15, 1 } },
    { "a gid like a uid", { .uid = 1, .gid = 100, .n_groups = 4, .groups = groups_100 }, 0, 0, 0, { 0, 0 } },
    { "a uid like a gid", { .uid = 200, .gid = 1 }, 0, 0, 0, { 0, 0 } },
    { "nobody known", { .uid = 999, .gid = 999 }, 0, 0, 0, { 0, 0 } },
    { "root is nobody", { .uid = 0, .gid = 0 }, 0, 0, 0, { 0, 0 } },
    { "the overflow uid", { .uid = OVERFLOW, .gid = 1 }, 0, 0, 0, { 0, 0 } },
    { "the overflow gid", { .uid = 1, .gid = OVERFLOW }, 0, 0, 0, { 0, 0 } },
    { "the overflow uid in a group", { .uid = OVERFLOW, .gid = 200 }, 0, 0, 0, { 0, 0 } },
    { "the overflow uid on the socket", { .uid = OVERFLOW, .gid = 1 }, 1, 0, 0, { 0, 0 } },
    { "the overflow gid beside another", { .uid = 101, .gid = OVERFLOW }, 0, 0, BIT(2), { 3, 1 } },
    { "the socket alone", { .uid = 999, .gid = 999 }, 1, 0, BIT(3), { 8, 0 } },
    { "the socket too", { .uid = 100, .gid = 1 }, 1, 0, BIT(0) | BIT(2) | BIT(3), { 15, 1 } },
    { "a uid on its socket", { .uid = 104, .gid = 1 }, 1, 0, BIT(3) | BIT(11), { 8, 0 } },
    { "a uid on another socket", { .uid = 104, .gid = 1 }, 0, 0, 0, { 0, 0 } },
    { "an app on its socket", { .uid = 100, .gid = 1 }, 0, 1, BIT(0), { 15, 3 } },
    { "an app that the socket does not serve", { .uid = 100, .gid = 1 }, 1, 1, 0, { 0, 0 } },
};

START_TEST(match)
{
    uint64_t found = policy_match(&policy, matches[_i].app, &matches[_i].caller, matches[_i].socket);
    struct proto_grant grant = policy_grant(policy.apps[matches[_i].app], found);
    ck_assert_msg(found == matches[_i].rules, "%s: expected rules %#llx, got %#llx", matches[_i].name,
                  (unsigned long long)matches[_i].rules, (unsigned long long)found);
    ck_assert_msg(grant.may == matches[_i].grant.may && grant.admins == matches[_i].grant.admins,
                  "%s: expected grant %u %u, got %u %u", matches[_i].name, matches[_i].grant.may,
                  matches[_i].grant.admins, grant.may, grant.admins);
}
END_TEST

/* Where a user namespace shows other ids than the kernel's, a rule that names any holds of nobody; one by the socket
 * alone (rule 3) goes on. */
START_TEST(match_without_ids)
{
    policy.ids_off = true;
    uint64_t found = policy_match(&policy, matches[_i].app, &matches[_i].caller, matches[_i].socket);
    uint64_t expected = matches[_i].app == 0 ? matches[_i].rules & BIT(3) : 0;
    ck_assert_msg(found == expected, "%s: expected rules %#llx, got %#llx", matches[_i].name,
                  (unsigned long long)expected, (unsigned long long)found);
}
END_TEST

static const struct {
    const char *path;
    int socket;
} sockets[] = {
    { "/run/main", 0 },   { "/run/side", 1 }, { "/run/mai", -1 },  { "/run/main2", -1 },
    { "/run//main", -1 }, { "run/main", -1 }, { "/RUN/MAIN", -1 }, { "", -1 },
};

START_TEST(socket_row)
{
    struct caller caller = { .uid = 100 };
    snprintf(caller.path, sizeof caller.path, "%s", sockets[_i].path);
    int found = policy_socket(&policy, &caller);
    ck_assert_msg(found == sockets[_i].socket, "%s: expected %d, got %d", sockets[_i].path,
                  sockets[_i].socket, found);
}
END_TEST

#define ALL_RULES UINT64_MAX
static const struct {
    const char *name;
    uint64_t rules;
    const char *identifier;
    bool by_default;
    uint64_t lifetime;
    enum proto_status status;
    uint64_t granted, cap; /* granted: the lifetime, where DONE */
} signs[] = {
    { "no rule", 0, "user-1", true, 0, PROTO_FORBIDDEN, 0, 0 },
    { "a rule without sign", BIT(2) | BIT(3), "user-1", true, 0, PROTO_FORBIDDEN, 0, 0 },
    { "a rule that is not there", BIT(60), "user-1", true, 0, PROTO_FORBIDDEN, 0, 0 },
    { "no pattern", BIT(0), "bob", true, 0, PROTO_NOT_ALLOWED, 0, 0 },
    { "a rule without patterns", BIT(9), "bob", true, 0, PROTO_NOT_ALLOWED, 0, 0 },
    { "a pattern of a rule without sign", BIT(0) | BIT(2), "bob", true, 0, PROTO_NOT_ALLOWED, 0, 0 },
    { "nothing is no identifier of a pattern", BIT(0), "", true, 0, PROTO_NOT_ALLOWED, 0, 0 },
    { "default, cut to the cap", BIT(0), "user-1", true, 0, PROTO_DONE, 600, 600 },
    { "default, whatever lifetime says", BIT(0), "user-1", true, UINT64_MAX, PROTO_DONE, 600, 600 },
    { "default of the app", BIT(1), "g1", true, 0, PROTO_DONE, HOUR, 10 * HOUR },
    { "at the cap", BIT(0), "user-1", false, 600, PROTO_DONE, 600, 600 },
    { "over the cap", BIT(0), "user-1", false, 601, PROTO_OVER_CAP, 0, 600 },
    { "far over the cap", BIT(0), "user-1", false, UINT64_MAX, PROTO_OVER_CAP, 0, 600 },
    { "the widest of two caps", BIT(0) | BIT(1), "user-long", false, 10 * HOUR, PROTO_DONE, 10 * HOUR,
      10 * HOUR },
    { "over the widest", BIT(0) | BIT(1), "user-long", false, 10 * HOUR + 1, PROTO_OVER_CAP, 0, 10 * HOUR },
    { "the cap of a rule that does not allow it", BIT(0) | BIT(1), "user-1", false, HOUR, PROTO_OVER_CAP, 0,
      600 },
    { "a cap above the app's", BIT(8), "bob", false, 10 * HOUR + 1, PROTO_OVER_CAP, 0, 10 * HOUR },
    { "the app's", BIT(8), "bob", false, 10 * HOUR, PROTO_DONE, 10 * HOUR, 10 * HOUR },
    { "reserved before patterns", BIT(0), "administrator", true, 0, PROTO_RESERVED, 0, 0 },
    { "reserved before the cap", BIT(8), "ops", false, UINT64_MAX, PROTO_RESERVED, 0, 10 * HOUR },
    { "forbidden before reserved", BIT(2), "administrator", true, 0, PROTO_FORBIDDEN, 0, 0 },
    { "all rules", ALL_RULES, "bob", false, 10 * HOUR, PROTO_DONE, 10 * HOUR, 10 * HOUR },
};

START_TEST(sign)
{
    struct policy_want want = { .identifier = signs[_i].identifier,
                                .len = strlen(signs[_i].identifier),
                                .lifetime = signs[_i].lifetime,
                                .default_lifetime = signs[_i].by_default };
    enum proto_status status = policy_sign(policy.apps[0], signs[_i].rules, 100, &want, 1000);
    uint64_t lifetime = want.lifetime, cap = want.cap;
    ck_assert_msg(status == signs[_i].status, "%s: expected status %d, got %d", signs[_i].name,
                  signs[_i].status, status);
    ck_assert_msg(cap == signs[_i].cap || status == PROTO_RESERVED || status == PROTO_FORBIDDEN,
                  "%s: expected cap %llu, got %llu", signs[_i].name, (unsigned long long)signs[_i].cap,
                  (unsigned long long)cap);
    if (status == PROTO_DONE)
        ck_assert_msg(lifetime == signs[_i].granted, "%s: expected %llu s, got %llu", signs[_i].name,
                      (unsigned long long)signs[_i].granted, (unsigned long long)lifetime);
}
END_TEST

/* Whose rate is charged: rule 6 gives 2 a second up to 2 h, rule 7 one a second for "*-long" up to the app's cap. */
START_TEST(rate_over_rules)
{
    static const struct {
        const char *identifier;
        uint64_t lifetime, now_ms;
        enum proto_status status;
    } steps[] = {
        { "bob", HOUR, 1000, PROTO_DONE },
        { "bob", HOUR, 1000, PROTO_DONE },
        { "bob", HOUR, 1000, PROTO_RATE },
        { "a-long", HOUR, 1000, PROTO_DONE }, /* rule 7's */
        { "a-long", HOUR, 1000, PROTO_RATE },
        { "bob", HOUR, 1499, PROTO_RATE },
        { "bob", HOUR, 1500, PROTO_DONE },
        { "a-long", 9 * HOUR, 1999, PROTO_RATE },
        { "a-long", 9 * HOUR, 2000, PROTO_DONE },
        { "a-long", 9 * HOUR, 2000, PROTO_RATE },
        { "bob", 9 * HOUR, 2000, PROTO_OVER_CAP },
        { "bob", HOUR, 2000, PROTO_DONE },
        { "administrator", HOUR, 9000, PROTO_RESERVED },
        { "bob", HOUR, 9000, PROTO_DONE },
        { "bob", HOUR, 9000, PROTO_DONE },
        { "bob", HOUR, 9000, PROTO_RATE },
    };
    for (int i = 0; i < UNIT_ROWS(steps); i++) {
        struct policy_want want = { .identifier = steps[i].identifier,
                                    .len = strlen(steps[i].identifier),
                                    .lifetime = steps[i].lifetime };
        enum proto_status status = policy_sign(policy.apps[0], BIT(6) | BIT(7), 102, &want, steps[i].now_ms);
        ck_assert_msg(status == steps[i].status, "step %d: expected %d, got %d", i, steps[i].status, status);
    }
}
END_TEST

START_TEST(verify)
{
    ck_assert_int_eq(policy_verify(policy.apps[0], 0, 1, 1000), PROTO_FORBIDDEN);
    ck_assert_int_eq(policy_verify(policy.apps[0], BIT(0) | BIT(2), 1, 1000), PROTO_FORBIDDEN);
    ck_assert_int_eq(policy_verify(policy.apps[0], BIT(3), 1, 1000), PROTO_DONE);
    policy.apps[0]->rules[3]->is.rate = 1;
    ck_assert_int_eq(policy_verify(policy.apps[0], BIT(3), 1, 1000), PROTO_DONE);
    ck_assert_int_eq(policy_verify(policy.apps[0], BIT(3), 1, 1000), PROTO_RATE);
    ck_assert_int_eq(policy_verify(policy.apps[0], BIT(3), 2, 1000), PROTO_DONE);
    ck_assert_int_eq(policy_verify(policy.apps[0], BIT(3) | BIT(1), 1, 1000), PROTO_DONE);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, match, 0, UNIT_ROWS(matches));
    tcase_add_loop_test(tests, match_without_ids, 0, UNIT_ROWS(matches));
    tcase_add_loop_test(tests, socket_row, 0, UNIT_ROWS(sockets));
    tcase_add_loop_test(tests, sign, 0, UNIT_ROWS(signs));
    tcase_add_test(tests, rate_over_rules);
    tcase_add_test(tests, verify);
}

int main(void)
{
    return unit_run("policy", fill);
}
