/* answer.h: what the service answered, and what that means. Pure. */
#ifndef TOOLS_ANSWER_H
#define TOOLS_ANSWER_H

#include "retry.h"

#include <jansson.h>
#include <stddef.h>

struct rest_answer;

#define ANSWER_MESSAGE_SIZE 1024

struct answer {
    int status;                        /* the exit status */
    enum retry_fault fault;            /* of a status other than 0 */
    uint32_t code_class;               /* enum usersig_rest_class, of RETRY_CODE */
    long code;                         /* ErrorCode */
    json_t *value;                     /* the object that was answered, to be json_decref'ed; NULL: none */
    char message[ANSWER_MESSAGE_SIZE]; /* of a status other than 0 */
};

/* Judges by ErrorCode alone. usersig is masked in the text first, for it must not be shown. */
void answer_read(struct answer *answer, struct rest_answer *got, const char *usersig, const char *host);

#endif
