/* audit_entry.c: who asked for what, as a line of the audit log. */
#include "audit_entry.h"

#include "audit.h"
#include "audit_line.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The start of a line. For most of a batch it is that of the line before, which is still there. */
static void begin(struct audit_line *line, const char *event, const char *app, const struct audit_who *who,
                  uint64_t now)
{
    static struct {
        size_t len;
        uint64_t now;
        uid_t uid;
        pid_t pid;
        char event[16], app[SIGD_NAME_MAX + 1], socket[SIGD_NAME_MAX + 1];
    } last;
    if (last.len && last.now == now && last.uid == who->uid && last.pid == who->pid &&
        same(last.event, event) && same(last.app, app) && same(last.socket, who->socket)) {
        line->len = last.len;
        return;
    }
    audit_line_begin(line, event, now);
    if (who->uid != (uid_t)-1) {
        audit_line_number(line, "uid", who->uid);
        audit_line_signed(line, "pid", who->pid);
    }
    audit_line_name(line, "socket", who->socket);
    audit_line_name(line, "app", app);
    last.len = 0;
    if (app && who->socket && strlen(event) < sizeof last.event && strlen(app) < sizeof last.app &&
        strlen(who->socket) < sizeof last.socket) {
        last.len = line->len;
        last.now = now;
        last.uid = who->uid;
        last.pid = who->pid;
        strcpy(last.event, event);
        strcpy(last.app, app);
        strcpy(last.socket, who->socket);
    }
}

static void number(struct audit_line *line, const char *name, uint64_t value)
{
    if (value)
        audit_line_number(line, name, value);
}

/* What a usersig lasts and who signed it: for most of a batch the same as for the one before. */
static void terms(struct audit_line *line, const struct audit_what *what)
{
    static struct {
        size_t len; /* 0: nothing is known */
        uint64_t issued_at, lifetime;
        char key[SIGD_NAME_MAX + 1], text[128 + SIGD_NAME_MAX];
    } last;
    size_t from = line->len;
    if (last.len && last.issued_at == what->issued_at && last.lifetime == what->lifetime &&
        same(last.key, what->key)) {
        audit_line_piece(line, last.text, last.len);
        return;
    }
    number(line, "issued_at", what->issued_at);
    number(line, "lifetime", what->lifetime);
    audit_line_name(line, "key", what->key);
    last.len = 0;
    if (what->key && strlen(what->key) < sizeof last.key && line->len - from <= sizeof last.text) {
        last.len = line->len - from;
        last.issued_at = what->issued_at;
        last.lifetime = what->lifetime;
        strcpy(last.key, what->key);
        memcpy(last.text, line->text + from, last.len);
    }
}

const struct audit_line *audit_entry_write(const struct audit_who *who, const struct audit_what *what,
                                           uint64_t now)
{
    static struct audit_line line; /* 4 KiB, which would be cleared each time */
    begin(&line, what->event, what->app, who, now);
    audit_line_name(&line, "action", what->action);
    if (what->identifier)
        audit_line_string(&line, "identifier", what->identifier, what->identifier_len);
    terms(&line, what);
    if (what->claims && what->key)
        audit_line_fingerprint(&line, what->claims, what->key);
    audit_line_name(&line, "verdict", what->verdict);
    return &line;
}
