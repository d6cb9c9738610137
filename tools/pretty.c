#include "pretty.h"
#include "output.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDENT 2

bool pretty_has_colours(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           isatty(STDOUT_FILENO) == 1;
}

static void scalar(const json_t *value, const char *colour)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    if (colour != NULL)
        printf("\033[%sm", colour);
    if (text != NULL)
        output_text(text, strlen(text));
    if (colour != NULL)
        fputs("\033[0m", stdout);
    free(text);
}

static void key(const char *name, bool colours)
{
    json_t *text = json_string(name);
    scalar(text, colours ? "36" : NULL);
    json_decref(text);
    fputs(": ", stdout);
}

static void new_line(int depth)
{
    printf("\n%*s", depth * INDENT, "");
}

static void print(const json_t *value, bool colours, int depth);

static void print_object(json_t *object, bool colours, int depth)
{
    const char *name, *separator = "{";
    json_t *member;
    json_object_foreach(object, name, member)
    {
        fputs(separator, stdout);
        new_line(depth + 1);
        key(name, colours);
        print(member, colours, depth + 1);
        separator = ",";
    }
    new_line(depth);
    putchar('}');
}

static void print_array(const json_t *array, bool colours, int depth)
{
    const char *separator = "[";
    const json_t *item;
    size_t i;
    json_array_foreach(array, i, item)
    {
        fputs(separator, stdout);
        new_line(depth + 1);
        print(item, colours, depth + 1);
        separator = ",";
    }
    new_line(depth);
    putchar(']');
}

static void print(const json_t *value, bool colours, int depth)
{
    if (json_object_size(value) > 0)
        print_object((json_t *)(uintptr_t)value, colours, depth);
    else if (json_array_size(value) > 0)
        print_array(value, colours, depth);
    else
        scalar(value, !colours ? NULL : json_is_string(value) ? "32" : json_is_number(value) ? "33" : "35");
}

void pretty_print(const json_t *value, bool colours)
{
    print(value, colours, 0);
    putchar('\n');
}
