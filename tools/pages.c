#include "pages.h"
#include "body.h"
#include "caller.h"
#include "exits.h"
#include "options.h"
#include "output.h"
#include "paging.h"
#include "resume.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usersig_rest.h>

struct pages {
    struct caller *caller;
    const struct options *options;
    const struct usersig_rest_api *api;
    json_t *request;      /* for the next page */
    json_t *first;        /* as it was at the beginning */
    struct resume resume; /* cursors: of the next page; items: so far */
    bool shows_progress;
};

static int no_memory(void)
{
    return output_fail(USERSIG_ERR_MEMORY, "no memory");
}

static int begin(struct pages *pages)
{
    pages->first = json_deep_copy(pages->request);
    if (pages->first == NULL || paging_begin(pages->api, pages->request) != 0)
        return no_memory();
    pages->shows_progress = output_is_watched() && isatty(STDOUT_FILENO) != 1;
    if (pages->options->resume == NULL)
        return 0;
    int status = resume_read(&pages->resume, pages->options->resume, pages->options->word, pages->first);
    if (status == 0 && pages->resume.cursors != NULL &&
        paging_set(pages->api, pages->request, pages->resume.cursors) != 0)
        status =
            output_fail(EXITS_DATA, "%s has cursors that this request does not have", pages->options->resume);
    return status;
}

static void show_progress(const struct pages *pages, const json_t *answer, bool last)
{
    json_int_t total = answer != NULL ? paging_total(answer) : 0;
    if (!pages->shows_progress)
        return;
    fprintf(stderr, "\r%lld items", (long long)pages->resume.items);
    if (total >= pages->resume.items)
        fprintf(stderr, " of %lld", (long long)total);
    fputs(last ? "\n" : " ", stderr);
}

static int print_items(struct pages *pages, const json_t *items)
{
    json_t *item;
    size_t i;
    int status = 0;
    json_array_foreach(items, i, item)
    {
        if (status == 0)
            status = output_json(json_incref(item));
    }
    pages->resume.items += (json_int_t)json_array_size(items);
    if (status == 0 && (fflush(stdout) != 0 || ferror(stdout) != 0))
        status = output_end(EXITS_OUTPUT);
    return status;
}

/* What is printed is printed: from here on a --resume goes on behind it. */
static int remember(struct pages *pages)
{
    json_decref(pages->resume.cursors);
    pages->resume.cursors = paging_cursors(pages->api, pages->request);
    if (pages->resume.cursors == NULL)
        return no_memory();
    if (pages->options->resume == NULL)
        return 0;
    return resume_write(pages->options->resume, pages->options->word, pages->first, &pages->resume);
}

static int print_page(struct pages *pages, bool *more)
{
    struct caller_call call = { .service = pages->api->service, .command = pages->api->command };
    struct caller_answer answer;
    char *text;
    int status = body_text(pages->request, &text);
    *more = false;
    if (status != 0)
        return status;
    call.body = text;
    call.len = strlen(text);
    status = caller_call(pages->caller, &call, &answer);
    free(text);
    if (status != 0) {
        show_progress(pages, NULL, true);
        if (answer.message[0] != '\0')
            output_fail(status, "%s", answer.message);
        json_decref(answer.value);
        return status;
    }
    status = print_items(pages, paging_items(pages->api, answer.value));
    enum paging_state state =
        status == 0 ? paging_next(pages->api, pages->request, answer.value) : PAGING_END;
    show_progress(pages, answer.value, state != PAGING_MORE);
    if (state == PAGING_FAULT)
        status = no_memory();
    if (state == PAGING_STUCK)
        status =
            output_fail(EXITS_PROTOCOL, "the answer leads to the same page again: stopped, or it would go on "
                                        "for ever");
    if (state == PAGING_MORE)
        status = remember(pages);
    *more = status == 0 && state == PAGING_MORE;
    json_decref(answer.value);
    return status;
}

/* After a fault: how to go on. */
static void say_where(const struct pages *pages)
{
    const char *name;
    json_t *value;
    char line[256] = "";
    size_t len = 0;
    if (pages->options->resume != NULL) {
        output_note("%lld items so far; the same command goes on behind them",
                    (long long)pages->resume.items);
        return;
    }
    json_object_foreach(pages->resume.cursors, name, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        int n = snprintf(line + len, sizeof line - len, " '%s:=%s'", name, text != NULL ? text : "");
        free(text);
        if (n < 0 || (size_t)n >= sizeof line - len)
            return;
        len += (size_t)n;
    }
    output_note("%lld items so far; to go on behind them, add%s", (long long)pages->resume.items, line);
}

int pages_print(struct caller *caller, const struct options *options, const struct usersig_rest_api *api,
                json_t *request)
{
    struct pages pages = { .caller = caller, .options = options, .api = api, .request = request };
    bool more = true;
    int status = begin(&pages);
    while (status == 0 && more)
        status = print_page(&pages, &more);
    if (status == 0 && options->resume != NULL)
        status = resume_remove(options->resume);
    else if (status != 0 && pages.resume.cursors != NULL)
        say_where(&pages);
    json_decref(pages.first);
    json_decref(pages.resume.cursors);
    return status;
}
