/* tally.h: the ErrorCodes of the items in an answer. */
#ifndef TOOLS_TALLY_H
#define TOOLS_TALLY_H

#include <jansson.h>
#include <stddef.h>

#define TALLY_MAX 32 /* different codes; further ones are not counted */

struct tally {
    struct {
        int code;
        size_t count;
    } rows[TALLY_MAX];
    size_t n;
};

/* Counts the ResultCode and ErrorCode of objects in arrays of the answer, at any depth; not 0 and not the answer's
 * own. */
void tally_count(struct tally *tally, json_t *answer);

#endif
