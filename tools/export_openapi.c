/* export_openapi.c: an OpenAPI document, version 3.1. */
#include "export.h"
#include "apiname.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>
#include <usersig_rest.h>

static json_t *schema_of(json_t *example);

/* Every field of a least body is needed. */
static json_t *schema_of_object(json_t *example)
{
    const char *key;
    json_t *value, *properties = json_object(), *required = json_array();
    json_object_foreach(example, key, value)
    {
        json_object_set_new(properties, key, schema_of(value));
        json_array_append_new(required, json_string(key));
    }
    if (json_object_size(properties) != 0)
        return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required", required);
    json_decref(properties);
    json_decref(required);
    return json_pack("{s:s}", "type", "object");
}

/* The schema of an example. */
static json_t *schema_of(json_t *example)
{
    switch (json_typeof(example)) {
    case JSON_OBJECT: return schema_of_object(example);
    case JSON_ARRAY:
        return json_array_size(example) == 0
                   ? json_pack("{s:s}", "type", "array")
                   : json_pack("{s:s, s:o}", "type", "array", "items", schema_of(json_array_get(example, 0)));
    case JSON_INTEGER: return json_pack("{s:s}", "type", "integer");
    case JSON_REAL: return json_pack("{s:s}", "type", "number");
    case JSON_TRUE:
    case JSON_FALSE: return json_pack("{s:s}", "type", "boolean");
    case JSON_STRING:
    case JSON_NULL:
    default: return json_pack("{s:s}", "type", "string");
    }
}

static json_t *operation(const struct usersig_rest_api *api)
{
    json_t *example = json_loads(api->min_body, 0, NULL);
    json_t *body = json_pack("{s:b, s:{s:{s:o, s:O}}}", "required", 1, "content", "application/json",
                             "schema", example != NULL ? schema_of(example) : NULL, "example", example);
    json_decref(example);
    json_t *whole =
        json_pack("{s:o, s:s, s:[s], s:o, s:{s:{s:s}}, s:s}", "operationId",
                  json_sprintf("%s_%s", api->service, api->command), "summary", api->title, "tags",
                  api->group, "requestBody", body, "responses", "200", "$ref",
                  "#/components/responses/Answer", "x-usersig-kind", usersig_rest_kind_name(api->kind));
    if (whole != NULL && api->rate != 0)
        json_object_set_new(whole, "x-usersig-rate", json_integer(api->rate));
    return whole;
}

static json_t *paths(void)
{
    json_t *all = json_object();
    char path[2 * USERSIG_URL_NAME_MAX + 8];
    const struct usersig_rest_api *api = NULL;
    while ((api = usersig_rest_next(api)) != NULL) {
        snprintf(path, sizeof path, "/v4/%s/%s", api->service, api->command);
        json_object_set_new(all, path,
                            json_pack("{s:[{s:s}, {s:s}, {s:s}, {s:s}], s:o}", "parameters", "$ref",
                                      "#/components/parameters/sdkappid", "$ref",
                                      "#/components/parameters/identifier", "$ref",
                                      "#/components/parameters/random", "$ref",
                                      "#/components/parameters/contenttype", "post", operation(api)));
    }
    return all;
}

static json_t *servers(const struct export *export)
{
    json_t *hosts = json_array();
    const char *name;
    bool known = false;
    for (size_t i = 0; (name = usersig_region_name(i)) != NULL; i++)
        for (int standby = 0; standby < 2; standby++) {
            const char *host = usersig_region_host(name, standby);
            known |= strcmp(host, export->host) == 0;
            json_array_append_new(hosts, json_string(host));
        }
    if (!known)
        json_array_append_new(hosts, json_string(export->host));
    return json_pack("[{s:s, s:s, s:{s:{s:s, s:o}}}]", "url", "https://{host}", "description",
                     "the host of the app's data centre, or its standby host", "variables", "host", "default",
                     export->host, "enum", hosts);
}

static json_t *tags(void)
{
    json_t *all = json_array();
    for (const char *group = NULL; (group = apiname_next_group(group)) != NULL;)
        json_array_append_new(all, json_pack("{s:s}", "name", group));
    return all;
}

static json_t *parameter(const char *name, const char *description, json_t *schema)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", name, "in", "query", "required", 1, "description",
                     description, "schema", schema);
}

static json_t *number(json_int_t least)
{
    return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", least, "maximum",
                     (json_int_t)UINT32_MAX);
}

static json_t *parameters(const struct export *export)
{
    json_t *sdkappid = number(1);
    if (export->sdkappid[0] != '\0')
        json_object_set_new(sdkappid, "default", json_integer(strtoll(export->sdkappid, NULL, 10)));
    return json_pack(
        "{s:o, s:o, s:o, s:o}", "sdkappid", parameter("sdkappid", "the app", sdkappid), "identifier",
        parameter("identifier", "an administrator of the app, whose usersig is sent",
                  json_pack("{s:s, s:i, s:i, s:s}", "type", "string", "minLength", 1, "maxLength",
                            USERSIG_IDENTIFIER_MAX, "default", export->identifier)),
        "random", parameter("random", "any number, another for each request", number(0)), "contenttype",
        parameter("contenttype", "always json", json_pack("{s:s, s:[s]}", "type", "string", "enum", "json")));
}

static json_t *answer(void)
{
    return json_pack("{s:s, s:[s, s, s], s:{s:{s:s, s:[s, s]}, s:{s:s, s:s}, s:{s:s}}}", "type", "object",
                     "required", "ActionStatus", "ErrorCode", "ErrorInfo", "properties", "ActionStatus",
                     "type", "string", "enum", "OK", "FAIL", "ErrorCode", "type", "integer", "description",
                     "0 is success; the HTTP status is 200 for every answer", "ErrorInfo", "type", "string");
}

json_t *export_openapi(const struct export *export)
{
    json_t *response =
        json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", "Answered; ErrorCode says how it went", "content",
                  "application/json", "schema", "$ref", "#/components/schemas/Answer");
    json_t *security =
        json_pack("{s:s, s:s, s:s, s:s}", "type", "apiKey", "in", "query", "name", "usersig", "description",
                  "the usersig of the administrator in identifier: a credential");
    json_t *components =
        json_pack("{s:o, s:{s:o}, s:{s:o}, s:{s:o}}", "parameters", parameters(export), "schemas", "Answer",
                  answer(), "responses", "Answer", response, "securitySchemes", "usersig", security);
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:[{s:[]}], s:o, s:o, s:o}", "openapi", "3.1.0", "info",
                     "title", "Tencent Cloud Chat REST API", "version", usersig_version(), "description",
                     "The calls of the catalogue of usersig, with their least bodies. Not a document of the "
                     "service's owner.",
                     "servers", servers(export), "security", "usersig", "tags", tags(), "paths", paths(),
                     "components", components);
}
