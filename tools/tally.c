#include "tally.h"

#include <limits.h>
#include <string.h>

#define DEPTH_MAX 8

static void add(struct tally *tally, json_int_t code)
{
    size_t i = 0;
    if (code == 0 || code > INT_MAX || code < INT_MIN)
        return;
    while (i < tally->n && tally->rows[i].code != code)
        i++;
    if (i == TALLY_MAX)
        return;
    if (i == tally->n)
        tally->rows[tally->n++].code = (int)code;
    tally->rows[i].count++;
}

static void walk(struct tally *tally, json_t *value, int depth, int in_array)
{
    if (depth == DEPTH_MAX)
        return;
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            walk(tally, json_array_get(value, i), depth + 1, 1);
        return;
    }
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        if (in_array && json_is_integer(member) &&
            (strcmp(key, "ResultCode") == 0 || strcmp(key, "ErrorCode") == 0))
            add(tally, json_integer_value(member));
        else if (json_is_array(member) || json_is_object(member))
            walk(tally, member, depth + 1, in_array);
    }
}

void tally_count(struct tally *tally, json_t *answer)
{
    walk(tally, answer, 0, 0);
}
