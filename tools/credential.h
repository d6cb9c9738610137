/* credential.h: an administrator's usersig for calls of the REST API: from sigd, or signed with --key-file. Functions give
 * 0, or an exit status after a message. */
#ifndef TOOLS_CREDENTIAL_H
#define TOOLS_CREDENTIAL_H

#include "address.h"

#include <stdbool.h>

struct options;

struct credential {
    bool by_url, by_admin; /* what sigd lets the caller ask for */
    uint64_t expires_at;
};

/* Sets identifier, usersig and sdkappid of address, and its host where sigd says it: service and command are set. */
int credential_get(struct credential *credential, const struct options *options, struct address *address);

/* The same once more, after the service has said that this one is past its life. *changed: it is another one. */
int credential_renew(struct credential *credential, const struct options *options, struct address *address,
                     bool *changed);

/* Without sigd: signs with --key-file for --identifier or --as, an administrator, and fills address's identifier, usersig
 * and sdkappid. *expires_at: Unix seconds. 0, or an exit status after a message. */
int credential_sign(const struct options *options, struct address *address, uint64_t *expires_at);

#endif
