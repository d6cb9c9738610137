/* test_policy_names.c: reserved names and identifier patterns, the limits of a policy, and the rate. */
#include "unit.h"

#include "../../sigd/signer/policy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct policy policy;

static void set_up(void)
{
    ck_assert(policy_load_app(&policy, &(struct proto_load_app){ 60, 60, 1400000000, "chat", 0, 0 }));
    ck_assert(policy_load_admin(&policy, "The Boss_1"));
    ck_assert(policy_load_reserved(&policy, "Ops[1]"));
    ck_assert(
        policy_load_rule(&policy, &(struct proto_load_rule){ 0, SIGD_MAY_SIGN, 0, UINT32_MAX, 0, 0, 0 }));
}

static void tear_down(void)
{
    policy_clear(&policy);
}

static enum proto_status ask(const char *identifier, size_t len)
{
    char *copy = malloc(len); /* so that a read beyond it shows */
    ck_assert(copy || !len);
    memcpy(copy, len ? identifier : "", len);
    struct policy_want want = { .identifier = copy, .len = len, .default_lifetime = true };
    enum proto_status status = policy_sign(policy.apps[0], 1, 1, &want, 1000);
    free(copy);
    return status;
}

/* Every spelling in upper and lower case of the letters of name. */
static void every_case(const char *name, const char *behind)
{
    char spelled[64];
    size_t len = strlen(name), letters = 0;
    for (size_t i = 0; i < len; i++)
        letters += isalpha((unsigned char)name[i]) != 0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << letters; bits++) {
        uint64_t left = bits;
        for (size_t i = 0; i < len; i++) {
            spelled[i] = name[i];
            if (isalpha((unsigned char)name[i])) {
                spelled[i] =
                    (char)(left & 1 ? toupper((unsigned char)name[i]) : tolower((unsigned char)name[i]));
                left >>= 1;
            }
        }
        memcpy(spelled + len, behind, strlen(behind) + 1);
        enum proto_status status = ask(spelled, strlen(spelled));
        ck_assert_msg(status == PROTO_RESERVED, "'%s': expected %d, got %d", spelled, PROTO_RESERVED, status);
    }
}

static const struct {
    const char *name, *behind;
} reserved[] = {
    { "administrator", "" }, { "the boss_1", "" }, { "ops[1]", "" },    { "@tim#", "" },
    { "@rbt#", "" },         { "@toa#", "" },      { "@tgs#", "" },     { "@tim#", "x" },
    { "@rbt#", "#@rbt#" },   { "@toa#", " \x7F" }, { "@tgs#", "_abc" },
};

START_TEST(reserved_row)
{
    ck_assert(policy_load_pattern(&policy, "*"));
    every_case(reserved[_i].name, reserved[_i].behind);
}
END_TEST

/* Not reserved: what only looks like it. What of this libsig does not sign is refused by libsig. */
START_TEST(not_reserved)
{
    static const char *const names[] = {
        "administrato", "administrators", " administrator", "administrator ",  "@TIM",   "TIM#",
        "x@TIM#",       "@TIM_#",         "The Boss_2",     "The Boss_",       "Ops{1}", "Ops[1",
        "Ops[1]]",      "@ops",           "`tim#",          "\tadministrator", "ops;1=",
    };
    ck_assert(policy_load_pattern(&policy, "*"));
    for (int i = 0; i < UNIT_ROWS(names); i++)
        ck_assert_msg(ask(names[i], strlen(names[i])) == PROTO_DONE, "'%s': expected %d, got %d", names[i],
                      PROTO_DONE, ask(names[i], strlen(names[i])));
    ck_assert_int_eq(ask("administrator\0x", 15), PROTO_DONE);
    ck_assert_int_eq(ask("", 0), PROTO_DONE);
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool matches;
} patterns[] = {
    { "*", "", true },           { "**", "", true },
    { "?", "", false },          { "*?", "", false },
    { "a", "a", true },          { "a", "A", false },
    { "a", "", false },          { "a", "ab", false },
    { "ab", "a", false },        { "?", "\xFF", true },
    { "??", "\xC3\xA9", true }, /* bytes, not characters */
    { "?", "\xC3\xA9", false },  { "user-*", "user-", true },
    { "user-*", "user", false }, { "user-*", "Xuser-1", false },
    { "*-x", "a-x-x", true },    { "*-x", "a-x-xy", false },
    { "a*b*c", "abc", true },    { "a*b*c", "aXbXbXc", true },
    { "a*b*c", "acb", false },   { "*a?b*", "xxaxb", true },
    { "*a?b*", "xxab", false },  { "***a***", "bab", true },
    { "a\\*", "a*", false }, /* there is no escape */
    { "[ab]", "a", false },      { "[ab]", "[ab]", true },
    { "a.c", "abc", false },     { "?*", "a", true },
    { "*?*?*", "a", false },
};

