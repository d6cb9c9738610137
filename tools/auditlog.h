/* auditlog.h: reads the lines of sigd's audit log as a stream, of any size. docs/AUDIT.md tells what they are. */
#ifndef TOOLS_AUDITLOG_H
#define TOOLS_AUDITLOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDITLOG_DEFAULT "/var/log/sigd/audit.log"
#define AUDITLOG_LINE_MAX 8192 /* bytes; sigd's are shorter */
#define AUDITLOG_HEX 65        /* of a BLAKE2b-256, with its end */

struct auditlog_line {
    const char *file;
    uint64_t number, offset, bytes; /* in the file, from 1 and from 0; bytes with the newline */
    char hash[AUDITLOG_HEX];        /* of the line with its newline, which the last one may lack */
    bool ended;                     /* by a newline */
    /* of a line that sigd has written; of any other object is NULL */
    const json_t *object;
    const char *event, *prev;
    uint64_t seq;
};

/* A string field of the line, "" where there is none. */
const char *auditlog_string(const struct auditlog_line *line, const char *name);

/* Gives each line of a file ("-": standard input) to take. 0, or an exit status after a message. */
typedef void auditlog_take(void *context, const struct auditlog_line *line);
int auditlog_read(const char *path, auditlog_take *take, void *context);

#endif
