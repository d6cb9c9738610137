/* test_ticket_json.c: decode from the JSON on: which objects are a usersig, which field refuses at which stage. */
#include "unit.h"

#include "craft.h"

#include <stdio.h>
#include <string.h>

#define VER "\"TLS.ver\":\"2.0\""
#define ID "\"TLS.identifier\":\"alice\""
#define APP "\"TLS.sdkappid\":1400000000"
#define TIME "\"TLS.time\":1700000000"
#define EXP "\"TLS.expire\":86400"
#define MAC "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SIG "\"TLS.sig\":\"" MAC "\""
#define ALL VER "," ID "," APP "," TIME "," EXP "," SIG
/* one field in another form */
#define WITH_VER(field) "{" field ID "," APP "," TIME "," EXP "," SIG "}"
#define WITH_ID(value) "{" VER ",\"TLS.identifier\":" value "," APP "," TIME "," EXP "," SIG "}"
#define WITH_APP(value) "{" VER "," ID ",\"TLS.sdkappid\":" value "," TIME "," EXP "," SIG "}"
#define WITH_TIME(value) "{" VER "," ID "," APP ",\"TLS.time\":" value "," EXP "," SIG "}"
#define WITH_EXP(value) "{" VER "," ID "," APP "," TIME ",\"TLS.expire\":" value "," SIG "}"
#define WITH_SIG(value) "{" VER "," ID "," APP "," TIME "," EXP ",\"TLS.sig\":" value "}"
#define WITH(more) "{" ALL more "}"
#define BUF(value) WITH(",\"TLS.userbuf\":" value)

enum {
    OK,
    AT_LENGTH,
    AT_BASE64,
    AT_INFLATE,
    AT_JSON,
    AT_VERSION,
    AT_FIELD,
    AT_IDENTIFIER,
    AT_USERBUF,
    AT_PROOF
};
#define ROW(name, json, stage)              \
    {                                       \
        name, json, sizeof(json) - 1, stage \
    }
