/* test_template.c: usersigs written by the template: read by zlib, the same claims as the general way's, never longer on
 * the whole; and read back as zlib reads them, whatever was changed. */
#include "unit.h"

#include "craft.h"
#include "base64.h"
#include "template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TEXT_MAX 4096
#define JSON_MAX 8192

/* What an identifier is made of, and whether the template covers it. */
static const struct {
    const char *name, *characters;
    bool covered;
} alphabets[] = {
    { "digits", "0123456789", true },
    { "lower case", "abcdefghijklmnopqrstuvwxyz", true },
    { "upper case", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", true },
    { "hexadecimal", "0123456789abcdef", true },
    { "base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", true },
    { "addresses", "abcdefghijklmnopqrstuvwxyz0123456789@.-_", true },
    { "one letter", "a", true },
    { "punctuation", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", true },
    { "spaces between", "ab ", false },
    { "a quote", "\"", false },
    { "a backslash", "\\", false },
    { "beyond ASCII", "\xC3\xA9", false },
};

static const uint64_t numbers[] = { 0, 1, 9, 10, 99, 100, 86400, 15552000, 4294967295u, UINT64_MAX };

static void random_claims(struct usersig_claims *claims, int row)
{
    size_t n = strlen(alphabets[row].characters);
    memset(claims, 0, sizeof *claims);
    claims->version = 2;
    claims->sdkappid = (uint32_t)(unit_below(4) ? unit_random() : numbers[unit_below(9)]);
    claims->issued_at = unit_below(4) ? 1700000000 + unit_below(200000000) : numbers[unit_below(10)];
    claims->lifetime = unit_below(4) ? unit_random() >> (40 + unit_below(24)) : numbers[unit_below(10)];
    claims->identifier_len = 3 + unit_below(unit_below(8) ? 30 : USERSIG_IDENTIFIER_MAX - 2);
    if (alphabets[row].covered && unit_below(8) == 0)
        claims->identifier_len = 1;
    if (row == UNIT_ROWS(alphabets) - 1)
        claims->identifier_len &= ~(size_t)1;
    for (size_t i = 0; i < claims->identifier_len; i++)
        claims->identifier[i] = alphabets[row].characters[alphabets[row].covered ? unit_below(n) : i % n];
}

/* The same claims as other makers write them: zlib's level 9 over JSON in another order. */
static size_t general(char out[static CRAFT_MAX], const struct usersig_claims *claims, const uint8_t *proof)
{
    char json[2048], escaped[2 * USERSIG_IDENTIFIER_MAX + 1], sig[48] = { 0 };
    size_t at = 0;
    for (size_t i = 0; i < claims->identifier_len; i++) {
        if (strchr("\"\\", claims->identifier[i]))
            escaped[at++] = '\\';
        escaped[at++] = claims->identifier[i];
    }
    escaped[at] = '\0';
    base64_encode(&base64_standard, sig, proof, 32);
    int len = snprintf(json, sizeof json,
                       "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"%s\",\"TLS.sdkappid\":%" PRIu32
                       ",\"TLS.expire\":%" PRIu64 ",\"TLS.time\":%" PRIu64 ",\"TLS.sig\":\"%s\"}",
                       escaped, claims->sdkappid, claims->lifetime, claims->issued_at, sig);
    unit_assert(len > 0 && (size_t)len < sizeof json, "%d bytes of JSON", len);
    return craft_pack(out, json, (size_t)len);
}

/* zlib's reading of a text. */
static bool by_zlib(uint8_t json[static JSON_MAX], size_t *json_len, const char *text, size_t len)
{
    uint8_t packed[TEXT_MAX];
    size_t packed_len;
    if (!base64_decode(&base64_outer, packed, sizeof packed, &packed_len, text, len))
        return false;
    z_stream z = { .next_in = packed, .avail_in = (uInt)packed_len, .next_out = json, .avail_out = JSON_MAX };
    unit_assert(inflateInit(&z) == Z_OK, "inflateInit");
    bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0;
    *json_len = JSON_MAX - z.avail_out;
    inflateEnd(&z);
    return whole;
}

static void same_claims(const char *name, const struct usersig_claims *claims, const uint8_t *proof,
                        const char *text, size_t len)
{
    struct usersig_ticket ticket;
    int got = usersig_decode(&ticket, text, len);
    unit_assert(got == USERSIG_OK, "%s: %s at stage %u: %s", name, usersig_error_name(got), ticket.stage,
                text);
    unit_assert(memcmp(&ticket.claims, claims, sizeof *claims) == 0, "%s: other claims: %s", name, text);
    unit_assert(memcmp(ticket.proof, proof, 32) == 0, "%s: another proof: %s", name, text);
}

/* ROUNDS in the environment: more for a long run, fewer under valgrind. */
static int rounds(int usual)
{
    const char *given = getenv("ROUNDS");
    return given ? (int)strtol(given, NULL, 10) : usual;
}

START_TEST(agrees_with_zlib_and_the_general_way)
{
    unit_seed();
    for (int round = rounds(10000); round > 0; round--) { /* for each of 12 alphabets */
        static char text[TEXT_MAX], other[CRAFT_MAX];
        static uint8_t json[JSON_MAX], own[JSON_MAX];
        struct usersig_claims claims;
        uint8_t proof[32];
        size_t len = 0, json_len, own_len = 0;
        random_claims(&claims, _i);
        unit_fill(proof, sizeof proof);
        bool covered = template_encode(&claims, proof, text, sizeof text, &len);
        bool usual = claims.sdkappid > 999999999 && claims.issued_at >= 1700000000 &&
                     claims.issued_at < 1900000000 && claims.lifetime > 99;
        unit_assert(!usual || covered == alphabets[_i].covered, "%s: covered %d: %s", alphabets[_i].name,
                    covered, claims.identifier);
        if (covered) {
            unit_assert(len == strlen(text), "%zu bytes of %s", len, text);
            unit_assert(by_zlib(json, &json_len, text, len), "%s: zlib refuses %s", alphabets[_i].name, text);
            unit_assert(template_decode((char *)own, sizeof own, &own_len, text, len), "not read back: %s",
                        text);
            unit_assert(own_len == json_len && memcmp(own, json, json_len) == 0, "other JSON: %s", text);
        } else {
            unit_assert(usersig_encode(&claims, proof, 32, text, sizeof text, &len) == USERSIG_OK, "encode");
        }
        same_claims("own text", &claims, proof, text, len);
        len = general(other, &claims, proof);
        same_claims("general text", &claims, proof, other, len);
    }
}
END_TEST

/* Where the template's reader says anything it is what zlib says; usersig_decode accepts no more than zlib. */
START_TEST(damage_is_seen)
{
    unit_seed();
    for (int round = rounds(100000); round > 0; round--) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_=";
        static uint8_t json[JSON_MAX], own[JSON_MAX];
        char text[TEXT_MAX];
        struct usersig_claims claims;
        struct usersig_ticket ticket;
        uint8_t proof[32];
        size_t len, json_len, own_len;
        random_claims(&claims, (int)unit_below(8));
        unit_fill(proof, sizeof proof);
        if (!template_encode(&claims, proof, text, sizeof text, &len))
            continue;
        for (size_t n = 1 + unit_below(3); n > 0; n--)
            text[unit_below(len)] = digits[unit_below(sizeof digits - 1)];
        if (unit_below(4) == 0)
            len -= unit_below(len);
        bool zlibs = by_zlib(json, &json_len, text, len);
        size_t size = unit_below(4) ? sizeof own : unit_below(300);
        char *exact = malloc(len); /* without a NUL: the sanitizer sees what is read beyond */
        unit_assert(exact != NULL, "no memory");
        memcpy(exact, text, len);
        bool ours = template_decode((char *)own, size, &own_len, exact, len);
        unit_assert(!ours || (zlibs && own_len == json_len && memcmp(own, json, own_len) == 0), "%.*s",
                    (int)len, text);
        unit_assert(usersig_decode(&ticket, exact, len) != USERSIG_OK || zlibs, "%.*s", (int)len, text);
        free(exact);
    }
}
END_TEST

/* The mean over claims of usual names must not be longer than zlib's level 9. */
START_TEST(not_longer_than_zlib)
{
    size_t own = 0, zlibs = 0, len;
    unit_seed();
    for (int i = 0; i < 1000; i++) {
        char text[TEXT_MAX], other[CRAFT_MAX];
        struct usersig_claims claims;
        uint8_t proof[32];
        random_claims(&claims, (int)unit_below(6));
        if (claims.identifier_len > 32)
            claims.identifier[claims.identifier_len = 32] = '\0';
        claims.sdkappid = (uint32_t)(1400000000 + unit_below(200000000));
        claims.issued_at = 1700000000 + unit_below(200000000);
        claims.lifetime = (uint64_t[]){ 3600, 86400, 604800, 2592000, 15552000 }[unit_below(5)];
        unit_fill(proof, sizeof proof);
        ck_assert_int_eq(usersig_encode(&claims, proof, 32, text, sizeof text, &len), USERSIG_OK);
        own += len;
        zlibs += general(other, &claims, proof);
    }
    printf("mean length %.1f, zlib level 9 %.1f\n", (double)own / 1000, (double)zlibs / 1000);
    unit_assert(own <= zlibs, "mean length %.1f, zlib level 9 %.1f", (double)own / 1000,
                (double)zlibs / 1000);
}
END_TEST

START_TEST(leaves_to_the_general_way)
{
    struct usersig_claims claims = { .version = 2,
                                     .sdkappid = 1400000000,
                                     .issued_at = 1700000000,
                                     .lifetime = 86400,
                                     .identifier_len = 5,
                                     .identifier = "alice",
                                     .userbuf_len = 1 };
    const uint8_t proof[32] = { 0 };
    char text[TEXT_MAX];
    size_t len = 0;
    ck_assert(!template_encode(&claims, proof, text, sizeof text, &len));
    claims.userbuf_len = 0;
    ck_assert(template_encode(&claims, proof, text, sizeof text, &len));
    ck_assert(!template_decode(text, 1, &len, text, len));
    ck_assert(!template_decode(text, sizeof text, &len, "", 0));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, agrees_with_zlib_and_the_general_way, 0, UNIT_ROWS(alphabets));
    tcase_add_test(tests, damage_is_seen);
    tcase_add_test(tests, not_longer_than_zlib);
    tcase_add_test(tests, leaves_to_the_general_way);
}

int main(void)
{
    return unit_run("template", fill);
}
