/* bomb.h: texts that are made to keep a verifier busy. */
#ifndef BOMB_H
#define BOMB_H

#include <stdbool.h>
#include <stddef.h>

bool bomb_prepare(void);

/* Decodes n times; false when one is not refused at its stage. */
bool bomb_inflating(
    size_t n); /* 78 KB that inflate to 78 MB: longer than any usersig, so that nobody looks inside */
bool bomb_longest(
    size_t n); /* the longest text that is looked into: empty blocks, each with codes of its own */

#endif
