/* config_tree.h: the grammar of sigd.conf, read by libconfuse into sections and words with their lines. No meaning. */
#ifndef SIGD_CONFIG_TREE_H
#define SIGD_CONFIG_TREE_H

#include "config_fault.h"
#include "config_scan.h"

struct cfg_t; /* libconfuse's: a section, or the whole file */

struct config_tree_word {
    char *text;
    const char *name; /* of the word that has this value: "lifetime" */
    int line;
};

/* Parses. A word that is given twice is a fault; a syntax fault (an unknown word is one) ends the list and sets
 * faults->truncated, and what stood before it can still be judged. NULL: no memory. Not for two threads at once
 * (libconfuse's lexer is one). */
struct cfg_t *config_tree_read(struct config_scan *scan, struct config_fault_list *faults);
void config_tree_free(struct cfg_t *tree);

/* The i-th value of name in section, a section's own for i = 0; NULL when there are not so many. */
const struct config_tree_word *config_tree_word(struct cfg_t *section, const char *name, size_t i);
/* The i-th section of that name in section, NULL when there are not so many. */
struct cfg_t *config_tree_section(struct cfg_t *section, const char *name, size_t i);
size_t config_tree_count(struct cfg_t *section, const char *name);

/* Title as it was written, "" where the section has none, and the line in which the section is opened. */
const char *config_tree_title(const struct cfg_t *section);
int config_tree_line(const struct cfg_t *section);

#endif
