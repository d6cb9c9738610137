/* test_catalogue.c: the endpoints of the REST API: every row of the table is found, and nothing else. */
#include "unit.h"

#include "usersig_rest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 229

/* The next column of a line with tabs; NULL after the last. */
static char *column(char **line)
{
    return strsep(line, "\t\n");
}

static void same(const char *what, const char *expected, const char *actual)
{
    if (*expected == '\0')
        ck_assert_msg(actual == NULL, "%s: expected NULL, got %s", what, actual);
    else
        ck_assert_msg(actual && strcmp(actual, expected) == 0, "%s: expected %s, got %s", what, expected,
                      actual ? actual : "NULL");
}

START_TEST(every_row)
{
    char line[2048];
    size_t n = 0;
    const char *path = unit_data("../../libsig/rest-apis.tsv");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (const struct usersig_rest_api *walk = NULL; fgets(line, sizeof line, file); n++) {
        char *rest = line, *service = column(&rest), *command = column(&rest);
        const struct usersig_rest_api *api = usersig_rest_find(service, command);
        ck_assert_msg(api != NULL, "%s/%s: not found", service, command);
        walk = usersig_rest_next(walk);
        ck_assert_msg(walk == api, "%s/%s: not the next one", service, command);
        same(command, service, api->service);
        same(command, command, api->command);
        same(command, column(&rest), api->group);
        same(command, column(&rest), api->title);
        same(command, column(&rest), api->min_body);
        same(command, column(&rest), usersig_rest_kind_name(api->kind));
        ck_assert_uint_eq(api->rate, strtoul(column(&rest), NULL, 10));
        same(command, column(&rest), api->items);
        same(command, column(&rest), api->cursor_in);
        same(command, column(&rest), api->cursor_out);
        same(command, column(&rest), api->complete);
        same(command, column(&rest), api->limit);
        ck_assert_uint_eq(api->limit_max, strtoul(column(&rest), NULL, 10));
        if (n + 1 == ROWS)
            ck_assert_ptr_null(usersig_rest_next(walk));
    }
    ck_assert_uint_eq(n, ROWS);
    fclose(file);
}
END_TEST

START_TEST(neighbours)
{
    for (const struct usersig_rest_api *api = usersig_rest_next(NULL); api; api = usersig_rest_next(api)) {
        char command[USERSIG_URL_NAME_MAX + 2];
        size_t len = (size_t)snprintf(command, sizeof command, "%s_", api->command);
        ck_assert_uint_lt(len, sizeof command);
        ck_assert_ptr_null(usersig_rest_find(api->service, command));
        command[len - 2] = '\0'; /* without its last letter */
        ck_assert_ptr_null(usersig_rest_find(api->service, command));
        snprintf(command, sizeof command, "%s", api->command);
        for (char *c = command; *c; c++)
            *c = (char)(isupper((unsigned char)*c) ? tolower((unsigned char)*c) : toupper((unsigned char)*c));
        ck_assert_msg(usersig_rest_find(api->service, command) == NULL, "%s: case counts", command);
        ck_assert_ptr_null(usersig_rest_find(api->command, api->service));
    }
}
END_TEST

/* What is not, and where the search ends: before the first, after the last, a good half of a name. */
static const char *const absent[][2] = {
    { "", "" },     { "openim", "" }, { "", "sendmsg" },    { "openim", "send" },     { "openi", "sendmsg" },
    { "AAA", "a" }, { "zzz", "z" },   { "sns", "sendmsg" }, { "openim/sendmsg", "" }, { "OpenIM", "sendmsg" }
};

START_TEST(not_there)
{
    ck_assert_ptr_null(usersig_rest_find(absent[_i][0], absent[_i][1]));
}
END_TEST

START_TEST(null_names)
{
    ck_assert_ptr_null(usersig_rest_find(NULL, "sendmsg"));
    ck_assert_ptr_null(usersig_rest_find("openim", NULL));
}
END_TEST

/* Read by hand from the service's pages, beside the table. */
START_TEST(known_ones)
{
    const struct usersig_rest_api *list = usersig_rest_find("group_open_http_svc", "get_appid_group_list");
    const struct usersig_rest_api *send = usersig_rest_find("openim", "sendmsg");
    ck_assert_uint_eq(list->rate, 1);
    ck_assert_uint_eq(list->kind, USERSIG_REST_READ);
    ck_assert_str_eq(list->items, "GroupIdList");
    ck_assert_str_eq(list->cursor_in, "Next");
    ck_assert_ptr_null(list->complete);
    ck_assert_uint_eq(list->limit_max, 10000);
    ck_assert_uint_eq(send->rate, 200);
    ck_assert_uint_eq(send->kind, USERSIG_REST_SEND);
    ck_assert_ptr_null(send->items);
    ck_assert_uint_eq(usersig_rest_find("im_open_login_svc", "kick")->kind, USERSIG_REST_WRITE);
}
END_TEST

START_TEST(kinds)
{
    ck_assert_str_eq(usersig_rest_kind_name(0), "unknown");
    ck_assert_str_eq(usersig_rest_kind_name(USERSIG_REST_READ), "read");
    ck_assert_str_eq(usersig_rest_kind_name(USERSIG_REST_WRITE), "write");
    ck_assert_str_eq(usersig_rest_kind_name(USERSIG_REST_SEND), "send");
    ck_assert_str_eq(usersig_rest_kind_name(4), "unknown");
    ck_assert_str_eq(usersig_rest_kind_name(UINT32_MAX), "unknown");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_row);
    tcase_add_test(tests, neighbours);
    tcase_add_loop_test(tests, not_there, 0, UNIT_ROWS(absent));
    tcase_add_test(tests, null_names);
    tcase_add_test(tests, known_ones);
    tcase_add_test(tests, kinds);
}

int main(void)
{
    return unit_run("catalogue", fill);
}
