/* sign_offline.h: a batch signed with the key in a file. */
#ifndef TOOLS_SIGN_OFFLINE_H
#define TOOLS_SIGN_OFFLINE_H

#include "sign_line.h"

struct batch_chunk;

struct sign_offline {
    const usersig_key *key;
    struct sign_line defaults;
    uint32_t sdkappid, flags;
    bool bare;
};

/* Of struct batch: worker is a struct sign_offline, which all may share. */
int sign_offline_work(void *worker, struct batch_chunk *chunk);

#endif
