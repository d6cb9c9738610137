/* test_ticket_damage.c: a real usersig, cut at every length and changed at every byte, never passes for another. */
#include "unit.h"

#include "craft.h"

#include <stdlib.h>
#include <string.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define NOW 1700000001

static usersig_key *key;
static const struct usersig_claims claims = {
    .version = 2,
    .sdkappid = 1400000000,
    .issued_at = 1700000000,
    .lifetime = 86400,
    .identifier_len = 13,
    .identifier = "administrator",
    .userbuf_len = 5,
    .userbuf = { 'r', 'o', 'o', 'm', 0 },
};

static void make_key(void)
{
    ck_assert_int_eq(usersig_key_hmac(&key, KEY, strlen(KEY)), USERSIG_OK);
}

static void free_key(void)
{
    usersig_key_free(key);
}

static int verify(const char *text, size_t len, struct usersig_ticket *ticket)
{
    const usersig_key *const keys[] = { key };
    return usersig_verify(keys, 1, text, len, NULL, NOW, ticket, NULL);
}

static size_t make_usersig(char out[static CRAFT_MAX], struct usersig_ticket *ticket)
{
    size_t len;
    ck_assert_int_eq(usersig_sign(key, &claims, out, CRAFT_MAX, &len), USERSIG_OK);
    ck_assert_int_eq(verify(out, len, ticket), USERSIG_OK);
    return len;
}

START_TEST(every_truncation)
{
    char text[CRAFT_MAX];
    struct usersig_ticket ticket;
    size_t whole = make_usersig(text, &ticket);
    for (size_t len = 0; len < whole; len++) {
        char *exact = malloc(len ? len : 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, len);
        int verdict = verify(exact, len, &ticket);
        unit_assert(verdict == USERSIG_MALFORMED, "%zu of %zu bytes: expected MALFORMED, got %s", len, whole,
                    usersig_error_name(verdict));
        free(exact);
    }
    for (size_t start = 1; start < whole; start++)
        ck_assert_int_eq(verify(text + start, whole - start, &ticket), USERSIG_MALFORMED);
}
END_TEST

/* One character of base64 is six bits of the stream. Deflate has several ways to say one thing: bits after its end in
 * the last byte, a match that may point to either of two equal places. Such a change is taken, and says exactly the
 * same; the check sum keeps out the rest. */
START_TEST(every_byte_of_the_text)
{
    char text[CRAFT_MAX];
    struct usersig_ticket real, ticket;
    struct usersig_claims made = claims;
    const usersig_key *const keys[] = { key };
    size_t len;
    made.lifetime += (uint64_t)_i; /* other bits at the end */
    ck_assert_int_eq(usersig_sign(key, &made, text, sizeof text, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_verify(keys, 1, text, len, NULL, NOW, &real, NULL), USERSIG_OK);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];
        for (int c = 0; c < 256; c++) {
            if ((char)c == was)
                continue;
            text[i] = (char)c;
            int verdict = usersig_verify(keys, 1, text, len, NULL, NOW, &ticket, NULL);
            if (verdict == USERSIG_OK && memcmp(&ticket, &real, sizeof real) == 0)
                continue;
            unit_assert(verdict == USERSIG_MALFORMED || verdict == USERSIG_WRONG_KEY,
                        "byte %zu of %zu as 0x%02X: expected MALFORMED or WRONG_KEY, got %s", i, len, c,
                        usersig_error_name(verdict));
        }
        text[i] = was;
    }
}
END_TEST

/* Under the check sum, so that JSON and fields see every change. */
START_TEST(every_byte_of_the_json)
{
    char json[1024], text[CRAFT_MAX];
    uint8_t proof[32];
    struct usersig_ticket ticket;
    static const char before[] =
        "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":\"administrator\",\"TLS.sdkappid\":1400000000,"
        "\"TLS.time\":1700000000,\"TLS.expire\":86400,\"TLS.userbuf\":\"cm9vbQA=\","
        "\"TLS.sig\":\"";
    size_t len = sizeof before - 1;
    memcpy(json, before, len);
    craft_proof(proof, KEY, &claims);
    len += craft_base64(text, proof, sizeof proof);
    for (size_t i = 0; text[i]; i++)
        json[sizeof before - 1 + i] = text[i] == '*'   ? '+'
                                      : text[i] == '-' ? '/'
                                      : text[i] == '_' ? '='
                                                       : text[i];
    json[len++] = '"';
    json[len++] = '}';
    ck_assert_int_eq(verify(text, craft_pack(text, json, len), &ticket), USERSIG_OK);
    for (size_t i = 0; i < len; i++) {
        char was = json[i];
        for (int c = 0; c < 256; c++) {
            if ((char)c == was)
                continue;
            json[i] = (char)c;
            int verdict = verify(text, craft_pack(text, json, len), &ticket);
            unit_assert(verdict == USERSIG_MALFORMED || verdict == USERSIG_WRONG_KEY,
                        "byte %zu as 0x%02X: expected MALFORMED or WRONG_KEY, got %s", i, c,
                        usersig_error_name(verdict));
        }
        json[i] = was;
    }
}
END_TEST

/* Bytes of any kind: whatever is said of them, nothing is read beyond them and no proof holds. */
START_TEST(noise)
{
    char text[CRAFT_MAX];
    uint8_t bytes[400];
    struct usersig_ticket ticket;
    unit_seed();
    for (int round = 0; round < 20000; round++) {
        size_t len = unit_below(sizeof bytes) + 1;
        unit_fill(bytes, len);
        if (round & 1)
            len = craft_base64(text, bytes, len);
        else
            memcpy(text, bytes, len);
        unit_assert(verify(text, len, &ticket) == USERSIG_MALFORMED, "noise of %zu bytes is taken", len);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, make_key, free_key);
    tcase_add_test(tests, every_truncation);
    tcase_add_loop_test(tests, every_byte_of_the_text, 0, 8);
    tcase_add_test(tests, every_byte_of_the_json);
    tcase_add_test(tests, noise);
}

int main(void)
{
    return unit_run("ticket_damage", fill);
}
