/* nearest.h: "did you mean ...?" */
#ifndef TOOLS_NEAREST_H
#define TOOLS_NEAREST_H

#include <stddef.h>

#define NEAREST_LETTERS_MAX 64

/* Edits between two words: a letter more, less or other, or two neighbours swapped. SIZE_MAX where one is longer than
 * NEAREST_LETTERS_MAX. */
size_t nearest_distance(const char *a, const char *b);

/* The one of n words that is nearest to word by edits (at most a third of its letters), NULL when none is near. */
const char *nearest_word(const char *word, size_t len, const char *const *words, size_t n);

#endif
