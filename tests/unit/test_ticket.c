/* test_ticket.c: decode from the outside in: length, base64, zlib; limits to the byte; arguments. */
#include "unit.h"

#include "craft.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS(more)                                                                                         \
    "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"alice\",\"TLS.sdkappid\":1400000000,\"TLS.time\":1700000000," \
    "\"TLS.expire\":86400,\"TLS.sig\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"" more "}"

static char text[CRAFT_MAX];

static void decodes_to(enum usersig_stage expected, const char *what, const char *usersig, size_t len)
{
    struct usersig_ticket ticket, zero;
    char *exact = malloc(len ? len : 1); /* so that the sanitizer sees one byte too far */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, usersig, len);
    memset(&ticket, 0xA5, sizeof ticket);
    int got = usersig_decode(&ticket, exact, len);
    free(exact);
    ck_assert_msg(got == (expected ? USERSIG_MALFORMED : USERSIG_OK) && ticket.stage == expected,
                  "%s: expected stage %u, got %s, stage %u", what, expected, usersig_error_name(got),
                  ticket.stage);
    memset(&zero, 0, sizeof zero);
    zero.stage = ticket.stage;
    ck_assert_msg(!expected || memcmp(&ticket, &zero, sizeof ticket) == 0, "%s: refused, and filled in",
                  what);
}

START_TEST(good)
{
    static const char json[] = FIELDS("");
    struct usersig_ticket ticket;
    size_t len = craft_pack(text, json, sizeof json - 1);
    ck_assert_int_eq(usersig_decode(&ticket, text, len), USERSIG_OK);
    ck_assert_int_eq(ticket.claims.version, 2);
    ck_assert_uint_eq(ticket.claims.sdkappid, 1400000000);
    ck_assert_uint_eq(ticket.claims.flags, 0);
    ck_assert_uint_eq(ticket.claims.issued_at, 1700000000);
    ck_assert_uint_eq(ticket.claims.lifetime, 86400);
    ck_assert_uint_eq(ticket.claims.identifier_len, 5);
    ck_assert_str_eq(ticket.claims.identifier, "alice");
    ck_assert_uint_eq(ticket.claims.userbuf_len, 0);
    ck_assert_uint_eq(ticket.proof_len, 32);
    for (unsigned i = 0; i < 32; i++)
        ck_assert_uint_eq(ticket.proof[i], i);
    ck_assert_uint_eq(ticket.stage, USERSIG_STAGE_NONE);
}
END_TEST

START_TEST(arguments)
{
    struct usersig_ticket ticket;
    ck_assert_int_eq(usersig_decode(NULL, "A", 1), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_decode(&ticket, NULL, 0), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_decode(&ticket, NULL, 1), USERSIG_ERR_ARGUMENT);
}
END_TEST

#define ROW(name, usersig, stage)                 \
    {                                             \
        name, usersig, sizeof(usersig) - 1, stage \
    }
static const struct {
    const char *name, *usersig;
    size_t len;
    enum usersig_stage stage;
} outside[] = {
    ROW("empty", "", USERSIG_STAGE_LENGTH),
    ROW("one byte", "e", USERSIG_STAGE_BASE64),
    ROW("three bytes", "eJw", USERSIG_STAGE_BASE64),
    ROW("padding lost", "eJwDAAAAAAE", USERSIG_STAGE_BASE64),
    ROW("standard padding", "eJwDAAAAAAE=", USERSIG_STAGE_BASE64),
    ROW("standard digits", "eJw+/AAAAAE_", USERSIG_STAGE_BASE64),
    ROW("percent-encoded", "eJwDAAAAAAE%5F", USERSIG_STAGE_BASE64),
    ROW("newline at the end", "eJwDAAAAAAE_\n", USERSIG_STAGE_BASE64),
    ROW("space at the start", " eJwDAAAAAAE_", USERSIG_STAGE_BASE64),
    ROW("NUL at the end", "eJwDAAAAAAE_\0", USERSIG_STAGE_BASE64),
    ROW("a line break of four", "eJwDAAAAAAE_\r\n\r\n", USERSIG_STAGE_BASE64),
    ROW("bits after the last byte", "eJwDAAAAAAF_", USERSIG_STAGE_BASE64),
    ROW("an empty zlib stream", "eJwDAAAAAAE_", USERSIG_STAGE_JSON),
    ROW("not zlib", "AAAAAAAAAAAA", USERSIG_STAGE_INFLATE),
    ROW("plain JSON, the ancient form", "eyJUTFMudmVyIjoiMi4wIn0_", USERSIG_STAGE_INFLATE),
};

START_TEST(outside_row)
{
    decodes_to(outside[_i].stage, outside[_i].name, outside[_i].usersig, outside[_i].len);
}
END_TEST

