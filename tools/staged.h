/* staged.h: a key that is to be tried, from a file or as sigd.conf names it, and for whom it signs. */
#ifndef TOOLS_STAGED_H
#define TOOLS_STAGED_H

#include "sizes.h"

#include <usersig.h>

struct options;

struct staged {
    usersig_key *key;
    char app[SIGD_NAME_MAX + 1], name[SIGD_NAME_MAX + 1]; /* "": not known */
    char identifier[USERSIG_IDENTIFIER_MAX + 1];
    char host[256]; /* "": libsig's default */
    uint32_t sdkappid;
};

/* 0, or an exit status after a message. The key is to be freed with usersig_key_free. */
int staged_open(struct staged *staged, const struct options *options);

#endif
