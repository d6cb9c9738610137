#include "call_line.h"
#include "body.h"
#include "caller.h"
#include "exits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *title_of(int code, const char **name)
{
    switch (code) {
    case EXITS_SERVICE: *name = "service"; return "the service refuses it";
    case EXITS_UNCERTAIN: *name = "uncertain"; return "it may have been done or not: no answer came";
    case EXITS_LATER: *name = "later"; return "not now: try again later";
    case EXITS_UNREACHABLE: *name = "unreachable"; return "no answer came";
    case EXITS_PROTOCOL: *name = "protocol"; return "the answer makes no sense";
    default: *name = "failed"; return "it was not done";
    }
}

/* Copies a name; it goes into a URL, where libsig judges it. */
static bool set_name(char to[static USERSIG_URL_NAME_MAX + 1], const char *from, size_t len)
{
    if (len == 0 || len > USERSIG_URL_NAME_MAX)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

bool call_line_name(struct call_line *line, const char *word)
{
    const char *slash = strchr(word, '/');
    if (slash == NULL || !set_name(line->service, word, (size_t)(slash - word)) ||
        !set_name(line->command, slash + 1, strlen(slash + 1))) {
        line->service[0] = line->command[0] = '\0';
        return fault_claims(&line->fault, USERSIG_ERR_REQUEST,
                            "the call is SERVICE/COMMAND, as in openim/sendmsg");
    }
    line->api = usersig_rest_find(line->service, line->command);
    return true;
}

static bool take_names(struct call_line *line, const json_t *value)
{
    const char *service = json_string_value(json_object_get(value, "service"));
    const char *command = json_string_value(json_object_get(value, "command"));
    char word[2 * USERSIG_URL_NAME_MAX + 2];
    if (command == NULL)
        return fault_field(&line->fault,
                           "command is missing, or no string; or say SERVICE/COMMAND behind --batch");
    int n = snprintf(word, sizeof word, "%s%s%s", service != NULL ? service : "", service != NULL ? "/" : "",
                     command);
    return call_line_name(line, n > 0 && (size_t)n < sizeof word ? word : "");
}

static bool take_members(struct call_line *line, const json_t *value)
{
    const char *name;
    json_t *member;
    const json_t *body = json_object_get(value, "body");
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        if (strcmp(name, "service") != 0 && strcmp(name, "command") != 0 && strcmp(name, "body") != 0)
            return fault_field(&line->fault, "no member %.64s; there are service, command and body", name);
    }
    if (!take_names(line, value))
        return false;
    if (body != NULL && !json_is_object(body))
        return fault_field(&line->fault, "body must be an object");
    if (body == NULL && (line->api == NULL || strcmp(line->api->min_body, "{}") != 0))
        return fault_field(&line->fault, "body is missing, as in %.400s",
                           line->api != NULL ? line->api->min_body : "{}");
    line->body = body != NULL ? json_dumps(body, JSON_COMPACT) : strdup("{}");
    return line->body != NULL || fault_claims(&line->fault, USERSIG_ERR_MEMORY, "no memory");
}

bool call_line_read(struct call_line *line, const struct call_line *named, const char *text, size_t len)
{
    json_error_t error;
    *line = (struct call_line){ 0 };
    if (named != NULL)
        *line = *named;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    bool good = json_is_object(value);
    if (value == NULL)
        fault_json(&line->fault, "%s, at byte %d", error.text, error.position);
    else if (!good)
        fault_json(&line->fault, "it is another JSON value");
    if (good && named == NULL) {
        good = take_members(line, value);
    } else if (good) {
        line->body = strndup(text, len);
        good = line->body != NULL || fault_claims(&line->fault, USERSIG_ERR_MEMORY, "no memory");
    }
    if (good && strlen(line->body) > BODY_MAX)
        good = fault_field(&line->fault, "the body has more than %u bytes", BODY_MAX);
    json_decref(value);
    return good;
}

void call_line_free(struct call_line *line)
{
    free(line->body);
    line->body = NULL;
}

static void put_value(struct text *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
    out->failed |= text == NULL;
    if (text != NULL)
        text_adds(out, text);
    free(text);
}

static void put_error(struct text *out, const struct call_line *line, const struct caller_answer *answer)
{
    const char *name;
    struct fault fault = line->fault;
    if (answer != NULL) {
        const char *title = title_of(answer->status, &name);
        fault_set(&fault, answer->status, name, title, answer->message);
    }
    text_adds(out, ",\"error\":");
    fault_put(out, &fault);
}

void call_line_put(struct text *out, const struct call_line *line, uint64_t number,
                   const struct caller_answer *answer)
{
    text_adds(out, "{\"line\":");
    text_number(out, number);
    text_adds(out, ",\"command\":");
    if (line->command[0] != '\0') {
        char word[2 * USERSIG_URL_NAME_MAX + 2];
        int n = snprintf(word, sizeof word, "%s/%s", line->service, line->command);
        text_json(out, word, (size_t)n);
    } else {
        text_adds(out, "null");
    }
    if (answer != NULL && answer->answered) {
        text_adds(out, ",\"answer\":");
        put_value(out, answer->value);
    }
    if (answer == NULL || answer->status != 0)
        put_error(out, line, answer);
    text_add(out, "}\n", 2);
}
