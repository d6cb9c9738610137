/* caps.h: the capabilities that a process of sigd keeps. */
#ifndef SIGD_CAPS_H
#define SIGD_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#define CAPS_NONE 0

/* What a master that is root keeps; docs/PRIVSEP.md tells what each is for, and tests what fails without it. */
uint64_t caps_master(void);

/* Keeps of all sets no more than keep: none to inherit, none ambient, and the bounding set as far as we may. */
bool caps_keep(uint64_t keep);

/* The bounding set alone, which a change of uid leaves as it is but takes the right to change away. */
void caps_bound(uint64_t keep);

#endif
