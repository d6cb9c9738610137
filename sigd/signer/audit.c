/* audit.c: the audit log: what goes in, when it is written, and what then may be answered. */
#include "audit.h"

#include "audit_entry.h"
#include "audit_line.h"
#include "log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SECOND_MS 1000
#define RETRY_MS 250  /* so that all is signed again within a second of the mend */
#define TELL_MS 60000 /* the hash of the last line goes to the log so often, when there are new lines */

/* ---- lines ----------------------------------------------------------------------------------------- */

static void add(struct audit *audit, const struct audit_who *who, const struct audit_what *what,
                unsigned class, uint64_t now)
{
    const struct audit_line *line = audit_entry_write(who, what, now);
    audit_pending_add(&audit->pending, class, line->text, line->len);
}

void audit_add(struct audit *audit, const struct audit_who *who, const struct audit_what *what, uint64_t now)
{
    add(audit, who, what, what->class, now);
}

static void add_suppressed(struct audit *audit, const struct audit_refusals_count *count, uint64_t now)
{
    struct audit_line line;
    audit_line_begin(&line, "refused", now);
    if (count->uid != (uid_t)-1)
        audit_line_number(&line, "uid", count->uid);
    audit_line_number(&line, "suppressed", count->suppressed);
    audit_pending_add(&audit->pending, AUDIT_FACT, line.text, line.len);
}

void audit_refuse(struct audit *audit, const struct audit_who *who, const struct audit_what *what,
                  uint64_t now)
{
    struct audit_refusals_count due;
    struct audit_what told = *what;
    if (told.identifier_len > AUDIT_REFUSED_IDENTIFIER_MAX)
        told.identifier_len = AUDIT_REFUSED_IDENTIFIER_MAX;
    bool in_time = audit_refusals_note(&audit->refusals, who->uid, now, &due);
    if (due.suppressed)
        add_suppressed(audit, &due, now);
    if (in_time)
        add(audit, who, &told, AUDIT_FACT, now);
}

/* ---- the file and its reserve ---------------------------------------------------------------------- */

bool audit_open(struct audit *audit, int fd, uint32_t sync, uint64_t now, uint64_t now_ms)
{
    char hex[AUDIT_CHAIN_HEX];
    if (audit_file_is(&audit->file, fd)) {
        audit->file.sync = sync;
        close(fd);
        return true;
    }
    if (audit->file.fd >= 0) {
        audit_flush(audit, now, now_ms);
        audit_head(audit, hex);
    }
    bool another = audit->file.fd >= 0;
    if (!audit_file_open(&audit->file, fd, sync))
        return false;
    audit->broken = false;
    if (another &&
        !audit->file.opens) { /* what is there has a chain of its own: tell how they hang together */
        struct audit_line line;
        audit_line_begin(&line, "open", now);
        audit_line_name(&line, "from", hex);
        audit_pending_add(&audit->pending, AUDIT_ESSENTIAL | AUDIT_FACT, line.text, line.len);
    }
    return true;
}

static void set_full(struct audit *audit, bool full)
{
    if (full != audit->full)
        log_line(
            full ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
            full ? "no room for the audit log: its reserve serves what is essential, nothing else is signed"
                 : "there is room for the audit log again, and its reserve is back",
            "");
    audit->full = full;
}

void audit_hold(struct audit *audit, int fd)
{
    int error = audit_reserve_open(&audit->reserve, fd);
    if (error && !audit_reserve_helps(error)) {
        log_line(LOG_LEVEL_WARN, "the audit log has no reserve: a full disk stops everything", "error=\"%s\"",
                 strerror(error));
        audit_reserve_close(&audit->reserve);
    }
    set_full(audit, audit->reserve.fd >= 0 && !audit->reserve.filled);
}

/* ---- writing --------------------------------------------------------------------------------------- */

/* Tells each change once. */
static void set_broken(struct audit *audit, bool broken)
{
    if (broken != audit->broken)
        log_line(broken ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
                 broken ? "the audit log cannot be written: nothing is signed"
                        : "the audit log is written again",
                 "error=\"%s\"", broken ? strerror(audit->file.error) : "none");
    audit->broken = broken;
}

/* Writes; a full disk costs the reserve, and then takes what is essential. */
static bool write_lines(struct audit *audit, uint64_t now, uint64_t now_ms)
{
    struct audit_file *file = &audit->file;
    if (audit_file_write(file, &audit->pending, audit->full ? AUDIT_ESSENTIAL : 0, now, now_ms))
        return true;
    if (audit->full || !audit->reserve.filled || !audit_reserve_helps(file->error))
        return false;
    audit_reserve_release(&audit->reserve);
    set_full(audit, true);
    return audit_file_write(file, &audit->pending, AUDIT_ESSENTIAL, now, now_ms);
}

