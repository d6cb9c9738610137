/* key.h: what a usersig_key is made of. Lives in guarded memory, see key.c. */
#ifndef LIBSIG_KEY_H
#define LIBSIG_KEY_H

#include "ecdsa.h"
#include "hmac.h"
#include "usersig.h"

struct usersig_key {
    int version; /* of the usersigs that it makes and checks */
    union {
        struct hmac_key hmac;   /* version 2 */
        struct ecdsa_key ecdsa; /* version 1 */
    };
};

#endif
