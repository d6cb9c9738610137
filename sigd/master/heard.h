/* heard.h: what the signer says to the master, and what fronts have read. */
#ifndef SIGD_HEARD_H
#define SIGD_HEARD_H

#include "chan.h"

/* The signer's frames; context: struct master. A chan_handler. */
bool heard_frame(void *context, const struct chan_frame *frame);

/* A hosted usersig; context as above. */
bool heard_read(void *context, const struct proto_hosted_read *read);

#endif
