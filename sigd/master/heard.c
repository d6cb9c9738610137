/* heard.c: what the signer says to the master, and what fronts have read. */
#include "heard.h"

#include "change_reload.h"
#include "clock.h"
#include "gauges.h"
#include "hosted.h"
#include "log.h"
#include "master.h"
#include "note.h"
#include "publishing.h"
#include "start.h"
#include "stop.h"

#include <stdlib.h>

static bool take_key(struct master *m, const struct proto_key_read *read)
{
    if (change_is_loading(m))
        return change_reload_key_read(m, read);
    if (m->given_up || m->phase == MASTER_DRAINING)
        return true; /* of a reload that was given up, to stop or because the signer was silent */
    if (m->phase != MASTER_LOADING)
        return false;
    char *said = NULL;
    size_t len;
    FILE *report = open_memstream(&said, &len);
    bool ok = report && load_tell_key(m->config, read, report);
    if (report)
        fclose(report);
    if (said)
        log_report(LOG_LEVEL_ERROR, said);
    free(said);
    return ok;
}

static bool take_loaded(struct master *m, const struct proto_loaded *loaded)
{
    if (!proto_string_ok(loaded->why, sizeof loaded->why))
        return false;
    if (change_is_loading(m))
        return change_reload_loaded(m, loaded);
    if (m->given_up || m->phase == MASTER_DRAINING) { /* as above; it has been told to forget it */
        m->given_up = false;
        return true;
    }
    if (m->phase != MASTER_LOADING)
        return false;
    load_close_keys(m->plan->keys, m->config); /* the signer has read them; nobody needs them any more */
    if (loaded->failed) {
        if (loaded->why[0])
            log_tell("%s", loaded->why);
        stop_now(m, STOP_CONFIG);
        return true;
    }
    if (m->plan->check_only) {
        stop_now(m, 0);
        return true;
    }
    if (!chan_send(&m->signer.chan, PROTO_LOAD_COMMIT, &(struct proto_load_end){ loaded->generation }, -1))
        return false;
    note_send(&m->signer.chan, PROTO_NOTE_START, &(struct note_what){ .number = loaded->generation });
    change_reload_remember(m, NULL);
    m->phase = MASTER_ISSUING;
    gauges_load(m->boards.see.own_master, m->config, loaded->generation, clock_real());
    if (renew_answered(&m->renew)) /* no administrators at all */
        start_fronts(m);
    return true;
}

static bool take_issued(struct master *m, const struct proto_issued *issued)
{
    const struct renew_item *item = hosted_take_issued(m, issued);
    if (!item)
        item = renew_take(&m->renew, issued, m->now_ms);
    struct board_master *board = m->boards.see.own_master;
    if (item)
        board_add(&board->renewals_ok, 1);
    else if (issued->status && issued->status != PROTO_FROZEN && issued->status != PROTO_STALE)
        board_add(&board->renewals_failed, 1);
    if (m->phase == MASTER_ISSUING && issued->status == PROTO_UNAVAILABLE) {
        log_tell("nothing can be signed: the audit log %s cannot be written", m->config->audit_file);
        stop_now(m, STOP_CONFIG);
        return true;
    }
    if (item && !change_holds_credentials(m)) {
        fronts_send(&m->fronts, PROTO_CREDENTIAL, &item->credential);
        publishing_set(m, item);
    }
    if (m->phase == MASTER_ISSUING && renew_answered(&m->renew))
        start_fronts(m);
    return true;
}

static bool take_clock(struct master *m, const struct proto_clock *clock)
{
    m->clock = *clock;
    if (clock->verdict == PROTO_CLOCK_GOOD)
        renew_believed(&m->renew);
    if (clock->accepted && m->answers.accepts)
        answers_clock_accepted(m);
    return clock->verdict < PROTO_CLOCK_VERDICTS;
}

bool heard_frame(void *context, const struct chan_frame *frame)
{
    struct master *m = context;
    switch (frame->op) {
    case PROTO_KEY_READ: return take_key(m, frame->body);
    case PROTO_LOADED: return take_loaded(m, frame->body);
    case PROTO_ISSUED: return take_issued(m, frame->body);
    case PROTO_CLOCK: return take_clock(m, frame->body);
    default: return false;
    }
}

bool heard_read(void *context, const struct proto_hosted_read *read)
{
    return hosted_take_read(context, read);
}
