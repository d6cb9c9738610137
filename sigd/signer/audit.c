/* audit.c: the audit log: one JSON object a line. */
#include "audit.h"

#include "clock.h"
#include "log.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096  /* an identifier of 255 bytes takes 1,530 escaped */
#define FINGERPRINT_BYTES 16 /* BLAKE2b-128 */

void audit_open(struct audit *audit, int fd)
{
    audit_close(audit);
    audit->fd = fd;
}

void audit_close(struct audit *audit)
{
    if (audit->fd >= 0)
        close(audit->fd);
    free(audit->lines);
    *audit = (struct audit){ .fd = -1 };
}

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct line *line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line->text + line->len, sizeof line->text - line->len, format, list);
    va_end(list);
    /* LINE_MAX_BYTES holds every field at its longest; should one grow, the line is cut, never overrun */
    size_t room = sizeof line->text - line->len - 1;
    line->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

/* A string of anybody's bytes: what is not printable ASCII becomes \u00XX, byte by byte. */
static void put_string(struct line *line, const char *name, const char *bytes, size_t len)
{
    put(line, ",\"%s\":\"", name);
    for (size_t i = 0; i < len && i < USERSIG_IDENTIFIER_MAX; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
            put(line, "\\u%04x", c);
        else
            line->text[line->len++] = (char)c;
    }
    put(line, "\"");
}

static void put_name(struct line *line, const char *name, const char *value)
{
    if (value)
        put_string(line, name, value, strlen(value));
}

/* A number that is told when it is not 0. JSON's readers take up to 2^63 - 1: beyond it is a front's nonsense. */
static void put_number(struct line *line, const char *name, uint64_t value)
{
    if (value)
        put(line, ",\"%s\":%lld", name, (long long)(value > INT64_MAX ? INT64_MAX : value));
}

/* BLAKE2b-128 of the signed text and the key's name: finds the line of a leaked usersig, and tells nothing else. */
static void put_fingerprint(struct line *line, const struct usersig_claims *claims, const char *key)
{
    char text[USERSIG_SIGNED_TEXT_MAX], hex[FINGERPRINT_BYTES * 2 + 1];
    unsigned char print[FINGERPRINT_BYTES];
    crypto_generichash_state state;
    size_t len;
    if (usersig_claims_text(claims, text, sizeof text, &len) != USERSIG_OK)
        return;
    crypto_generichash_init(&state, NULL, 0, sizeof print);
    crypto_generichash_update(&state, (const unsigned char *)text, len);
    crypto_generichash_update(&state, (const unsigned char *)key, strlen(key));
    crypto_generichash_final(&state, print, sizeof print);
    put(line, ",\"fingerprint\":\"%s\"", sodium_bin2hex(hex, sizeof hex, print, sizeof print));
}

static void keep(struct audit *audit, struct line *line)
{
    put(line, "}\n");
    if (audit->size - audit->len < line->len) {
        size_t size = audit->size ? audit->size * 2 : 64 * 1024;
        while (size - audit->len < line->len)
            size *= 2;
        char *lines = realloc(audit->lines, size);
        if (!lines) {
            audit->lost = true;
            return;
        }
        audit->lines = lines;
        audit->size = size;
    }
    memcpy(audit->lines + audit->len, line->text, line->len);
    audit->len += line->len;
}

static void begin(struct line *line, const char *event, const struct audit_who *who, uint64_t now)
{
    char time[CLOCK_RFC3339_SIZE];
    clock_rfc3339(time, now);
    line->len = 0;
    put(line, "{\"time\":\"%s\",\"event\":\"%s\"", time, event);
    if (who->uid != (uid_t)-1)
        put(line, ",\"uid\":%u,\"pid\":%d", who->uid, (int)who->pid);
    put_name(line, "socket", who->socket);
}

void audit_add(struct audit *audit, const struct audit_who *who, const struct audit_what *what, uint64_t now)
{
    struct line line;
    begin(&line, what->event, who, now);
    put_name(&line, "app", what->app);
    put_name(&line, "action", what->action);
    if (what->identifier)
        put_string(&line, "identifier", what->identifier, what->identifier_len);
    put_number(&line, "issued_at", what->issued_at);
    put_number(&line, "lifetime", what->lifetime);
    put_name(&line, "key", what->key);
    if (what->claims && what->key)
        put_fingerprint(&line, what->claims, what->key);
    put_name(&line, "verdict", what->verdict);
    keep(audit, &line);
}

/* The counts of uid; another uid's room is taken when all are in use, after its count has been written. */
static struct audit_refusals *refusals_of(struct audit *audit, uid_t uid)
{
    struct audit_refusals *oldest = &audit->refusals[0];
    for (size_t i = 0; i < AUDIT_UIDS; i++) {
        struct audit_refusals *r = &audit->refusals[i];
        if (r->second && r->uid == uid)
            return r;
        if (r->second < oldest->second)
            oldest = r;
    }
    return oldest;
}

static void write_suppressed(struct audit *audit, struct audit_refusals *r, uint64_t now)
{
    if (r->suppressed) {
        struct line line;
        begin(&line, "refused", &(struct audit_who){ .uid = r->uid }, now);
        put(&line, ",\"suppressed\":%u", r->suppressed);
        keep(audit, &line);
    }
    r->suppressed = 0;
}

void audit_refuse(struct audit *audit, const struct audit_who *who, const struct audit_what *what,
                  uint64_t now)
{
    struct audit_refusals *r = refusals_of(audit, who->uid);
    if (r->second != now || r->uid != who->uid) {
        write_suppressed(audit, r, now);
        *r = (struct audit_refusals){ .second = now, .uid = who->uid };
    }
    if (r->lines < AUDIT_REFUSALS_PER_SECOND) {
        r->lines++;
        audit_add(audit, who, what, now);
    } else {
        r->suppressed++;
    }
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

bool audit_flush(struct audit *audit)
{
    uint64_t second = clock_real();
    for (size_t i = 0; i < AUDIT_UIDS; i++)
        if (audit->refusals[i].suppressed && audit->refusals[i].second != second)
            write_suppressed(audit, &audit->refusals[i], second);
    if (audit->len == 0 && !audit->lost)
        return audit->fd >= 0 && !audit->broken;
    /* after a failed write the last line may be torn: end it, so that the next one is whole */
    bool written = audit->fd >= 0 && !audit->lost && (!audit->broken || write_all(audit->fd, "\n", 1)) &&
                   write_all(audit->fd, audit->lines, audit->len);
    if (written == audit->broken) /* tell each change once */
        log_line(written ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
                 written ? "the audit log is written again"
                         : "the audit log cannot be written: nothing is signed",
                 "error=\"%s\"", written ? "none" : strerror(errno));
    audit->broken = !written;
    audit->lost = false;
    audit->len = 0;
    return written;
}

bool audit_waits(const struct audit *audit)
{
    for (size_t i = 0; i < AUDIT_UIDS; i++)
        if (audit->refusals[i].suppressed)
            return true;
    return false;
}
