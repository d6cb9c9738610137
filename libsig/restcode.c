/* restcode.c: the ErrorCodes of the REST API. */
#include "usersig_rest.h"

#include "restcode_table.h"

const struct usersig_rest_code *usersig_rest_code_find(int code)
{
    size_t first = 0, end = RESTCODE_ROWS;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        const struct usersig_rest_code *row = &restcode_table[middle];
        if (code >= row->code && code <= row->last)
            return row;
        if (code < row->code)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

const struct usersig_rest_code *usersig_rest_code_next(const struct usersig_rest_code *previous)
{
    if (!previous)
        return restcode_table;
    return previous == &restcode_table[RESTCODE_ROWS - 1] ? NULL : previous + 1;
}

/* clang-format off */
static const struct {
    const char *name, *advice;
} restcode_classes[] = {
    [USERSIG_REST_FIX] = { "fix", "the same request fails again: mend what the meaning names" },
    [USERSIG_REST_BACK_OFF] = { "back-off", "call less often, and try again after a while that grows from try to try" },
    [USERSIG_REST_TRANSIENT] = { "transient", "a fault of the moment inside the service: try again" },
    [USERSIG_REST_CREDENTIAL] = { "credential", "make a new usersig and try once more" },
    [USERSIG_REST_WAIT] = { "wait", "wait a minute before anything is sent again" },
    [USERSIG_REST_LATER] = { "later", "it may pass: try again later, when repeating the call does no harm" },
    [USERSIG_REST_UNSURE] = { "unsure", "the documents do not say whether it passes: try again later, once" },
};
/* clang-format on */
#define RESTCODE_CLASSES (sizeof restcode_classes / sizeof restcode_classes[0])

const char *usersig_rest_class_name(uint32_t class)
{
    return class > 0 && class < RESTCODE_CLASSES ? restcode_classes[class].name : "unknown";
}

const char *usersig_rest_class_advice(uint32_t class)
{
    return class > 0 && class < RESTCODE_CLASSES ? restcode_classes[class].advice
                                                 : "the service's tables do not have it";
}