START_TEST(pattern_row)
{
    ck_assert(policy_load_pattern(&policy, patterns[_i].pattern));
    bool matches = ask(patterns[_i].text, strlen(patterns[_i].text)) == PROTO_DONE;
    ck_assert_msg(matches == patterns[_i].matches, "'%s' on '%s': expected %d, got %d", patterns[_i].pattern,
                  patterns[_i].text, patterns[_i].matches, matches);
}
END_TEST

/* A NUL within an identifier is a byte like others, and no end of it. */
START_TEST(pattern_and_nul)
{
    ck_assert(policy_load_pattern(&policy, "a"));
    ck_assert_int_eq(ask("a\0b", 3), PROTO_NOT_ALLOWED);
    ck_assert_int_eq(ask("a\0", 2), PROTO_NOT_ALLOWED);
    ck_assert_int_eq(ask("\0", 1), PROTO_NOT_ALLOWED);
    ck_assert(policy_load_pattern(&policy, "b?c"));
    ck_assert_int_eq(ask("b\0c", 3), PROTO_DONE);
}
END_TEST

/* What the matcher must agree with: the definition itself. */
static bool defined(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return defined(pattern + 1, text) || (*text && defined(pattern, text + 1));
    if (!*pattern || !*text)
        return !*pattern && !*text;
    return (*pattern == '?' || *pattern == *text) && defined(pattern + 1, text + 1);
}

/* All patterns of up to 5 of {a b ? *} on all texts of up to 5 of {a b}. */
START_TEST(pattern_by_definition)
{
    ck_assert(policy_load_pattern(&policy, "*"));
    for (unsigned p = 1; p < 1u << 10; p++)
        for (unsigned n = 1; n <= 5; n++)
            for (unsigned t = 0; t < 64; t++) {
                char *pattern = policy.apps[0]->rules[0]->patterns[0], text[6] = "";
                unsigned len = t >= 32 ? 5 : t >= 16 ? 4 : t >= 8 ? 3 : t >= 4 ? 2 : t >= 2;
                for (unsigned i = 0; i < n; i++)
                    pattern[i] = "ab?*"[p >> 2 * i & 3];
                pattern[n] = '\0';
                for (unsigned i = 0; i < len; i++)
                    text[i] = "ab"[t >> i & 1];
                bool matches = ask(text, len) == PROTO_DONE;
                ck_assert_msg(matches == defined(pattern, text), "'%s' on '%s': expected %d, got %d", pattern,
                              text, !matches, matches);
            }
}
END_TEST

/* Patterns that take a backtracking matcher for ever. */
START_TEST(pattern_of_stars)
{
    static const char *const worst[] = { "*a", "*?", "**" }; /* over and over, then a 'b' that never comes */
    char text[USERSIG_IDENTIFIER_MAX];
    memset(text, 'a', sizeof text);
    for (int i = 0; i < UNIT_ROWS(worst); i++) {
        char pattern[SIGD_PATTERN_MAX + 1] = "";
        for (size_t at = 0; at < SIGD_PATTERN_MAX; at++)
            pattern[at] = at < SIGD_PATTERN_MAX - 1 ? worst[i][at % 2] : 'b';
        ck_assert(policy_load_pattern(&policy, pattern));
    }
    clock_t start = clock();
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(ask(text, sizeof text), PROTO_NOT_ALLOWED);
    ck_assert_msg(clock() - start < 5 * CLOCKS_PER_SEC, "100 times three patterns took %g s of CPU",
                  (double)(clock() - start) / (double)CLOCKS_PER_SEC);
}
END_TEST

static struct {
    const char *name;
    uint32_t per_second;
    uint64_t now_ms[12];
    const char *expected; /* y: taken, n: not; one a call */
} rates[] = {
    { "one", 1, { 5, 5, 500, 1004, 1005, 1006, 2004, 2005 }, "ynnnynny" },
    { "asking does not cost", 1, { 5, 100, 200, 300, 400, 500, 900, 1005 }, "ynnnnnny" },
    { "burst of three", 3, { 5, 5, 5, 5, 338, 339, 339, 672, 673 }, "yyynnynyn" },
    { "no more than the burst after a long rest", 2, { 5, 5, 5, 1000000, 1000000, 1000000 }, "yynyyn" },
    { "2^32 - 1", UINT32_MAX, { 5, 5, 5, UINT64_MAX, UINT64_MAX }, "yyyyy" },
};

