/* test_claims_text_v1.c: the text that version 1 signs, byte for byte. */
#include "unit.h"

#include "usersig.h"

#include <string.h>

static const struct {
    const char *name;
    struct usersig_claims claims;
    const char *text; /* NULL: MALFORMED */
} rows[] = {
    { "zeros by default",
      { .sdkappid = 1400000000,
        .issued_at = 1700000000,
        .lifetime = 86400,
        .identifier_len = 5,
        .identifier = "alice" },
      "TLS.appid_at_3rd:0\nTLS.account_type:0\nTLS.identifier:alice\nTLS.sdk_appid:1400000000\n"
      "TLS.time:1700000000\nTLS.expire_after:86400\n" },
    { "values",
      { .sdkappid = UINT32_MAX,
        .identifier_len = 1,
        .identifier = "a",
        .account_type = "27",
        .appid_at_3rd = "0140" },
      "TLS.appid_at_3rd:0140\nTLS.account_type:27\nTLS.identifier:a\nTLS.sdk_appid:4294967295\nTLS.time:0\n"
      "TLS.expire_after:0\n" },
    { "no appid_at_3rd",
      { .sdkappid = 1, .flags = USERSIG_V1_NO_APPID, .identifier_len = 1, .identifier = "a" },
      "TLS.account_type:0\nTLS.identifier:a\nTLS.sdk_appid:1\nTLS.time:0\nTLS.expire_after:0\n" },
    { "empty appid_at_3rd",
      { .sdkappid = 1, .flags = USERSIG_V1_EMPTY, .identifier_len = 1, .identifier = "a" },
      "TLS.appid_at_3rd:\nTLS.account_type:0\nTLS.identifier:a\nTLS.sdk_appid:1\nTLS.time:0\n"
      "TLS.expire_after:0\n" },
    { "userbuf",
      { .sdkappid = 1, .identifier_len = 1, .identifier = "a", .userbuf_len = 1, .userbuf = { 'f' } },
      "TLS.appid_at_3rd:0\nTLS.account_type:0\nTLS.identifier:a\nTLS.sdk_appid:1\nTLS.time:0\n"
      "TLS.expire_after:0\nTLS.userbuf:Zg==\n" },
    { "newline in the identifier", { .sdkappid = 1, .identifier_len = 3, .identifier = "a\nb" }, NULL },
    { "newline in account_type",
      { .sdkappid = 1, .identifier_len = 1, .identifier = "a", .account_type = "0\nTLS" },
      NULL },
    { "both forms of appid_at_3rd",
      { .sdkappid = 1,
        .flags = USERSIG_V1_EMPTY | USERSIG_V1_NO_APPID,
        .identifier_len = 1,
        .identifier = "a" },
      NULL },
};

START_TEST(row)
{
    struct usersig_claims claims = rows[_i].claims;
    char out[USERSIG_SIGNED_TEXT_MAX];
    size_t len = 99;
    int expected = rows[_i].text ? USERSIG_OK : USERSIG_MALFORMED;
    claims.version = 1;
    int got = usersig_claims_text(&claims, out, sizeof out, &len);
    ck_assert_msg(got == expected, "%s: expected %s, got %s", rows[_i].name, usersig_error_name(expected),
                  usersig_error_name(got));
    if (expected) {
        ck_assert_uint_eq(len, 0);
        return;
    }
    ck_assert_msg(strcmp(out, rows[_i].text) == 0, "%s: expected\n%s\ngot\n%s", rows[_i].name, rows[_i].text,
                  out);
    ck_assert_uint_eq(len, strlen(rows[_i].text));
    ck_assert_int_eq(usersig_claims_text(&claims, out, len, &len), USERSIG_ERR_SPACE);
}
END_TEST

START_TEST(longest)
{
    struct usersig_claims claims = { .version = 1,
                                     .sdkappid = UINT32_MAX,
                                     .issued_at = UINT64_MAX,
                                     .lifetime = UINT64_MAX,
                                     .identifier_len = USERSIG_IDENTIFIER_MAX,
                                     .userbuf_len = USERSIG_USERBUF_MAX,
                                     .account_type = "12345678901234567890",
                                     .appid_at_3rd = "12345678901234567890" };
    char out[USERSIG_SIGNED_TEXT_MAX];
    size_t len;
    memset(claims.identifier, 'a', USERSIG_IDENTIFIER_MAX);
    ck_assert_int_eq(usersig_claims_text(&claims, out, sizeof out, &len), USERSIG_OK);
    ck_assert_uint_eq(len, 1137);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, longest);
}

int main(void)
{
    return unit_run("claims_text_v1", fill);
}
