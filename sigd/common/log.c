/* log.c: log lines on standard error, logfmt or JSON. */
#include "log.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VALUE_CUT 64     /* bytes of somebody else's text in one field */
#define FIELDS_SIZE 2048 /* of one line; what is more is cut */
#define MSG_MAX 1024     /* bytes of msg */
#define DIGITS_MAX 15    /* of a JSON number: every reader takes it exactly */

static char process_name[16] = "sigd";
static enum log_format log_format = LOG_FORMAT_LOGFMT;
static enum log_level log_level = LOG_LEVEL_INFO;

/* A line that is composed: never longer than its room, which holds the longest fields escaped. */
struct line {
    size_t len;
    char text[(MSG_MAX + FIELDS_SIZE) * 6 + 512];
};

void log_open(const char *process)
{
    snprintf(process_name, sizeof process_name, "%s", process);
}

bool log_set(unsigned format, unsigned level)
{
    if (format >= LOG_FORMATS || level >= LOG_LEVELS)
        return false;
    log_format = (enum log_format)format;
    log_level = (enum log_level)level;
    return true;
}

enum log_format log_format_now(void)
{
    return log_format;
}

enum log_level log_level_now(void)
{
    return log_level;
}

const char *log_level_name(enum log_level level)
{
    static const char *const names[LOG_LEVELS] = { "error", "warn", "info", "debug" };
    return names[level];
}

int log_level_named(const char *name)
{
    for (int level = 0; level < LOG_LEVELS; level++)
        if (strcmp(log_level_name((enum log_level)level), name) == 0)
            return level;
    return -1;
}

bool log_wants(enum log_level level)
{
    return level <= log_level;
}

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct line *line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line->text + line->len, sizeof line->text - line->len, format, list);
    va_end(list);
    size_t room = sizeof line->text - line->len - 1;
    line->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

static void put_char(struct line *line, char c)
{
    if (line->len < sizeof line->text - 1)
        line->text[line->len++] = c;
}

/* A line break, a control or a byte of no encoding would make another line, or none. */
static void put_plain(struct line *line, const char *bytes, size_t most)
{
    for (; *bytes && most; bytes++, most--)
        if ((unsigned char)*bytes < 0x20 || (unsigned char)*bytes >= 0x7F)
            put(line, "\\x%02x", (unsigned char)*bytes);
        else
            put_char(line, *bytes);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Part of a JSON string. log_value's \xNN, the only way a backslash comes into a field, becomes \u00NN. */
static void put_json(struct line *line, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\\' && i + 3 < len && bytes[i + 1] == 'x' && is_hex(bytes[i + 2]) && is_hex(bytes[i + 3])) {
            put(line, "\\u00%.2s", bytes + i + 2);
            i += 3;
        } else if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') {
            put(line, "\\u%04x", c);
        } else {
            put_char(line, (char)c);
        }
    }
}

static bool is_name(const char *at, size_t len)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    return len > 0 && strspn(at, chars) == len;
}

/* Does a field, name=, begin here? */
static bool begins_field(const char *at)
{
    size_t len = strcspn(at, "= ");
    return at[len] == '=' && is_name(at, len);
}

/* A value's length: to its closing quote, or to the space before the next field. */
static size_t value_length(const char *at)
{
    const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
    while (end && end[1] && !(end[1] == ' ' && begins_field(end + 2)))
        end = strchr(end + 1, '"'); /* a quote within: the words were not escaped */
    if (end)
        return (size_t)(end + 1 - at);
    size_t len = strcspn(at, " ");
    while (at[len] && !begins_field(at + len + 1))
        len += 1 + strcspn(at + len + 1, " ");
    return len;
}

static void put_value(struct line *line, const char *at, size_t len)
{
    if (strspn(at, "0123456789") == len && len > 0 && len <= DIGITS_MAX && (at[0] != '0' || len == 1)) {
        put(line, "%.*s", (int)len, at);
        return;
    }
    bool quoted = len >= 2 && at[0] == '"' && at[len - 1] == '"';
    put(line, "\"");
    put_json(line, at + quoted, len - 2 * (size_t)quoted);
    put(line, "\"");
}

