/* ledger.h: an audit log in a memory file, the clock that it sees, and a check of its chain that shares no code with it.
 * What fails here fails the test. */
#ifndef LEDGER_H
#define LEDGER_H

#include "../../sigd/signer/audit.h"

#include <jansson.h>

#define LEDGER_NOW 1795400000 /* 2026-11-23T02:13:20Z */

extern struct audit ledger;
extern int ledger_file;     /* stays open where the log's own descriptor is closed */
extern uint64_t ledger_now; /* seconds, from LEDGER_NOW */
extern uint64_t ledger_ms;  /* boot clock, milliseconds */

/* As checked fixture: an empty file and an open log. */
void ledger_start(void);
void ledger_stop(void);

/* A new memory file. */
int ledger_memory(void);

/* The log goes on with this file; fd stays the caller's. */
void ledger_open(int fd, uint32_t sync);

/* The process dies: what was not written is gone, nothing else is done. */
void ledger_kill(void);

/* A line about identifier. */
void ledger_add(const char *identifier, unsigned class);

enum audit_written ledger_flush(void);

/* All of a file, NUL behind it; valid until the next call. */
const char *ledger_text(int fd, size_t *len);

/* The whole lines of the file: those that are JSON objects, but for `open`. torn: how many may be something else. */
json_t *ledger_lines(int torn);

/* A string field of one of them, "(none)" where there is none. */
const char *ledger_string(const json_t *lines, size_t line, const char *name);

/* Walks the chain of the files, oldest first: NULL, or what is wrong with it. *gaps: gap records; may be NULL. */
const char *ledger_check(const int *fds, size_t n, unsigned *gaps);

#endif