/* After a good stream, still inside the base64. */
START_TEST(around_the_stream)
{
    static const char json[] = FIELDS("");
    uint8_t packed[CRAFT_MAX];
    size_t len = craft_zlib(packed, json, sizeof json - 1, 9);
    decodes_to(USERSIG_STAGE_NONE, "as it is", text, craft_base64(text, packed, len));
    packed[len] = 0;
    decodes_to(USERSIG_STAGE_INFLATE, "a byte after the stream", text, craft_base64(text, packed, len + 1));
    packed[len + 1] = '\n';
    decodes_to(USERSIG_STAGE_INFLATE, "two bytes after the stream", text,
               craft_base64(text, packed, len + 2));
    decodes_to(USERSIG_STAGE_INFLATE, "raw deflate", text, craft_base64(text, packed + 2, len - 6));
    for (size_t cut = 1; cut < len; cut++)
        decodes_to(USERSIG_STAGE_INFLATE, "a cut stream", text, craft_base64(text, packed, len - cut));
    for (int level = 0; level <= 9; level++) {
        len = craft_zlib(packed, json, sizeof json - 1, level);
        decodes_to(USERSIG_STAGE_NONE, "another level", text, craft_base64(text, packed, len));
    }
}
END_TEST

static size_t padded_json(char *json, size_t len)
{
    static const char fields[] = FIELDS("");
    memset(json, ' ', len);
    memcpy(json, fields, sizeof fields - 1);
    return len;
}

START_TEST(inflated_limit)
{
    char json[8193];
    decodes_to(USERSIG_STAGE_NONE, "8191 bytes", text, craft_pack(text, json, padded_json(json, 8191)));
    decodes_to(USERSIG_STAGE_NONE, "8192 bytes", text, craft_pack(text, json, padded_json(json, 8192)));
    decodes_to(USERSIG_STAGE_INFLATE, "8193 bytes", text, craft_pack(text, json, padded_json(json, 8193)));
}
END_TEST

START_TEST(bomb)
{
    const size_t size = 20u << 20, most = 35u << 18;
    char *json = malloc(size);
    ck_assert_ptr_nonnull(json);
    size_t len = craft_pack(text, json, padded_json(json, size));
    free(json);
    decodes_to(USERSIG_STAGE_LENGTH, "20 MB, over the text's limit too", text, len);

    /* as much as the longest text can hold: 9 KB that want to be 8.75 MB */
    json = malloc(most);
    ck_assert_ptr_nonnull(json);
    len = craft_pack(text, json, padded_json(json, most));
    free(json);
    ck_assert_uint_gt(len, USERSIG_TEXT_MAX * 9 / 10);
    ck_assert_uint_le(len, USERSIG_TEXT_MAX);
    decodes_to(USERSIG_STAGE_INFLATE, "8.75 MB", text, len);
}
END_TEST

/* Empty stored blocks make a stream of any length: 5 bytes each, and a good stream of level 0 behind them. */
START_TEST(text_limit)
{
    char json[8192];
    uint8_t packed[CRAFT_MAX] = { 0x78, 0x01 }, stored[CRAFT_MAX];
    const size_t limit = USERSIG_TEXT_MAX / 4 * 3;
    for (int over = 0; over <= 1; over++) {
        size_t at = 2, fixed = 2 + 5 + 4; /* header, the last block's header, check sum */
        size_t json_len = 200 + (limit - 200 - fixed) % 5, blocks = (limit - json_len - fixed) / 5;
        size_t stored_len = craft_zlib(stored, json, padded_json(json, json_len), 0);
        ck_assert_uint_eq(stored_len, json_len + fixed);
        for (size_t i = 0; i < blocks; i++, at += 5)
            memcpy(packed + at, "\0\0\0\xFF\xFF", 5);
        memcpy(packed + at, stored + 2, stored_len - 2);
        at += stored_len - 2;
        ck_assert_uint_eq(at, limit);
        size_t len = craft_base64(text, packed, at + (size_t)over);
        ck_assert_uint_eq(len, over ? USERSIG_TEXT_MAX + 4 : USERSIG_TEXT_MAX);
        decodes_to(over ? USERSIG_STAGE_LENGTH : USERSIG_STAGE_NONE, "the longest text", text, len);
    }
    decodes_to(USERSIG_STAGE_BASE64, "one byte less", text, USERSIG_TEXT_MAX - 1);
    decodes_to(USERSIG_STAGE_LENGTH, "one byte more", text, USERSIG_TEXT_MAX + 1);
    memset(text, 'A', sizeof text);
    decodes_to(USERSIG_STAGE_LENGTH, "far too long", text, sizeof text);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, good);
    tcase_add_test(tests, arguments);
    tcase_add_loop_test(tests, outside_row, 0, UNIT_ROWS(outside));
    tcase_add_test(tests, around_the_stream);
    tcase_add_test(tests, inflated_limit);
    tcase_add_test(tests, bomb);
    tcase_add_test(tests, text_limit);
}

int main(void)
{
    return unit_run("ticket", fill);
}
