/* fuzz_json.c: flatjson against jansson: takes the same objects with the same strings; names are unique, texts lie inside
 * the buffer, and it comes to an end. */
#include "fuzz.h"

#include "flatjson.h"
#include "utf8.h"

#include <jansson.h>
#include <stdbool.h>

static struct flatjson_member members[FLATJSON_MEMBERS_MAX];

static bool inside(const struct flatjson_text *text, const char *buffer, size_t size)
{
    return text->bytes >= buffer && text->bytes <= buffer + size &&
           text->len <= (size_t)(buffer + size - text->bytes);
}

static bool equal(const struct flatjson_text *a, const struct flatjson_text *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static const char *word_of(const json_t *value)
{
    return json_is_true(value) ? "true" : json_is_false(value) ? "false" : "null";
}

static void same_value(const struct flatjson_member *ours, const json_t *theirs)
{
    struct flatjson_text text = { json_string_value(theirs), json_string_length(theirs) };
    switch (ours->type) {
    case FLATJSON_STRING: FUZZ_MUST(json_is_string(theirs) && equal(&ours->value, &text)); break;
    case FLATJSON_NUMBER: FUZZ_MUST(json_is_number(theirs)); break;
    default:
        text = (struct flatjson_text){ word_of(theirs), strlen(word_of(theirs)) };
        FUZZ_MUST(!json_is_string(theirs) && !json_is_number(theirs) && equal(&ours->value, &text));
        break;
    }
}

/* One flat object that flatjson has room for. */
static bool is_flat(json_t *object)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object) || json_object_size(object) > FLATJSON_MEMBERS_MAX)
        return false;
    json_object_foreach(object, name, value) if (json_is_object(value) || json_is_array(value)) return false;
    return true;
}

/* Without NUL, which jansson takes in no name. */
static const json_t *value_of(const json_t *object, const struct flatjson_text *name)
{
    char *terminated = fuzz_room(name->len + 1);
    memcpy(terminated, name->bytes, name->len);
    terminated[name->len] = '\0';
    const json_t *value = json_object_get(object, terminated);
    free(terminated);
    return value;
}

static void like_jansson(const uint8_t *data, size_t size, bool taken, size_t n)
{
    json_error_t error;
    json_t *object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!object) {
        /* of what is right, it has no room for some numbers and for NUL in names */
        enum json_error_code code = json_error_code(&error);
        FUZZ_MUST(!taken || code == json_error_numeric_overflow || code == json_error_null_byte_in_key);
        return;
    }
    /* behind a number it takes a NUL for nothing */
    FUZZ_MUST(is_flat(object) == taken || (!taken && memchr(data, 0, size)));
    for (size_t i = 0; taken && i < n; i++) {
        const json_t *value = value_of(object, &members[i].name);
        FUZZ_MUST(value != NULL);
        same_value(&members[i], value);
    }
    FUZZ_MUST(!taken || json_object_size(object) == n);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct flatjson json;
    struct flatjson_member member;
    size_t n = 0;
    int more;
    flatjson_begin(&json, text, size);
    while ((more = flatjson_next(&json, &member)) == 1) {
        FUZZ_MUST(n < FLATJSON_MEMBERS_MAX);
        FUZZ_MUST(inside(&member.name, text, size) && utf8_valid(member.name.bytes, member.name.len));
        FUZZ_MUST(inside(&member.value, text, size) && utf8_valid(member.value.bytes, member.value.len));
        for (size_t i = 0; i < n; i++)
            FUZZ_MUST(!equal(&members[i].name, &member.name));
        members[n++] = member;
    }
    FUZZ_MUST(more == 0 || more == -1);
    like_jansson(data, size, more == 0, n);
    free(text);
    return 0;
}
