/* log.h: log lines on standard error, logfmt or JSON. Never a secret, never a request line, query or body. */
#ifndef SIGD_LOG_H
#define SIGD_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVELS };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON, LOG_FORMATS };

/* The name in each line: "master", "signer", "front-0". */
void log_open(const char *process);

/* How and what is written from now on; logfmt and info at start. false: no such format or level. */
bool log_set(unsigned format, unsigned level);
enum log_format log_format_now(void);
enum log_level log_level_now(void);

/* "error", "warn", "info", "debug"; and the level of such a name, -1: none. */
const char *log_level_name(enum log_level level);
int log_level_named(const char *name);

/* Is a line of this level written? For lines whose fields cost something. */
bool log_wants(enum log_level level);

/* One line: time, level, process, pid, msg and further fields as `format` writes them ("" for none):
 *   log_line(LOG_LEVEL_INFO, "front started", "front=%u child=%d", index, pid);
 * Fields have other names than these five, and are name=word or name="words" with single spaces between them, in either format of the log. Bytes that a caller
 * may have chosen go through log_value. Whatever the fields hold, the line stays one line, and JSON stays JSON. */
void log_line(enum log_level level, const char *msg, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A sentence for who starts sigd or asked for something at a terminal: "sigd: ..." as it is, in JSON an error's msg. */
void log_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Lines for the same reader, as they are; in JSON each the msg of a line of this level. Cuts text at its line ends. */
void log_report(enum log_level level, char *text);

/* One line with one field of a sentence of ours, whole: what would end a quoted field is replaced. */
void log_text(enum log_level level, const char *msg, const char *field, const char *text, size_t len);

/* Quotes len bytes for a field: escaped, cut at 64 bytes. Returns out. */
#define LOG_VALUE_SIZE (64 * 4 + 6)
const char *log_value(char out[static LOG_VALUE_SIZE], const char *bytes, size_t len);

#endif
