/* zstream.h: makes one zlib stream (RFC 1950); zlib's state in a thread-local arena, no heap. */
#ifndef LIBSIG_ZSTREAM_H
#define LIBSIG_ZSTREAM_H

#include <stddef.h>
#include <stdint.h>

/* How other makers wrap deflate, and what became of it: for diagnoses. */
enum zstream_form { ZSTREAM_ZLIB, ZSTREAM_RAW, ZSTREAM_GZIP };
enum zstream_end { ZSTREAM_WHOLE, ZSTREAM_CUT, ZSTREAM_BAD }; /* CUT: good as far as it goes */

/* Inflates in as form says; out holds *out_len bytes whatever the end is. */
enum zstream_end zstream_probe(enum zstream_form form, uint8_t *out, size_t out_size, size_t *out_len,
                               const uint8_t *in, size_t len);

/* Deflates at level 9. len must be under ZSTREAM_DEFLATE_MAX. OK; ERR_SPACE, unless out has at least one byte more
 * than is written (zlib cannot tell an exact fit from a cut); ERR_MEMORY. */
#define ZSTREAM_DEFLATE_MAX 4096
int zstream_deflate(uint8_t *out, size_t out_size, size_t *out_len, const uint8_t *in, size_t len);

#endif
