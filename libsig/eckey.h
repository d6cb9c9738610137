/* eckey.h: the curve, scalar and point that a key's DER holds. */
#ifndef LIBSIG_ECKEY_H
#define LIBSIG_ECKEY_H

#include "pem.h"

enum eckey_curve { ECKEY_SECP256K1, ECKEY_P256 };
#define ECKEY_SCALAR_LEN 32
#define ECKEY_POINT_MAX 65

struct eckey {
    enum eckey_curve curve;
    bool has_scalar;
    uint8_t scalar[ECKEY_SCALAR_LEN]; /* big-endian; not yet known to be in range */
    size_t point_len;                 /* 33, 65; 0: none, beside a scalar */
    uint8_t
        point[ECKEY_POINT_MAX]; /* SEC 1: 02 or 03 and x, 04 and x and y; not yet known to be on the curve */
};

/* Reads all of pem's DER, strictly, for the two curves by their names. *key belongs into guarded memory. */
bool eckey_read(struct eckey *key, const struct pem *pem);

#endif
