/* command.h: what a command is. usersig.c and sigctl.c hold the tables; one command, one file. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;

struct command {
    const char *name;
    const char *summary;  /* one line of `PROGRAM --help` */
    const char *synopsis; /* for `PROGRAM NAME --help` */
    const char *about;    /* paragraphs */
    const char *examples; /* lines */
    uint64_t options;     /* OPTION_* that it takes */
    uint64_t offline;     /* of these, the ones that need --key-file */
    const char *word;     /* the name of its argument that is no option; NULL: takes none */
    bool negative;        /* that argument may be a number below 0 */
    const char *word2;    /* the name of a second one; NULL: takes none */
    const char *rest;     /* the name of what may come beside, any number of times; NULL: nothing may */
    int (*run)(const struct options *options); /* returns the exit status; has said why on stderr */
};

extern const struct command cmd_url_command;
extern const struct command cmd_call_command;
extern const struct command cmd_sign_command;
extern const struct command cmd_verify_command;
extern const struct command cmd_inspect_command;
extern const struct command cmd_admin_command;
extern const struct command cmd_status_command;
extern const struct command cmd_apis_command;
extern const struct command cmd_explain_command;
extern const struct command cmd_export_command;

extern const struct command ctl_init_command;
extern const struct command ctl_check_command;
extern const struct command ctl_status_command;
extern const struct command ctl_reload_command;
extern const struct command ctl_flush_command;
extern const struct command ctl_freeze_command;
extern const struct command ctl_clock_command;
extern const struct command ctl_log_level_command;
extern const struct command ctl_keygen_command;
extern const struct command ctl_probe_command;
extern const struct command ctl_seal_command;
extern const struct command ctl_unseal_command;
extern const struct command ctl_audit_command;

#endif
