/* hypothesis.h: what people make of a key by mistake, tried on claims and their proof. */
#ifndef LIBSIG_HYPOTHESIS_H
#define LIBSIG_HYPOTHESIS_H

#include "usersig_diagnose.h"

#include <stdbool.h>

#define HYPOTHESIS_SECRET_MAX 4096 /* bytes; as for keys */

/* Is this the text of a PEM, white space around it aside? */
bool hypothesis_is_pem(const char *secret, size_t len);

/* *cause: HEX_KEY to PEM_AS_KEY when the secret, changed so, proves the claims of version 2; NONE when no change does.
 * A PEM is tried as PEM_AS_KEY alone. OK; ERR_MEMORY; ERR_CRYPTO; ERR_KEY: too long. */
int hypothesis_find(uint32_t *cause, const char *secret, size_t len, const struct usersig_ticket *ticket);

#endif
