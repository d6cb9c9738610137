#include "apijson.h"

#include <string.h>

static json_t *names(const char *text)
{
    json_t *array = json_array();
    for (size_t len; *text != '\0'; text += len + (text[len] == ',')) {
        len = strcspn(text, ",");
        json_array_append_new(array, json_stringn(text, len));
    }
    return array;
}

static json_t *pages(const struct usersig_rest_api *api)
{
    return json_pack("{s:o, s:o, s:o, s:s?, s:s?, s:o}", "items", names(api->items), "cursor_in",
                     names(api->cursor_in), "cursor_out", names(api->cursor_out), "complete", api->complete,
                     "limit", api->limit, "limit_max",
                     api->limit_max != 0 ? json_integer(api->limit_max) : json_null());
}

json_t *apijson_of(const struct usersig_rest_api *api)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "service", api->service, "command", api->command, "group",
        api->group, "title", api->title, "kind", usersig_rest_kind_name(api->kind), "rate",
        api->rate != 0 ? json_integer(api->rate) : json_null(), "min_body",
        json_loads(api->min_body, 0, NULL), "pages", api->items != NULL ? pages(api) : json_null());
}
