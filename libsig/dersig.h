/* dersig.h: an ECDSA signature as r || s and as DER (RFC 3279 section 2.2.3, X.690 section 10 and 11). */
#ifndef LIBSIG_DERSIG_H
#define LIBSIG_DERSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DERSIG_PROOF_LEN 64
#define DERSIG_MAX 72 /* bytes of DER: two integers of 33 bytes */

/* Reads all of der: shortest form of everything, r and s from 1 to 2^256-1, nothing behind. */
bool dersig_read(uint8_t proof[static DERSIG_PROOF_LEN], const uint8_t *der, size_t len);

/* Returns the length, 0 where r or s is zero. */
size_t dersig_write(uint8_t der[static DERSIG_MAX], const uint8_t proof[static DERSIG_PROOF_LEN]);

#endif
