#include "paging.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <usersig_rest.h>

#define NAME_SIZE 64

/* The next name of "A,B,C" into name; false after the last. */
static bool next_name(const char **list, char name[static NAME_SIZE])
{
    size_t len = *list == NULL ? 0 : strcspn(*list, ",");
    if (len == 0 || len >= NAME_SIZE)
        return false;
    memcpy(name, *list, len);
    name[len] = '\0';
    *list += len;
    if (**list == ',')
        ++*list;
    return true;
}

/* "Response.Next": Next in Response. */
static json_t *field(const json_t *answer, const char *path)
{
    char name[NAME_SIZE];
    for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        size_t len = (size_t)(dot - path);
        if (len >= sizeof name)
            return NULL;
        memcpy(name, path, len);
        name[len] = '\0';
        answer = json_object_get(answer, name);
    }
    return json_object_get(answer, path);
}

/* 0, "", null and what is not there. */
static bool is_nothing(const json_t *value)
{
    if (json_is_integer(value))
        return json_integer_value(value) == 0;
    if (json_is_string(value))
        return json_string_length(value) == 0;
    return !json_is_true(value) && !json_is_real(value);
}

int paging_begin(const struct usersig_rest_api *api, json_t *request)
{
    if (api->limit == NULL || api->limit_max == 0 || json_object_get(request, api->limit) != NULL)
        return 0;
    return json_object_set_new(request, api->limit, json_integer((json_int_t)api->limit_max));
}

const json_t *paging_items(const struct usersig_rest_api *api, const json_t *answer)
{
    char name[NAME_SIZE];
    for (const char *list = api->items; next_name(&list, name);) {
        const json_t *items = field(answer, name);
        if (json_is_array(items))
            return items;
    }
    return NULL;
}

static json_int_t least(const json_t *items, const char *name)
{
    const json_t *item;
    json_int_t found = 0;
    size_t i;
    bool any = false;
    json_array_foreach(items, i, item)
    {
        const json_t *number = json_object_get(item, name);
        if (json_is_integer(number) && (!any || json_integer_value(number) < found)) {
            found = json_integer_value(number);
            any = true;
        }
    }
    return found;
}

/* What the next request has for a cursor: a new reference; NULL: nothing. */
static json_t *advance(const char *rule, const json_t *old, const json_t *answer, const json_t *items)
{
    if (strcmp(rule, "+") == 0)
        return json_integer(json_integer_value(old) + (json_int_t)json_array_size(items));
    if (rule[0] == '-')
        return json_integer(least(items, rule + 1) - 1);
    return json_incref(field(answer, rule));
}

/* Whether the pages end here, the request being advanced. */
static bool is_complete(const struct usersig_rest_api *api, const json_t *request, const json_t *answer)
{
    char name[NAME_SIZE];
    const char *in = api->cursor_in, *out = api->cursor_out;
    if (api->complete != NULL && api->complete[0] != '=')
        return !is_nothing(field(answer, api->complete));
    if (!next_name(&in, name))
        return true;
    const json_t *first = json_object_get(request, name);
    if (api->complete != NULL)
        return json_integer_value(first) >= json_integer_value(field(answer, api->complete + 1));
    if (!next_name(&out, name))
        return true;
    return name[0] == '-' || name[0] == '+' ? json_integer_value(first) <= 0
                                            : is_nothing(field(answer, name));
}

enum paging_state paging_next(const struct usersig_rest_api *api, json_t *request, const json_t *answer)
{
    char in_name[NAME_SIZE], out_name[NAME_SIZE];
    const char *in = api->cursor_in, *out = api->cursor_out;
    const json_t *items = paging_items(api, answer);
    bool moved = false;
    if (items == NULL || json_array_size(items) == 0)
        return PAGING_END;
    while (next_name(&in, in_name) && next_name(&out, out_name)) {
        json_t *old = json_object_get(request, in_name);
        json_t *value = advance(out_name, old, answer, items);
        moved = moved || !(value == old || json_equal(value, old));
        if (value == NULL && strchr("+-", out_name[0]) != NULL)
            return PAGING_FAULT;
        if (value == NULL)
            json_object_del(request, in_name);
        else if (json_object_set_new(request, in_name, value) != 0)
            return PAGING_FAULT;
    }
    if (is_complete(api, request, answer))
        return PAGING_END;
    return moved ? PAGING_MORE : PAGING_STUCK;
}

json_t *paging_cursors(const struct usersig_rest_api *api, const json_t *request)
{
    char name[NAME_SIZE];
    json_t *cursors = json_object();
    for (const char *in = api->cursor_in; cursors != NULL && next_name(&in, name);) {
        json_t *value = json_object_get(request, name);
        if (value != NULL && json_object_set(cursors, name, value) != 0) {
            json_decref(cursors);
            cursors = NULL;
        }
    }
    return cursors;
}

int paging_set(const struct usersig_rest_api *api, json_t *request, const json_t *cursors)
{
    char name[NAME_SIZE];
    size_t n = 0;
    for (const char *in = api->cursor_in; next_name(&in, name);) {
        json_t *value = json_object_get(cursors, name);
        if (value == NULL)
            json_object_del(request, name);
        else if (json_object_set(request, name, value) != 0)
            return -1;
        n += value != NULL;
    }
    return n == json_object_size(cursors) ? 0 : -1;
}

json_int_t paging_total(const json_t *answer)
{
    static const char *const names[] = { "TotalCount", "MemberNum", "FriendNum", "UserNum" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_int_t total = json_integer_value(json_object_get(answer, names[i]));
        if (total > 0)
            return total;
    }
    return 0;
}
