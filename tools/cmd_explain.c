/* usersig explain: what an ErrorCode or an answer means; what the service would say to a URL or a usersig. */
#include "command.h"
#include "exits.h"
#include "foresee.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "tally.h"
#include "urlparts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig_rest.h>

#define INPUT_MAX (2u << 20) /* bytes; an answer has at most 1 MB */

static const char *advice_of(const struct usersig_rest_code *code)
{
    return code->advice != NULL ? code->advice : usersig_rest_class_advice(code->retry);
}

/* ---- a code -------------------------------------------------------------------------------------- */

static bool is_number(const char *text, int *code)
{
    const char *digits = text + (text[0] == '-');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    long number = strtol(text, NULL, 10);
    *code = errno != 0 || number > INT_MAX || number < INT_MIN ? INT_MAX : (int)number;
    return true;
}

/* SDKs of TRTC show the service's codes negated. */
static const struct usersig_rest_code *find(int *code)
{
    const struct usersig_rest_code *found = usersig_rest_code_find(*code);
    if (found == NULL && *code < 0 && *code > INT_MIN && usersig_rest_code_find(-*code) != NULL) {
        output_note("note: SDKs of TRTC show %d as %d", -*code, *code);
        *code = -*code;
        found = usersig_rest_code_find(*code);
    }
    return found;
}

static json_t *code_json(int code, const struct usersig_rest_code *found)
{
    if (found == NULL)
        return json_pack("{s:i, s:s}", "error_code", code, "meaning", code == 0 ? "success" : "unknown");
    return json_pack("{s:i, s:s, s:s, s:s, s:b, s:s}", "error_code", code, "meaning", found->meaning,
                     "family", found->family, "class", usersig_rest_class_name(found->retry), "caller",
                     (int)found->caller, "advice", advice_of(found));
}

static void print_code(int code, const struct usersig_rest_code *found)
{
    printf("%d: %s\n", code, found->meaning);
    printf("family  %s%s\n", found->family, found->caller != 0 ? ", about who calls" : "");
    printf("class   %s: %s\n", usersig_rest_class_name(found->retry),
           usersig_rest_class_advice(found->retry));
    if (found->advice != NULL)
        printf("do      %s\n", found->advice);
}

static int explain_code(const struct options *options, int code)
{
    const struct usersig_rest_code *found = find(&code);
    if (found == NULL && code != 0)
        return output_fail(EXITS_NOT_FOUND,
                           "the service's tables do not have this code; its ErrorInfo may tell more");
    if (options_has(options, OPTION_JSON))
        return output_json(code_json(code, found));
    if (code == 0)
        puts("0: success");
    else
        print_code(code, found);
    return 0;
}

/* ---- an answer ----------------------------------------------------------------------------------- */

static int answer_json(int code, const char *info, const struct tally *tally)
{
    json_t *items = json_array(), *whole = code_json(code, usersig_rest_code_find(code));
    for (size_t i = 0; i < tally->n; i++) {
        json_t *item = code_json(tally->rows[i].code, usersig_rest_code_find(tally->rows[i].code));
        json_object_set_new(item, "count", json_integer((json_int_t)tally->rows[i].count));
        json_array_append_new(items, item);
    }
    json_object_set_new(whole, "error_info", info != NULL ? json_string(info) : json_null());
    json_object_set_new(whole, "items", items);
    return output_json(whole);
}

static void print_answer(int code, const char *info, const struct tally *tally)
{
    const struct usersig_rest_code *found = usersig_rest_code_find(code);
    if (code == 0)
        puts("0: success, of the call as a whole");
    else if (found == NULL)
        printf("%d: not in the service's tables\n", code);
    else
        print_code(code, found);
    if (info != NULL && *info != '\0') {
        fputs("said    ", stdout);
        output_text(info, strlen(info));
        putchar('\n');
    }
    for (size_t i = 0; i < tally->n; i++) {
        found = usersig_rest_code_find(tally->rows[i].code);
        printf("%zu item%s with %d: %s\n", tally->rows[i].count, tally->rows[i].count == 1 ? "" : "s",
               tally->rows[i].code, found != NULL ? found->meaning : "not in the service's tables");
    }
}

static int explain_answer(const struct options *options, json_t *answer)
{
    const json_t *number = json_object_get(answer, "ErrorCode");
    const char *info = json_string_value(json_object_get(answer, "ErrorInfo"));
    const char *action = json_string_value(json_object_get(answer, "ActionStatus"));
    struct tally tally = { 0 };
    if (!json_is_integer(number) || json_integer_value(number) > INT_MAX ||
        json_integer_value(number) < INT_MIN)
        return output_fail(EXITS_DATA, "this JSON has no ErrorCode: it is no answer of the service");
    int code = (int)json_integer_value(number);
    tally_count(&tally, answer);
    if (action != NULL && (strcmp(action, "OK") == 0) != (code == 0))
        output_note("note: ActionStatus and ErrorCode contradict each other: ErrorCode counts");
    if (options_has(options, OPTION_JSON))
        return answer_json(code, info, &tally);
    print_answer(code, info, &tally);
    return 0;
}

