#include "body.h"
#include "exits.h"
#include "output.h"
#include "readall.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usersig.h>

#define NAME_MAX_BYTES 128
#define DEPTH_MAX 16
#define FILE_MAX (5u << 20) /* bytes; what is documented of pictures */

static int no_memory(void)
{
    return output_fail(USERSIG_ERR_MEMORY, "no memory");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int parse_object(const char *text, size_t len, const char *name, json_t **value)
{
    json_error_t error;
    *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(*value))
        return 0;
    if (*value != NULL) {
        json_decref(*value);
        *value = NULL;
        return output_fail(EXITS_DATA, "%s is JSON, but no object {...}, which every request is", name);
    }
    return output_fail(EXITS_DATA, "%s is no JSON: line %d, column %d: %s", name, error.line, error.column,
                       error.text);
}

int body_read(const char *word, char **text, json_t **value)
{
    const char *name = word[0] == '@' ? word + 1 : strcmp(word, "-") == 0 ? "standard input" : "the body";
    size_t len = strlen(word), start = 0;
    int status = 0;
    *text = NULL;
    *value = NULL;
    if (word[0] == '@')
        status = readall_file(word + 1, BODY_MAX, text, &len);
    else if (strcmp(word, "-") == 0)
        status = readall_open(STDIN_FILENO, name, BODY_MAX, text, &len);
    else if ((*text = strdup(word)) == NULL)
        status = no_memory();
    if (status == 0)
        status = parse_object(*text, len, name, value);
    if (status != 0) {
        free(*text);
        *text = NULL;
        return status;
    }
    while (len > 0 && is_space((*text)[len - 1]))
        len--;
    while (is_space((*text)[start]))
        start++;
    memmove(*text, *text + start, len - start);
    (*text)[len - start] = '\0';
    return 0;
}

static int file_value(const char *path, json_t **value)
{
    char *bytes;
    size_t len;
    int status = readall_file(path, FILE_MAX, &bytes, &len);
    if (status != 0)
        return status;
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = malloc(size);
    if (encoded != NULL)
        sodium_bin2base64(encoded, size, (const unsigned char *)bytes, len, sodium_base64_VARIANT_ORIGINAL);
    *value = encoded == NULL ? NULL : json_stringn(encoded, size - 1);
    free(encoded);
    free(bytes);
    return *value == NULL ? no_memory() : 0;
}

static int json_value(const char *name, const char *text, json_t **value)
{
    json_error_t error;
    *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (*value != NULL)
        return 0;
    return output_fail(EXITS_DATA, "%s:= takes JSON (for a text write %s=TEXT): %s", name, name, error.text);
}

/* "@TGS#1" is the name of a group, which nobody means as a file. */
static bool is_reserved(const char *text)
{
    static const char *const forms[] = { "@TGS#", "@RBT#", "@TOA#", "@TIM#" };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(text, forms[i], strlen(forms[i])) == 0)
            return true;
    return false;
}

static int text_value(const char *name, const char *text, json_t **value)
{
    if (text[0] == '@' && text[1] != '@' && !is_reserved(text))
        return file_value(text + 1, value);
    *value = json_string(strncmp(text, "@@", 2) == 0 ? text + 1 : text);
    return *value != NULL ? 0 : output_fail(EXITS_DATA, "%s= takes text in UTF-8, which this is not", name);
}

/* The place of an array that name is; its size: a further one at the end. */
static bool is_index(const json_t *array, const char *name, size_t *index)
{
    char *end;
    unsigned long n = strtoul(name, &end, 10);
    *index = n;
    return name[0] >= '0' && name[0] <= '9' && *end == '\0' && n <= json_array_size(array);
}

static json_t *get(const json_t *node, const char *name)
{
    size_t index;
    if (json_is_array(node))
        return is_index(node, name, &index) ? json_array_get(node, index) : NULL;
    return json_object_get(node, name);
}

/* Takes the reference to value. */
static int put(json_t *node, const char *name, json_t *value)
{
    size_t index;
    if (json_is_object(node) && json_object_set_new(node, name, value) == 0)
        return 0;
    if (json_is_object(node))
        return output_fail(EXITS_DATA, "the field \"%.64s\" cannot be set: is its name UTF-8?", name);
    if (json_is_array(node) && is_index(node, name, &index))
        return (index < json_array_size(node) ? json_array_set_new(node, index, value)
                                              : json_array_append_new(node, value)) == 0
                   ? 0
                   : no_memory();
    json_decref(value);
    return output_fail(
        EXITS_DATA, "\"%.64s\" has no place: what is before its dot is no object, or a shorter array", name);
}

/* Takes the reference to field_value. */
static int set(json_t *node, char *path, json_t *field_value)
{
    char *dot, *name = path;
    int status = 0;
    for (int depth = 0; status == 0 && (dot = strchr(name, '.')) != NULL; depth++) {
        *dot = '\0';
        if (depth == DEPTH_MAX || *name == '\0' || dot[1] == '\0')
            status = output_fail(EXITS_USAGE, "a name with dots is a.b=VALUE: b in a");
        else if (get(node, name) == NULL)
            status = put(node, name, json_object());
        node = get(node, name);
        name = dot + 1;
    }
    if (status == 0)
        return put(node, name, field_value);
    json_decref(field_value);
    return status;
}

int body_field(json_t *value, const char *field)
{
    char name[NAME_MAX_BYTES + 1];
    json_t *field_value;
    const char *equals = strchr(field, '=');
    size_t len = equals == NULL ? 0 : (size_t)(equals - field);
    bool json = len > 0 && field[len - 1] == ':';
    len -= json ? 1 : 0;
    if (len == 0 || len > NAME_MAX_BYTES)
        return output_fail(
            EXITS_USAGE,
            "\"%.64s\" is no field: write NAME=TEXT, NAME:=JSON, NAME=@FILE, or -d for a whole "
            "body",
            field);
    memcpy(name, field, len);
    name[len] = '\0';
    int status =
        json ? json_value(name, equals + 1, &field_value) : text_value(name, equals + 1, &field_value);
    return status != 0 ? status : set(value, name, field_value);
}

int body_text(const json_t *value, char **text)
{
    *text = json_dumps(value, JSON_COMPACT);
    if (*text == NULL)
        return no_memory();
    if (strlen(*text) <= BODY_MAX)
        return 0;
    free(*text);
    *text = NULL;
    return output_fail(EXITS_DATA, "the body is longer than %u bytes", BODY_MAX);
}
