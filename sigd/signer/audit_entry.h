/* audit_entry.h: who asked for what, as a line of the audit log. */
#ifndef SIGD_AUDIT_ENTRY_H
#define SIGD_AUDIT_ENTRY_H

#include <stdint.h>

struct audit_line;
struct audit_what;
struct audit_who;

/* The line, up to where the chain closes it; until the next call. */
const struct audit_line *audit_entry_write(const struct audit_who *who, const struct audit_what *what,
                                           uint64_t now);

#endif
