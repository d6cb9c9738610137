/* hosted.h: administrators whose usersigs somebody else signs and puts into a file. The master opens the file, a front
 * reads it, the master compares what it says with the config and with what is held, the signer notes it in the audit log:
 * then it is served like any other. A file that is replaced is found within a minute. */
#ifndef SIGD_HOSTED_H
#define SIGD_HOSTED_H

#include "proto.h"

#include <stdint.h>

struct master;

/* Has the files read that are due; when the next is, boot ms. */
void hosted_due(struct master *master);
uint64_t hosted_next(const struct master *master);

/* After another config: read anew, whatever was read before. */
void hosted_again(struct master *master);

/* A front's answer. false: it cannot be one. */
bool hosted_take_read(struct master *master, const struct proto_hosted_read *read);

/* The signer's: NULL: not about a hosted one, or of before. Otherwise the item whose credential is new. */
const struct renew_item *hosted_take_issued(struct master *master, const struct proto_issued *issued);

#endif
