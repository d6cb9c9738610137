/* audit_chain.h: the chain through the audit log. Each line ends with its number and the BLAKE2b-256 of the line above
 * it, newline included, whatever stands there: docs/AUDIT.md. */
#ifndef SIGD_AUDIT_CHAIN_H
#define SIGD_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_CHAIN_BYTES 32
#define AUDIT_CHAIN_HEX (2 * AUDIT_CHAIN_BYTES + 1)
#define AUDIT_CHAIN_CLOSE 112 /* what closes a line: ,"seq":N,"prev":"..."} and the newline */

/* All zero: no line yet. */
struct audit_chain {
    uint64_t seq;                          /* number of the last line */
    unsigned char head[AUDIT_CHAIN_BYTES]; /* hash of the last line */
};

/* Writes body and its close to out, which has room for AUDIT_CHAIN_CLOSE more; the chain moves on. Bytes written. */
size_t audit_chain_close(struct audit_chain *chain, char *out, const char *body, size_t len);

/* The head is the hash of these bytes from now on: of a line that is none of ours. */
void audit_chain_skip(struct audit_chain *chain, const char *line, size_t len);

void audit_chain_hex(char out[static AUDIT_CHAIN_HEX], const unsigned char hash[static AUDIT_CHAIN_BYTES]);

/* Is this, with the newline that it may lack, a line as audit_chain_close makes them? If so, its number and its time
 * (0: not told); else both stay. A fixed scan: no JSON is read here. */
bool audit_chain_read(const char *line, size_t len, uint64_t *seq, uint64_t *time);

#endif
