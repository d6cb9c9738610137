/* audit_text.h: numbers and hashes as text. The audit log is written without stdio, which took most of the signer's time. */
#ifndef SIGD_AUDIT_TEXT_H
#define SIGD_AUDIT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define AUDIT_TEXT_DIGITS 20 /* of 2^64 - 1 */

/* Writes a number without a NUL; how many digits. */
size_t audit_text_number(char out[static AUDIT_TEXT_DIGITS], uint64_t value);

/* Writes bytes in lower case, without a NUL; how many digits. Not for secrets: its time tells the bytes. */
size_t audit_text_hex(char *out, const unsigned char *bytes, size_t len);

#endif
