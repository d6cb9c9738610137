/* catalogue.c: the endpoints of the REST API. */
#include "usersig_rest.h"

#include "catalogue_table.h"

#include <string.h>

static int order(const char *service, const char *command, const struct usersig_rest_api *api)
{
    int by_service = strcmp(service, api->service);
    return by_service ? by_service : strcmp(command, api->command);
}

const struct usersig_rest_api *usersig_rest_find(const char *service, const char *command)
{
    size_t first = 0, end = service && command ? CATALOGUE_ROWS : 0;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int by = order(service, command, &catalogue_table[middle]);
        if (by == 0)
            return &catalogue_table[middle];
        if (by < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

const struct usersig_rest_api *usersig_rest_next(const struct usersig_rest_api *previous)
{
    if (!previous)
        return catalogue_table;
    return previous == &catalogue_table[CATALOGUE_ROWS - 1] ? NULL : previous + 1;
}

const char *usersig_rest_kind_name(uint32_t kind)
{
    static const char *const names[] = {
        [USERSIG_REST_READ] = "read", [USERSIG_REST_WRITE] = "write", [USERSIG_REST_SEND] = "send"
    };
    return kind < sizeof names / sizeof names[0] && names[kind] ? names[kind] : "unknown";
}
