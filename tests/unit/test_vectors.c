/* test_vectors.c: usersigs that other implementations made (tests/data/vectors), judged as their table says. */
#include "unit.h"

#include "usersig.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMN_VERSION,
    COLUMN_PRODUCER,
    COLUMN_SDKAPPID,
    COLUMN_IDENTIFIER,
    COLUMN_KEY,
    COLUMN_USERBUF,
    COLUMN_TIME,
    COLUMN_EXPIRE,
    COLUMN_USERSIG,
    COLUMN_EXPECT,
    COLUMNS
};
static const char *const names[COLUMNS] = { "version", "producer", "sdkappid", "identifier", "key",
                                            "userbuf", "time",     "expire",   "usersig",    "expect" };

struct row {
    int line;
    char *column[COLUMNS];
};

/* The text of column, raw or "hex:" and its bytes; NUL-terminated in out. */
static size_t identifier_of(const struct row *row, char out[static USERSIG_IDENTIFIER_MAX + 1])
{
    const char *text = row->column[COLUMN_IDENTIFIER];
    size_t n = 0;
    if (strncmp(text, "hex:", 4) != 0) {
        n = strlen(text);
        ck_assert_uint_le(n, USERSIG_IDENTIFIER_MAX);
        memcpy(out, text, n + 1);
        return n;
    }
    for (text += 4; *text; text += 2) {
        unsigned byte;
        ck_assert_int_eq(sscanf(text, "%2x", &byte), 1);
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return n;
}

static size_t userbuf_of(const struct row *row, uint8_t out[static USERSIG_USERBUF_MAX + 3])
{
    const char *text = row->column[COLUMN_USERBUF];
    size_t len = strlen(text);
    if (strcmp(text, "-") == 0)
        return 0;
    int n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len); /* counts padding as bytes */
    ck_assert_int_ge(n, 0);
    for (size_t i = len; i > 0 && text[i - 1] == '='; i--)
        n--;
    return (size_t)n;
}

static int verdict_of(const char *expect)
{
    static const struct {
        const char *expect;
        int verdict;
    } map[] = {
        { "valid", USERSIG_OK },
        { "expired", USERSIG_EXPIRED },
        { "bad-signature", USERSIG_WRONG_KEY },
        { "wrong-identifier", USERSIG_WRONG_IDENTIFIER },
        { "wrong-appid", USERSIG_WRONG_SDKAPPID },
        { "malformed", USERSIG_MALFORMED },
    };
    for (int i = 0; i < UNIT_ROWS(map); i++)
        if (strcmp(map[i].expect, expect) == 0)
            return map[i].verdict;
    ck_abort_msg("unknown expectation %s", expect);
    return -1;
}

/* The key text itself for version 2, the PEM in a file for version 1. */
static usersig_key *key_of(const struct row *row)
{
    const char *text = row->column[COLUMN_KEY];
    char name[256], pem[4096];
    usersig_key *key;
    if (strcmp(row->column[COLUMN_VERSION], "v2") == 0) {
        ck_assert_int_eq(usersig_key_hmac(&key, text, strlen(text)), USERSIG_OK);
        return key;
    }
    ck_assert_str_eq(row->column[COLUMN_VERSION], "v1");
    snprintf(name, sizeof name, "vectors/%s", text);
    FILE *file = fopen(unit_data(name), "r");
    ck_assert_msg(file != NULL, "line %d: cannot read %s", row->line, name);
    size_t len = fread(pem, 1, sizeof pem, file);
    fclose(file);
    int got = usersig_key_pem(&key, pem, len);
    ck_assert_msg(got == USERSIG_OK, "line %d: %s: %s", row->line, name, usersig_error_name(got));
    return key;
}

static void judge(const struct row *row)
{
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    uint8_t userbuf[USERSIG_USERBUF_MAX + 3];
    struct usersig_ticket ticket;
    struct usersig_expect expect = { .identifier = identifier, .userbuf = userbuf };
    usersig_key *key = key_of(row);
    uint64_t time = strtoull(row->column[COLUMN_TIME], NULL, 10);
    int expected = verdict_of(row->column[COLUMN_EXPECT]);
    size_t identifier_len = identifier_of(row, identifier);
    expect.sdkappid = (uint32_t)strtoul(row->column[COLUMN_SDKAPPID], NULL, 10);
    expect.userbuf_len = userbuf_of(row, userbuf);
    const usersig_key *const keys[] = { key };
    int got = usersig_verify(keys, 1, row->column[COLUMN_USERSIG], strlen(row->column[COLUMN_USERSIG]),
                             &expect, time + 1, &ticket, NULL);
    usersig_key_free(key);
    ck_assert_msg(got == expected, "line %d (%s, %s): expected %s, got %s, stage %u", row->line,
                  row->column[COLUMN_PRODUCER], row->column[COLUMN_IDENTIFIER], usersig_error_name(expected),
                  usersig_error_name(got), ticket.stage);
    if (expected == USERSIG_MALFORMED || expected == USERSIG_WRONG_KEY)
        return;
    if (expected != USERSIG_WRONG_IDENTIFIER) {
        ck_assert_uint_eq(ticket.claims.identifier_len, identifier_len);
        ck_assert_mem_eq(ticket.claims.identifier, identifier, identifier_len);
    }
    if (expected == USERSIG_OK) {
        ck_assert_uint_le(ticket.claims.issued_at, time); /* some rows ask at the end of the lifetime */
        ck_assert_uint_eq(ticket.claims.lifetime, strtoull(row->column[COLUMN_EXPIRE], NULL, 10));
    }
}

/* Splits line at its tabs, in place. */
static struct row split(char *line, int number)
{
    struct row row = { .line = number };
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < COLUMNS; i++) {
        ck_assert_msg(line != NULL, "line %d: %d columns", number, i);
        row.column[i] = strsep(&line, "\t");
    }
    ck_assert_msg(line == NULL, "line %d: too many columns", number);
    return row;
}

START_TEST(every_row)
{
    char *line = NULL;
    size_t size = 0, v1 = 0, v2 = 0;
    int number = 1;
    FILE *file = fopen(unit_data("vectors/vectors.tsv"), "r");
    ck_assert_msg(file != NULL, "cannot read %s", unit_data("vectors/vectors.tsv"));
    ck_assert_int_gt(getline(&line, &size, file), 0);
    struct row row = split(line, number);
    for (int i = 0; i < COLUMNS; i++)
        ck_assert_str_eq(row.column[i], names[i]);
    while (getline(&line, &size, file) > 0) {
        row = split(line, ++number);
        judge(&row);
        *(strcmp(row.column[COLUMN_VERSION], "v1") == 0 ? &v1 : &v2) += 1;
    }
    free(line);
    fclose(file);
    ck_assert_uint_eq(v2, 150);
    ck_assert_uint_eq(v1, 144);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_row);
}

int main(void)
{
    return unit_run("vectors", fill);
}
