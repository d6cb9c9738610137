/* nearest.h: "did you mean ...?" */
#ifndef TOOLS_NEAREST_H
#define TOOLS_NEAREST_H

#include <stddef.h>

/* The one of n words that is nearest to word by edits (at most a third of its letters), NULL when none is near. */
const char *nearest_word(const char *word, size_t len, const char *const *words, size_t n);

#endif
