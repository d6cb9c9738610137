/* identifier.h: an identifier that is to be signed, with words for what is wrong with one. libsig decides. */
#ifndef TOOLS_IDENTIFIER_H
#define TOOLS_IDENTIFIER_H

#include <stdint.h>

struct usersig_claims;

/* usersig_claims_identifier, with a message that names the fault. 0 or USERSIG_ERR_IDENTIFIER. */
int identifier_set(struct usersig_claims *claims, const char *identifier, uint32_t flags);

#endif
