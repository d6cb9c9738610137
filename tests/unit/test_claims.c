/* test_claims.c: which claims may be signed, what may be asked of them, their end. */
#include "unit.h"

#include "claims.h"

#include <string.h>

#define S32 "abcdefghijklmnopqrstuvwxyz012345"
#define U255 /* 85 times U+5C0F */ U51 U51 U51 U51 U51
#define U51 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3 U3
#define U3 "\xE5\xB0\x8F"

enum { NO = 0, UTF8 = 1, BOTH = 3 }; /* taken: never, with USERSIG_ALLOW_UTF8, with and without */
#define ROW(name, text, taken)              \
    {                                       \
        name, text, sizeof(text) - 1, taken \
    }
static const struct {
    const char *name, *text;
    size_t len;
    int taken;
} identifiers[] = {
    ROW("empty", "", NO),
    ROW("1 byte", "a", BOTH),
    ROW("32 bytes", S32, BOTH),
    ROW("33 bytes", S32 "6", UTF8),
    ROW("255 bytes", S32 S32 S32 S32 S32 S32 S32 "abcdefghijklmnopqrstuvwxyz01234", UTF8),
    ROW("256 bytes", S32 S32 S32 S32 S32 S32 S32 S32, NO),
    ROW("newline at the end", "alice\n", NO),
    ROW("newline inside", "alice\nTLS.sdkappid:1", NO),
    ROW("carriage return", "a\rb", NO),
    ROW("tab", "a\tb", NO),
    ROW("0x01",
        "a\x01"
        "b",
        NO),
    ROW("0x1F",
        "a\x1F"
        "b",
        NO),
    ROW("DEL", "del\x7F", NO),
    ROW("NUL first", "\0", NO),
    ROW("NUL inside", "a\0b", NO),
    ROW("NUL at the end", "a\0", NO),
    ROW("space alone", " ", UTF8),
    ROW("space first", " a", UTF8),
    ROW("space last", "a ", UTF8),
    ROW("space inside", "a b", BOTH),
    ROW("every printable edge", "!~", BOTH),
    ROW("quote and backslash", "a\"\\b", BOTH),
    ROW("reserved prefix, the daemon's matter", "@TIM#SYSTEM", BOTH),
    ROW("UTF-8", "\xE5\xB0\x8F\xE5\x86\x9B", UTF8),
    ROW("UTF-8, 255 bytes", U255, UTF8),
    ROW("UTF-8, 256 bytes", U255 "a", NO),
    ROW("U+0080, a C1 control", "\xC2\x80", UTF8),
    ROW("U+2028", "\xE2\x80\xA8", UTF8),
    ROW("invalid UTF-8", "caf\xE9", NO),
    ROW("UTF-8 cut", "\xE5\xB0", NO),
    ROW("surrogate", "\xED\xA0\x80", NO),
    ROW("long form of a newline", "\xC0\x8A", NO),
};

static struct usersig_claims good(void)
{
    return (struct usersig_claims){ .version = 2,
                                    .sdkappid = 1400000000,
                                    .issued_at = 1700000000,
                                    .lifetime = 86400,
                                    .identifier_len = 5,
                                    .identifier = "alice" };
}

START_TEST(identifier)
{
    const char *name = identifiers[_i].name;
    size_t len = identifiers[_i].len;
    for (uint32_t flags = 0; flags <= USERSIG_ALLOW_UTF8; flags++) {
        struct usersig_claims claims = good(), before = claims;
        int expected =
            identifiers[_i].taken & (flags ? UTF8 : BOTH - UTF8) ? USERSIG_OK : USERSIG_ERR_IDENTIFIER;
        int got = usersig_claims_identifier(&claims, identifiers[_i].text, len, flags);
        ck_assert_msg(got == expected, "%s, flags %u: expected %s, got %s", name, flags,
                      usersig_error_name(expected), usersig_error_name(got));
        if (expected) {
            ck_assert_msg(memcmp(&claims, &before, sizeof claims) == 0, "%s: refused, and changed", name);
        } else {
            ck_assert_uint_eq(claims.identifier_len, len);
            ck_assert_mem_eq(claims.identifier, identifiers[_i].text, len);
            ck_assert_int_eq(claims.identifier[len], 0);
        }
        /* the same judgement over claims that somebody else filled in */
        claims.flags = flags;
        claims.identifier_len = len;
        memcpy(claims.identifier, identifiers[_i].text,
               len <= USERSIG_IDENTIFIER_MAX ? len : sizeof claims.identifier);
        got = claims_signable(&claims);
        ck_assert_msg(got == expected, "%s, flags %u: expected signable %s, got %s", name, flags,
                      usersig_error_name(expected), usersig_error_name(got));
    }
    bool provable = identifiers[_i].taken != NO;
    ck_assert_msg(claims_identifier_ok(identifiers[_i].text, len) == provable, "%s: expected in a proof %d",
                  name, provable);
}
END_TEST

