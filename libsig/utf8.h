/* utf8.h: UTF-8 by RFC 3629: shortest forms, no surrogates, nothing above U+10FFFF. */
#ifndef LIBSIG_UTF8_H
#define LIBSIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_valid(const char *text, size_t len);

/* Writes code (up to 0x10FFFF, no surrogate) and returns its bytes, 1 to 4. */
size_t utf8_write(char out[static 4], uint32_t code);

#endif
