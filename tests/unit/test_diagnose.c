/* test_diagnose.c: every fault of a text, made by the fault itself, and what a diagnosis calls it. */
#include "unit.h"

#include "craft.h"
#include "usersig_diagnose.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define ISSUED 1700000000u
#define NOW (ISSUED + 60)

static usersig_key *key;
static char honest[CRAFT_MAX], text[CRAFT_MAX];
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

static struct usersig_diagnosis diagnosed(const char *what, size_t len, const struct usersig_expect *expect,
                                          uint64_t now)
{
    const usersig_key *const keys[] = { key };
    struct usersig_diagnosis diagnosis;
    memset(&diagnosis, 0xA5, sizeof diagnosis);
    char *exact = malloc(len ? len : 1); /* so that the sanitizer sees a byte too far */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, what, len);
    int error = usersig_diagnose(keys, 1, exact, len, expect, now, &diagnosis);
    free(exact);
    ck_assert_int_eq(error, USERSIG_OK);
    return diagnosis;
}

static void check(const char *name, struct usersig_diagnosis got, uint32_t cause, int verdict, int rest_code)
{
    ck_assert_msg(got.cause == cause && got.verdict == verdict && got.rest_code == rest_code,
                  "%s: expected %s, %s, %d; got %s, %s, %d (stage %u)", name, usersig_cause_name(cause),
                  usersig_error_name(verdict), rest_code, usersig_cause_name(got.cause),
                  usersig_error_name(got.verdict), got.rest_code, got.stage);
}

/* ---- makers of faulty texts: from the JSON and the honest usersig -------------------------------------- */

static char json[4096]; /* of the honest usersig */
static size_t json_len;

static void unpack_honest(void)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-";
    uint8_t packed[4096];
    size_t n = 0;
    unsigned bits = 0, have = 0;
    for (const char *at = honest; *at && *at != '_'; at++) {
        bits = bits << 6 | (unsigned)(strchr(digits, *at) - digits);
        have += 6;
        if (have >= 8)
            packed[n++] = (uint8_t)(bits >> (have -= 8));
    }
    uLongf len = sizeof json;
    ck_assert_int_eq(uncompress((Bytef *)json, &len, packed, (uLong)n), Z_OK);
    json_len = len;
}

/* The JSON deflated with zlib's window_bits: 15 zlib, -15 raw, 31 gzip. */
static size_t deflated(uint8_t *out, const char *in, size_t len, int window_bits)
{
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)len, .next_out = out, .avail_out = CRAFT_MAX
    };
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static size_t packed_so(int window_bits)
{
    static uint8_t packed[CRAFT_MAX];
    return craft_base64(text, packed, deflated(packed, json, json_len, window_bits));
}

static void translate(const char *from, const char *to)
{
    for (char *at = text; *at; at++) {
        const char *found = strchr(from, *at);
        if (found)
            *at = to[found - from];
    }
}

static size_t unpadded(void)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '_' || text[len - 1] == '='))
        text[--len] = '\0';
    return len;
}

static void percent(void)
{
    static char in[CRAFT_MAX];
    strcpy(in, text);
    char *out = text;
    for (const char *at = in; *at; at++)
        if (strchr("*-_%+/=\n", *at))
            out += sprintf(out, "%%%02X", (unsigned)*at);
        else
            *out++ = *at;
    *out = '\0';
}

static size_t replaced(const char *old, const char *new)
{
    static char changed[8192];
    const char *at = strstr(json, old);
    ck_assert_msg(at != NULL, "no %s in %s", old, json);
    int n = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - json), json, new, at + strlen(old));
    return craft_pack(text, changed, (size_t)n);
}

static void around(const char *before, const char *after)
{
    static char in[CRAFT_MAX];
    strcpy(in, text);
    snprintf(text, sizeof text, "%s%s%s", before, in, after);
}

