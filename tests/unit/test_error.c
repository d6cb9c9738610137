/* test_error.c: every error has its number, name, REST code and a sentence. */
#include "unit.h"
#include "usersig.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

static const struct {
    int error, number, rest_code;
    const char *name;
} rows[] = {
    { USERSIG_OK, 0, 0, "OK" },
    { USERSIG_ERR_ARGUMENT, 1, 0, "ERR_ARGUMENT" },
    { USERSIG_ERR_MEMORY, 2, 0, "ERR_MEMORY" },
    { USERSIG_ERR_SPACE, 3, 0, "ERR_SPACE" },
    { USERSIG_ERR_CRYPTO, 4, 0, "ERR_CRYPTO" },
    { USERSIG_ERR_KEY, 5, 0, "ERR_KEY" },
    { USERSIG_ERR_IDENTIFIER, 6, 0, "ERR_IDENTIFIER" },
    { USERSIG_ERR_LIFETIME, 7, 0, "ERR_LIFETIME" },
    { USERSIG_ERR_USERBUF, 8, 0, "ERR_USERBUF" },
    { USERSIG_ERR_REQUEST, 9, 60002, "ERR_REQUEST" },
    { USERSIG_ERR_FILE, 10, 0, "ERR_FILE" },
    { USERSIG_MALFORMED, 16, 70003, "MALFORMED" },
    { USERSIG_WRONG_KEY_TYPE, 17, 70009, "WRONG_KEY_TYPE" },
    { USERSIG_WRONG_KEY, 18, 70009, "WRONG_KEY" },
    { USERSIG_WRONG_SDKAPPID, 19, 70014, "WRONG_SDKAPPID" },
    { USERSIG_WRONG_IDENTIFIER, 20, 70013, "WRONG_IDENTIFIER" },
    { USERSIG_WRONG_USERBUF, 21, 70003, "WRONG_USERBUF" },
    { USERSIG_EXPIRED, 22, 70001, "EXPIRED" },
    { USERSIG_NOT_YET_VALID, 23, 0, "NOT_YET_VALID" },
    { USERSIG_REVOKED, 24, 0, "REVOKED" },
    { USERSIG_UNAVAILABLE, 25, 0, "UNAVAILABLE" },
};

/* One sentence: something to read, without a full stop or a line end. */
static void is_sentence(const char *what, const char *text)
{
    size_t len = strlen(text);
    ck_assert_msg(len > 4, "%s: too short: \"%s\"", what, text);
    ck_assert_msg(text[len - 1] != '.', "%s: ends with a full stop: \"%s\"", what, text);
    for (size_t i = 0; i < len; i++)
        ck_assert_msg(isprint((unsigned char)text[i]), "%s: unprintable byte %zu", what, i);
}

START_TEST(error_row)
{
    int error = rows[_i].error;
    const char *name = usersig_error_name(error);
    int code = usersig_error_rest_code(error);
    ck_assert_msg(error == rows[_i].number, "%s: expected number %d, got %d", rows[_i].name, rows[_i].number,
                  error);
    ck_assert_msg(strcmp(name, rows[_i].name) == 0, "%d: expected name %s, got %s", error, rows[_i].name,
                  name);
    ck_assert_msg(code == rows[_i].rest_code, "%s: expected REST code %d, got %d", name, rows[_i].rest_code,
                  code);
    is_sentence(name, usersig_error_text(error));
}
END_TEST

START_TEST(texts_differ)
{
    for (int a = 0; a < UNIT_ROWS(rows); a++)
        for (int b = 0; b < a; b++)
            ck_assert_str_ne(usersig_error_text(rows[a].error), usersig_error_text(rows[b].error));
}
END_TEST

static const int unknown[] = { INT_MIN, -1, 11, 15, 26, 64, 70003, INT_MAX };

START_TEST(unknown_number)
{
    int error = unknown[_i];
    ck_assert_msg(strcmp(usersig_error_name(error), "UNKNOWN") == 0, "%d: expected UNKNOWN, got %s", error,
                  usersig_error_name(error));
    ck_assert_msg(usersig_error_rest_code(error) == 0, "%d: expected REST code 0, got %d", error,
                  usersig_error_rest_code(error));
    is_sentence("unknown", usersig_error_text(error));
}
END_TEST

START_TEST(every_other_number_is_unknown)
{
    for (int error = -100; error < 300; error++) {
        int known = 0;
        for (int i = 0; i < UNIT_ROWS(rows); i++)
            known |= rows[i].number == error;
        int named = strcmp(usersig_error_name(error), "UNKNOWN") != 0;
        ck_assert_msg(named == known, "%d: expected %s, got %s", error, known ? "a name" : "UNKNOWN",
                      usersig_error_name(error));
    }
}
END_TEST

START_TEST(stage_texts)
{
    for (uint32_t a = 0; a <= USERSIG_STAGE_PROOF; a++) {
        is_sentence("stage", usersig_stage_text(a));
        for (uint32_t b = 0; b < a; b++)
            ck_assert_str_ne(usersig_stage_text(a), usersig_stage_text(b));
    }
    is_sentence("stage", usersig_stage_text(USERSIG_STAGE_PROOF + 1));
    is_sentence("stage", usersig_stage_text(UINT32_MAX));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, error_row, 0, UNIT_ROWS(rows));
    tcase_add_loop_test(tests, unknown_number, 0, UNIT_ROWS(unknown));
    tcase_add_test(tests, texts_differ);
    tcase_add_test(tests, every_other_number_is_unknown);
    tcase_add_test(tests, stage_texts);
}

int main(void)
{
    return unit_run("error", fill);
}
