/* test_diagnose_key.c: every fault of a key, made by the fault itself, and what a diagnosis calls it. */
#include "unit.h"

#include "craft.h"
#include "usersig_diagnose.h"

#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define UPPER "5BD2850FFF3ECB11D7C805251C51EE463A25727BDDC2385F3FA8BFEE1BB93B5E"
#define BYTES                                                          \
    "\x5b\xd2\x85\x0f\xff\x3e\xcb\x11\xd7\xc8\x05\x25\x1c\x51\xee\x46" \
    "\x3a\x25\x72\x7b\xdd\xc2\x38\x5f\x3f\xa8\xbf\xee\x1b\xb9\x3b\x5e"
#define OTHER "aaaa850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
#define NOW 1700000060u
/* tests/data/vectors/keys/ec_prime256v1_pub.pem */
#define PUBLIC_PEM                                                       \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKHgVhCEBPBFWhRlAi/usI1oXhy4S\n" \
    "zROHMMp5kLbNvek1BbzSXLBA2j2f6iPzL2gDsW6usjQa4UKkCybPFi5VaA==\n"     \
    "-----END PUBLIC KEY-----"
#define DOS_PEM                                                            \
    "-----BEGIN PUBLIC KEY-----\r\n"                                       \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKHgVhCEBPBFWhRlAi/usI1oXhy4S\r\n" \
    "zROHMMp5kLbNvek1BbzSXLBA2j2f6iPzL2gDsW6usjQa4UKkCybPFi5VaA==\r\n"     \
    "-----END PUBLIC KEY-----\r\n"

static const struct usersig_claims claims = { .version = 2,
                                              .sdkappid = 1400000000,
                                              .issued_at = 1700000000,
                                              .lifetime = 86400,
                                              .identifier_len = 5,
                                              .identifier = "alice" };
