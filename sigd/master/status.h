/* status.h: what `sigctl status` shows, as JSON: names, numbers and times, never a key or a credential. */
#ifndef SIGD_STATUS_H
#define SIGD_STATUS_H

#include "jsonout.h"

struct master;

/* One object. */
void status_write(struct jsonout *out, const struct master *m);

/* What the signer thinks of the clock: "good", "unsynchronised" or "suspect". */
const char *status_clock(const struct master *m);

#endif
