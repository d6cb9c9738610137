/* textfault.h: what is wrong with a text that decode refuses. */
#ifndef LIBSIG_TEXTFAULT_H
#define LIBSIG_TEXTFAULT_H

#include "usersig_diagnose.h"

/* Reads text with every rule loosened that people break, and names the one that was: EMPTY to CONTROL of enum
 * usersig_cause. V1_TICKET: nothing of these, and the ticket inside is of version 1. UNKNOWN: none of all that.
 * Bounded by USERSIG_TEXT_MAX; no heap. */
uint32_t textfault_find(const char *text, size_t len);

#endif
