/* v1.h: version 1 over secp256k1, by libsig and by OpenSSL's EVP with the key kept: the same text, signed and verified. */
#ifndef V1_H
#define V1_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a key, and a signature by each. False: something does not work at all. */
bool v1_prepare(void);

bool v1_sign(size_t n);
bool v1_sign_plain(size_t n);
bool v1_verify(size_t n);
bool v1_verify_plain(size_t n);

#endif