static bool due(uint64_t at_ms, uint64_t now_ms)
{
    return now_ms >= at_ms;
}

/* Is there something to try again that no line will ask for? */
static bool stands(const struct audit *audit)
{
    return audit->full || audit->pending.lines || audit->pending.withheld || audit->pending.lost ||
           audit_file_owes(&audit->file);
}

enum audit_written audit_flush(struct audit *audit, uint64_t now, uint64_t now_ms)
{
    struct audit_refusals_count count;
    while (audit_refusals_take(&audit->refusals, now, &count))
        add_suppressed(audit, &count, now);
    bool asked = audit->pending.lines || audit->pending.refused;
    bool again = stands(audit) && due(audit->retry_ms, now_ms);
    if (again)
        audit->retry_ms = now_ms + RETRY_MS;
    if (audit->full && again && audit_reserve_fill(&audit->reserve) == 0)
        set_full(audit, false);
    if (asked || again) {
        bool refused = audit->pending.refused;
        bool written = write_lines(audit, now, now_ms) && !refused;
        if (written && audit->file.sync == PROTO_SYNC_BATCH)
            written = audit_file_sync(&audit->file);
        if (refused)
            audit->file.error = ENOMEM;
        set_broken(audit, !written);
        audit->pending.refused = false;
        audit_pending_keep_facts(&audit->pending);
    }
    if (audit->broken || audit->file.fd < 0)
        return AUDIT_WRITTEN_NOTHING;
    return audit->full ? AUDIT_WRITTEN_ESSENTIAL : AUDIT_WRITTEN_ALL;
}

/* ---- in due time ----------------------------------------------------------------------------------- */

static void sync_in_time(struct audit *audit, uint64_t now_ms)
{
    if (!audit->file.dirty || !due(audit->file.dirty_ms + SECOND_MS, now_ms))
        return;
    bool behind = !audit_file_sync(&audit->file);
    if (behind) {
        audit->file.dirty_ms = now_ms;
        if (!audit->behind)
            log_line(LOG_LEVEL_ERROR, "the audit log cannot be synced: a loss of power may cost lines",
                     "error=\"%s\"", strerror(audit->file.error));
    }
    audit->behind = behind;
}

/* So that a tail that is cut off shows: somebody else keeps the log. */
static void tell_head(struct audit *audit, uint64_t now_ms)
{
    char hex[AUDIT_CHAIN_HEX];
    uint64_t seq = audit_head(audit, hex);
    if (seq == audit->told || !due(audit->told_ms + TELL_MS, now_ms))
        return;
    log_line(LOG_LEVEL_INFO, "audit head", "seq=%llu head=%s", (unsigned long long)seq, hex);
    audit->told = seq;
    audit->told_ms = now_ms;
}

void audit_tick(struct audit *audit, uint64_t now, uint64_t now_ms)
{
    if (audit->file.fd < 0)
        return;
    audit_flush(audit, now, now_ms);
    sync_in_time(audit, now_ms);
    tell_head(audit, now_ms);
}

void audit_close(struct audit *audit, uint64_t now, uint64_t now_ms)
{
    if (audit->file.fd >= 0) {
        audit_flush(audit, now, now_ms);
        tell_head(audit, UINT64_MAX);
    }
    audit_file_close(&audit->file);
    audit_reserve_close(&audit->reserve);
    audit_pending_clear(&audit->pending);
    *audit = (struct audit)AUDIT_CLOSED;
}

uint64_t audit_next(const struct audit *audit, uint64_t now_ms)
{
    uint64_t next = UINT64_MAX;
    if (audit->file.fd < 0)
        return next;
    if (audit_refusals_wait(&audit->refusals))
        next = now_ms + SECOND_MS;
    if (stands(audit) && audit->retry_ms < next)
        next = audit->retry_ms;
    if (audit->file.dirty && audit->file.dirty_ms + SECOND_MS < next)
        next = audit->file.dirty_ms + SECOND_MS;
    if (audit->file.chain.seq != audit->told && audit->told_ms + TELL_MS < next)
        next = audit->told_ms + TELL_MS;
    return next;
}

uint64_t audit_head(const struct audit *audit, char hex[static AUDIT_CHAIN_HEX])
{
    /* what stands behind the last whole line is no part of the chain */
    audit_chain_hex(hex, audit->file.damaged ? audit->file.after : audit->file.chain.head);
    return audit->file.chain.seq;
}

uint64_t audit_head_number(const struct audit *audit)
{
    const unsigned char *head = audit->file.damaged ? audit->file.after : audit->file.chain.head;
    uint64_t number = 0;
    for (size_t i = 0; i < 7; i++)
        number = number << 8 | head[i];
    return number >> 4;
}

uint64_t audit_time(const struct audit *audit)
{
    return audit->file.time;
}
