/* actions.h: what a caller may do on an app, by bit and by name. */
#ifndef SIGD_ACTIONS_H
#define SIGD_ACTIONS_H

#include <stdint.h>

#define ACTIONS_N 4

/* The name of bit number i of `may`, i < ACTIONS_N. */
const char *actions_name_of(unsigned i);

/* The name of a single bit, "?" for none of them. */
const char *actions_name(uint32_t may);

#endif
