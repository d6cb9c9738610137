/* craft.h: usersigs of any content, good or bad, made without libsig's own writers. */
#ifndef CRAFT_H
#define CRAFT_H

#include "usersig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRAFT_MAX (64 * 1024)

/* All write at most CRAFT_MAX bytes to out and return how many; too much ends the test. */
size_t craft_zlib(uint8_t out[static CRAFT_MAX], const void *in, size_t len, int level);
size_t craft_base64(char out[static CRAFT_MAX], const void *in, size_t len); /* outer alphabet, padded */
size_t craft_pack(char out[static CRAFT_MAX], const void *json, size_t len); /* both, level 9 */

/* The MAC over claims that usersig_prove may refuse, by OpenSSL's own HMAC. */
void craft_proof(uint8_t proof[static 32], const char *key, const struct usersig_claims *claims);

/* A whole usersig over claims, by craft_proof and usersig_encode; returns its length. */
size_t craft_usersig(char out[static CRAFT_MAX], const char *key, const struct usersig_claims *claims);

/* A key of version 1, by OpenSSL: scalar and its point on the curve nid. Free it with EC_KEY_free. */
struct ec_key_st *craft_key(int nid, const uint8_t scalar[static 32]);

/* Its PEM, terminated; the length. */
enum craft_form { CRAFT_SEC1, CRAFT_PKCS8, CRAFT_PUBLIC };
size_t craft_pem(char out[static CRAFT_MAX], struct ec_key_st *key, enum craft_form form);

/* Does OpenSSL take proof (r || s) over text? */
bool craft_verify(struct ec_key_st *key, const void *text, size_t len, const uint8_t proof[static 64]);

#endif
