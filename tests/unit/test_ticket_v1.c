/* test_ticket_v1.c: decode of version 1: which objects are a usersig, which field refuses at which stage. */
#include "unit.h"

#include "craft.h"

#include <string.h>

#define TYPE "\"TLS.account_type\":\"0\","
#define ID "\"TLS.identifier\":\"alice\","
#define THIRD "\"TLS.appid_at_3rd\":\"0\","
#define APP "\"TLS.sdk_appid\":\"1400000000\","
#define EXP "\"TLS.expire_after\":\"86400\","
#define TIME "\"TLS.time\":\"1700000000\","
#define ANY_VERSION "\"TLS.version\":\"201803230000\","
#define SIG "\"TLS.sig\":\"MAYCAQECAQI=\"" /* r 1, s 2 */
#define WITH(more) "{" more TYPE ID THIRD APP EXP TIME SIG "}"
#define WITH_TYPE(field) "{" field ID THIRD APP EXP TIME SIG "}"
#define WITH_ID(value) "{\"TLS.identifier\":" value "," TYPE THIRD APP EXP TIME SIG "}"
#define WITH_THIRD(field) "{" field TYPE ID APP EXP TIME SIG "}"
#define WITH_APP(value) "{\"TLS.sdk_appid\":" value "," TYPE ID THIRD EXP TIME SIG "}"
#define WITH_EXP(value) "{\"TLS.expire_after\":" value "," TYPE ID THIRD APP TIME SIG "}"
#define WITH_TIME(value) "{\"TLS.time\":" value "," TYPE ID THIRD APP EXP SIG "}"
#define WITH_SIG(value) "{" TYPE ID THIRD APP EXP TIME "\"TLS.sig\":" value "}"

