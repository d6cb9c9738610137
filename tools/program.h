/* program.h: a program as a table of commands: usersig and sigctl. */
#ifndef TOOLS_PROGRAM_H
#define TOOLS_PROGRAM_H

#include <stddef.h>

struct command;
struct parse_table;

struct program {
    const char *name;
    const char *head, *tail; /* of --help: before and after the commands */
    const struct command *const *commands;
    size_t n_commands;
    const struct parse_table *table;
};

/* Runs the command that argv names. Returns the exit status. */
int program_main(const struct program *program, int argc, char **argv);

#endif
