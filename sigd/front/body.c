/* body.c: JSON bodies of requests. */
#include "body.h"

#include "reply.h"

#include <string.h>

json_t *body_read(struct conn *conn, const char *const members[])
{
    json_error_t error;
    const char *name;
    json_t *value;
    json_t *object = json_loadb(conn->call.body, (size_t)conn->request.content_length,
                                JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
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
        const char *const *known = members;
        char shown[QUERY_NAME_SIZE];
        while (*known && strcmp(*known, name) != 0)
            known++;
        if (*known)
            continue;
        reply_problem(conn, PROBLEM_FIELD, "unknown member%s in the body; known are: %s%s%s%s%s",
                      query_name(shown, name, strlen(name)), members[0], members[1] ? ", " : "",
                      members[1] ? members[1] : "", members[1] && members[2] ? ", " : "",
                      members[1] && members[2] ? members[2] : "");
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
