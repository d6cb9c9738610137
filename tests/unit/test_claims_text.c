/* test_claims_text.c: the text that is signed, byte for byte. */
#include "unit.h"

#include "usersig.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    struct usersig_claims claims;
    const char *text; /* NULL: MALFORMED */
} rows[] = {
    { "plain",
      { .version = 2,
        .sdkappid = 1400000000,
        .issued_at = 1700000000,
        .lifetime = 86400,
        .identifier_len = 5,
        .identifier = "alice" },
      "TLS.identifier:alice\nTLS.sdkappid:1400000000\nTLS.time:1700000000\nTLS.expire:86400\n" },
    { "with a userbuf",
      { .version = 2,
        .sdkappid = 1,
        .issued_at = 2,
        .lifetime = 3,
        .identifier_len = 1,
        .identifier = "a",
        .userbuf_len = 3,
        .userbuf = { 0xFB, 0xEF, 0xBF } },
      "TLS.identifier:a\nTLS.sdkappid:1\nTLS.time:2\nTLS.expire:3\nTLS.userbuf:+++/\n" },
    { "userbuf with padding",
      { .version = 2,
        .sdkappid = 1,
        .issued_at = 2,
        .lifetime = 3,
        .identifier_len = 1,
        .identifier = "a",
        .userbuf_len = 1,
        .userbuf = { 'f' } },
      "TLS.identifier:a\nTLS.sdkappid:1\nTLS.time:2\nTLS.expire:3\nTLS.userbuf:Zg==\n" },
    { "what decode takes and sign does not",
      { .version = 2, .identifier_len = 3, .identifier = " a " },
      "TLS.identifier: a \nTLS.sdkappid:0\nTLS.time:0\nTLS.expire:0\n" },
    { "highest numbers",
      { .version = 2,
        .sdkappid = UINT32_MAX,
        .issued_at = UINT64_MAX,
        .lifetime = UINT64_MAX,
        .identifier_len = 1,
        .identifier = "a" },
      "TLS.identifier:a\nTLS.sdkappid:4294967295\nTLS.time:18446744073709551615\n"
      "TLS.expire:18446744073709551615\n" },
    { "quotes stay as they are",
      { .version = 2,
        .sdkappid = 1,
        .issued_at = 2,
        .lifetime = 3,
        .identifier_len = 2,
        .identifier = "\"\\" },
      "TLS.identifier:\"\\\nTLS.sdkappid:1\nTLS.time:2\nTLS.expire:3\n" },
    { "UTF-8",
      { .version = 2,
        .sdkappid = 1,
        .issued_at = 2,
        .lifetime = 3,
        .identifier_len = 3,
        .identifier = "\xE5\xB0\x8F" },
      "TLS.identifier:\xE5\xB0\x8F\nTLS.sdkappid:1\nTLS.time:2\nTLS.expire:3\n" },
    { "the first bytes of identifier",
      { .version = 2,
        .sdkappid = 1,
        .issued_at = 2,
        .lifetime = 3,
        .identifier_len = 3,
        .identifier = "alice" },
      "TLS.identifier:ali\nTLS.sdkappid:1\nTLS.time:2\nTLS.expire:3\n" },
    { "newline", { .version = 2, .sdkappid = 1, .identifier_len = 3, .identifier = "a\nb" }, NULL },
    { "NUL", { .version = 2, .sdkappid = 1, .identifier_len = 3, .identifier = "a" }, NULL },
    { "DEL", { .version = 2, .sdkappid = 1, .identifier_len = 1, .identifier = "\x7F" }, NULL },
    { "invalid UTF-8", { .version = 2, .sdkappid = 1, .identifier_len = 1, .identifier = "\xFF" }, NULL },
    { "empty identifier", { .version = 2, .sdkappid = 1 }, NULL },
    { "identifier too long",
      { .version = 2, .sdkappid = 1, .identifier_len = 256, .identifier = "a" },
      NULL },
    { "identifier of SIZE_MAX", { .version = 2, .identifier_len = SIZE_MAX, .identifier = "a" }, NULL },
    { "userbuf too long",
      { .version = 2, .sdkappid = 1, .identifier_len = 1, .identifier = "a", .userbuf_len = 513 },
      NULL },
    { "version 0", { .version = 0, .sdkappid = 1, .identifier_len = 1, .identifier = "a" }, NULL },
    { "version 3", { .version = 3, .sdkappid = 1, .identifier_len = 1, .identifier = "a" }, NULL },
};

START_TEST(row)
{
    char out[USERSIG_SIGNED_TEXT_MAX];
    size_t len = 99;
    int expected = rows[_i].text ? USERSIG_OK : USERSIG_MALFORMED;
    int got = usersig_claims_text(&rows[_i].claims, out, sizeof out, &len);
    ck_assert_msg(got == expected, "%s: expected %s, got %s", rows[_i].name, usersig_error_name(expected),
                  usersig_error_name(got));
    if (expected) {
        ck_assert_uint_eq(len, 0);
        return;
    }
    ck_assert_msg(strcmp(out, rows[_i].text) == 0, "%s: expected\n%s\ngot\n%s", rows[_i].name, rows[_i].text,
                  out);
    ck_assert_uint_eq(len, strlen(rows[_i].text));
    for (size_t size = 0; size <= len; size++) {
        size_t needed = 0;
        ck_assert_int_eq(usersig_claims_text(&rows[_i].claims, out, size, &needed), USERSIG_ERR_SPACE);
        ck_assert_uint_eq(needed, len);
    }
    ck_assert_int_eq(usersig_claims_text(&rows[_i].claims, NULL, 0, &len), USERSIG_ERR_SPACE);
    char *exact = malloc(len + 1);
    ck_assert_ptr_nonnull(exact);
    ck_assert_int_eq(usersig_claims_text(&rows[_i].claims, exact, len + 1, &len), USERSIG_OK);
    ck_assert_str_eq(exact, rows[_i].text);
    free(exact);
}
END_TEST

START_TEST(longest)
{
    struct usersig_claims claims = { .version = 2,
                                     .sdkappid = UINT32_MAX,
                                     .issued_at = UINT64_MAX,
                                     .lifetime = UINT64_MAX,
                                     .identifier_len = USERSIG_IDENTIFIER_MAX,
                                     .userbuf_len = USERSIG_USERBUF_MAX };
    char out[USERSIG_SIGNED_TEXT_MAX];
    size_t len;
    memset(claims.identifier, 'a', USERSIG_IDENTIFIER_MAX);
    ck_assert_int_eq(usersig_claims_text(&claims, out, sizeof out, &len), USERSIG_OK);
    ck_assert_uint_eq(len, 1054);
}
END_TEST

START_TEST(arguments)
{
    char out[USERSIG_SIGNED_TEXT_MAX];
    size_t len;
    ck_assert_int_eq(usersig_claims_text(NULL, out, sizeof out, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_claims_text(&rows[0].claims, NULL, 1, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_claims_text(&rows[0].claims, out, sizeof out, NULL), USERSIG_ERR_ARGUMENT);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, longest);
    tcase_add_test(tests, arguments);
}

int main(void)
{
    return unit_run("claims_text", fill);
}
