/* inflate.h: reads one zlib stream (RFC 1950, RFC 1951) that is whole and short, as zlib itself would, in a tenth of
 * the time that zlib needs to get ready. */
#ifndef LIBSIG_INFLATE_H
#define LIBSIG_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Inflates in, which must be one whole stream with nothing after it, into at most out_size bytes (no more than
 * ADLER_LEN_MAX). False, with *out_len 0, for all that zlib's inflate would not take to its end in one call. */
bool inflate_stream(uint8_t *out, size_t out_size, size_t *out_len, const uint8_t *in, size_t len);

/* A stream's last block, entered in its middle with codes that are known. */
struct inflate_codes {
    const uint16_t *near, *far;   /* symbol << 6 | length of its code, by the next bits; complete codes */
    unsigned near_bits, far_bits; /* up to 15 */
};
struct inflate_entry {
    size_t done;   /* bytes in out so far */
    uint64_t hold; /* bits before in, the next one lowest */
    unsigned held; /* how many, up to 56 */
};

/* As inflate_stream from there. */
bool inflate_rest(uint8_t *out, size_t out_size, size_t *out_len, const uint8_t *in, size_t len,
                  const struct inflate_codes *codes, const struct inflate_entry *entry);

#endif
