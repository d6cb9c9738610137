#include "call_batch.h"
#include "batch.h"
#include "call_line.h"
#include "caller.h"
#include "exits.h"
#include "lines.h"
#include "options.h"
#include "output.h"

#include <string.h>
#include <unistd.h>

#define JOBS 16u /* at once: what keeps up with 200 a second when an answer takes 80 ms */
#define AHEAD 15u
#define FIRST \
    "group_open_http_svc/get_appid_group_list" /* what sigd is asked about, where no line has been read */

struct worker {
    struct caller *caller;
    const struct options *options;
    const struct call_line *named; /* NULL: each line says */
};

/* An earlier run was killed while it made this call. */
static bool is_harmful(const struct worker *worker, const struct call_line *line)
{
    return (line->api == NULL || line->api->kind != USERSIG_REST_READ) &&
           !options_has(worker->options, OPTION_RETRY_SENDS);
}

/* 0: answer has what came of it. Else everything ends. */
static int call(struct worker *worker, const struct batch_chunk *chunk, const struct call_line *line,
                struct caller_answer *answer)
{
    const struct caller_call what = { line->service, line->command, line->body, strlen(line->body) };
    if (chunk->uncertain && is_harmful(worker, line)) {
        *answer =
            (struct caller_answer){ .status = EXITS_UNCERTAIN,
                                    .message =
                                        "an earlier run was stopped while it was at this line; it may have "
                                        "been done, therefore it is not sent again (--retry-sends does)" };
        return 0;
    }
    int status = caller_call(worker->caller, &what, answer);
    if (status == 0 || (answer->message[0] != '\0' && !answer->unsent))
        return 0;
    if (answer->message[0] != '\0' && batch_may_complain(chunk)) /* else sigd's refusal has been told */
        output_fail(status, "%s", answer->message);
    json_decref(answer->value);
    return status;
}

static int work(void *context, struct batch_chunk *chunk)
{
    struct worker *worker = context;
    const char *at = NULL, *text;
    size_t len;
    int status = 0;
    for (uint64_t number = chunk->first;
         status == 0 && lines_next(chunk->in, chunk->in_len, &at, &text, &len); number++) {
        struct call_line line;
        struct caller_answer answer;
        if (!call_line_read(&line, worker->named, text, len)) {
            call_line_put(&chunk->out, &line, number, NULL);
            chunk->failed++;
        } else if ((status = call(worker, chunk, &line, &answer)) == 0) {
            call_line_put(&chunk->out, &line, number, &answer);
            chunk->failed += answer.status != 0;
            json_decref(answer.value);
        }
        call_line_free(&line);
    }
    return status;
}

static int judge(const struct options *options, struct call_line *named)
{
    static const struct {
        uint64_t option;
        const char *name;
    } others[] = { { OPTION_DATA, "-d" },
                   { OPTION_EXAMPLE, "--example" },
                   { OPTION_ALL, "--all" },
                   { OPTION_DRY_RUN, "--dry-run" } };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (options_has(options, others[i].option))
            return output_fail(EXITS_USAGE, "%s and --batch exclude each other", others[i].name);
    if (options->n_rest > 0)
        return output_fail(EXITS_USAGE,
                           "with --batch the bodies come from standard input, one a line: no %.64s",
                           options->rest[0]);
    if (options->word != NULL && !call_line_name(named, options->word))
        return output_fail(named->fault.code, "%s: not %.64s", named->fault.detail, options->word);
    if (isatty(STDIN_FILENO) == 1)
        output_note(options->word != NULL
                        ? "reading bodies, one a line; Ctrl-D ends"
                        : "reading {\"service\", \"command\", \"body\"}, one a line; Ctrl-D ends");
    return jobs_judge(options);
}

int call_batch(const struct options *options)
{
    struct worker of[JOBS_MAX] = { 0 };
    void *workers[JOBS_MAX];
    struct call_line named = { 0 };
    struct batch batch = {
        .command = "call",
        .done = "done",
        .why = "their lines say why",
        .jobs = options_has(options, OPTION_JOBS) ? (size_t)options->jobs : JOBS,
        .ahead = AHEAD,
        .chunk_lines = 1,
        .chunk_bytes = 1,
        .line_bytes = BATCH_LINE_MAX,
        .resume = options->resume,
        .lasting = true,
        .work = work,
        .workers = workers,
    };
    int status = judge(options, &named);
    for (size_t i = 0; i < batch.jobs && status == 0; i++) {
        of[i] = (struct worker){ .options = options, .named = options->word != NULL ? &named : NULL };
        workers[i] = &of[i];
        status = i == 0 ? caller_open(&of[i].caller, options, options->word != NULL ? options->word : FIRST)
                        : caller_open_beside(&of[i].caller, of[0].caller);
    }
    if (status == 0 && options->word != NULL && named.api == NULL)
        output_note("note: %s is not in the catalogue; it is sent all the same", options->word);
    if (status == 0)
        status = batch_run(&batch);
    for (size_t i = batch.jobs; i-- > 0;)
        if (i < JOBS_MAX)
            caller_close(of[i].caller);
    return status;
}
