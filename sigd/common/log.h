/* log.h: log lines on standard error, logfmt. Never a secret, never a request line, query or body. */
#ifndef SIGD_LOG_H
#define SIGD_LOG_H

#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO };

/* The name in each line: "master", "signer", "front-0". */
void log_open(const char *process);

/* One line: time, level, process, pid, msg and further fields as `format` writes them ("" for none):
 *   log_line(LOG_LEVEL_INFO, "front started", "front=%u pid=%d", index, pid);
 * Bytes that a caller may have chosen go through log_value. */
void log_line(enum log_level level, const char *msg, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One line with one field of a sentence of ours, whole: what would end a quoted field is replaced. */
void log_text(enum log_level level, const char *msg, const char *field, const char *text, size_t len);

/* Quotes len bytes for a field: escaped, cut at 64 bytes. Returns out. */
#define LOG_VALUE_SIZE (64 * 4 + 6)
const char *log_value(char out[static LOG_VALUE_SIZE], const char *bytes, size_t len);

#endif
