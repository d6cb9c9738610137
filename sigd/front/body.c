/* body.c: JSON bodies of requests. */
#include "body.h"

#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_known(const char *name, const char *const members[])
{
    while (*members && strcmp(*members, name) != 0)
        members++;
    return *members != NULL;
}

static void refuse_member(struct conn *conn, const char *name, const char *const members[])
{
    char shown[QUERY_NAME_SIZE], known[128] = "";
    size_t len = 0;
    for (; *members && len < sizeof known; members++)
        len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", *members);
    reply_problem(conn, PROBLEM_FIELD, "unknown member%s in the body; known are: %s",
                  query_name(shown, name, strlen(name)), known);
}

/* Where jansson finds no memory it says that the text is malformed, or nothing, or leaves bytes out of a string. */
static bool starved;

static void *take(size_t size)
{
    void *memory = malloc(size);
    starved |= !memory;
    return memory;
}

json_t *body_read(struct conn *conn, const char *const members[])
{
    json_error_t error;
    const char *name;
    json_t *value;
    starved = false;
    json_set_alloc_funcs(take, free);
    json_t *object = json_loadb(conn->call.body, (size_t)conn->request.content_length,
                                JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (starved) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "there is no memory for the body");
        json_decref(object);
        return NULL;
    }
    if (!object && json_error_code(&error) == json_error_numeric_overflow) {
        reply_problem(conn, PROBLEM_FIELD, "a number in the body is out of range (near byte %d)",
                      error.position);
        return NULL;
    }
    if (!json_is_object(object)) {
        /* jansson's own text may quote the body, and so a credential */
        reply_problem(conn, PROBLEM_BAD_REQUEST,
                      "the body is not one JSON object with unique names (near byte %d)",
                      object ? 1 : error.position);
        json_decref(object);
        return NULL;
    }
    json_object_foreach(object, name, value)
    {
        if (is_known(name, members))
            continue;
        refuse_member(conn, name, members);
        json_decref(object);
        return NULL;
    }
    return object;
}

const char *body_string(struct conn *conn, const json_t *object, const char *name, bool required, size_t *len,
                        bool *refused)
{
    const json_t *value = json_object_get(object, name);
    *len = 0;
    *refused = value ? !json_is_string(value) : required;
    if (*refused) {
        reply_problem(conn, PROBLEM_FIELD, value ? "%s must be a string" : "%s is missing", name);
        return NULL;
    }
    if (!value)
        return NULL;
    *len = json_string_length(value);
    return json_string_value(value);
}
