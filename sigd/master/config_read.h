/* config_read.h: takes values out of the tree, with a fault where one is not of its form or out of its range. */
#ifndef SIGD_CONFIG_READ_H
#define SIGD_CONFIG_READ_H

#include "config_fault.h"
#include "config_tree.h"

#include <stdint.h>
#include <sys/types.h>

/* Each leaves *value as it is (the default) where the word is absent. True: *value is good, given or default. */
bool config_read_number(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                        uint64_t min, uint64_t max, uint64_t *value);
/* 1 second to USERSIG_LIFETIME_MAX. */
bool config_read_lifetime(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                          uint64_t *seconds);
bool config_read_time(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                      uint64_t *seconds);
bool config_read_mode(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                      mode_t *mode);
bool config_read_bool(struct config_fault_list *faults, struct cfg_t *section, const char *name, bool *value);

/* One of choices, which NULL ends: *value is its place among them. */
bool config_read_choice(struct config_fault_list *faults, struct cfg_t *section, const char *name,
                        const char *const *choices, unsigned *value);

/* Whether word holds the absolute path of a directory, in which names of ours have room. */
bool config_read_is_directory(struct config_fault_list *faults, const struct config_tree_word *word);

/* Whether word holds an absolute path to a file of at most max bytes. Its text is not in the message: it may be a
 * key that was written where its file's name belongs. */
bool config_read_is_path(struct config_fault_list *faults, const struct config_tree_word *word, size_t max);

/* Whether section's title is a name; kind ("app") is for the message. */
bool config_read_is_name(struct config_fault_list *faults, struct cfg_t *section, const char *kind);

/* Faults for the section number index where an earlier one of its kind has its title, or where index is max. */
bool config_read_is_new(struct config_fault_list *faults, struct cfg_t *parent, const char *kind,
                        size_t index);
bool config_read_is_within(struct config_fault_list *faults, struct cfg_t *parent, const char *kind,
                           size_t index, size_t max);

/* Line of the word, or of its section where the word is absent. */
int config_read_line(struct cfg_t *section, const char *name);

#endif
