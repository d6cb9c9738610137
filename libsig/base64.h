/* base64.h: strict base64 in the two alphabets of a usersig. */
#ifndef LIBSIG_BASE64_H
#define LIBSIG_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct base64_alphabet {
    char digits[64], padding;
    uint8_t values[256]; /* value + 1; 0: not in the alphabet */
};
extern const struct base64_alphabet base64_standard; /* RFC 4648 section 4: + / = */
extern const struct base64_alphabet base64_outer;    /* the text of a usersig: * - _ */

#define BASE64_LENGTH(n) (((n) + 2) / 3 * 4) /* characters for n bytes */
#define BASE64_BYTES(n) ((n) / 4 * 3)        /* most bytes of n characters */

/* Writes BASE64_LENGTH(len) characters without a NUL and returns their number. */
size_t base64_encode(const struct base64_alphabet *alphabet, char *out, const void *in, size_t len);

/* Reads all of in, canonical only: whole groups of four, padding where due and nowhere else, unused bits zero.
 * Refuses more than out_size bytes. out may be in itself. */
bool base64_decode(const struct base64_alphabet *alphabet, void *out, size_t out_size, size_t *out_len,
                   const char *in, size_t len);

#endif
