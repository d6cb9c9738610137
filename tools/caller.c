#include "caller.h"
#include "answer.h"
#include "crew.h"
#include "exits.h"
#include "options.h"
#include "output.h"
#include "pace.h"
#include "rest.h"
#include "retry.h"
#include "when.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig_rest.h>

#define DEADLINE_MS 30000
#define DEADLINE_WAITING_MS 120000 /* with --wait */
#define DEADLINE_MAX 86400         /* seconds */
#define RATE 200                   /* a second: what the service documents for nearly every API */
#define MASK "REDACTED"

struct caller {
    const struct options *options;
    struct rest *rest;
    struct crew *crew;
    bool leads; /* has made the crew */
    struct address address;
    unsigned edition; /* of the credential in it */
    uint64_t deadline_ms;
};

void caller_close(struct caller *caller)
{
    if (caller == NULL)
        return;
    rest_close(caller->rest);
    if (caller->leads)
        crew_close(caller->crew);
    explicit_bzero(&caller->address, sizeof caller->address);
    free(caller);
}

/* The host that stands by for host, or host for that one; NULL: not of the catalogue. */
static const char *other_host(const char *host)
{
    const char *name;
    for (size_t i = 0; (name = usersig_region_name(i)) != NULL; i++)
        for (int standby = 0; standby < 2; standby++)
            if (strcmp(host, usersig_region_host(name, standby)) == 0)
                return usersig_region_host(name, !standby);
    return NULL;
}

static int choose_host(struct caller *caller)
{
    struct address *address = &caller->address;
    int status = address_host(address, caller->options->host, caller->options->region);
    if (status == 0 && address->host[0] == '\0')
        snprintf(address->host, sizeof address->host, "%s", usersig_region_host("china", 0));
    if (status == 0 && caller->options->host == NULL && other_host(address->host) == NULL)
        status = output_fail(
            EXITS_PROTOCOL, "sigd names a host that is none of the service's: %s; if it is meant, say --host",
            address->host);
    return status;
}

static int open_parts(struct caller *caller, const char *first)
{
    const struct options *options = caller->options;
    int status = address_name(&caller->address, first);
    if (status == 0 && options_has(options, OPTION_DEADLINE) &&
        (options->deadline <= REST_SERVICE_MS / 1000 || options->deadline > DEADLINE_MAX))
        status = output_fail(EXITS_USAGE,
                             "--deadline is over 3 s, which the service itself may take, and up to a day");
    if (status == 0 && options_has(options, OPTION_RATE) && options->rate == 0)
        status = output_fail(EXITS_USAGE, "--rate is 1 or more calls a second");
    if (status == 0) /* faults of --host and --region before anybody is asked for a credential */
        status = choose_host(caller);
    caller->address.host[0] = '\0';
    if (status == 0)
        status = crew_open(&caller->crew, options, &caller->address, &caller->edition);
    if (status == 0)
        status = choose_host(caller);
    return status == 0 ? rest_open(&caller->rest, options->cacert) : status;
}

