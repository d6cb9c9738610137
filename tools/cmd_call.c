/* usersig call: calls the REST API. */
#include "apiname.h"
#include "body.h"
#include "call_batch.h"
#include "caller.h"
#include "command.h"
#include "exits.h"
#include "options.h"
#include "output.h"
#include "pages.h"
#include "pretty.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usersig_rest.h>

struct request {
    char service[USERSIG_URL_NAME_MAX + 1];
    const char *command;
    const struct usersig_rest_api *api; /* NULL: not in the catalogue */
    json_t *value;
    char *text;
};

static int name(struct request *request, const char *word)
{
    const char *slash = word != NULL ? strchr(word, '/') : NULL;
    size_t len = slash != NULL ? (size_t)(slash - word) : 0;
    if (len == 0 || len >= sizeof request->service)
        return 0; /* caller_open says what is wrong */
    memcpy(request->service, word, len);
    request->service[len] = '\0';
    request->command = slash + 1;
    request->api = usersig_rest_find(request->service, request->command);
    return 0;
}

/* The catalogue's body has the names of nobody: only what reads may have it unasked. */
static int take_example(struct request *request, bool asked)
{
    const struct usersig_rest_api *api = request->api;
    if (api == NULL && asked)
        return output_fail(EXITS_USAGE, "--example: the request is not in the catalogue; say -d JSON");
    if (api != NULL && !asked && strcmp(api->min_body, "{}") != 0) {
        if (api->kind != USERSIG_REST_READ)
            return output_fail(EXITS_USAGE, "which body? As in: -d '%s' (--example sends just that)",
                               api->min_body);
        output_note("note: without a body it sends the catalogue's example: %s", api->min_body);
    }
    return body_read(api != NULL ? api->min_body : "{}", &request->text, &request->value);
}

/* What the service knows a message by, where nobody has said it: a repeat has the same, another call another. */
static int set_random(json_t *value, const struct usersig_rest_api *api, const struct options *options)
{
    static const char *const names[] = { "MsgRandom", "Random" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char quoted[32];
        bool said = false;
        snprintf(quoted, sizeof quoted, "\"%s\":", names[i]);
        for (size_t k = 0; k < options->n_rest; k++)
            said = said || strncmp(options->rest[k], names[i], strlen(names[i])) == 0;
        said = said || (options->data != NULL && json_object_get(value, names[i]) != NULL);
        if (api == NULL || api->kind != USERSIG_REST_SEND || said || strstr(api->min_body, quoted) == NULL)
            continue;
        if (json_object_set_new(value, names[i], json_integer(randombytes_random())) != 0)
            return output_fail(USERSIG_ERR_MEMORY, "no memory");
    }
    return 0;
}

static int make_body(const struct options *options, struct request *request)
{
    bool example = options_has(options, OPTION_EXAMPLE), data = options_has(options, OPTION_DATA);
    int status = 0;
    if (example && data)
        return output_fail(EXITS_USAGE, "-d and --example exclude each other");
    if (data && strcmp(options->data, "-") == 0 && isatty(STDIN_FILENO) == 1)
        output_note("reading the body from the terminal; end with Ctrl-D");
    if (data)
        status = body_read(options->data, &request->text, &request->value);
    else if (example || options->n_rest == 0)
        status = take_example(request, example);
    else
        status = body_read("{}", &request->text, &request->value);
    for (size_t i = 0; status == 0 && i < options->n_rest; i++)
        status = body_field(request->value, options->rest[i]);
    if (status == 0 && (options->n_rest > 0 || !data)) {
        status = set_random(request->value, request->api, options);
        free(request->text);
        request->text = NULL;
        status = status != 0 ? status : body_text(request->value, &request->text);
    }
    if (status == 0 && request->api != NULL && request->api->kind == USERSIG_REST_SEND &&
        strlen(request->text) > BODY_MESSAGE_MAX)
        output_note("note: the service refuses messages of more than 12 KB, and at some places of 8 KB");
    return status;
}

static int show(const struct options *options, const struct caller_answer *answer)
{
    if (!answer->answered)
        return 0;
    if (options_has(options, OPTION_JSON))
        return output_json(json_incref(answer->value));
    if (isatty(STDOUT_FILENO) == 1) {
        pretty_print(answer->value, pretty_has_colours());
    } else {
        fwrite(answer->text, 1, answer->len, stdout);
        if (answer->len > 0 && answer->text[answer->len - 1] != '\n')
            putchar('\n');
    }
    return output_end(0);
}

static int call_once(const struct options *options, struct caller *caller, const struct request *request)
{
    struct caller_call call = { request->service, request->command, request->text, strlen(request->text) };
    struct caller_answer answer;
    int status = caller_call(caller, &call, &answer);
    int shown = show(options, &answer);
    json_decref(answer.value);
    if (status != 0 && answer.message[0] != '\0')
        output_fail(status, "%s", answer.message);
    return status != 0 ? status : shown;
}

