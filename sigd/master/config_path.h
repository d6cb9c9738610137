/* config_path.h: the files and directories that the config names. Nothing is opened here. */
#ifndef SIGD_CONFIG_PATH_H
#define SIGD_CONFIG_PATH_H

#include "config.h"
#include "config_fault.h"
#include "config_tree.h"

/* The path of a secret: as it stands, or $CREDENTIALS_DIRECTORY/NAME for "credential:NAME". To be freed. NULL: a fault,
 * without the text, which may be a key that was written where its file's name belongs. */
char *config_path_secret(const struct config *config, const struct config_tree_word *word,
                         struct config_fault_list *faults);

/* The directory that the word of that name in section has, to be freed. NULL: absent, or a fault. */
char *config_path_directory(struct cfg_t *section, const char *name, struct config_fault_list *faults);

#endif
