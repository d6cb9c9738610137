/* test_template_edges.c: the template and the general way say the same of the same claims: at every length of identifier, for
 * every printable byte, for numbers of every length, and at random. */
#include "unit.h"

#include "craft.h"
#include "template.h"
#include "ticket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With an identifier of len bytes. */
static struct usersig_claims plain(size_t len)
{
    struct usersig_claims claims = { .version = 2,
                                     .sdkappid = 1400000000,
                                     .issued_at = 1700000000,
                                     .lifetime = 86400,
                                     .identifier_len = len };
    for (size_t i = 0; i < len; i++)
        claims.identifier[i] = (char)('a' + i % 26);
    return claims;
}

static void expect_same(const char *how, const struct usersig_claims *claims, const uint8_t *proof,
                        const char *text, size_t len)
{
    struct usersig_ticket ticket;
    int got = usersig_decode(&ticket, text, len);
    ck_assert_msg(got == USERSIG_OK, "%s: %s at stage %u for %s", how, usersig_error_name(got), ticket.stage,
                  claims->identifier);
    ck_assert_msg(memcmp(&ticket.claims, claims, sizeof *claims) == 0,
                  "%s: %s %u %llu %llu expected, got %s %u %llu %llu", how, claims->identifier,
                  claims->sdkappid, (unsigned long long)claims->issued_at,
                  (unsigned long long)claims->lifetime, ticket.claims.identifier, ticket.claims.sdkappid,
                  (unsigned long long)ticket.claims.issued_at, (unsigned long long)ticket.claims.lifetime);
    ck_assert_mem_eq(ticket.proof, proof, 32);
}

/* Writes claims both ways and reads both; does the template cover them? */
static bool both_ways(const struct usersig_claims *claims)
{
    static char text[CRAFT_MAX], json[TICKET_JSON_MAX];
    uint8_t proof[32];
    size_t len = 0, needed = 0;
    unit_fill(proof, sizeof proof);
    len = ticket_v2_write(json, claims, proof, sizeof proof);
    ck_assert_uint_gt(len, 0);
    len = craft_pack(text, json, len);
    expect_same("the general way", claims, proof, text, len);
    bool covered = template_encode(claims, proof, text, sizeof text, &len);
    if (!covered)
        return false;
    ck_assert_uint_eq(len, strlen(text));
    expect_same("the template", claims, proof, text, len);
    memset(text, '!', len + 2); /* nothing beyond what is needed, and nothing at all one byte short */
    ck_assert(template_encode(claims, proof, text, len, &needed));
    ck_assert(needed == len && text[0] == '!');
    ck_assert(template_encode(claims, proof, text, len + 1, &needed));
    ck_assert(needed == len && text[len] == '\0' && text[len + 1] == '!');
    return true;
}

START_TEST(every_length)
{
    for (size_t len = 1; len <= USERSIG_IDENTIFIER_MAX; len++) {
        struct usersig_claims claims = plain(len);
        ck_assert_msg(both_ways(&claims), "not covered: an identifier of %zu bytes", len);
    }
}
END_TEST

static const struct {
    const char *name;
    size_t len, at;
} places[] = {
    { "alone", 1, 0 },
    { "first of 32", 32, 0 },
    { "last of 32", 32, 31 },
    { "in the middle of 255", 255, 127 },
};

START_TEST(every_printable_byte)
{
    static const char uncovered[] = " \"\\";
    for (int c = 0x20; c < 0x7F; c++) {
        struct usersig_claims claims = plain(places[_i].len);
        claims.identifier[places[_i].at] = (char)c;
        bool covered = both_ways(&claims), expected = !strchr(uncovered, c);
        ck_assert_msg(covered == expected, "'%c' %s: expected %s, got %s", c, places[_i].name,
                      expected ? "the template" : "the general way",
                      covered ? "the template" : "the general way");
    }
}
END_TEST

static const struct {
    const char *name;
    size_t digits; /* of the largest */
} numbers[] = { { "sdkappid", 10 }, { "issued_at", 20 }, { "lifetime", 20 } };

static void set(struct usersig_claims *claims, int number, uint64_t value)
{
    if (number == 0)
        claims->sdkappid = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    else if (number == 1)
        claims->issued_at = value;
    else
        claims->lifetime = value;
}

START_TEST(every_length_of_a_number)
{
    uint64_t least = 1;
    size_t covered = 0;
    for (size_t digits = 1; digits <= numbers[_i].digits; digits++, least *= 10) {
        const uint64_t values[] = { digits == 1 ? 0 : least, digits == 20 ? UINT64_MAX : least * 10 - 1 };
        for (int i = 0; i < UNIT_ROWS(values); i++) {
            struct usersig_claims claims = plain(5);
            set(&claims, _i, values[i]);
            covered += both_ways(&claims);
        }
    }
    printf("%s: %zu of %zu by the template\n", numbers[_i].name, covered, 2 * numbers[_i].digits);
    fflush(stdout);
    ck_assert_uint_gt(covered, 0);
}
END_TEST

/* A number of 1 to 20 digits, each as likely. */
static uint64_t any_number(void)
{
    uint64_t end = 10;
    for (uint64_t more = unit_below(20); more > 0; more--)
        end = end > UINT64_MAX / 10 ? UINT64_MAX : end * 10;
    return unit_below(end);
}

START_TEST(at_random)
{
    static const size_t lengths[] = { 1, 2, 31, 32, 33, 254, 255 };
    const char *given = getenv("ROUNDS");
    size_t covered = 0;
    unit_seed();
    for (long round = given ? strtol(given, NULL, 10) : 20000; round > 0; round--) {
        size_t n = lengths[unit_below(sizeof lengths / sizeof lengths[0])];
        struct usersig_claims claims = plain(n);
        for (size_t i = 0; i < n; i++)
            claims.identifier[i] =
                (char)(unit_below(100) ? '#' + (char)unit_below('[' - '#') : ' ' + (char)unit_below(95));
        set(&claims, 0, any_number());
        set(&claims, 1, any_number());
        set(&claims, 2, any_number());
        covered += both_ways(&claims);
    }
    printf("%zu by the template\n", covered);
    fflush(stdout);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_length);
    tcase_add_loop_test(tests, every_printable_byte, 0, UNIT_ROWS(places));
    tcase_add_loop_test(tests, every_length_of_a_number, 0, UNIT_ROWS(numbers));
    tcase_add_test(tests, at_random);
}

int main(void)
{
    return unit_run("template_edges", fill);
}
