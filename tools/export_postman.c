/* export_postman.c: a Postman collection, format 2.1. */
#include "export.h"
#include "apiname.h"

#include <stdlib.h>
#include <string.h>
#include <usersig_rest.h>

#define SCHEMA "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

static json_t *variable(const char *key, const char *value, const char *description)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "key", key, "value", value, "type", "string", "description",
                     description);
}

/* The query that every request has. */
static json_t *query(void)
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "key", "sdkappid",
                     "value", "{{sdkappid}}", "key", "identifier", "value", "{{identifier}}", "key",
                     "usersig", "value", "{{usersig}}", "key", "random", "value", "{{random}}", "key",
                     "contenttype", "value", "json");
}

static json_t *url(const struct usersig_rest_api *api)
{
    json_t *raw = json_sprintf("https://{{host}}/v4/%s/%s?sdkappid={{sdkappid}}&identifier={{identifier}}"
                               "&usersig={{usersig}}&random={{random}}&contenttype=json",
                               api->service, api->command);
    return json_pack("{s:o, s:s, s:[s], s:[s, s, s], s:o}", "raw", raw, "protocol", "https", "host",
                     "{{host}}", "path", "v4", api->service, api->command, "query", query());
}

static json_t *description(const struct usersig_rest_api *api)
{
    if (api->rate == 0)
        return json_sprintf("%s (%s)", api->title, usersig_rest_kind_name(api->kind));
    return json_sprintf("%s (%s; at most %u requests a second)", api->title,
                        usersig_rest_kind_name(api->kind), (unsigned)api->rate);
}

static json_t *request(const struct usersig_rest_api *api)
{
    char *text = export_body(api->min_body, 4);
    json_t *body = json_pack("{s:s, s:s, s:{s:{s:s}}}", "mode", "raw", "raw", text != NULL ? text : "",
                             "options", "raw", "language", "json");
    free(text);
    return json_pack("{s:s, s:[{s:s, s:s}], s:o, s:o, s:o}", "method", "POST", "header", "key",
                     "Content-Type", "value", "application/json", "body", body, "url", url(api),
                     "description", description(api));
}

static json_t *folder(const char *group)
{
    json_t *items = json_array();
    const struct usersig_rest_api *api = NULL;
    while ((api = usersig_rest_next(api)) != NULL)
        if (strcmp(api->group, group) == 0)
            json_array_append_new(items, json_pack("{s:o, s:o, s:[]}", "name",
                                                   json_sprintf("%s/%s", api->service, api->command),
                                                   "request", request(api), "response"));
    return json_pack("{s:s, s:o}", "name", group, "item", items);
}

static json_t *event(const char *listen, const json_t *lines)
{
    return json_pack("{s:s, s:{s:s, s:O}}", "listen", listen, "script", "type", "text/javascript", "exec",
                     lines);
}

json_t *export_postman(const struct export *export)
{
    json_t *folders = json_array(), *events = json_array();
    json_t *before = json_pack("[s]", "pm.variables.set('random', Math.floor(Math.random() * 4294967296));");
    json_t *after =
        json_pack("[s, s, s, s]", "pm.test('ErrorCode 0', () => {", "    pm.response.to.have.status(200);",
                  "    pm.expect(pm.response.json()).to.have.property('ErrorCode', 0);", "});");
    for (const char *group = NULL; (group = apiname_next_group(group)) != NULL;)
        json_array_append_new(folders, folder(group));
    json_array_append_new(events, event("prerequest", before));
    json_array_append_new(events, event("test", after));
    json_decref(before);
    json_decref(after);
    return json_pack(
        "{s:{s:s, s:s, s:s}, s:o, s:o, s:[o, o, o, o]}", "info", "name", "Tencent Cloud Chat REST API",
        "description",
        "Every call with its least body. Set the variable usersig to what `usersig admin` prints, as a secret "
        "of an environment: it is a credential. random is set anew for each request.",
        "schema", SCHEMA, "item", folders, "event", events, "variable",
        variable("host", export->host, "the host of the app's data centre"),
        variable("sdkappid", export->sdkappid, "the app"),
        variable("identifier", export->identifier, "an administrator of the app"),
        variable("usersig", "", "that administrator's usersig: keep it in an environment, as a secret"));
}
