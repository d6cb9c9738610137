#include "answer.h"
#include "exits.h"
#include "rest.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <usersig_rest.h>

#define INFO_MAX 300 /* bytes of the service's own words */

static void mask(char *text, size_t len, const char *usersig)
{
    size_t n = strlen(usersig);
    char *found;
    while (n > 0 && len >= n && (found = memmem(text, len, usersig, n)) != NULL) {
        memset(found, 'x', n);
        len -= (size_t)(found + n - text);
        text = found + n;
    }
}

__attribute__((format(printf, 3, 4))) static void say(struct answer *answer, int status, const char *format,
                                                      ...)
{
    va_list arguments;
    answer->status = status;
    va_start(arguments, format);
    vsnprintf(answer->message, sizeof answer->message, format, arguments);
    va_end(arguments);
}

static enum retry_fault fault_of(enum rest_result result)
{
    switch (result) {
    case REST_NOT_SENT: return RETRY_NOT_SENT;
    case REST_LOST: return RETRY_LOST;
    case REST_GATEWAY: return RETRY_GATEWAY;
    case REST_ANSWERED:
    case REST_UNTRUSTED:
    case REST_BAD_FILE:
    case REST_NOT_REST:
    case REST_TOO_LARGE:
    case REST_NO_MEMORY:
    default: return RETRY_FINAL;
    }
}

static int status_of(uint32_t code_class)
{
    switch (code_class) {
    case USERSIG_REST_BACK_OFF:
    case USERSIG_REST_TRANSIENT:
    case USERSIG_REST_WAIT:
    case USERSIG_REST_LATER: return EXITS_LATER;
    default: return EXITS_SERVICE;
    }
}

static void explain(struct answer *answer, const char *host)
{
    const struct usersig_rest_code *known =
        answer->code >= INT_MIN && answer->code <= INT_MAX ? usersig_rest_code_find((int)answer->code) : NULL;
    const char *info = json_string_value(json_object_get(answer->value, "ErrorInfo"));
    const char *words = info != NULL && *info != '\0' ? "; in its words: " : "";
    if (info == NULL)
        info = "";
    answer->fault = RETRY_CODE;
    answer->code_class = known != NULL ? known->retry : USERSIG_REST_FIX;
    if (known == NULL)
        say(answer, EXITS_SERVICE, "%s answered %ld, which is not in the table%s%.*s", host, answer->code,
            words, INFO_MAX, info);
    else
        say(answer, status_of(known->retry), "%s answered %ld: %s%s%.*s; what to do: %s", host, answer->code,
            known->meaning, words, INFO_MAX, info,
            known->advice != NULL ? known->advice : usersig_rest_class_advice(known->retry));
}

void answer_read(struct answer *answer, struct rest_answer *got, const char *usersig, const char *host)
{
    *answer = (struct answer){ .fault = fault_of(got->result) };
    if (got->result != REST_ANSWERED) {
        say(answer, rest_status(got->result), "%s: %s", host, got->why);
        return;
    }
    if (got->text != NULL)
        mask(got->text, got->len, usersig);
    answer->value = got->len == 0 ? NULL : json_loadb(got->text, got->len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *code = json_object_get(answer->value, "ErrorCode");
    answer->code = (long)json_integer_value(code);
    if (!json_is_object(answer->value)) {
        json_decref(answer->value);
        answer->value = NULL;
        say(answer, EXITS_PROTOCOL,
            "the answer from %s is not a JSON object: it was cut, or this is not the REST API", host);
    } else if (!json_is_integer(code)) {
        say(answer, EXITS_PROTOCOL, "the answer from %s has no ErrorCode: this is not the REST API", host);
    } else if (answer->code != 0) {
        explain(answer, host);
    }
}