/* ---- a URL, a usersig ---------------------------------------------------------------------------- */

static json_t *foresight_json(const struct foresight *f)
{
    const struct usersig_rest_code *code = usersig_rest_code_find(f->code);
    json_t *notes = json_array();
    for (size_t i = 0; i < f->n_notes; i++)
        json_array_append_new(notes, json_string(f->notes[i]));
    const char *advice = f->advice != NULL ? f->advice : code != NULL ? advice_of(code) : NULL;
    return json_pack("{s:b, s:o, s:s?, s:s?, s:s?, s:s?, s:b, s:o}", "good", f->status == 0, "error_code",
                     f->code != 0 ? json_integer(f->code) : json_null(), "meaning",
                     code != NULL ? code->meaning : NULL, "found", f->found[0] != '\0' ? f->found : NULL,
                     "cause", f->cause, "advice", advice, "signature_checked", f->proven, "notes", notes);
}

static void print_line(const char *name, const char *text)
{
    fputs(name, stdout);
    output_text(text, strlen(text));
    putchar('\n');
}

static int show(const struct options *options, const struct foresight *f)
{
    const struct usersig_rest_code *code = usersig_rest_code_find(f->code);
    if (options_has(options, OPTION_JSON)) {
        int status = output_json(foresight_json(f));
        return status != 0 ? status : f->status;
    }
    if (code != NULL)
        printf("the service would answer %d: %s\n", f->code, code->meaning);
    else if (f->status != 0)
        puts("wrong, though the documents name no ErrorCode for it");
    else
        puts("nothing is wrong that can be seen from here");
    if (f->found[0] != '\0')
        print_line("found   ", f->found);
    if (f->advice != NULL || code != NULL)
        printf("do      %s\n", f->advice != NULL ? f->advice : advice_of(code));
    for (size_t i = 0; i < f->n_notes; i++)
        print_line("note    ", f->notes[i]);
    return f->status;
}

static int explain_text(const struct options *options, const char *text, size_t len)
{
    struct foresight foresight = { 0 };
    int status;
    if (urlparts_is_url(text)) {
        struct urlparts parts;
        urlparts_read(&parts, text);
        status = foresee_url(options, &parts, &foresight);
    } else {
        status = foresee_usersig(options, text, len, 0, options->expected, &foresight);
    }
    return status != 0 ? status : show(options, &foresight);
}

static int explain_json(const struct options *options, const char *text, size_t len)
{
    json_t *answer = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    int status = answer != NULL ? explain_answer(options, answer)
                                : output_fail(EXITS_DATA, "this is no JSON: was the answer cut?");
    json_decref(answer);
    return status;
}

static int run(const struct options *options)
{
    const char *word = options->word;
    char *text;
    size_t len;
    int code, status;
    if (word != NULL && is_number(word, &code))
        return explain_code(options, code);
    if (word != NULL && word[0] == '{') /* no credential: no warning of the process list */
        return explain_json(options, word, strlen(word));
    status = input_text(word, "a code, an answer, a URL or a usersig", INPUT_MAX, &text, &len);
    if (status != 0)
        return status;
    if (is_number(text, &code))
        status = explain_code(options, code);
    else if (text[0] == '{')
        status = explain_json(options, text, len);
    else
        status = explain_text(options, text, len);
    free(text);
    return status;
}

const struct command cmd_explain_command = {
    .name = "explain",
    .summary = "what an ErrorCode means; what the service would say to a URL",
    .synopsis = "  usersig explain CODE|ANSWER|URL|USERSIG|@FILE|- [--json]\n"
                "  usersig explain URL|USERSIG|@FILE|- --key-file FILE --sdkappid N [--for ID] [--json]\n",
    .about =
        "Of an ErrorCode, or of an answer of the service, it says the meaning, whether to call again, and what to do;\n"
        "of an answer for many users or groups also which codes are among them.\n"
        "Of a URL or a usersig it says, without asking anybody, what the service would answer, and why. The signature\n"
        "it can judge only with the key. Exit status: 0 nothing is wrong; 9 the URL is wrong; 16 to 23 as of usersig\n"
        "verify; 67 a code that the tables do not have.\n",
    .examples = "  usersig explain 70009\n"
                "  usersig call openim/sendmsg -d @body.json | usersig explain\n"
                "  usersig explain @request-url.txt\n"
                "  usersig explain @usersig.txt --for alice --key-file chat.key --sdkappid 1400000000\n",
    .options = OPTIONS_OFFLINE | OPTION_FOR | OPTION_NOW | OPTION_JSON,
    .offline = OPTION_SDKAPPID,
    .word = "CODE|ANSWER|URL|USERSIG",
    .negative = true,
    .run = run,
};
