/* status.h: what `sigctl status` shows, as JSON: names, numbers and times, never a key or a credential. */
#ifndef SIGD_STATUS_H
#define SIGD_STATUS_H

#include "jsonout.h"

struct answers_state;

/* One object. */
void status_write(struct jsonout *out, const struct answers_state *state);

#endif
