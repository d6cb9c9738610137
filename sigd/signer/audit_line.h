/* audit_line.h: one line of the audit log as text: a JSON object up to where the chain closes it. */
#ifndef SIGD_AUDIT_LINE_H
#define SIGD_AUDIT_LINE_H

#include <stddef.h>
#include <stdint.h>

struct usersig_claims;

#define AUDIT_LINE_MAX 4096 /* an identifier of 255 bytes takes 1,530 escaped */

struct audit_line {
    char text[AUDIT_LINE_MAX];
    size_t len;
};

/* {"time":"...","event":"..." ; the others add ,"name":... to it. */
void audit_line_begin(struct audit_line *line, const char *event, uint64_t now);

/* A string of anybody's bytes, at most 255: what is not printable ASCII becomes \u00XX, byte by byte. */
void audit_line_string(struct audit_line *line, const char *name, const char *bytes, size_t len);

/* The same of a C string; NULL: no such field. */
void audit_line_name(struct audit_line *line, const char *name, const char *value);

/* Fields of a line that was put together before, as they are. */
void audit_line_piece(struct audit_line *line, const char *text, size_t len);

/* A number. JSON's readers take up to 2^63 - 1; what is beyond becomes that. */
void audit_line_number(struct audit_line *line, const char *name, uint64_t value);
void audit_line_signed(struct audit_line *line, const char *name, int64_t value);

/* BLAKE2b-128 of the signed text and the key's name: finds the line of a leaked usersig, and tells nothing else. */
void audit_line_fingerprint(struct audit_line *line, const struct usersig_claims *claims, const char *key);

#endif