static const struct usersig_expect alice = { .sdkappid = 1400000000, .identifier = "alice" };
static char text[CRAFT_MAX];

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
    const char *name, *made_with;
    size_t made_with_len;
    const char *given;
    size_t given_len;
    uint32_t cause;
    int verdict;
} rows[] = {
    { "the key", TEXT(KEY), TEXT(KEY), USERSIG_CAUSE_NONE, USERSIG_OK },
    { "another app's key", TEXT(OTHER), TEXT(KEY), USERSIG_CAUSE_OTHER_KEY, USERSIG_WRONG_KEY },
    { "made hex-decoded", TEXT(BYTES), TEXT(KEY), USERSIG_CAUSE_HEX_KEY, USERSIG_WRONG_KEY },
    { "made hex-decoded, capitals given", TEXT(BYTES), TEXT(UPPER), USERSIG_CAUSE_HEX_KEY,
      USERSIG_WRONG_KEY },
    { "given hex-decoded", TEXT(KEY), TEXT(BYTES), USERSIG_CAUSE_HEX_KEY, USERSIG_WRONG_KEY },
    { "given hex-decoded, made in capitals", TEXT(UPPER), TEXT(BYTES), USERSIG_CAUSE_HEX_KEY,
      USERSIG_WRONG_KEY },
    { "made with a newline", TEXT(KEY "\n"), TEXT(KEY), USERSIG_CAUSE_KEY_NEWLINE, USERSIG_WRONG_KEY },
    { "made with CR LF", TEXT(KEY "\r\n"), TEXT(KEY), USERSIG_CAUSE_KEY_NEWLINE, USERSIG_WRONG_KEY },
    { "made with CR", TEXT(KEY "\r"), TEXT(KEY), USERSIG_CAUSE_KEY_NEWLINE, USERSIG_WRONG_KEY },
    { "given with a newline", TEXT(KEY), TEXT(KEY "\n"), USERSIG_CAUSE_KEY_NEWLINE, USERSIG_WRONG_KEY },
    { "given with CR LF", TEXT(KEY), TEXT(KEY "\r\n"), USERSIG_CAUSE_KEY_NEWLINE, USERSIG_WRONG_KEY },
    { "newline against CR LF", TEXT(KEY "\r\n"), TEXT(KEY "\n"), USERSIG_CAUSE_KEY_NEWLINE,
      USERSIG_WRONG_KEY },
    { "both with a newline", TEXT(KEY "\n"), TEXT(KEY "\n"), USERSIG_CAUSE_NONE, USERSIG_OK },
    { "made with a space before", TEXT(" " KEY), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE, USERSIG_WRONG_KEY },
    { "made with a space after", TEXT(KEY " "), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE, USERSIG_WRONG_KEY },
    { "made with spaces around", TEXT(" " KEY " "), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE, USERSIG_WRONG_KEY },
    { "made with a tab", TEXT(KEY "\t"), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE, USERSIG_WRONG_KEY },
    { "made with quotes", TEXT("\"" KEY "\""), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE, USERSIG_WRONG_KEY },
    { "made with single quotes", TEXT("'" KEY "'"), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE, USERSIG_WRONG_KEY },
    { "made with a byte order mark", TEXT("\xEF\xBB\xBF" KEY), TEXT(KEY), USERSIG_CAUSE_KEY_SPACE,
      USERSIG_WRONG_KEY },
    { "given with spaces around", TEXT(KEY), TEXT("  " KEY "\t"), USERSIG_CAUSE_KEY_SPACE,
      USERSIG_WRONG_KEY },
    { "given with quotes and a newline", TEXT(KEY), TEXT("\"" KEY "\"\n"), USERSIG_CAUSE_KEY_SPACE,
      USERSIG_WRONG_KEY },
    { "given with a byte order mark", TEXT(KEY), TEXT("\xEF\xBB\xBF" KEY), USERSIG_CAUSE_KEY_SPACE,
      USERSIG_WRONG_KEY },
    { "made in capitals", TEXT(UPPER), TEXT(KEY), USERSIG_CAUSE_KEY_CASE, USERSIG_WRONG_KEY },
    { "given in capitals", TEXT(KEY), TEXT(UPPER), USERSIG_CAUSE_KEY_CASE, USERSIG_WRONG_KEY },
    { "case of what is not hex", TEXT("SECRET"), TEXT("secret"), USERSIG_CAUSE_OTHER_KEY, USERSIG_WRONG_KEY },
    { "odd hex", TEXT("\xab"), TEXT("abc"), USERSIG_CAUSE_OTHER_KEY, USERSIG_WRONG_KEY },
    { "spaces alone given", TEXT(KEY), TEXT(" \n "), USERSIG_CAUSE_OTHER_KEY, USERSIG_WRONG_KEY },
    { "made with the PEM", TEXT(PUBLIC_PEM), TEXT(PUBLIC_PEM), USERSIG_CAUSE_PEM_AS_KEY,
      USERSIG_WRONG_KEY_TYPE },
    { "made with the PEM and a newline", TEXT(PUBLIC_PEM "\n"), TEXT(PUBLIC_PEM), USERSIG_CAUSE_PEM_AS_KEY,
      USERSIG_WRONG_KEY_TYPE },
    { "PEM given with a newline", TEXT(PUBLIC_PEM), TEXT(PUBLIC_PEM "\n"), USERSIG_CAUSE_PEM_AS_KEY,
      USERSIG_WRONG_KEY_TYPE },
    { "PEM with the lines of DOS", TEXT(DOS_PEM), TEXT(PUBLIC_PEM), USERSIG_CAUSE_PEM_AS_KEY,
      USERSIG_WRONG_KEY_TYPE },
    { "PEM given with the lines of DOS", TEXT(PUBLIC_PEM "\n"), TEXT(DOS_PEM), USERSIG_CAUSE_PEM_AS_KEY,
      USERSIG_WRONG_KEY_TYPE },
    { "a PEM for a version 2 usersig", TEXT(KEY), TEXT(PUBLIC_PEM), USERSIG_CAUSE_V2_TICKET,
      USERSIG_WRONG_KEY_TYPE },
};

