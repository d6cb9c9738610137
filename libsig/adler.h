/* adler.h: Adler-32 (RFC 1950, section 8.2), the check sum at the end of a zlib stream. */
#ifndef LIBSIG_ADLER_H
#define LIBSIG_ADLER_H

#include <stddef.h>
#include <stdint.h>

#define ADLER_START 1u
#define ADLER_MODULUS 65521u
#define ADLER_LEN_MAX (64u * 1024) /* bytes in one call */

/* The sum after len more bytes. */
uint32_t adler_sum(uint32_t adler, const void *bytes, size_t len);

#endif
