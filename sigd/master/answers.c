/* answers.c: the requests on the admin socket. */
#include "answers.h"

#include "log.h"
#include "status.h"

#include <stdlib.h>

#define EXIT_USAGE 64 /* sigctl's exit statuses, as in sysexits.h */
#define EXIT_LATER 75

typedef void answer(struct answers *answers, control_peer peer, const struct ctlframe_request *request);

static void answer_status(struct answers *answers, control_peer peer, const struct ctlframe_request *request)
{
    (void)request;
    struct answers_state state = { 0 };
    answers->calls->state(answers->context, &state);
    struct jsonout out = { 0 };
    status_write(&out, &state);
    if (out.failed)
        control_text(answers->control, peer, CTLFRAME_ERR, "sigd is out of memory");
    else
        control_write(answers->control, peer, CTLFRAME_OUT, out.text, out.len);
    control_end(answers->control, peer, out.failed ? EXIT_LATER : 0);
    free(out.text);
}

static void refuse(struct answers *answers, control_peer peer)
{
    control_text(answers->control, peer, CTLFRAME_ERR, "this sigd cannot do that");
    control_end(answers->control, peer, EXIT_USAGE);
}

static void answer_reload(struct answers *answers, control_peer peer, const struct ctlframe_request *request)
{
    if (answers->calls->reload != NULL)
        answers->calls->reload(answers->context, peer, &request->reload);
    else
        refuse(answers, peer);
}

static void answer_flush(struct answers *answers, control_peer peer, const struct ctlframe_request *request)
{
    if (answers->calls->flush != NULL)
        answers->calls->flush(answers->context, peer, &request->flush);
    else
        refuse(answers, peer);
}

static void answer_freeze(struct answers *answers, control_peer peer, const struct ctlframe_request *request)
{
    if (answers->calls->freeze != NULL)
        answers->calls->freeze(answers->context, peer, &request->freeze);
    else
        refuse(answers, peer);
}

static void answer_clock(struct answers *answers, control_peer peer, const struct ctlframe_request *request)
{
    if (answers->calls->clock != NULL)
        answers->calls->clock(answers->context, peer, &request->clock);
    else
        refuse(answers, peer);
}

static void answer_log_level(struct answers *answers, control_peer peer,
                             const struct ctlframe_request *request)
{
    if (answers->calls->log_level != NULL)
        answers->calls->log_level(answers->context, peer, &request->log_level);
    else
        refuse(answers, peer);
}

static const struct {
    const char *name;
    answer *run;
} table[CTLFRAME_REQUESTS_END] = {
    [CTLFRAME_STATUS] = { "status", answer_status }, [CTLFRAME_RELOAD] = { "reload", answer_reload },
    [CTLFRAME_FLUSH] = { "flush", answer_flush },    [CTLFRAME_FREEZE] = { "freeze", answer_freeze },
    [CTLFRAME_CLOCK] = { "clock", answer_clock },    [CTLFRAME_LOG_LEVEL] = { "log-level", answer_log_level },
};

void answers_request(void *context, control_peer peer, const struct ctlframe_request *request)
{
    struct answers *answers = context;
    struct ctlpeer who;
    if (request->type != CTLFRAME_STATUS &&
        control_who(answers->control, peer, &who)) /* who only looks is no news */
        log_line(LOG_LEVEL_INFO, "admin request", "request=%s uid=%lu pid=%ld", table[request->type].name,
                 (unsigned long)who.uid, (long)who.pid);
    table[request->type].run(answers, peer, request);
}
