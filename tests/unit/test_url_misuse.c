/* test_url_misuse.c: NULL where usersig_url forbids it. */
#include "unit.h"

#include "usersig_rest.h"

static const struct usersig_param good[] = { { "a", "1" } }, no_name[] = { { "a", "1" }, { NULL, "1" } },
                                  no_value[] = { { "a", NULL } };
#define REQUEST(service, command, identifier, usersig, params, n_params)       \
    {                                                                          \
        NULL, service, command, identifier, usersig, 4, 1, 2, params, n_params \
    }
static const struct {
    const char *name;
    struct usersig_request request;
} rows[] = {
    { "service", REQUEST(NULL, "c", "i", "eAGr", good, 1) },
    { "command", REQUEST("s", NULL, "i", "eAGr", good, 1) },
    { "identifier", REQUEST("s", "c", NULL, "eAGr", good, 1) },
    { "usersig", REQUEST("s", "c", "i", NULL, good, 1) },
    { "params", REQUEST("s", "c", "i", "eAGr", NULL, 1) },
    { "a parameter's name", REQUEST("s", "c", "i", "eAGr", no_name, 2) },
    { "a parameter's value", REQUEST("s", "c", "i", "eAGr", no_value, 1) },
};

START_TEST(row)
{
    char out[256];
    size_t len = 99;
    int got = usersig_url(&rows[_i].request, out, sizeof out, &len);
    ck_assert_msg(got == USERSIG_ERR_ARGUMENT && len == 0,
                  "%s NULL: expected ERR_ARGUMENT, got %s, length %zu", rows[_i].name,
                  usersig_error_name(got), len);
}
END_TEST

START_TEST(outputs)
{
    const struct usersig_request request = REQUEST("s", "c", "i", "eAGr", good, 1),
                                 no_params = REQUEST("s", "c", "i", "eAGr", NULL, 0);
    char out[256];
    size_t len;
    ck_assert_int_eq(usersig_url(NULL, out, sizeof out, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_url(&request, NULL, 1, &len), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, NULL), USERSIG_ERR_ARGUMENT);
    ck_assert_int_eq(usersig_url(&request, out, sizeof out, &len), USERSIG_OK);
    ck_assert_int_eq(usersig_url(&no_params, out, sizeof out, &len), USERSIG_OK);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_test(tests, outputs);
}

int main(void)
{
    return unit_run("url_misuse", fill);
}
