#include "apiname.h"
#include "nearest.h"
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool apiname_contains(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (; strlen(text) >= len; text++)
        if (strncasecmp(text, word, len) == 0)
            return true;
    return false;
}

const struct usersig_rest_api *apiname_other_case(const char *service, const char *command)
{
    const struct usersig_rest_api *api = NULL;
    while ((api = usersig_rest_next(api)) != NULL)
        if (strcasecmp(api->service, service) == 0 && strcasecmp(api->command, command) == 0)
            return api;
    return NULL;
}

/* Edits to the name of api; SIZE_MAX: too far. The same command of another service is near, whatever its name. */
static size_t distance(const char *service, const char *command, const struct usersig_rest_api *api)
{
    size_t by_service = *service != '\0' ? nearest_distance(service, api->service) : 0;
    size_t by_command = nearest_distance(command, api->command);
    if (by_command == 0)
        return 1;
    if (by_service == SIZE_MAX || by_command == SIZE_MAX || by_command > (strlen(command) + 2) / 3)
        return SIZE_MAX;
    return by_service <= (strlen(service) + 2) / 3 ? by_service + by_command : SIZE_MAX;
}

size_t apiname_near(const char *service, const char *command,
                    const struct usersig_rest_api *near[static APINAME_NEAR_MAX])
{
    size_t distances[APINAME_NEAR_MAX], n = 0;
    const struct usersig_rest_api *api = NULL;
    while ((api = usersig_rest_next(api)) != NULL) {
        size_t d = distance(service, command, api), i;
        if (d == SIZE_MAX || (n == APINAME_NEAR_MAX && d >= distances[n - 1]))
            continue;
        if (n < APINAME_NEAR_MAX)
            n++;
        for (i = n - 1; i > 0 && distances[i - 1] > d; i--) {
            distances[i] = distances[i - 1];
            near[i] = near[i - 1];
        }
        distances[i] = d;
        near[i] = api;
    }
    return n;
}

void apiname_hint(const char *service, const char *command)
{
    const struct usersig_rest_api *near[APINAME_NEAR_MAX], *same;
    char list[APINAME_NEAR_MAX * (2 * USERSIG_URL_NAME_MAX + 8)] = "";
    size_t n, len = 0;
    if (usersig_rest_find(service, command) != NULL)
        return;
    same = apiname_other_case(service, command);
    if (same != NULL) {
        output_note("note: upper and lower case count: the service knows %s/%s", same->service,
                    same->command);
        return;
    }
    n = apiname_near(service, command, near);
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s/%s", i == 0 ? "" : ", ",
                                near[i]->service, near[i]->command);
    output_note("note: %s%s%s is not in the catalogue%s%s%s", service, *service != '\0' ? "/" : "", command,
                n == 0 ? "; usersig apis has a list" : "; is it ", list, n == 0 ? "" : "?");
}

static bool is_first_of(const struct usersig_rest_api *of)
{
    const struct usersig_rest_api *api = NULL;
    while ((api = usersig_rest_next(api)) != of)
        if (strcmp(api->group, of->group) == 0)
            return false;
    return true;
}

const char *apiname_next_group(const char *group)
{
    const struct usersig_rest_api *api = usersig_rest_next(NULL);
    if (group == NULL)
        return api->group;
    while (strcmp(api->group, group) != 0)
        api = usersig_rest_next(api);
    while ((api = usersig_rest_next(api)) != NULL)
        if (is_first_of(api))
            return api->group;
    return NULL;
}