/* name=value ... as members; what has no name is "fields". */
static void put_members(struct line *line, const char *at)
{
    if (*at && !begins_field(at)) {
        put(line, ",\"fields\":\"");
        put_json(line, at, strlen(at));
        put(line, "\"");
        return;
    }
    while (*at) {
        size_t name = strcspn(at, "="), value = value_length(at + name + 1);
        put(line, ",\"%.*s\":", (int)name, at);
        put_value(line, at + name + 1, value);
        at += name + 1 + value;
        at += *at == ' ';
    }
}

/* Takes the rest of the line and lets it go with one write: lines of the three processes never mix. */
static void write_line(struct line *line)
{
    line->text[line->len++] = '\n';
    if (write(STDERR_FILENO, line->text, line->len) < 0)
        return; /* nobody is left to tell */
}

static void compose(struct line *line, enum log_level level, const char *msg, const char *fields)
{
    char time[CLOCK_RFC3339_SIZE];
    clock_rfc3339(time, clock_real());
    if (log_format == LOG_FORMAT_JSON) {
        put(line, "{\"time\":\"%s\",\"level\":\"%s\",\"proc\":\"%s\",\"pid\":%d,\"msg\":\"", time,
            log_level_name(level), process_name, (int)getpid());
        put_json(line, msg, strnlen(msg, MSG_MAX));
        put(line, "\"");
        put_members(line, fields);
        put(line, "}");
    } else {
        const char *quote = strchr(msg, ' ') ? "\"" : "";
        put(line, "time=%s level=%s proc=%s pid=%d msg=%s", time, log_level_name(level), process_name,
            (int)getpid(), quote);
        put_plain(line, msg, MSG_MAX);
        put(line, "%s%s", quote, *fields ? " " : "");
        put_plain(line, fields, FIELDS_SIZE);
    }
}

void log_line(enum log_level level, const char *msg, const char *format, ...)
{
    struct line line;
    char fields[FIELDS_SIZE];
    if (!log_wants(level))
        return;
    line.len = 0;
    va_list list;
    va_start(list, format);
    int n = vsnprintf(fields, sizeof fields, format, list);
    va_end(list);
    if (n < 0)
        fields[0] = '\0';
    compose(&line, level, msg, fields);
    write_line(&line);
}

void log_tell(const char *format, ...)
{
    struct line line;
    char text[FIELDS_SIZE];
    va_list list;
    va_start(list, format);
    if (vsnprintf(text, sizeof text, format, list) < 0)
        text[0] = '\0';
    va_end(list);
    line.len = 0;
    if (log_format == LOG_FORMAT_JSON) {
        compose(&line, LOG_LEVEL_ERROR, text, "");
    } else {
        put(&line, "sigd: ");
        put_plain(&line, text, FIELDS_SIZE);
    }
    write_line(&line);
}

void log_text(enum log_level level, const char *msg, const char *field, const char *text, size_t len)
{
    char value[1024];
    size_t n = 0;
    for (size_t i = 0; i < len && n < sizeof value - 1; i++)
        value[n++] = text[i] == '"' || text[i] == '\\' ? '\'' : text[i] < 0x20 ? ' ' : text[i];
    value[n] = '\0';
    log_line(level, msg, "%s=\"%s\"", field, value);
}

void log_report(enum log_level level, char *text)
{
    char *rest = NULL;
    for (char *at = log_wants(level) ? strtok_r(text, "\n", &rest) : NULL; at;
         at = strtok_r(NULL, "\n", &rest)) {
        struct line line;
        line.len = 0;
        if (log_format == LOG_FORMAT_JSON)
            compose(&line, level, at, "");
        else
            put_plain(&line, at, FIELDS_SIZE);
        write_line(&line);
    }
}

const char *log_value(char out[static LOG_VALUE_SIZE], const char *bytes, size_t len)
{
    char *at = out;
    *at++ = '"';
    for (size_t i = 0; i < len && i < VALUE_CUT; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
            at += snprintf(at, 5, "\\x%02x", c);
        else
            *at++ = (char)c;
    }
    if (len > VALUE_CUT) {
        memcpy(at, "...", 3);
        at += 3;
    }
    *at++ = '"';
    *at = '\0';
    return out;
}
