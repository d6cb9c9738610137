/* decimal.h: unsigned decimal numbers as the usersig format has them. */
#ifndef LIBSIG_DECIMAL_H
#define LIBSIG_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_MAX 20 /* digits of 2^64-1 */

/* Writes value without a NUL; returns the number of digits. */
size_t decimal_write(char out[static DECIMAL_MAX], uint64_t value);

/* Reads all len bytes as a number up to max: digits alone, no sign, no leading zero. */
bool decimal_read(uint64_t *value, const char *text, size_t len, uint64_t max);

#endif
