/* plain.h: the baseline: version 2 usersigs as a competent C programmer writes them today, from OpenSSL, zlib and
 * jansson, without libsig. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAIN_MAX 2048

struct plain_claims {
    const char *identifier;
    uint32_t sdkappid;
    uint64_t issued_at, lifetime;
};

/* Lets malloc keep what it has: without it glibc hands the heap's top back after each deflate, eight times the work. */
void plain_keep_heap(void);

/* Writes a usersig with its NUL; returns its length, 0 for a failure. */
size_t plain_sign(char out[static PLAIN_MAX], const char *key, const struct plain_claims *claims);

/* Is text a usersig over identifier in sdkappid, proven with key and valid at now? */
bool plain_verify(const char *text, size_t len, const char *key, const char *identifier, uint32_t sdkappid,
                  uint64_t now);

#endif
