/* log.c: log lines on standard error, logfmt. */
#include "log.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VALUE_CUT 64 /* bytes of somebody else's text in one field */

static char process_name[16] = "sigd";

void log_open(const char *process)
{
    snprintf(process_name, sizeof process_name, "%s", process);
}

void log_line(enum log_level level, const char *msg, const char *format, ...)
{
    static const char *const levels[] = { "error", "warn", "info" };
    char line[2048], time[CLOCK_RFC3339_SIZE];
    const char *quote = strchr(msg, ' ') ? "\"" : "";
    clock_rfc3339(time, clock_real());
    int n = snprintf(line, sizeof line, "time=%s level=%s proc=%s pid=%d msg=%s%s%s ", time, levels[level],
                     process_name, (int)getpid(), quote, msg, quote);
    va_list fields;
    va_start(fields, format);
    n += vsnprintf(line + n, sizeof line - (size_t)n, format, fields);
    va_end(fields);
    if ((size_t)n >= sizeof line)
        n = sizeof line - 1;
    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\n'))
        n--;
    line[n++] = '\n';
    /* one write: lines of the three processes never mix */
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nobody is left to tell */
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