START_TEST(rate_row)
{
    struct rate rate = { 0 };
    for (size_t i = 0; i < strlen(rates[_i].expected); i++) {
        bool taken = rate_take(&rate, 7, rates[_i].per_second, rates[_i].now_ms[i]);
        ck_assert_msg(taken == (rates[_i].expected[i] == 'y'), "%s: call %zu: expected %c, got %c",
                      rates[_i].name, i, rates[_i].expected[i], taken ? 'y' : 'n');
    }
}
END_TEST

/* A uid has its own tokens; of more than RATE_UIDS the one that was idle longest makes room. */
START_TEST(rate_of_many)
{
    struct rate rate = { 0 };
    for (uid_t uid = 0; uid < RATE_UIDS; uid++)
        ck_assert(rate_take(&rate, uid, 1, 1000 + uid));
    for (uid_t uid = 0; uid < RATE_UIDS; uid++)
        ck_assert_msg(!rate_take(&rate, uid, 1, 1100), "uid %u: took another's token", uid);
    ck_assert(rate_take(&rate, 5, 1, 2005));
    ck_assert(rate_take(&rate, 1000, 1, 2006));
    ck_assert(!rate_take(&rate, 1000, 1, 2006));
    ck_assert(!rate_take(&rate, 5, 1, 2007));
}
END_TEST

START_TEST(limits)
{
    char longest[SIGD_PATTERN_MAX + 2];
    struct proto_load_socket open_ended = { 1, "x", "/x" };
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ck_assert(!policy_load_pattern(&policy, longest));
    ck_assert(policy_load_pattern(&policy, longest + 1));
    ck_assert(!policy_load_pattern(&policy, ""));
    ck_assert(!policy_load_reserved(&policy, longest));
    ck_assert(!policy_load_admin(&policy, longest + sizeof longest - 2 - SIGD_ADMIN_MAX));
    memset(open_ended.path, 'x', sizeof open_ended.path);
    ck_assert(!policy_load_socket(&policy, &open_ended));
    for (int i = 1; i < SIGD_RULE_PATTERNS_MAX; i++)
        ck_assert(policy_load_pattern(&policy, "a"));
    ck_assert(!policy_load_pattern(&policy, "a"));
    for (uint32_t i = 0; i < SIGD_RULE_IDS_MAX * 2; i++)
        ck_assert(policy_load_id(&policy, &(struct proto_load_rule_id){ i, i & 1 }));
    ck_assert(!policy_load_id(&policy, &(struct proto_load_rule_id){ 1, 0 }));
    ck_assert(!policy_load_id(&policy, &(struct proto_load_rule_id){ 1, 1 }));
    for (int i = 1; i < SIGD_RULES_MAX; i++)
        ck_assert(policy_load_rule(&policy, &(struct proto_load_rule){ 0 }));
    ck_assert(!policy_load_rule(&policy, &(struct proto_load_rule){ 0 }));
    for (int i = 1; i < SIGD_APPS_MAX; i++)
        ck_assert(policy_load_app(&policy, &(struct proto_load_app){ 1, 1, 1, "x", 0, 0 }));
    ck_assert(!policy_load_app(&policy, &(struct proto_load_app){ 1, 1, 1, "x", 0, 0 }));
    policy_clear(&policy);
    ck_assert(!policy_load_rule(&policy, &(struct proto_load_rule){ 0 }));
    ck_assert(!policy_load_id(&policy, &(struct proto_load_rule_id){ 1, 0 }));
    ck_assert(!policy_load_pattern(&policy, "a"));
    ck_assert(!policy_load_admin(&policy, "a"));
    ck_assert(!policy_load_reserved(&policy, "a"));
    ck_assert(!policy_load_app(&policy, &(struct proto_load_app){ 1, 1, 1, "", 0, 0 }));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, reserved_row, 0, UNIT_ROWS(reserved));
    tcase_add_test(tests, not_reserved);
    tcase_add_loop_test(tests, pattern_row, 0, UNIT_ROWS(patterns));
    tcase_add_test(tests, pattern_and_nul);
    tcase_add_test(tests, pattern_by_definition);
    tcase_add_test(tests, pattern_of_stars);
    tcase_add_loop_test(tests, rate_row, 0, UNIT_ROWS(rates));
    tcase_add_test(tests, rate_of_many);
    tcase_add_test(tests, limits);
}

int main(void)
{
    return unit_run("policy_names", fill);
}
