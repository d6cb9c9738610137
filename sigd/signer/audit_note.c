/* audit_note.c: the master's notes as lines of the audit log. */
#include "audit.h"
#include "audit_line.h"

#include <string.h>

/* Each event: what its fields are called. NULL: it has none. */
static const struct {
    const char *event, *number, *name;
} forms[PROTO_NOTES] = {
    [PROTO_NOTE_START] = { "start", "generation", NULL },
    [PROTO_NOTE_STOP] = { "stop", NULL, NULL },
    [PROTO_NOTE_RELOAD] = { "reload", "generation", NULL },
    [PROTO_NOTE_REVOKED] = { "revoked", NULL, "key" },
    [PROTO_NOTE_FREEZE] = { "freeze", NULL, "identifier" },
    [PROTO_NOTE_THAW] = { "thaw", NULL, "identifier" },
    [PROTO_NOTE_FLUSH] = { "flush", "issued_at", "identifier" },
    [PROTO_NOTE_PUBLISHED] = { "published", "issued_at", "identifier" },
    [PROTO_NOTE_WITHDRAWN] = { "withdrawn", "issued_at", "identifier" },
};

static bool printable(const char *field, size_t size)
{
    size_t len = strnlen(field, size);
    for (size_t i = 0; i < len; i++)
        if (field[i] < 0x20 || field[i] > 0x7E)
            return false;
    return len < size;
}

static void put(struct audit_line *line, const char *name, const char *value)
{
    if (name && value[0])
        audit_line_name(line, name, value);
}

bool audit_note(struct audit *audit, const struct proto_note *note, uint64_t now)
{
    struct audit_line line;
    if (note->event >= PROTO_NOTES || !printable(note->app, sizeof note->app) ||
        !printable(note->name, sizeof note->name) || !printable(note->text, sizeof note->text))
        return false;
    audit_line_begin(&line, forms[note->event].event, now);
    if (note->uid != UINT32_MAX) {
        audit_line_number(&line, "uid", note->uid);
        audit_line_number(&line, "pid", note->pid);
    }
    put(&line, "app", note->app);
    put(&line, forms[note->event].name, note->name);
    if (forms[note->event].number && note->number)
        audit_line_signed(&line, forms[note->event].number, note->number);
    put(&line, "detail", note->text);
    audit_line_name(&line, "verdict", note->failed ? "failed" : "ok");
    audit_pending_add(&audit->pending, AUDIT_ESSENTIAL | AUDIT_FACT, line.text, line.len);
    return true;
}
