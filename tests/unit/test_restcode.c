/* test_restcode.c: the ErrorCodes of the REST API: every row of the table is found, and which may be tried again. */
#include "unit.h"

#include "usersig_rest.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 347

START_TEST(every_row)
{
    char line[1024];
    size_t n = 0;
    const char *path = unit_data("../../libsig/error-codes.tsv");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (const struct usersig_rest_code *walk = NULL; fgets(line, sizeof line, file); n++) {
        char *rest = line;
        int code = atoi(strsep(&rest, "\t")), last = atoi(strsep(&rest, "\t"));
        const struct usersig_rest_code *found = usersig_rest_code_find(code);
        ck_assert_msg(found != NULL, "%d: not found", code);
        walk = usersig_rest_code_next(walk);
        ck_assert_msg(walk == found, "%d: not the next one", code);
        ck_assert_ptr_eq(usersig_rest_code_find(last), found);
        ck_assert_ptr_eq(usersig_rest_code_find(code + (last - code) / 2), found);
        ck_assert_int_eq(found->code, code);
        ck_assert_int_eq(found->last, last);
        ck_assert_str_eq(found->family, strsep(&rest, "\t"));
        ck_assert_str_eq(found->meaning, strsep(&rest, "\t"));
        ck_assert_str_eq(usersig_rest_class_name(found->retry), strsep(&rest, "\t"));
        ck_assert_uint_eq(found->caller, strcmp(strsep(&rest, "\t"), "yes") == 0);
        const char *advice = strsep(&rest, "\n");
        ck_assert_str_eq(found->advice ? found->advice : "", advice);
        if (n + 1 == ROWS)
            ck_assert_ptr_null(usersig_rest_code_next(walk));
    }
    ck_assert_uint_eq(n, ROWS);
    fclose(file);
}
END_TEST

START_TEST(between_rows)
{
    const struct usersig_rest_code *code = usersig_rest_code_next(NULL);
    ck_assert_ptr_null(usersig_rest_code_find(code->code - 1));
    for (const struct usersig_rest_code *next; (next = usersig_rest_code_next(code)); code = next) {
        ck_assert_int_lt(code->last, next->code);
        if (code->last + 1 < next->code)
            ck_assert_ptr_null(usersig_rest_code_find(code->last + 1));
    }
    ck_assert_ptr_null(usersig_rest_code_find(code->last + 1));
}
END_TEST

static const int absent[] = { 0, 1, -1, 70000, 60001, INT_MIN, INT_MAX };

START_TEST(not_there)
{
    ck_assert_ptr_null(usersig_rest_code_find(absent[_i]));
}
END_TEST

/* What a client repeats by itself: these and no other. */
static const struct {
    int code;
    uint32_t retry;
} again[] = {
    { 60007, USERSIG_REST_BACK_OFF },   { 60011, USERSIG_REST_BACK_OFF },  { 60018, USERSIG_REST_BACK_OFF },
    { 60019, USERSIG_REST_BACK_OFF },   { 60008, USERSIG_REST_TRANSIENT }, { 60014, USERSIG_REST_TRANSIENT },
    { 70169, USERSIG_REST_TRANSIENT },  { 70202, USERSIG_REST_TRANSIENT }, { 70500, USERSIG_REST_TRANSIENT },
    { 70001, USERSIG_REST_CREDENTIAL }, { 70050, USERSIG_REST_WAIT },
};

START_TEST(repeated)
{
    size_t n = 0;
    for (const struct usersig_rest_code *code = NULL; (code = usersig_rest_code_next(code));) {
        uint32_t expected = 0;
        for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
            if (again[i].code == code->code)
                expected = again[i].retry;
        if (expected)
            ck_assert_msg(code->retry == expected, "%d: got %s", code->code,
                          usersig_rest_class_name(code->retry));
        else
            ck_assert_msg(code->retry == USERSIG_REST_FIX || code->retry == USERSIG_REST_LATER ||
                              code->retry == USERSIG_REST_UNSURE,
                          "%d: got %s", code->code, usersig_rest_class_name(code->retry));
        n += expected != 0;
    }
    ck_assert_uint_eq(n, sizeof again / sizeof again[0]);
}
END_TEST

/* The codes that libsig's own errors name are about who calls. */
START_TEST(of_verdicts)
{
    static const int verdicts[] = { USERSIG_MALFORMED, USERSIG_WRONG_KEY, USERSIG_WRONG_SDKAPPID,
                                    USERSIG_WRONG_IDENTIFIER, USERSIG_EXPIRED };
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        const struct usersig_rest_code *code = usersig_rest_code_find(usersig_error_rest_code(verdicts[i]));
        ck_assert_msg(code && code->caller && code->advice, "%s", usersig_error_name(verdicts[i]));
    }
}
END_TEST

START_TEST(class_texts)
{
    for (uint32_t class = USERSIG_REST_FIX; class <= USERSIG_REST_UNSURE; class ++) {
        ck_assert_str_ne(usersig_rest_class_name(class), "unknown");
        ck_assert_uint_gt(strlen(usersig_rest_class_advice(class)), 10);
    }
    ck_assert_str_eq(usersig_rest_class_name(0), "unknown");
    ck_assert_str_eq(usersig_rest_class_name(USERSIG_REST_UNSURE + 1), "unknown");
    ck_assert_str_eq(usersig_rest_class_name(UINT32_MAX), "unknown");
    ck_assert_str_eq(usersig_rest_class_advice(0), usersig_rest_class_advice(UINT32_MAX));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_row);
    tcase_add_test(tests, between_rows);
    tcase_add_loop_test(tests, not_there, 0, UNIT_ROWS(absent));
    tcase_add_test(tests, repeated);
    tcase_add_test(tests, of_verdicts);
    tcase_add_test(tests, class_texts);
}

int main(void)
{
    return unit_run("restcode", fill);
}
