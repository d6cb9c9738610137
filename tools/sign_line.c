#include "sign_line.h"
#include "options.h"

#include <inttypes.h>
#include <string.h>

void sign_line_default(struct sign_line *line, const struct options *options)
{
    *line = (struct sign_line){ .with_room = options_has(options, OPTION_ROOM | OPTION_ROOM_STRING),
                                .with_rights = options_has(options, OPTION_RIGHTS) };
    line->lifetime = options_has(options, OPTION_LIFETIME) ? options->lifetime : 0;
    line->room.number = (uint32_t)options->room;
    line->room.rights = line->with_rights ? (uint32_t)options->rights : USERSIG_RIGHTS_ALL;
    if (options_has(options, OPTION_ROOM_STRING)) {
        size_t len = strnlen(options->room_string, USERSIG_ROOM_NAME_MAX + 1);
        memcpy(line->room.name, options->room_string, len < sizeof line->room.name ? len : 0);
        line->room.name_len = len; /* one that is too long is refused with the room */
    }
}

/* A whole number from least to most. */
static bool number(struct sign_line *line, const char *name, const json_t *value, json_int_t least,
                   json_int_t most, json_int_t *to)
{
    *to = json_is_integer(value) ? json_integer_value(value) : least - 1;
    return (*to >= least && *to <= most) ||
           fault_field(&line->fault,
                       "%s must be a whole number from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT,
                       name, least, most);
}

static bool take_name(struct sign_line *line, const json_t *value)
{
    size_t len = json_string_length(value);
    if (!json_is_string(value) || len == 0 || len > USERSIG_ROOM_NAME_MAX)
        return fault_field(&line->fault, "room_string must be a string of 1 to %d bytes",
                           USERSIG_ROOM_NAME_MAX);
    memcpy(line->room.name, json_string_value(value), len);
    line->room.name_len = len;
    line->room.number = 0;
    line->with_room = true;
    return true;
}

static bool take_member(struct sign_line *line, const char *name, const json_t *value)
{
    json_int_t n;
    if (strcmp(name, "identifier") == 0) {
        if (!json_is_string(value))
            return fault_field(&line->fault, "identifier must be a string");
        line->identifier = json_string_value(value);
        line->len = json_string_length(value);
        return true;
    }
    if (strcmp(name, "lifetime") == 0) {
        if (json_is_integer(value) && json_integer_value(value) > USERSIG_LIFETIME_MAX)
            return fault_claims(&line->fault, USERSIG_ERR_LIFETIME,
                                "it is in seconds from now on, neither in milliseconds nor a date");
        if (!number(line, name, value, 1, USERSIG_LIFETIME_MAX, &n))
            return fault_claims(&line->fault, USERSIG_ERR_LIFETIME,
                                "lifetime must be a whole number of seconds");
        line->lifetime = (uint64_t)n;
        return true;
    }
    if (strcmp(name, "room") == 0) {
        if (!number(line, name, value, 1, UINT32_MAX, &n))
            return false;
        line->room.number = (uint32_t)n;
        line->room.name_len = 0;
        line->with_room = true;
        return true;
    }
    if (strcmp(name, "room_string") == 0)
        return take_name(line, value);
    if (strcmp(name, "rights") == 0) {
        if (!number(line, name, value, 1, USERSIG_RIGHTS_ALL, &n))
            return false;
        line->room.rights = (uint32_t)n;
        return line->with_rights = true;
    }
    return fault_field(&line->fault,
                       "no member %.64s; there are identifier, lifetime, room, room_string and rights", name);
}

static bool read_object(struct sign_line *line, const char *text, size_t len)
{
    json_error_t error;
    const char *name;
    json_t *value;
    bool good = true;
    line->value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (line->value == NULL)
        return fault_json(&line->fault,
                          "%s, at byte %d; an identifier that begins with { is written as JSON, too",
                          error.text, error.position);
    json_object_foreach(line->value, name, value)
    {
        good = good ? take_member(line, name, value) : false;
    }
    /* a line that is refused names its identifier all the same */
    const json_t *identifier = json_object_get(line->value, "identifier");
    line->identifier = json_string_value(identifier);
    line->len = json_string_length(identifier);
    if (good && line->identifier == NULL)
        return fault_field(&line->fault, "identifier is missing");
    if (good && json_object_get(line->value, "room") != NULL &&
        json_object_get(line->value, "room_string") != NULL)
        return fault_field(&line->fault, "a room has a number or a name: room or room_string");
    if (good && line->with_rights && !line->with_room)
        return fault_field(&line->fault, "rights are of a room: give room or room_string");
    return good;
}

bool sign_line_read(struct sign_line *line, const struct sign_line *defaults, const char *text, size_t len)
{
    *line = *defaults;
    if (len != 0 && text[0] == '{')
        return read_object(line, text, len);
    line->identifier = text;
    line->len = len;
    return true;
}

void sign_line_free(struct sign_line *line)
{
    json_decref(line->value);
    line->value = NULL;
}

static void put_identifier(struct text *out, const struct sign_line *line)
{
    text_adds(out, "{\"identifier\":");
    if (line->identifier != NULL)
        text_json(out, line->identifier, line->len);
    else
        text_adds(out, "null");
}

void sign_line_put(struct text *out, const struct sign_line *line, bool bare, const char *usersig, size_t len,
                   uint64_t issued_at, uint64_t expires_at)
{
    if (bare) {
        text_add(out, usersig, len);
        text_add(out, "\n", 1);
        return;
    }
    put_identifier(out, line);
    text_adds(out, ",\"usersig\":\"");
    text_add(out, usersig, len);
    text_adds(out, "\",\"issued_at\":");
    text_number(out, issued_at);
    text_adds(out, ",\"expires_at\":");
    text_number(out, expires_at);
    text_add(out, "}\n", 2);
}

void sign_line_put_fault(struct text *out, const struct sign_line *line, bool bare)
{
    if (!bare) {
        put_identifier(out, line);
        text_adds(out, ",\"error\":");
        fault_put(out, &line->fault);
        text_add(out, "}", 1);
    }
    text_add(out, "\n", 1);
}