static const struct {
    const char *name, *json;
    size_t len;
    unsigned stage;
} rows[] = {
    ROW("plain", WITH(""), OK),
    ROW("another order", "{" SIG "," EXP "," TIME "," APP "," ID "," VER "}", OK),
    ROW("newline at the end", WITH("") "\n", OK),
    ROW("pretty-printed", "{\r\n\t" VER " ,\n " ID ",\n" APP "\n," TIME "," EXP "," SIG "\n}\n", OK),
    ROW("space after colons", WITH(", \"x\" : 1"), OK),
    ROW("unknown string", WITH(",\"TLS.note\":\"x\""), OK),
    ROW("unknown number", WITH(",\"x\":-1.5e3"), OK),
    ROW("unknown null", WITH(",\"x\":null"), OK),
    ROW("unknown true", WITH(",\"x\":true"), OK),
    ROW("unknown string with a control character", WITH(",\"x\":\"\\n\""), OK),
    ROW("field of version 1 beside", WITH(",\"TLS.appid_at_3rd\":\"0\""), OK),
    ROW("name in other letters beside", WITH(",\"tls.ver\":\"3.0\""), OK),
    ROW("name with a NUL beside", WITH(",\"TLS.ver\\u0000\":\"3.0\""), OK),
    ROW("escaped names", "{\"TLS\\u002ever\":\"2\\u002e0\"," ID "," APP "," TIME "," EXP "," SIG "}", OK),
    ROW("escaped slash in the proof", WITH_SIG("\"\\/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\\u003d\""),
        OK),

    ROW("nothing", "", AT_JSON),
    ROW("empty object", "{}", AT_VERSION),
    ROW("array", "[]", AT_JSON),
    ROW("array of a usersig", "[" WITH("") "]", AT_JSON),
    ROW("number", "1", AT_JSON),
    ROW("null", "null", AT_JSON),
    ROW("string", "\"x\"", AT_JSON),
    ROW("BOM", "\xEF\xBB\xBF" WITH(""), AT_JSON),
    ROW("byte after the object", WITH("") "x", AT_JSON),
    ROW("NUL after the object", WITH("") "\0", AT_JSON),
    ROW("two objects", WITH("") WITH(""), AT_JSON),
    ROW("comma at the end", WITH(","), AT_JSON),
    ROW("unknown object", WITH(",\"x\":{}"), AT_JSON),
    ROW("unknown array", WITH(",\"x\":[1]"), AT_JSON),
    ROW("nested usersig", "{\"x\":" WITH("") "}", AT_JSON),
    ROW("invalid UTF-8 in an unknown value", WITH(",\"x\":\"\xFF\""), AT_JSON),
    ROW("raw newline in an unknown value", WITH(",\"x\":\"\n\""), AT_JSON),
    ROW("unknown number with a leading zero", WITH(",\"x\":01"), AT_JSON),
    ROW("duplicate unknown names", WITH(",\"x\":1,\"x\":1"), AT_JSON),
    ROW("duplicate version", WITH("," VER), AT_JSON),
    ROW("duplicate identifier", WITH("," ID), AT_JSON),
    ROW("duplicate proof", WITH("," SIG), AT_JSON),
    ROW("duplicate time by an escape", WITH(",\"TLS.\\u0074ime\":1"), AT_JSON),
    ROW("duplicate sdkappid by capital hex", WITH(",\"TLS\\u002Esdkappid\":1"), AT_JSON),
    ROW("cut", "{" ALL, AT_JSON),

    ROW("version missing", WITH_VER(""), AT_VERSION),
    ROW("version 3.0", WITH_VER("\"TLS.ver\":\"3.0\","), AT_VERSION),
    ROW("version 2", WITH_VER("\"TLS.ver\":\"2\","), AT_VERSION),
    ROW("version 2.00", WITH_VER("\"TLS.ver\":\"2.00\","), AT_VERSION),
    ROW("version with a space", WITH_VER("\"TLS.ver\":\"2.0 \","), AT_VERSION),
    ROW("version with a NUL", WITH_VER("\"TLS.ver\":\"2.0\\u0000\","), AT_VERSION),
    ROW("version empty", WITH_VER("\"TLS.ver\":\"\","), AT_VERSION),
    ROW("version as a number", WITH_VER("\"TLS.ver\":2.0,"), AT_VERSION),
    ROW("version null", WITH_VER("\"TLS.ver\":null,"), AT_VERSION),
    ROW("version 1's field instead", WITH_VER("\"TLS.version\":\"201512300000\","), AT_FIELD),

    ROW("sdkappid missing", "{" VER "," ID "," TIME "," EXP "," SIG "}", AT_FIELD),
    ROW("time missing", "{" VER "," ID "," APP "," EXP "," SIG "}", AT_FIELD),
    ROW("expire missing", "{" VER "," ID "," APP "," TIME "," SIG "}", AT_FIELD),
    ROW("identifier missing", "{" VER "," APP "," TIME "," EXP "," SIG "}", AT_FIELD),
    ROW("proof missing", "{" VER "," ID "," APP "," TIME "," EXP "}", AT_FIELD),
    ROW("sdkappid 0", WITH_APP("0"), OK),
    ROW("sdkappid 2^32-1", WITH_APP("4294967295"), OK),
    ROW("sdkappid 2^32", WITH_APP("4294967296"), AT_FIELD),
    ROW("sdkappid as a string", WITH_APP("\"1400000000\""), AT_FIELD),
    ROW("sdkappid negative", WITH_APP("-1"), AT_FIELD),
    ROW("sdkappid -0", WITH_APP("-0"), AT_FIELD),
    ROW("sdkappid with a fraction", WITH_APP("1400000000.0"), AT_FIELD),
    ROW("sdkappid with an exponent", WITH_APP("14e8"), AT_FIELD),
    ROW("sdkappid with a leading zero", WITH_APP("01400000000"), AT_JSON),
    ROW("sdkappid with a plus", WITH_APP("+1"), AT_JSON),
    ROW("sdkappid hexadecimal", WITH_APP("0x1"), AT_JSON),
    ROW("sdkappid null", WITH_APP("null"), AT_FIELD),
    ROW("time 0", WITH_TIME("0"), OK),
    ROW("time 2^31", WITH_TIME("2147483648"), OK),
    ROW("time 2^64-1", WITH_TIME("18446744073709551615"), OK),
    ROW("time 2^64", WITH_TIME("18446744073709551616"), AT_FIELD),
    ROW("time of 30 digits", WITH_TIME("100000000000000000000000000000"), AT_FIELD),
    ROW("time as a string", WITH_TIME("\"1700000000\""), AT_FIELD),
    ROW("time as an object", WITH_TIME("{}"), AT_JSON),
    ROW("time true", WITH_TIME("true"), AT_FIELD),
    ROW("expire 0", WITH_EXP("0"), OK),
    ROW("expire over 50 years", WITH_EXP("1576800001"), OK),
    ROW("expire 2^64-1", WITH_EXP("18446744073709551615"), OK),
    ROW("expire -1", WITH_EXP("-1"), AT_FIELD),
    ROW("expire 1E3", WITH_EXP("1E3"), AT_FIELD),
    ROW("expire as a string", WITH_EXP("\"86400\""), AT_FIELD),

    ROW("identifier as a number", WITH_ID("1"), AT_FIELD),
    ROW("identifier null", WITH_ID("null"), AT_FIELD),
    ROW("identifier empty", WITH_ID("\"\""), AT_IDENTIFIER),
    ROW("identifier with spaces at its ends", WITH_ID("\" a \""), OK),
    ROW("identifier raw UTF-8", WITH_ID("\"\xE5\xB0\x8F\""), OK),
    ROW("identifier by escapes", WITH_ID("\"\\u5c0f\\ud83d\\ude00\\u003c\\/\\\"\\\\\""), OK),
    ROW("identifier with U+2028", WITH_ID("\"\\u2028\""), OK),
    ROW("identifier with an escaped newline", WITH_ID("\"a\\nb\""), AT_IDENTIFIER),
    ROW("identifier with \\u000a", WITH_ID("\"a\\u000ab\""), AT_IDENTIFIER),
    ROW("identifier with \\u0000", WITH_ID("\"a\\u0000\""), AT_IDENTIFIER),
    ROW("identifier with \\u001f", WITH_ID("\"\\u001f\""), AT_IDENTIFIER),
    ROW("identifier with \\u007f", WITH_ID("\"a\\u007f\""), AT_IDENTIFIER),
    ROW("identifier with raw DEL", WITH_ID("\"a\x7F\""), AT_IDENTIFIER),
    ROW("identifier with \\b", WITH_ID("\"a\\b\""), AT_IDENTIFIER),
    ROW("identifier with a raw newline", WITH_ID("\"a\nb\""), AT_JSON),
    ROW("identifier with a raw NUL", WITH_ID("\"a\0b\""), AT_JSON),
    ROW("identifier with a raw tab", WITH_ID("\"a\tb\""), AT_JSON),
    ROW("identifier in Latin-1", WITH_ID("\"caf\xE9\""), AT_JSON),
    ROW("identifier with half a pair", WITH_ID("\"\\ud83d\""), AT_JSON),

    ROW("userbuf", BUF("\"Zm9v\""), OK),
    ROW("userbuf with padding", BUF("\"Zg==\""), OK),
    ROW("userbuf with escaped slashes", BUF("\"\\/\\/\\/\\/\""), OK),
    ROW("userbuf empty", BUF("\"\""), AT_USERBUF),
    ROW("userbuf without padding", BUF("\"Zg\""), AT_USERBUF),
    ROW("userbuf with bits too many", BUF("\"Zh==\""), AT_USERBUF),
    ROW("userbuf in the outer alphabet", BUF("\"Zg__\""), AT_USERBUF),
    ROW("userbuf with a newline", BUF("\"Zm9v\\n\""), AT_USERBUF),
    ROW("userbuf null", BUF("null"), AT_USERBUF),
    ROW("userbuf as a number", BUF("1234"), AT_USERBUF),
    ROW("duplicate userbuf", WITH(",\"TLS.userbuf\":\"Zg==\",\"TLS.userbuf\":\"Zg==\""), AT_JSON),

    ROW("proof empty", WITH_SIG("\"\""), AT_PROOF),
    ROW("proof of 31 bytes", WITH_SIG("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\""), AT_PROOF),
    ROW("proof of 33 bytes", WITH_SIG("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""), AT_PROOF),
    ROW("proof of 66 bytes",
        WITH_SIG("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""),
        AT_PROOF),
    ROW("proof without padding", WITH_SIG("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""), AT_PROOF),
    ROW("proof with bits too many", WITH_SIG("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\""), AT_PROOF),
    ROW("proof with CRLF", WITH_SIG("\"" MAC "\\r\\n\""), AT_PROOF),
    ROW("proof null", WITH_SIG("null"), AT_FIELD),
};

START_TEST(row)
{
    static char text[CRAFT_MAX];
    struct usersig_ticket ticket;
    size_t len = craft_pack(text, rows[_i].json, rows[_i].len);
    int expected = rows[_i].stage ? USERSIG_MALFORMED : USERSIG_OK;
    int got = usersig_decode(&ticket, text, len);
    ck_assert_msg(got == expected && ticket.stage == rows[_i].stage,
                  "%s: expected %s, stage %u, got %s, stage %u", rows[_i].name, usersig_error_name(expected),
                  rows[_i].stage, usersig_error_name(got), ticket.stage);
}
END_TEST

static int decode_json(const char *json, size_t len, struct usersig_ticket *ticket)
{
    static char text[CRAFT_MAX];
    return usersig_decode(ticket, text, craft_pack(text, json, len));
}

START_TEST(escapes_are_resolved)
{
    static const char json[] = WITH_ID("\"\\u5c0f\\ud83d\\ude00\\u003c\\/\\\"\\\\\"");
    struct usersig_ticket ticket;
    ck_assert_int_eq(decode_json(json, sizeof json - 1, &ticket), USERSIG_OK);
    ck_assert_str_eq(ticket.claims.identifier, "\xE5\xB0\x8F\xF0\x9F\x98\x80</\"\\");
    ck_assert_uint_eq(ticket.claims.identifier_len, 11);
}
END_TEST

/* An identifier, or a userbuf, of n bytes: 255 and 512 are the most. */
static int decode_sizes(size_t identifier_len, size_t userbuf_len, struct usersig_ticket *ticket)
{
    char json[4096], identifier[300], userbuf[1024] = "";
    memset(identifier, 'a', identifier_len);
    memset(userbuf, 'A', (userbuf_len + 2) / 3 * 4);
    for (size_t i = (userbuf_len + 2) / 3 * 3; i > userbuf_len; i--)
        userbuf[(userbuf_len + 2) / 3 * 4 - (i - userbuf_len)] = '=';
    int len = snprintf(json, sizeof json, WITH_ID("\"%.*s\",\"TLS.userbuf\":\"%s\""), (int)identifier_len,
                       identifier, userbuf);
    return decode_json(json, (size_t)len, ticket);
}

START_TEST(sizes)
{
    struct usersig_ticket ticket;
    ck_assert_int_eq(decode_sizes(255, 512, &ticket), USERSIG_OK);
    ck_assert_uint_eq(ticket.claims.identifier_len, 255);
    ck_assert_uint_eq(ticket.claims.userbuf_len, 512);
    ck_assert_int_eq(decode_sizes(256, 1, &ticket), USERSIG_MALFORMED);
    ck_assert_uint_eq(ticket.stage, USERSIG_STAGE_IDENTIFIER);
    ck_assert_int_eq(decode_sizes(1, 513, &ticket), USERSIG_MALFORMED);
    ck_assert_uint_eq(ticket.stage, USERSIG_STAGE_USERBUF);
    ck_assert_int_eq(decode_sizes(1, 511, &ticket), USERSIG_OK);
    ck_assert_uint_eq(ticket.claims.userbuf_len, 511);
}
END_TEST

START_TEST(members)
{
    for (int n = 31; n <= 33; n++) { /* 6 of them are fields */
        char json[2048] = "{" ALL;
        size_t at = strlen(json);
        struct usersig_ticket ticket;
        for (int i = 6; i < n; i++)
            at += (size_t)snprintf(json + at, sizeof json - at, ",\"x%d\":%d", i, i);
        json[at++] = '}';
        int expected = n <= 32 ? USERSIG_OK : USERSIG_MALFORMED;
        int got = decode_json(json, at, &ticket);
        ck_assert_msg(got == expected && ticket.stage == (n <= 32 ? OK : AT_JSON),
                      "%d members: got %s, stage %u", n, usersig_error_name(got), ticket.stage);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, escapes_are_resolved);
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, members);
}

int main(void)
{
    return unit_run("ticket_json", fill);
}
