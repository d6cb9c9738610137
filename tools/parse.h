/* parse.h: reads a command line by a program's table of options; the same table writes --help. */
#ifndef TOOLS_PARSE_H
#define TOOLS_PARSE_H

#include <stddef.h>
#include <stdint.h>

struct command;
struct options;

enum parse_kind {
    PARSE_FLAG,
    PARSE_TEXT,      /* const char * */
    PARSE_LIST,      /* struct options_list: may repeat */
    PARSE_PARAM,     /* "name=value" into params: may repeat */
    PARSE_DURATION,  /* uint64_t seconds */
    PARSE_LIFETIME,  /* the same, 1 second to 50 years */
    PARSE_NUMBER,    /* uint64_t up to 2^32-1 */
    PARSE_SDKAPPID,  /* the same, not 0 */
    PARSE_UNIX_TIME, /* uint64_t seconds */
};

struct parse_row {
    const char *name;
    uint64_t bit;
    enum parse_kind kind;
    size_t offset;     /* in struct options; of a flag 0 */
    const char *value; /* its name in --help */
    const char *help;
};

struct parse_table {
    const char *program;
    const struct parse_row *rows;
    size_t n_rows;
    /* After the command line: the environment, defaults, options that contradict each other. An exit status. */
    int (*finish)(struct options *options, const struct command *command);
};

/* Reads argv[1] and on (argv[0] is the command's name) for command. 0, or an exit status after a message. With
 * --help no more is checked. */
int parse_arguments(const struct parse_table *table, struct options *options, const struct command *command,
                    int argc, char **argv);

/* `PROGRAM NAME --help` on stdout. */
void parse_help(const struct parse_table *table, const struct command *command);

#endif