int caller_open(struct caller **caller, const struct options *options, const char *first)
{
    struct caller *c = calloc(1, sizeof *c);
    *caller = NULL;
    if (c == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    c->options = options;
    c->deadline_ms = options_has(options, OPTION_DEADLINE) ? options->deadline * 1000
                     : options_has(options, OPTION_WAIT)   ? DEADLINE_WAITING_MS
                                                           : DEADLINE_MS;
    c->leads = true;
    int status = open_parts(c, first);
    if (status == 0)
        *caller = c;
    else
        caller_close(c);
    return status;
}

int caller_open_beside(struct caller **caller, const struct caller *leader)
{
    struct caller *c = calloc(1, sizeof *c);
    *caller = NULL;
    if (c == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    *c = *leader;
    c->leads = false;
    c->rest = NULL;
    int status = rest_open(&c->rest, c->options->cacert);
    if (status == 0)
        *caller = c;
    else
        caller_close(c);
    return status;
}

static int name_call(struct caller *caller, const struct caller_call *call)
{
    struct address *address = &caller->address;
    int n = snprintf(address->service, sizeof address->service, "%s", call->service);
    int m = snprintf(address->command, sizeof address->command, "%s", call->command);
    address->random = randombytes_random();
    return n > 0 && m > 0 && (size_t)n < sizeof address->service && (size_t)m < sizeof address->command
               ? 0
               : USERSIG_ERR_REQUEST;
}

/* The URL as it may be shown; NULL: no memory. */
static char *masked_url(const struct address *address)
{
    struct address masked = *address;
    char *url = NULL;
    explicit_bzero(masked.usersig, sizeof masked.usersig);
    memcpy(masked.usersig, MASK, sizeof MASK);
    return address_compose(&masked, NULL, 0, &url) == 0 ? url : NULL;
}

static bool is_verbose(const struct caller *caller)
{
    return options_has(caller->options, OPTION_VERBOSE);
}

/* One request and what came of it. */
static void try_once(struct caller *caller, const struct caller_call *call, uint64_t until,
                     struct answer *answer, struct rest_answer *got)
{
    uint64_t now = pace_now(), left = until > now ? until - now : 1;
    char *url = NULL;
    *answer = (struct answer){ .fault = RETRY_FINAL, .status = USERSIG_ERR_REQUEST };
    *got = (struct rest_answer){ .result = REST_NO_MEMORY };
    if (name_call(caller, call) != 0 || address_compose(&caller->address, NULL, 0, &url) != 0) {
        snprintf(answer->message, sizeof answer->message, "the request has no URL");
        return;
    }
    char *shown = is_verbose(caller) ? masked_url(&caller->address) : NULL;
    if (shown != NULL)
        output_note("> POST %s, %zu bytes", shown, call->len);
    free(shown);
    rest_call(caller->rest, url, call->body, call->len, left < REST_CALL_MS ? left : REST_CALL_MS, got);
    explicit_bzero(url, strlen(url));
    free(url);
    answer_read(answer, got, caller->address.usersig, caller->address.host);
    if (is_verbose(caller))
        output_note("< HTTP status %ld, %zu bytes, ErrorCode %ld, %llu ms", got->http_status, got->len,
                    answer->code, (unsigned long long)got->took_ms);
}

static const char *why_stopped(enum retry_why why)
{
    switch (why) {
    case RETRY_WHY_DONE:
        return "; it may have been done, therefore it is not sent again (--retry-sends does)";
    case RETRY_WHY_TIME: return "; the time for it is up (--deadline)";
    case RETRY_WHY_ATTEMPTS: return "; tried often enough";
    case RETRY_WHY_BUDGET: return "; nearly nothing succeeds, therefore it is not tried again";
    case RETRY_WHY_RENEWED: return "; and it was the same with a new usersig";
    case RETRY_WHY_NOT_ASKED: return "; --wait waits for that minute";
    case RETRY_WHY_FINAL:
    default: return "";
    }
}

/* Another host, another credential, a wait. False: there is no use in it; the answer says why. */
static bool prepare_again(struct caller *caller, const struct retry_verdict *verdict, struct answer *answer)
{
    bool changed = true;
    const char *other = caller->options->host == NULL ? other_host(caller->address.host) : NULL;
    if (is_verbose(caller) || output_is_watched())
        output_note("%s; again in %.1f s", answer->message, (double)verdict->wait_ms / 1000);
    if (answer->fault == RETRY_NOT_SENT && other != NULL)
        snprintf(caller->address.host, sizeof caller->address.host, "%s", other);
    if (verdict->step == RETRY_RENEW) {
        int status = crew_renew(caller->crew, &caller->address, &caller->edition, &changed);
        if (status != 0)
            answer->status = status;
    }
    if (!changed) {
        size_t len = strlen(answer->message);
        snprintf(answer->message + len, sizeof answer->message - len,
                 "; and there is no newer usersig yet: is this host's clock right?");
    }
    pace_wait(verdict->wait_ms);
    return changed;
}

static void stopped(struct answer *answer, enum retry_why why)
{
    size_t len = strlen(answer->message);
    snprintf(answer->message + len, sizeof answer->message - len, "%s", why_stopped(why));
    if (why == RETRY_WHY_DONE)
        answer->status = EXITS_UNCERTAIN;
}

static void hand_over(struct caller_answer *out, struct answer *answer, const struct rest_answer *got)
{
    out->status = answer->status;
    out->answered = answer->value != NULL;
    out->code = answer->code;
    out->value = answer->value;
    out->unsent = answer->status == EXITS_UNREACHABLE && answer->fault != RETRY_LOST;
    out->text = got->text;
    out->len = got->len;
    snprintf(out->message, sizeof out->message, "%s", answer->message);
}

int caller_call(struct caller *caller, const struct caller_call *call, struct caller_answer *out)
{
    const struct usersig_rest_api *api = usersig_rest_find(call->service, call->command);
    struct retry retry = { .may_be_repeated = (api != NULL && api->kind == USERSIG_REST_READ) ||
                                              options_has(caller->options, OPTION_RETRY_SENDS),
                           .waits_blocked = options_has(caller->options, OPTION_WAIT) };
    struct answer answer;
    struct rest_answer got;
    uint64_t rate = options_has(caller->options, OPTION_RATE) ? caller->options->rate
                    : api != NULL && api->rate != 0           ? api->rate
                                                              : RATE;
    const struct usersig_rest_api *limited = options_has(caller->options, OPTION_RATE) ? NULL : api;
    *out = (struct caller_answer){ .status = crew_refresh(caller->crew, &caller->address, &caller->edition) };
    if (out->status != 0)
        return out->status;
    crew_wait(caller->crew, limited, rate);
    retry.until = pace_now() + caller->deadline_ms;
    for (;;) {
        out->requests++;
        try_once(caller, call, retry.until, &answer, &got);
        if (answer.status == 0) {
            crew_succeeded(caller->crew);
            break;
        }
        struct retry_verdict verdict =
            crew_judge(caller->crew, &retry, answer.fault, answer.code_class, caller->edition);
        if (verdict.step == RETRY_STOP)
            stopped(&answer, verdict.why);
        if (verdict.step == RETRY_STOP || !prepare_again(caller, &verdict, &answer))
            break;
        json_decref(answer.value);
        crew_wait(caller->crew, limited, rate);
    }
    hand_over(out, &answer, &got);
    return out->status;
}