START_TEST(identifier_arguments)
{
    struct usersig_claims claims = good();
    ck_assert_int_eq(usersig_claims_identifier(NULL, "a", 1, 0), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_claims_identifier(&claims, NULL, 1, 0), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_claims_identifier(&claims, "a", 1, USERSIG_V1_NO_APPID), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_claims_identifier(&claims, "a", 1, 0x80000000u), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_claims_identifier(&claims, "a", SIZE_MAX, 0), USERSIG_ERR_IDENTIFIER);
    ck_assert_str_eq(claims.identifier, "alice");
}
END_TEST

/* One thing changed in good claims. */
static const struct {
    const char *name;
    uint32_t sdkappid, flags;
    uint64_t issued_at, lifetime;
    size_t userbuf_len;
    int expected;
} signable[] = {
    { "good", 1, 0, 0, 1, 0, USERSIG_OK },
    { "sdkappid 0", 0, 0, 0, 1, 0, USERSIG_ERR_ARGUMENT },
    { "highest sdkappid", UINT32_MAX, 0, 0, 1, 0, USERSIG_OK },
    { "lifetime 0", 1, 0, 0, 0, 0, USERSIG_ERR_LIFETIME },
    { "lifetime 50 years", 1, 0, 0, 1576800000, 0, USERSIG_OK },
    { "lifetime 50 years and 1 s", 1, 0, 0, 1576800001, 0, USERSIG_ERR_LIFETIME },
    { "lifetime in milliseconds", 1, 0, 0, 86400000000, 0, USERSIG_ERR_LIFETIME },
    { "lifetime UINT64_MAX", 1, 0, 0, UINT64_MAX, 0, USERSIG_ERR_LIFETIME },
    { "issued at UINT64_MAX", 1, 0, UINT64_MAX, 1, 0, USERSIG_OK },
    { "userbuf of 1 byte", 1, 0, 0, 1, 1, USERSIG_OK },
    { "userbuf of 512 bytes", 1, 0, 0, 1, 512, USERSIG_OK },
    { "userbuf of 513 bytes", 1, 0, 0, 1, 513, USERSIG_ERR_USERBUF },
    { "userbuf of SIZE_MAX bytes", 1, 0, 0, 1, SIZE_MAX, USERSIG_ERR_USERBUF },
    { "flag ALLOW_UTF8", 1, USERSIG_ALLOW_UTF8, 0, 1, 0, USERSIG_OK },
    { "flag 8", 1, 8, 0, 1, 0, USERSIG_ERR_ARGUMENT },
    { "flag 2^31", 1, 0x80000000u, 0, 1, 0, USERSIG_ERR_ARGUMENT },
};

START_TEST(signable_row)
{
    struct usersig_claims claims = good();
    claims.sdkappid = signable[_i].sdkappid;
    claims.flags = signable[_i].flags;
    claims.issued_at = signable[_i].issued_at;
    claims.lifetime = signable[_i].lifetime;
    claims.userbuf_len = signable[_i].userbuf_len;
    int got = claims_signable(&claims);
    ck_assert_msg(got == signable[_i].expected, "%s: expected %s, got %s", signable[_i].name,
                  usersig_error_name(signable[_i].expected), usersig_error_name(got));
}
END_TEST

/* Fields of version 1: which are signable, and in a proof, by claims of version 1; version 2 does not look. */
static const struct {
    const char *name;
    uint32_t flags;
    const char *account_type, *appid_at_3rd;
    int ok;
} v1_fields[] = {
    { "none", 0, "", "", 1 },
    { "zeros", 0, "0", "0", 1 },
    { "20 digits", 0, "12345678901234567890", "99999999999999999999", 1 },
    { "leading zero", 0, "01", "00", 1 },
    { "21 characters, no NUL", 0, "123456789012345678901", "", 0 },
    { "21 characters, no NUL, the other", 0, "", "123456789012345678901", 0 },
    { "a letter", 0, "12a", "", 0 },
    { "a sign", 0, "-1", "", 0 },
    { "a newline", 0, "", "1\nTLS.identifier:b", 0 },
    { "a space", 0, "", " 1", 0 },
    { "no appid", USERSIG_V1_NO_APPID, "1", "", 1 },
    { "no appid, and one", USERSIG_V1_NO_APPID, "1", "1", 0 },
    { "empty appid", USERSIG_V1_EMPTY, "1", "", 1 },
    { "empty appid, and one", USERSIG_V1_EMPTY, "1", "0", 0 },
    { "no appid and empty", USERSIG_V1_NO_APPID | USERSIG_V1_EMPTY, "", "", 0 },
};