/* A usersig made with any bytes as the key. */
static size_t made_with(const char *secret, size_t secret_len)
{
    char signed_text[USERSIG_SIGNED_TEXT_MAX];
    uint8_t proof[32];
    size_t len;
    unsigned proof_len = 0;
    ck_assert_int_eq(usersig_claims_text(&claims, signed_text, sizeof signed_text, &len), USERSIG_OK);
    ck_assert_ptr_nonnull(
        HMAC(EVP_sha256(), secret, (int)secret_len, (const uint8_t *)signed_text, len, proof, &proof_len));
    ck_assert_int_eq(usersig_encode(&claims, proof, proof_len, text, sizeof text, &len), USERSIG_OK);
    return len;
}

START_TEST(key_row)
{
    struct usersig_diagnosis got;
    size_t len = made_with(rows[_i].made_with, rows[_i].made_with_len);
    char *exact = malloc(rows[_i].given_len); /* so that the sanitizer sees a byte too far */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, rows[_i].given, rows[_i].given_len);
    int error = usersig_diagnose_secret(exact, rows[_i].given_len, text, len, &alice, NOW, &got);
    free(exact);
    int rest_code = usersig_error_rest_code(rows[_i].verdict);
    ck_assert_int_eq(error, USERSIG_OK);
    ck_assert_msg(got.cause == rows[_i].cause && got.verdict == rows[_i].verdict &&
                      got.rest_code == rest_code,
                  "%s: expected %s, %s, %d; got %s, %s, %d", rows[_i].name,
                  usersig_cause_name(rows[_i].cause), usersig_error_name(rows[_i].verdict), rest_code,
                  usersig_cause_name(got.cause), usersig_error_name(got.verdict), got.rest_code);
}
END_TEST

/* Keys without their text cannot be doubted: whatever the fault is, it is another key. */
START_TEST(key_without_its_text)
{
    usersig_key *key;
    struct usersig_diagnosis got;
    size_t len = made_with(rows[_i].made_with, rows[_i].made_with_len);
    ck_assert_int_eq(usersig_key_hmac(&key, KEY, strlen(KEY)), USERSIG_OK);
    const usersig_key *const keys[] = { key };
    ck_assert_int_eq(usersig_diagnose(keys, 1, text, len, &alice, NOW, &got), USERSIG_OK);
    usersig_key_free(key);
    bool same = rows[_i].made_with_len == strlen(KEY) && memcmp(rows[_i].made_with, KEY, strlen(KEY)) == 0;
    ck_assert_msg(got.cause == (same ? USERSIG_CAUSE_NONE : USERSIG_CAUSE_OTHER_KEY), "%s: got %s",
                  rows[_i].name, usersig_cause_name(got.cause));
}
END_TEST

/* A right key under another text of itself says nothing about the claims: the key's fault comes first. */
START_TEST(key_before_claims)
{
    const struct usersig_expect bob = { .sdkappid = 1, .identifier = "bob" };
    struct usersig_diagnosis got;
    size_t len = made_with(TEXT(BYTES));
    ck_assert_int_eq(usersig_diagnose_secret(TEXT(KEY), text, len, &bob, NOW, &got), USERSIG_OK);
    ck_assert_uint_eq(got.cause, USERSIG_CAUSE_HEX_KEY);
    len = made_with(TEXT(KEY));
    ck_assert_int_eq(usersig_diagnose_secret(TEXT(KEY), text, len, &bob, NOW, &got), USERSIG_OK);
    ck_assert_uint_eq(got.cause, USERSIG_CAUSE_OTHER_SDKAPPID);
    ck_assert_int_eq(usersig_diagnose_secret(TEXT(KEY), text, len - 1, &bob, NOW, &got), USERSIG_OK);
    ck_assert_int_eq(got.verdict, USERSIG_MALFORMED);
}
END_TEST

