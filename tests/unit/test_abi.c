/* test_abi.c: what callers without the headers ask for. */
#include "unit.h"

#include "usersig_page.h"
#include "usersig_rest.h"

START_TEST(sizes)
{
    ck_assert_uint_eq(usersig_claims_size(), sizeof(struct usersig_claims));
    ck_assert_uint_eq(usersig_ticket_size(), sizeof(struct usersig_ticket));
    ck_assert_uint_eq(usersig_expect_size(), sizeof(struct usersig_expect));
    ck_assert_uint_eq(usersig_room_size(), sizeof(struct usersig_room));
    ck_assert_uint_eq(usersig_request_size(), sizeof(struct usersig_request));
    ck_assert_uint_eq(usersig_page_value_size(), sizeof(struct usersig_page_value));
    ck_assert_uint_eq(usersig_param_size(), sizeof(struct usersig_param));
    ck_assert_uint_eq(usersig_rest_api_size(), sizeof(struct usersig_rest_api));
    ck_assert_uint_eq(usersig_rest_code_size(), sizeof(struct usersig_rest_code));
}
END_TEST

START_TEST(version)
{
    ck_assert_str_eq(usersig_version(), PACKAGE_VERSION);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, version);
}

int main(void)
{
    return unit_run("abi", fill);
}
