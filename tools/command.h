/* command.h: what a command is. usersig.c holds the table; one command, one file. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stddef.h>
#include <stdint.h>

struct options;

struct command {
    const char *name;
    const char *summary;  /* one line of `usersig --help` */
    const char *synopsis; /* lines after "usersig ", for `usersig NAME --help` */
    const char *about;    /* paragraphs */
    const char *examples; /* lines */
    uint32_t options;     /* OPTION_* that it takes */
    uint32_t offline;     /* of these, the ones that need --key-file */
    const char *word;     /* the name of its one argument that is no option; NULL: takes none */
    int (*run)(const struct options *options); /* returns the exit status; has said why on stderr */
};

extern const struct command cmd_url_command;
extern const struct command cmd_sign_command;
extern const struct command cmd_verify_command;
extern const struct command cmd_inspect_command;
extern const struct command cmd_admin_command;
extern const struct command cmd_status_command;

#endif
