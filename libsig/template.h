/* template.h: version 2 usersigs whose JSON has one known form. Only the values are coded and read; what is constant
 * comes ready from template_tables.h. What it does not cover goes the general way. */
#ifndef LIBSIG_TEMPLATE_H
#define LIBSIG_TEMPLATE_H

#include "usersig.h"

#include <stdbool.h>

/* Writes claims and the 32 bytes of proof as a usersig with its NUL, when out has room for it: *out_len is what is
 * needed without the NUL. False, with nothing written, for claims that it does not cover: those with a userbuf, with
 * quotes, control characters, rare punctuation or anything beyond ASCII in the identifier. */
bool template_encode(const struct usersig_claims *claims, const uint8_t *proof, char *out, size_t out_size,
                     size_t *out_len);

/* Reads the JSON, at most json_size bytes, out of a text that begins like template_encode's. False for all other texts,
 * and for one that has a fault: the general way says which. */
bool template_decode(char *json, size_t json_size, size_t *json_len, const char *text, size_t len);

#endif
