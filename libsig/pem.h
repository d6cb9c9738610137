/* pem.h: one elliptic-curve key out of PEM. */
#ifndef LIBSIG_PEM_H
#define LIBSIG_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEM_DER_MAX 1024 /* bytes; a private key with its public one has 138 at most in PKCS #8 */

enum pem_form { PEM_SEC1, PEM_PKCS8, PEM_PUBLIC }; /* EC PRIVATE KEY, PRIVATE KEY, PUBLIC KEY */

struct pem {
    enum pem_form form;
    size_t der_len;
    uint8_t der[PEM_DER_MAX];
    char base64[(PEM_DER_MAX + 2) / 3 * 4]; /* scratch; as secret as der */
};

/* Reads all len bytes of text: one key, in front of it perhaps "EC PARAMETERS" (which the key repeats), white space
 * around. Lines end in LF or CR LF. No headers inside, so that nothing encrypted passes. *pem belongs into guarded
 * memory. */
bool pem_read(struct pem *pem, const char *text, size_t len);

#endif
