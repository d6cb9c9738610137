/* stop.c: how the daemon ends: by a signal, because the signer did, because something failed. */
#include "stop.h"

#include "log.h"
#include "master.h"
#include "note.h"
#include "notify.h"

#include <errno.h>
#include <string.h>

#define DRAIN_MS 5500 /* the fronts give busy connections 5 s */
#define END_MS 2000   /* until a signer that was told to end is killed, a reload given up for a stop */

void stop_now(struct master *m, int status)
{
    m->phase = MASTER_STOPPED;
    m->status = status;
}

void stop_failed(struct master *m, const char *msg)
{
    log_line(LOG_LEVEL_ERROR, msg, "error=\"%s\"", strerror(errno));
    stop_now(m, STOP_SYSTEM);
}

void stop_drain(struct master *m)
{
    if (m->phase < MASTER_SERVING) {
        stop_now(m, 0);
        return;
    }
    if (m->phase != MASTER_SERVING)
        return;
    if (m->change.kind == CHANGE_RELOAD && !m->stop_ms) {
        m->stop_ms = m->now_ms + END_MS; /* the signer may go by the new model already, the fronts do not */
        return;
    }
    if (m->change.kind == CHANGE_RELOAD && m->now_ms < m->stop_ms)
        return;
    log_line(LOG_LEVEL_INFO, "stopping", "");
    m->phase = MASTER_DRAINING; /* nothing new begins when what is under way is given up */
    change_stop(m);
    notify_stopping();
    m->deadline = m->now_ms + DRAIN_MS;
    sockets_close(m->sockets);
    fronts_drain(&m->fronts);
}

void stop_for_signer(struct master *m, int status)
{
    char how[32];
    fronts_describe(how, status);
    log_line(LOG_LEVEL_ERROR, "the signer ended: everything stops", "how=\"%s\"", how);
    children_tell_end("sigd-signer", status);
    stop_now(m, STOP_SYSTEM);
}

void stop_signer(struct master *m)
{
    if (m->signer.pid && !m->plan->check_only)
        note_send(&m->signer.chan, PROTO_NOTE_STOP, &(struct note_what){ .failed = m->status != 0 });
    children_flush(&m->signer);
    children_end(&m->signer, END_MS);
}
