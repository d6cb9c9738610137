/* userbuf.h: the userbuf of a usersig that is to be signed. */
#ifndef SIGD_USERBUF_H
#define SIGD_USERBUF_H

#include "proto.h"

/* Sets the userbuf of claims, whose sdkappid, identifier, issue time and lifetime are set: for a room it is composed
 * of these, with the rights that the policy granted. USERSIG_OK; ERR_USERBUF: no room can be told so, or its end is past
 * 2^32-1. */
int userbuf_set(struct usersig_claims *claims, const struct proto_sign_userbuf *asked, uint32_t rights);

#endif