static void as_it_is(void)
{
}
static void empty(void)
{
    text[0] = '\0';
}
static void spaces_only(void)
{
    strcpy(text, " \r\n\t");
}
static void too_long(void)
{
    memset(text, 'e', USERSIG_TEXT_MAX + 1);
    text[USERSIG_TEXT_MAX + 1] = '\0';
}
static void cut_by_a_buffer(void)
{
    text[128] = '\0';
}
static void cut_in_a_percent(void)
{
    percent();
    for (size_t at = strlen(text) - 20; at > 0; at--)
        if (text[at] == '%') {
            text[at + 2] = '\0';
            return;
        }
    ck_abort_msg("no percent in %s", text);
}
static void without_padding(void)
{
    unpadded();
}
static void percent_once(void)
{
    percent();
}
static void percent_twice(void)
{
    percent();
    percent();
}
static void percent_thrice(void)
{
    percent();
    percent();
    percent();
}
static void newline(void)
{
    around("", "\n");
}
static void encoded_newline(void)
{
    around("", "\n");
    percent();
}
static void quotes(void)
{
    around("\"", "\"");
}
static void blanks(void)
{
    around("  ", " ");
}
static void wrapped(void)
{
    text[76] = '\n';
    strcpy(text + 77, honest + 76);
}
static void base64(void)
{
    translate("*-_", "+/=");
}
static void base64_without_padding(void)
{
    unpadded();
    base64();
}
static void base64_percent(void)
{
    base64();
    percent();
}
/* What a form's decoding leaves of RFC 4648's '+'. */
static void base64_spaces(void)
{
    base64();
    ck_assert_ptr_nonnull(strchr(text, '+'));
    translate("+", " ");
}
static void base64_spaces_newline(void)
{
    base64_spaces();
    around("", "\n");
}
static void base64_padding_only(void)
{
    translate("_", "=");
}
static void base64url(void)
{
    translate("*-_", "-_=");
}
static void base64url_without_padding(void)
{
    unpadded();
    base64url();
}
static void raw_deflate(void)
{
    packed_so(-15);
}
static void gzip(void)
{
    packed_so(31);
}
static void raw_deflate_in_base64(void)
{
    packed_so(-15);
    base64();
}
static void plain_json_in_base64(void)
{
    craft_base64(text, json, json_len);
}
static void plain_json(void)
{
    strcpy(text, json);
}
static void text_time(void)
{
    replaced("\"TLS.time\":1700000000", "\"TLS.time\":\"2016-08-11 12:00:00 -08:00\"");
}
static void text_time_plain(void)
{
    text_time();
    static char changed[1024];
    const char *at = strstr(json, "1700000000");
    snprintf(changed, sizeof changed, "%.*s\"2016-08-11T12:00:00-08:00\"%s", (int)(at - json), json, at + 10);
    craft_base64(text, changed, strlen(changed));
}
#define ANCIENT                                                                                         \
    "{\"TLS.account_type\":\"0\",\"TLS.identifier\":\"alice\",\"TLS.appid_at_3rd\":\"0\","              \
    "\"TLS.sdk_appid\":\"1400000000\",\"TLS.expire_after\":\"86400\",\"TLS.version\":\"201512300000\"," \
    "\"TLS.time\":\"2015-12-30 12:00:00 -08:00\",\"TLS.sig\":\"MAYCAQECAQE=\"}"
