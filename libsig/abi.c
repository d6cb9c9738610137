/* abi.c: version and sizes, for callers that load the library without its headers. */
#include "usersig_page.h"
#include "usersig_rest.h"

const char *usersig_version(void)
{
    return PACKAGE_VERSION;
}

size_t usersig_claims_size(void)
{
    return sizeof(struct usersig_claims);
}

size_t usersig_ticket_size(void)
{
    return sizeof(struct usersig_ticket);
}

size_t usersig_expect_size(void)
{
    return sizeof(struct usersig_expect);
}

size_t usersig_room_size(void)
{
    return sizeof(struct usersig_room);
}

size_t usersig_request_size(void)
{
    return sizeof(struct usersig_request);
}

size_t usersig_page_value_size(void)
{
    return sizeof(struct usersig_page_value);
}

size_t usersig_param_size(void)
{
    return sizeof(struct usersig_param);
}

size_t usersig_rest_api_size(void)
{
    return sizeof(struct usersig_rest_api);
}

size_t usersig_rest_code_size(void)
{
    return sizeof(struct usersig_rest_code);
}