/* Lengths of keys: what is allowed is tried, whatever a try adds to it. */
START_TEST(key_lengths)
{
    static char secret[4097];
    struct usersig_diagnosis got, zero;
    size_t len = made_with(TEXT(KEY));
    memset(&zero, 0, sizeof zero);
    memset(secret, 'a', sizeof secret);
    for (size_t n = 1; n <= 4096; n += n < 70 || n > 4090 ? 1 : 97) {
        ck_assert_int_eq(usersig_diagnose_secret(secret, n, text, len, &alice, NOW, &got), USERSIG_OK);
        ck_assert_uint_eq(got.cause, USERSIG_CAUSE_OTHER_KEY);
    }
    memset(&got, 0xA5, sizeof got);
    ck_assert_int_eq(usersig_diagnose_secret(secret, 4097, text, len, &alice, NOW, &got), USERSIG_ERR_KEY);
    ck_assert_mem_eq(&got, &zero, sizeof got);
    ck_assert_int_eq(usersig_diagnose_secret(secret, 0, text, len, &alice, NOW, &got), USERSIG_ERR_KEY);
    memset(secret, '\n', sizeof secret);
    memcpy(secret, TEXT("-----BEGIN "));
    ck_assert_int_eq(usersig_diagnose_secret(secret, 4097, text, len, &alice, NOW, &got), USERSIG_ERR_KEY);
    ck_assert_int_eq(usersig_diagnose_secret(NULL, 1, text, len, &alice, NOW, &got), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_diagnose_secret(TEXT(KEY), NULL, len, &alice, NOW, &got), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_diagnose_secret(TEXT(KEY), text, len, &alice, NOW, NULL), USERSIG_ERR_ARGUMENT);
}
END_TEST

/* A key file of the vectors. */
static size_t read_pem(char pem[static CRAFT_MAX], const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "vectors/%s", name);
    FILE *file = fopen(unit_data(path), "r");
    ck_assert_msg(file != NULL, "cannot read %s", unit_data(path));
    size_t len = fread(pem, 1, CRAFT_MAX, file);
    fclose(file);
    return len;
}

static struct usersig_diagnosis diagnosis_of(const char *secret, size_t secret_len, char *const column[10])
{
    struct usersig_diagnosis got;
    ck_assert_int_eq(usersig_diagnose_secret(secret, secret_len, column[8], strlen(column[8]), NULL,
                                             strtoull(column[6], NULL, 10) + 1, &got),
                     USERSIG_OK);
    return got;
}

/* Usersigs of version 1 by other makers, judged with a console key text, with their own public key, with another. */
static void judge_v1(char *const column[10])
{
    char own[CRAFT_MAX], other[CRAFT_MAX];
    size_t own_len = read_pem(own, column[4]), other_len = read_pem(other, "keys/ec_other_p256_pub.pem");
    struct usersig_diagnosis got = diagnosis_of(TEXT(KEY), column);
    ck_assert_msg(got.cause == USERSIG_CAUSE_V1_TICKET && got.verdict != USERSIG_OK && got.rest_code == 70009,
                  "%s, %s: got %s, %s, %d", column[1], column[3], usersig_cause_name(got.cause),
                  usersig_error_name(got.verdict), got.rest_code);
    if (strcmp(column[9], "valid") != 0)
        return;
    got = diagnosis_of(own, own_len, column);
    ck_assert_msg(got.verdict == USERSIG_OK, "%s, %s: own key: %s", column[1], column[3],
                  usersig_cause_name(got.cause));
    got = diagnosis_of(other, other_len, column);
    ck_assert_msg(got.cause == USERSIG_CAUSE_OTHER_KEY, "%s, %s: another key: %s", column[1], column[3],
                  usersig_cause_name(got.cause));
}

START_TEST(version_1_tickets)
{
    char *line = NULL;
    size_t size = 0, judged = 0;
    FILE *file = fopen(unit_data("vectors/vectors.tsv"), "r");
    ck_assert_msg(file != NULL, "cannot read %s", unit_data("vectors/vectors.tsv"));
    while (getline(&line, &size, file) > 0) {
        char *at = line, *column[10] = { 0 };
        line[strcspn(line, "\n")] = '\0';
        for (int i = 0; i < 10; i++)
            column[i] = strsep(&at, "\t");
        if (strcmp(column[0], "v1") != 0 || strcmp(column[9], "malformed") == 0)
            continue;
        judge_v1(column);
        judged++;
    }
    free(line);
    fclose(file);
    ck_assert_uint_gt(judged, 100);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, key_row, 0, UNIT_ROWS(rows));
    tcase_add_loop_test(tests, key_without_its_text, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, key_before_claims);
    tcase_add_test(tests, key_lengths);
    tcase_add_test(tests, version_1_tickets);
}

int main(void)
{
    return unit_run("diagnose_key", fill);
}