static void ancient(void)
{
    craft_pack(text, ANCIENT, strlen(ANCIENT));
}
static void ancient_plain(void)
{
    craft_base64(text, ANCIENT, strlen(ANCIENT));
}
static void control_escaped(void)
{
    replaced("alice", "alice\\nTLS.sdkappid:1");
}
static void control_raw(void)
{
    replaced("alice", "alice\nTLS.sdkappid:1");
}
static void control_nul(void)
{
    replaced("alice", "alice\\u0000");
}
static void control_delete(void)
{
    replaced("alice", "alice\x7f");
}
static void damaged(void)
{
    text[40] = text[40] == 'A' ? 'B' : 'A';
}
static void foreign(void)
{
    strcpy(text, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl");
}
static void not_a_ticket(void)
{
    craft_pack(text, "{\"a\":1}", 7);
}
static void other_version(void)
{
    replaced("2.0", "3.0");
}
static void numbers_as_text(void)
{
    replaced("1400000000", "\"1400000000\"");
}
static void percent_junk(void)
{
    strcpy(text, "%zz%");
}

static const struct {
    const char *name;
    void (*make)(void);
    uint32_t cause;
    int rest_code;
} texts[] = {
    { "as it is", as_it_is, USERSIG_CAUSE_NONE, 0 },
    { "empty", empty, USERSIG_CAUSE_EMPTY, 70002 },
    { "spaces only", spaces_only, USERSIG_CAUSE_EMPTY, 70002 },
    { "too long", too_long, USERSIG_CAUSE_TOO_LONG, 70003 },
    { "cut by a buffer", cut_by_a_buffer, USERSIG_CAUSE_CUT, 70003 },
    { "cut within a percent-encoding", cut_in_a_percent, USERSIG_CAUSE_CUT, 70003 },
    { "without padding", without_padding, USERSIG_CAUSE_PADDING, 70003 },
    { "percent-encoded", percent_once, USERSIG_CAUSE_PERCENT, 70003 },
    { "percent-encoded twice", percent_twice, USERSIG_CAUSE_PERCENT_TWICE, 70003 },
    { "percent-encoded thrice", percent_thrice, USERSIG_CAUSE_PERCENT_TWICE, 70003 },
    { "newline", newline, USERSIG_CAUSE_WHITE_SPACE, 70003 },
    { "newline, percent-encoded", encoded_newline, USERSIG_CAUSE_PERCENT, 70003 },
    { "quotes", quotes, USERSIG_CAUSE_WHITE_SPACE, 70003 },
    { "blanks", blanks, USERSIG_CAUSE_WHITE_SPACE, 70003 },
    { "wrapped lines", wrapped, USERSIG_CAUSE_WHITE_SPACE, 70003 },
    { "base64", base64, USERSIG_CAUSE_BASE64, 70003 },
    { "base64 without padding", base64_without_padding, USERSIG_CAUSE_BASE64, 70003 },
    { "base64, percent-encoded", base64_percent, USERSIG_CAUSE_BASE64, 70003 },
    { "base64, its plus signs made spaces", base64_spaces, USERSIG_CAUSE_BASE64, 70003 },
    { "base64, its plus signs made spaces, newline", base64_spaces_newline, USERSIG_CAUSE_BASE64, 70003 },
    { "padding of base64 alone", base64_padding_only, USERSIG_CAUSE_BASE64, 70003 },
    { "base64url", base64url, USERSIG_CAUSE_BASE64URL, 70003 },
    { "base64url without padding", base64url_without_padding, USERSIG_CAUSE_BASE64URL, 70003 },
    { "raw deflate", raw_deflate, USERSIG_CAUSE_RAW_DEFLATE, 70003 },
    { "raw deflate in base64", raw_deflate_in_base64, USERSIG_CAUSE_RAW_DEFLATE, 70003 },
    { "gzip", gzip, USERSIG_CAUSE_GZIP, 70003 },
    { "JSON without compression", plain_json_in_base64, USERSIG_CAUSE_PLAIN_JSON, 70003 },
    { "JSON itself", plain_json, USERSIG_CAUSE_PLAIN_JSON, 70003 },
    { "time as text", text_time, USERSIG_CAUSE_TEXT_TIME, 70003 },
    { "time as text, without compression", text_time_plain, USERSIG_CAUSE_TEXT_TIME, 70003 },
    { "an ancient one of version 1", ancient, USERSIG_CAUSE_TEXT_TIME, 70003 },
    { "an ancient one of version 1, without compression", ancient_plain, USERSIG_CAUSE_TEXT_TIME, 70003 },
    { "control character, escaped", control_escaped, USERSIG_CAUSE_CONTROL, 70003 },
    { "control character, as it is", control_raw, USERSIG_CAUSE_CONTROL, 70003 },
    { "NUL", control_nul, USERSIG_CAUSE_CONTROL, 70003 },
    { "DEL", control_delete, USERSIG_CAUSE_CONTROL, 70003 },
    { "damaged", damaged, USERSIG_CAUSE_UNKNOWN, 70003 },
    { "a token of another kind", foreign, USERSIG_CAUSE_UNKNOWN, 70003 },
    { "JSON of another kind", not_a_ticket, USERSIG_CAUSE_UNKNOWN, 70003 },
    { "version 3.0", other_version, USERSIG_CAUSE_UNKNOWN, 70003 },
    { "sdkappid as text", numbers_as_text, USERSIG_CAUSE_UNKNOWN, 70003 },
    { "percent signs alone", percent_junk, USERSIG_CAUSE_UNKNOWN, 70003 },
};

/* Claims whose text has all three special characters, so that each alphabet's fault can show. */
static size_t make_honest(void)
{
    struct usersig_claims made = claims;
    for (;; made.lifetime++) {
        size_t len = craft_usersig(honest, KEY, &made);
        if (strchr(honest, '*') && strchr(honest, '-') && honest[len - 1] == '_' && len > 140)
            return len;
    }
}

START_TEST(text_row)
{
    make_honest();
    unpack_honest();
    strcpy(text, honest);
    texts[_i].make();
    check(texts[_i].name, diagnosed(text, strlen(text), &alice, NOW), texts[_i].cause,
          texts[_i].cause ? USERSIG_MALFORMED : USERSIG_OK, texts[_i].rest_code);
}
END_TEST

/* Whatever is left of it: it is cut, or has lost its padding. Under four characters it could be anything. */
START_TEST(every_cut)
{
    size_t len = make_honest(), digits = len;
    while (honest[digits - 1] == '_')
        digits--;
    for (size_t n = 4; n < len; n++) {
        struct usersig_diagnosis got = diagnosed(honest, n, &alice, NOW);
        uint32_t expected = n < digits ? USERSIG_CAUSE_CUT : USERSIG_CAUSE_PADDING;
        ck_assert_msg(got.cause == expected, "%zu of %zu: expected %s, got %s", n, len,
                      usersig_cause_name(expected), usersig_cause_name(got.cause));
    }
}
END_TEST

/* Many claims: each alphabet's fault is seen wherever it shows. */
START_TEST(every_alphabet)
{
    struct usersig_claims made = claims;
    unit_seed();
    for (int round = 0; round < 400; round++) {
        made.issued_at = unit_below(UINT32_MAX);
        made.lifetime = 1 + unit_below(1000000);
        craft_usersig(honest, KEY, &made);
        strcpy(text, honest);
        base64url_without_padding();
        bool shows = strpbrk(text, "-_") != NULL, padded = strchr(honest, '_') != NULL;
        uint32_t expected = shows    ? USERSIG_CAUSE_BASE64URL
                            : padded ? USERSIG_CAUSE_PADDING
                                     : USERSIG_CAUSE_NONE;
        struct usersig_diagnosis got = diagnosed(text, strlen(text), NULL, made.issued_at);
        ck_assert_msg(got.cause == expected, "%s: expected %s, got %s", text, usersig_cause_name(expected),
                      usersig_cause_name(got.cause));
        strcpy(text, honest);
        base64();
        expected = strpbrk(text, "+/=") ? USERSIG_CAUSE_BASE64 : USERSIG_CAUSE_NONE;
        got = diagnosed(text, strlen(text), NULL, made.issued_at);
        ck_assert_msg(got.cause == expected, "%s: expected %s, got %s", text, usersig_cause_name(expected),
                      usersig_cause_name(got.cause));
    }
}
END_TEST

/* Whatever comes: an answer, and no byte read that is not there. */
START_TEST(any_bytes)
{
    static const char likely[] = "eJyABCabc019*-_+/=% \r\n\"{}:%2A%25";
    unit_seed();
    for (int round = 0; round < 3000; round++) {
        size_t len = make_honest();
        memcpy(text, honest, len + 1);
        for (uint64_t n = 1 + unit_below(4); n > 0; n--)
            text[unit_below(len)] =
                unit_below(4) ? likely[unit_below(sizeof likely - 1)] : (char)unit_below(256);
        if (unit_below(4) == 0)
            unit_fill(text, len = (size_t)unit_below(300));
        struct usersig_diagnosis got = diagnosed(text, len, NULL, NOW);
        ck_assert_msg((got.verdict == USERSIG_OK) == (got.cause == USERSIG_CAUSE_NONE),
                      "%.*s: verdict %s, cause %s", (int)len, text, usersig_error_name(got.verdict),
                      usersig_cause_name(got.cause));
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_key, free_key);
    tcase_add_loop_test(tests, text_row, 0, UNIT_ROWS(texts));
    tcase_add_test(tests, every_cut);
    tcase_add_test(tests, every_alphabet);
    tcase_add_test(tests, any_bytes);
}

int main(void)
{
    return unit_run("diagnose", fill);
}
