/* claims.h: rules about claims that the other rooms of libsig need. */
#ifndef LIBSIG_CLAIMS_H
#define LIBSIG_CLAIMS_H

#include "usersig.h"

#include <stdbool.h>

/* Is this at least one byte of UTF-8 without control characters? */
bool claims_text_ok(const char *text, size_t len);

/* Is this an identifier that a proof may be about: 1 to 255 bytes of UTF-8 without control characters? */
bool claims_identifier_ok(const char *identifier, size_t len);

/* Are these digits as the fields of version 1 have them, 1 to USERSIG_V1_FIELD_MAX? They are signed as they stand. */
bool claims_digits_ok(const char *text, size_t len);

/* Could these claims come from sign or decode? version must be set. */
bool claims_ok(const struct usersig_claims *claims);

/* May these claims be signed? The errors of usersig_prove but for the key's. */
int claims_signable(const struct usersig_claims *claims);

/* Is expect (may be NULL) a question that can be asked? OK or ERR_ARGUMENT. */
int claims_expect_ok(const struct usersig_expect *expect);

/* The verdict on proven claims: sdkappid, identifier, userbuf, future, expiry. */
int claims_judge(const struct usersig_claims *claims, const struct usersig_expect *expect, uint64_t now);

#endif
