/* body.c: JSON bodies of requests. */
#include "body.h"

#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 20000

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

/* Has it more values than a batch may need, twice over? A megabyte of them takes jansson a tenth of a second, in which
 * nobody else has a turn; to count takes a millisecond. */
static bool is_crowded(const char *body, size_t len)
{
    size_t values = 1; /* what is nested too deep is soon refused by itself */
    bool in_string = false;
    if (len <= VALUES_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (body[i] == '"')
            in_string = !in_string;
        else if (in_string)
            i += body[i] == '\\';
        else
            values += body[i] == ',';
    }
    return values > VALUES_MAX;
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
    if (is_crowded(conn->call.body, (size_t)conn->request.content_length)) {
        reply_problem(conn, PROBLEM_FIELD,
                      "the body holds more than %d values; a batch may have 10000 identifiers", VALUES_MAX);
        return NULL;
    }
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

/* Takes a literal off the front of the rest. */
static bool takes(const char **at, const char *end, const char *literal, size_t len)
{
    if ((size_t)(end - *at) < len || memcmp(*at, literal, len) != 0)
        return false;
    *at += len;
    return true;
}

/* The name of a member and what is behind it up to its value, which may begin after a space. */
static bool takes_name(const char **at, const char *end, const char *name)
{
    if (!takes(at, end, "\"", 1) || !takes(at, end, name, strlen(name)) || !takes(at, end, "\":", 2))
        return false;
    takes(at, end, " ", 1);
    return true;
}

/* A string without escapes and bytes over 0x7E. */
static bool takes_plain(const char **at, const char *end, size_t *len)
{
    if (!takes(at, end, "\"", 1))
        return false;
    const char *text = *at, *to = text;
    while (to < end && *to >= ' ' && *to < 0x7F && *to != '"' && *to != '\\')
        to++;
    if (to == end || *to != '"')
        return false;
    *len = (size_t)(to - text);
    *at = to + 1;
    return true;
}

const char *body_only(const struct conn *conn, const char *name, size_t *len)
{
    const char *at = conn->call.body, *end = at + conn->request.content_length;
    if (!takes(&at, end, "{", 1) || !takes_name(&at, end, name) || !takes_plain(&at, end, len))
        return NULL;
    const char *text = at - 1 - *len;
    return takes(&at, end, "}", 1) && at == end ? text : NULL;
}

/* A number of few digits, which is read here as anywhere else. */
static bool takes_lifetime(const char **at, const char *end, uint32_t *value)
{
    const char *first = *at;
    for (*value = 0; *at < end && **at >= '0' && **at <= '9' && *at - first < 9; (*at)++)
        *value = *value * 10 + (uint32_t)(**at - '0');
    return *at > first && (*first != '0' || *at == first + 1);
}

bool body_strings(const struct conn *conn, const char *name, size_t most, struct body_strings *found)
{
    const char *at = conn->call.body, *end = at + conn->request.content_length;
    size_t len;
    *found = (struct body_strings){ 0 };
    if (!takes(&at, end, "{", 1) || !takes_name(&at, end, name) || !takes(&at, end, "[", 1))
        return false;
    do {
        takes(&at, end, " ", 1);
        if (!found->n)
            found->first = at + 1;
        if (!takes_plain(&at, end, &len))
            return false;
        found->n++;
        found->len += len;
    } while (found->n <= most && takes(&at, end, ",", 1));
    if (found->n > most || !takes(&at, end, "]", 1))
        return false;
    if (takes(&at, end, ",", 1)) {
        takes(&at, end, " ", 1);
        found->has_lifetime = true;
        if (!takes_name(&at, end, "lifetime") || !takes_lifetime(&at, end, &found->lifetime))
            return false;
    }
    return takes(&at, end, "}", 1) && at == end;
}

const char *body_strings_next(const char **at, size_t *len)
{
    const char *text = *at;
    const char *to = text;
    while (*to != '"')
        to++;
    *len = (size_t)(to++ - text);
    to += *to == ',';
    to += *to == ' ';
    *at = to + 1; /* behind the next one's mark, or the list's end */
    return text;
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