START_TEST(v1_field)
{
    struct usersig_claims claims = good();
    claims.flags = v1_fields[_i].flags;
    memcpy(claims.account_type, v1_fields[_i].account_type,
           strnlen(v1_fields[_i].account_type, sizeof claims.account_type));
    memcpy(claims.appid_at_3rd, v1_fields[_i].appid_at_3rd,
           strnlen(v1_fields[_i].appid_at_3rd, sizeof claims.appid_at_3rd));
    ck_assert_int_eq(claims_signable(&claims), USERSIG_OK);
    ck_assert(claims_ok(&claims));
    claims.version = 1;
    int got = claims_signable(&claims);
    ck_assert_msg(got == (v1_fields[_i].ok ? USERSIG_OK : USERSIG_ERR_ARGUMENT), "%s: signable %s",
                  v1_fields[_i].name, usersig_error_name(got));
    ck_assert_msg(claims_ok(&claims) == v1_fields[_i].ok, "%s: expected in a proof %d", v1_fields[_i].name,
                  v1_fields[_i].ok);
}
END_TEST

static const struct {
    const char *name;
    struct usersig_expect expect;
    int expected;
} questions[] = {
    { "nothing asked", { .flags = 7 }, USERSIG_OK },
    { "everything asked", { 1, 0, "a", (const uint8_t *)"b", 1, 0, 0 }, USERSIG_OK },
    { "no userbuf", { 1, 0, "a", NULL, 0, 0, 0 }, USERSIG_OK },
    { "forgotten altogether", { 0 }, USERSIG_ERR_ARGUMENT },
    { "sdkappid forgotten", { .identifier = "a" }, USERSIG_ERR_ARGUMENT },
    { "any sdkappid", { .identifier = "a", .flags = USERSIG_ANY_SDKAPPID }, USERSIG_OK },
    { "identifier forgotten", { .sdkappid = 1 }, USERSIG_ERR_ARGUMENT },
    { "any identifier", { .sdkappid = 1, .flags = USERSIG_ANY_IDENTIFIER }, USERSIG_OK },
    { "empty identifier", { .sdkappid = 1, .identifier = "" }, USERSIG_OK },
    { "length without a userbuf",
      { .sdkappid = 1, .identifier = "a", .userbuf_len = 1 },
      USERSIG_ERR_ARGUMENT },
    { "unknown flag", { .sdkappid = 1, .identifier = "a", .flags = 8 }, USERSIG_ERR_ARGUMENT },
};

START_TEST(question)
{
    int got = claims_expect_ok(&questions[_i].expect);
    ck_assert_msg(got == questions[_i].expected, "%s: expected %s, got %s", questions[_i].name,
                  usersig_error_name(questions[_i].expected), usersig_error_name(got));
    ck_assert_int_eq(claims_expect_ok(NULL), USERSIG_OK);
}
END_TEST

START_TEST(expiry)
{
    struct usersig_claims claims = good();
    ck_assert_uint_eq(usersig_claims_expiry(&claims), 1700086400);
    ck_assert_uint_eq(usersig_claims_expiry(NULL), 0);
    claims.issued_at = UINT64_MAX - 86400;
    ck_assert_uint_eq(usersig_claims_expiry(&claims), UINT64_MAX);
    claims.issued_at++;
    ck_assert_uint_eq(usersig_claims_expiry(&claims), UINT64_MAX);
    claims.lifetime = UINT64_MAX;
    ck_assert_uint_eq(usersig_claims_expiry(&claims), UINT64_MAX);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, identifier, 0, UNIT_ROWS(identifiers));
    tcase_add_loop_test(tests, signable_row, 0, UNIT_ROWS(signable));
    tcase_add_loop_test(tests, v1_field, 0, UNIT_ROWS(v1_fields));
    tcase_add_loop_test(tests, question, 0, UNIT_ROWS(questions));
    tcase_add_test(tests, identifier_arguments);
    tcase_add_test(tests, expiry);
}

int main(void)
{
    return unit_run("claims", fill);
}
