/* test_encode.c: claims and proof as text, and back. */
#include "unit.h"

#include "craft.h"

#include <stdlib.h>
#include <string.h>

static struct usersig_claims good(void)
{
    return (struct usersig_claims){ .version = 2,
                                    .sdkappid = 1400000000,
                                    .issued_at = 1700000000,
                                    .lifetime = 86400,
                                    .identifier_len = 5,
                                    .identifier = "alice" };
}
static const uint8_t proof[32] = { 0xFF, 1, 2, 3 };

static void comes_back(const struct usersig_claims *claims, const uint8_t *mac)
{
    char text[CRAFT_MAX];
    struct usersig_ticket ticket;
    size_t len;
    ck_assert_int_eq(usersig_encode(claims, mac, 32, text, sizeof text, &len), USERSIG_OK);
    ck_assert_uint_eq(len, strlen(text));
    int got = usersig_decode(&ticket, text, len);
    ck_assert_msg(got == USERSIG_OK, "decode: %s, stage %u: %s", usersig_error_name(got), ticket.stage, text);
    ck_assert_int_eq(ticket.claims.version, claims->version);
    ck_assert_uint_eq(ticket.claims.sdkappid, claims->sdkappid);
    ck_assert_uint_eq(ticket.claims.issued_at, claims->issued_at);
    ck_assert_uint_eq(ticket.claims.lifetime, claims->lifetime);
    ck_assert_uint_eq(ticket.claims.identifier_len, claims->identifier_len);
    ck_assert_mem_eq(ticket.claims.identifier, claims->identifier, claims->identifier_len);
    ck_assert_int_eq(ticket.claims.identifier[claims->identifier_len], 0);
    ck_assert_uint_eq(ticket.claims.userbuf_len, claims->userbuf_len);
    ck_assert_mem_eq(ticket.claims.userbuf, claims->userbuf, claims->userbuf_len);
    ck_assert_uint_eq(ticket.proof_len, 32);
    ck_assert_mem_eq(ticket.proof, mac, 32);
}

START_TEST(round_trip)
{
    unit_seed();
    for (int round = 0; round < 5000; round++) {
        struct usersig_claims claims = { .version = 2, .sdkappid = (uint32_t)unit_random() };
        uint8_t mac[32];
        claims.issued_at = unit_random() >> unit_below(64);
        claims.lifetime = unit_random() >> unit_below(64);
        claims.identifier_len = 1 + unit_below(USERSIG_IDENTIFIER_MAX);
        for (size_t i = 0; i < claims.identifier_len; i++)
            claims.identifier[i] = (char)(' ' + unit_below(95)); /* quotes and backslashes among them */
        claims.userbuf_len = round & 1 ? unit_below(USERSIG_USERBUF_MAX + 1) : 0;
        unit_fill(claims.userbuf, claims.userbuf_len);
        unit_fill(mac, sizeof mac);
        comes_back(&claims, mac);
    }
}
END_TEST

START_TEST(extremes)
{
    struct usersig_claims claims = { .version = 2, .identifier_len = 1, .identifier = "a" };
    comes_back(&claims, proof);
    claims.sdkappid = UINT32_MAX;
    claims.issued_at = claims.lifetime = UINT64_MAX;
    claims.userbuf_len = USERSIG_USERBUF_MAX;
    unit_seed();
    unit_fill(claims.userbuf, USERSIG_USERBUF_MAX);
    claims.identifier_len = USERSIG_IDENTIFIER_MAX;
    for (size_t i = 0; i < USERSIG_IDENTIFIER_MAX; i++)
        claims.identifier[i] = "\"\\"[unit_below(2)]; /* doubled by their escapes */
    comes_back(&claims, proof);
    for (size_t i = 0; i < USERSIG_IDENTIFIER_MAX; i += 3)
        memcpy(claims.identifier + i, "\xE5\xB0\x8F", 3);
    comes_back(&claims, proof);
}
END_TEST

START_TEST(space)
{
    struct usersig_claims claims = good();
    char text[CRAFT_MAX];
    size_t len, needed;
    ck_assert_int_eq(usersig_encode(&claims, proof, 32, text, sizeof text, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_encode(&claims, proof, 32, NULL, 0, &needed), USERSIG_ERR_SPACE);
    ck_assert_uint_eq(needed, len);
    for (size_t size = 0; size <= len + 1; size++) {
        int expected = size <= len ? USERSIG_ERR_SPACE : USERSIG_OK;
        char *exact = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(exact);
        int got = usersig_encode(&claims, proof, 32, exact, size, &needed);
        ck_assert_msg(got == expected && needed == len, "%zu bytes: expected %s, got %s, %zu needed", size,
                      usersig_error_name(expected), usersig_error_name(got), needed);
        if (!got)
            ck_assert_str_eq(exact, text);
        free(exact);
    }
}
END_TEST

/* What decode would refuse is not written. */
static const struct {
    const char *name;
    int version;
    size_t identifier_len;
    const char *identifier;
    size_t userbuf_len, proof_len;
} refused[] = {
    { "version 0", 0, 1, "a", 0, 32 },
    { "version 1 with a MAC", 1, 1, "a", 0, 32 },
    { "version 1 with zeros", 1, 1, "a", 0, 64 },
    { "version 3", 3, 1, "a", 0, 32 },
    { "identifier empty", 2, 0, "", 0, 32 },
    { "identifier too long", 2, 256, "a", 0, 32 },
    { "identifier with a newline", 2, 3, "a\nb", 0, 32 },
    { "identifier with a NUL", 2, 2, "a", 0, 32 },
    { "identifier not in UTF-8", 2, 1, "\xFF", 0, 32 },
    { "userbuf too long", 2, 1, "a", 513, 32 },
    { "proof empty", 2, 1, "a", 0, 0 },
    { "proof of 31 bytes", 2, 1, "a", 0, 31 },
    { "proof of 33 bytes", 2, 1, "a", 0, 33 },
    { "proof of 64 bytes", 2, 1, "a", 0, 64 },
};

START_TEST(refused_row)
{
    struct usersig_claims claims = good();
    uint8_t mac[USERSIG_PROOF_MAX] = { 0 };
    char text[CRAFT_MAX];
    size_t len = 99;
    claims.version = refused[_i].version;
    claims.identifier_len = refused[_i].identifier_len;
    memset(claims.identifier, 0, sizeof claims.identifier);
    memcpy(claims.identifier, refused[_i].identifier, strlen(refused[_i].identifier));
    claims.userbuf_len = refused[_i].userbuf_len;
    int got = usersig_encode(&claims, mac, refused[_i].proof_len, text, sizeof text, &len);
    ck_assert_msg(got == USERSIG_MALFORMED && len == 0, "%s: expected MALFORMED, got %s, length %zu",
                  refused[_i].name, usersig_error_name(got), len);
}
END_TEST

START_TEST(arguments)
{
    struct usersig_claims claims = good();
    char text[CRAFT_MAX];
    size_t len;
    ck_assert_int_eq(usersig_encode(NULL, proof, 32, text, sizeof text, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_encode(&claims, NULL, 32, text, sizeof text, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_encode(&claims, proof, 32, NULL, 1, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_encode(&claims, proof, 32, text, sizeof text, NULL), USERSIG_ERR_ARGUMENT);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, extremes);
    tcase_add_test(tests, space);
    tcase_add_loop_test(tests, refused_row, 0, UNIT_ROWS(refused));
    tcase_add_test(tests, arguments);
}

int main(void)
{
    return unit_run("encode", fill);
}
