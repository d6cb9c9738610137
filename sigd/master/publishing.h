/* publishing.h: which credentials are published, and when: publish.h for what the config and the signer say. What fails
 * is told to the log; nothing stops for it. */
#ifndef SIGD_PUBLISHING_H
#define SIGD_PUBLISHING_H

#include "renew.h"

struct master;

/* Opens publish_dir, where there is one, and withdraws what a sigd before left and may not stay. false: told on standard
 * error. */
bool publishing_start(struct master *master);

/* A new credential. */
void publishing_set(struct master *master, const struct renew_item *item);

/* Another config counts, or an app was frozen: what may stay is published anew, all else is withdrawn. */
void publishing_change(struct master *master);

/* Each second: readers see that we live; what has expired goes. When the next is due, boot ms. */
void publishing_due(struct master *master);
uint64_t publishing_next(const struct master *master);

void publishing_stop(struct master *master);

#endif