static int check(const struct options *options, const struct request *request)
{
    bool all = options_has(options, OPTION_ALL);
    if (options_has(options, OPTION_RESUME) && !all)
        return output_fail(EXITS_USAGE, "--resume goes with --all or --batch");
    if (options_has(options, OPTION_JOBS))
        return output_fail(EXITS_USAGE, "--jobs goes with --batch");
    if (all && (request->api == NULL || request->api->items == NULL))
        return output_fail(EXITS_USAGE, "--all: the catalogue knows no pages of %s", options->word);
    return 0;
}

static int run(const struct options *options)
{
    struct request request = { 0 };
    struct caller *caller = NULL;
    if (options_has(options, OPTION_BATCH))
        return call_batch(options);
    int status = name(&request, options->word);
    if (status == 0)
        status = check(options, &request);
    if (status == 0)
        status = make_body(options, &request);
    if (status == 0 && options_has(options, OPTION_DRY_RUN)) {
        puts(request.text);
    } else {
        if (status == 0)
            status = caller_open(&caller, options, options->word);
        if (status == 0 && request.api == NULL)
            apiname_hint(request.service, request.command);
        if (status == 0)
            status = options_has(options, OPTION_ALL)
                         ? pages_print(caller, options, request.api, request.value)
                         : call_once(options, caller, &request);
        caller_close(caller);
    }
    free(request.text);
    json_decref(request.value);
    return status;
}

const struct command cmd_call_command = {
    .name = "call",
    .summary = "call the REST API",
    .synopsis =
        "  usersig call SERVICE/COMMAND [-d JSON | -d @FILE | -d - | --example] [FIELD=VALUE]... [--app NAME]\n"
        "               [--as ID] [--all [--resume FILE]] [--retry-sends] [--wait] [--deadline TIME] [-v] [--json]\n"
        "  usersig call --batch [SERVICE/COMMAND] [--jobs N] [--rate N] [--resume FILE] [OPTION]... < LINES\n"
        "  usersig call SERVICE/COMMAND ... --key-file FILE --sdkappid N --identifier ID [--region NAME]\n",
    .about =
        "Sends one request with the administrator's usersig and prints the answer: for people on a terminal, as it\n"
        "came in a pipe. ErrorCode decides: the exit status is 0 when it is 0, else standard error says what it\n"
        "means. Too many calls, faults of the moment and an expired usersig are tried again, for 30 s at most;\n"
        "what may have been done is not sent again unless it only reads, or --retry-sends is given.\n"
        "\n"
        "FIELD=TEXT sets a text in the body, FIELD:=JSON anything else, FIELD=@FILE a file's bytes in base64,\n"
        "A.B=TEXT B in A, and A.0=TEXT the first of an array. What begins with @TGS# or @@ is text. A message that\n"
        "lacks MsgRandom or Random gets one. The certificate is verified, redirects are not followed, and the URL,\n"
        "which is a credential, is shown nowhere.\n"
        "\n"
        "With --batch each line of standard input is a body for SERVICE/COMMAND, or {\"service\", \"command\", \"body\"}.\n"
        "Each is answered in its place by {\"line\", \"command\", \"answer\"} and, where it failed, \"error\"; the exit status\n"
        "is 73 where some failed. --resume FILE goes on where a run was stopped, with the same input and >> the same\n"
        "output; what the stopped run was sending just then is not sent again, but answered with 71.\n",
    .examples =
        "  usersig call group_open_http_svc/get_appid_group_list\n"
        "  usersig call im_open_login_svc/account_import UserID=alice Nick=Alice\n"
        "  usersig call openim/sendmsg -d @message.json\n"
        "  usersig call group_open_http_svc/get_group_member_info GroupId=@TGS#1 --all > members.ndjson\n"
        "  usersig call openim/sendmsg --example To_Account=alice --dry-run\n"
        "  usersig call --batch openim/sendmsg --resume state < messages.ndjson >> answers.ndjson\n",
    .options = OPTIONS_DAEMON | OPTIONS_OFFLINE | OPTION_IDENTIFIER | OPTION_AS | OPTION_LIFETIME |
               OPTION_REGION | OPTION_HOST | OPTION_CACERT | OPTION_DATA | OPTION_EXAMPLE | OPTION_DRY_RUN |
               OPTION_ALL | OPTION_RATE | OPTION_DEADLINE | OPTION_RETRY_SENDS | OPTION_WAIT |
               OPTION_VERBOSE | OPTION_JSON | OPTIONS_BATCH,
    .offline = OPTION_SDKAPPID | OPTION_IDENTIFIER | OPTION_LIFETIME,
    .word = "SERVICE/COMMAND",
    .rest = "FIELD=VALUE",
    .run = run,
};
