/* identifier.h: an identifier that is to be signed, with words for what is wrong with one. libsig decides. */
#ifndef TOOLS_IDENTIFIER_H
#define TOOLS_IDENTIFIER_H

#include <stddef.h>
#include <stdint.h>
#include <usersig.h>

#define IDENTIFIER_FAULT_SIZE 192

/* Sets it in claims. 0, or an exit status after a message. flags: 0 or USERSIG_ALLOW_UTF8. */
int identifier_set(struct usersig_claims *claims, const char *identifier, uint32_t flags);

/* Why libsig answered error for it. */
void identifier_fault(const char *identifier, size_t len, int error, uint32_t flags,
                      char why[static IDENTIFIER_FAULT_SIZE]);

#endif