enum { OK = 0, VER = USERSIG_STAGE_VERSION, FIELD = USERSIG_STAGE_FIELD, WHO = USERSIG_STAGE_IDENTIFIER };
enum { BUF = USERSIG_STAGE_USERBUF, PROOF = USERSIG_STAGE_PROOF, JSON = USERSIG_STAGE_JSON };
static const struct {
    const char *name, *json;
    unsigned stage;
} rows[] = {
    { "plain", WITH(""), OK },
    { "version", WITH(ANY_VERSION), OK },
    { "another version", WITH("\"TLS.version\":\"20151204\","), OK },
    { "version of any type", WITH("\"TLS.version\":1,"), OK },
    { "unknown member", WITH("\"x\":null,"), OK },
    { "pretty-printed", "{\n   " TYPE "\n " ID THIRD APP EXP TIME SIG "\n}\n", OK },
    { "duplicate account_type", WITH(TYPE), JSON },
    { "duplicate appid_at_3rd", WITH(THIRD), JSON },
    { "userbuf as an object", WITH("\"TLS.userbuf\":{},"), JSON },

    { "version 2's TLS.ver beside", WITH("\"TLS.ver\":\"2.0\","), FIELD },
    { "TLS.ver 1.0 beside", WITH("\"TLS.ver\":\"1.0\","), VER },
    { "account_type missing", WITH_TYPE(""), VER },
    { "account_type missing, version there", WITH_TYPE(ANY_VERSION), FIELD },
    { "account_type of 20 digits", WITH_TYPE("\"TLS.account_type\":\"12345678901234567890\","), OK },
    { "account_type of 21 digits", WITH_TYPE("\"TLS.account_type\":\"123456789012345678901\","), FIELD },
    { "account_type empty", WITH_TYPE("\"TLS.account_type\":\"\","), FIELD },
    { "account_type as a number", WITH_TYPE("\"TLS.account_type\":0,"), FIELD },
    { "account_type null", WITH_TYPE("\"TLS.account_type\":null,"), FIELD },
    { "account_type with a letter", WITH_TYPE("\"TLS.account_type\":\"1a\","), FIELD },
    { "account_type with a sign", WITH_TYPE("\"TLS.account_type\":\"-1\","), FIELD },
    { "account_type with a newline", WITH_TYPE("\"TLS.account_type\":\"0\\n\","), FIELD },
    { "account_type with a NUL", WITH_TYPE("\"TLS.account_type\":\"0\\u0000\","), FIELD },
    { "appid_at_3rd missing", WITH_THIRD(""), OK },
    { "appid_at_3rd empty", WITH_THIRD("\"TLS.appid_at_3rd\":\"\","), OK },
    { "appid_at_3rd of 20 digits", WITH_THIRD("\"TLS.appid_at_3rd\":\"01234567890123456789\","), OK },
    { "appid_at_3rd of 21 digits", WITH_THIRD("\"TLS.appid_at_3rd\":\"012345678901234567890\","), FIELD },
    { "appid_at_3rd as a number", WITH_THIRD("\"TLS.appid_at_3rd\":0,"), FIELD },
    { "appid_at_3rd null", WITH_THIRD("\"TLS.appid_at_3rd\":null,"), FIELD },
    { "appid_at_3rd with a newline", WITH_THIRD("\"TLS.appid_at_3rd\":\"\\n\","), FIELD },
    { "appid_at_3rd a space", WITH_THIRD("\"TLS.appid_at_3rd\":\" \","), FIELD },

    { "sdk_appid missing", "{" TYPE ID THIRD EXP TIME SIG "}", FIELD },
    { "sdk_appid as a number", WITH_APP("1400000000"), FIELD },
    { "sdk_appid 2^32-1", WITH_APP("\"4294967295\""), OK },
    { "sdk_appid 2^32", WITH_APP("\"4294967296\""), FIELD },
    { "sdk_appid negative, as C++ prints it", WITH_APP("\"-2147483648\""), FIELD },
    { "sdk_appid with a leading zero", WITH_APP("\"01\""), FIELD },
    { "sdk_appid with a space", WITH_APP("\" 1\""), FIELD },
    { "sdk_appid empty", WITH_APP("\"\""), FIELD },
    { "expire_after missing", "{" TYPE ID THIRD APP TIME SIG "}", FIELD },
    { "expire_after as a number", WITH_EXP("86400"), FIELD },
    { "expire_after 0", WITH_EXP("\"0\""), OK },
    { "expire_after -1", WITH_EXP("\"-1\""), FIELD },
    { "expire_after 2^64-1", WITH_EXP("\"18446744073709551615\""), OK },
    { "expire_after 2^64", WITH_EXP("\"18446744073709551616\""), FIELD },
    { "time missing", "{" TYPE ID THIRD APP EXP SIG "}", FIELD },
    { "time as a number", WITH_TIME("1700000000"), FIELD },
    { "time as a date, the ancient form", WITH_TIME("\"2015-12-04 10:00:00 -08:00\""), FIELD },
    { "time with a fraction", WITH_TIME("\"1700000000.0\""), FIELD },

    { "identifier missing", "{" TYPE THIRD APP EXP TIME SIG "}", FIELD },
    { "identifier empty", WITH_ID("\"\""), WHO },
    { "identifier with a newline", WITH_ID("\"a\\nb\""), WHO },
    { "identifier DEL", WITH_ID("\"\x7F\""), WHO },
    { "identifier in UTF-8", WITH_ID("\"\xE5\xB0\x8F\""), OK },
    { "identifier as a number", WITH_ID("1"), FIELD },
    { "userbuf", WITH("\"TLS.userbuf\":\"Zm9v\","), OK },
    { "userbuf empty", WITH("\"TLS.userbuf\":\"\","), BUF },
    { "userbuf with CRLF", WITH("\"TLS.userbuf\":\"Zm9v\\r\\n\","), BUF },
    { "userbuf with bits too many", WITH("\"TLS.userbuf\":\"Zh==\","), BUF },

    { "proof missing", "{" TYPE ID THIRD APP EXP "\"TLS.time\":\"1\"}", FIELD },
    { "proof null", WITH_SIG("null"), FIELD },
    { "proof empty", WITH_SIG("\"\""), PROOF },
    { "proof of line ends", WITH_SIG("\"\\r\\n\""), PROOF },
    { "proof in lines", WITH_SIG("\"MAYC\\r\\nAQEC\\nAQ\\rI=\\r\\n\""), OK },
    { "proof with a space", WITH_SIG("\"MAYC AQECAQI=\""), PROOF },
    { "proof with a tab", WITH_SIG("\"MAYC\\tAQECAQI=\""), PROOF },
    { "proof without padding", WITH_SIG("\"MAYCAQECAQI\""), PROOF },
    { "proof with bits too many", WITH_SIG("\"MAYCAQECAQJ=\""), PROOF },
    { "proof in the outer alphabet", WITH_SIG("\"MAYCAQECAQI_\""), PROOF },
    { "proof with s zero", WITH_SIG("\"MAYCAQECAQA=\""), PROOF },
    { "proof with a byte behind", WITH_SIG("\"MAYCAQECAQIA\""), PROOF },
    { "a MAC as proof", WITH_SIG("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""), PROOF },
    { "r || s as proof",
      WITH_SIG(
          "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==\""),
      PROOF },
    { "proof of 97 characters",
      WITH_SIG(
          "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA\""),
      PROOF },
};

static char text[CRAFT_MAX];

START_TEST(row)
{
    struct usersig_ticket ticket, zero = { 0 };
    size_t len = craft_pack(text, rows[_i].json, strlen(rows[_i].json));
    int expected = rows[_i].stage ? USERSIG_MALFORMED : USERSIG_OK;
    int got = usersig_decode(&ticket, text, len);
    ck_assert_msg(got == expected && ticket.stage == rows[_i].stage,
                  "%s: expected %s, stage %u, got %s, stage %u", rows[_i].name, usersig_error_name(expected),
                  rows[_i].stage, usersig_error_name(got), ticket.stage);
    zero.stage = ticket.stage;
    if (expected) {
        ck_assert_msg(memcmp(&ticket, &zero, sizeof zero) == 0, "%s: refused, and filled in", rows[_i].name);
        return;
    }
    /* what decode takes, encode writes, and it reads back the same */
    ck_assert_int_eq(ticket.claims.version, 1);
    ck_assert_int_eq(usersig_encode(&ticket.claims, ticket.proof, ticket.proof_len, text, sizeof text, &len),
                     USERSIG_OK);
    ck_assert_int_eq(usersig_decode(&zero, text, len), USERSIG_OK);
    ck_assert_msg(memcmp(&ticket, &zero, sizeof zero) == 0, "%s: reads back differently", rows[_i].name);
}
END_TEST

START_TEST(flags)
{
    static const struct {
        const char *json;
        uint32_t flags;
    } forms[] = { { WITH(""), 0 },
                  { WITH_THIRD(""), USERSIG_V1_NO_APPID },
                  { WITH_THIRD("\"TLS.appid_at_3rd\":\"\","), USERSIG_V1_EMPTY } };
    for (int i = 0; i < UNIT_ROWS(forms); i++) {
        struct usersig_ticket ticket;
        size_t len = craft_pack(text, forms[i].json, strlen(forms[i].json));
        ck_assert_int_eq(usersig_decode(&ticket, text, len), USERSIG_OK);
        ck_assert_uint_eq(ticket.claims.flags, forms[i].flags);
        ck_assert_str_eq(ticket.claims.appid_at_3rd, forms[i].flags ? "" : "0");
        ck_assert_str_eq(ticket.claims.account_type, "0");
        ck_assert_uint_eq(ticket.claims.sdkappid, 1400000000);
        ck_assert_uint_eq(ticket.claims.issued_at, 1700000000);
        ck_assert_uint_eq(ticket.claims.lifetime, 86400);
        ck_assert_uint_eq(ticket.proof_len, 64);
        ck_assert(ticket.proof[31] == 1 && ticket.proof[63] == 2 && ticket.proof[0] == 0);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, flags);
}

int main(void)
{
    return unit_run("ticket_v1", fill);
}
