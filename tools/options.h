/* options.h: the command line and the environment as plain data. One table serves the parser and --help. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command;

#define OPTION_SOCKET (1u << 0)
#define OPTION_APP (1u << 1)
#define OPTION_KEY_FILE (1u << 2)
#define OPTION_SDKAPPID (1u << 3)
#define OPTION_IDENTIFIER (1u << 4)
#define OPTION_AS (1u << 5)
#define OPTION_FOR (1u << 6)
#define OPTION_ANY_IDENTIFIER (1u << 7)
#define OPTION_LIFETIME (1u << 8)
#define OPTION_MIN_REMAINING (1u << 9)
#define OPTION_REGION (1u << 10)
#define OPTION_HOST (1u << 11)
#define OPTION_RANDOM (1u << 12)
#define OPTION_PARAM (1u << 13)
#define OPTION_CURL_CONFIG (1u << 14)
#define OPTION_REDACT (1u << 15)
#define OPTION_UTF8 (1u << 16)
#define OPTION_NOW (1u << 17)
#define OPTION_JSON (1u << 18)
#define OPTION_HELP (1u << 19)

#define OPTIONS_DAEMON (OPTION_SOCKET | OPTION_APP)
#define OPTIONS_OFFLINE (OPTION_KEY_FILE | OPTION_SDKAPPID)
#define OPTIONS_PARAMS_MAX 32

struct options {
    uint32_t given;     /* OPTION_* on the command line */
    const char *word;   /* the argument that is no option; NULL: none */
    const char *socket; /* from the command line, the environment or the default; never NULL */
    const char *app;    /* from the command line or the environment; NULL: the only one */
    const char *key_file, *identifier, *as, *expected, *region, *host;
    const char *params[OPTIONS_PARAMS_MAX]; /* "name=value" */
    size_t n_params;
    uint64_t sdkappid, random;             /* 1 to 2^32-1; 0 to 2^32-1 */
    uint64_t lifetime, min_remaining, now; /* seconds; seconds; Unix seconds */
};

bool options_has(const struct options *options, uint32_t option);

/* Reads argv[1] and on (argv[0] is the command's name) for command, then the environment. 0, or an exit status
 * after a message. With --help no more is checked. */
int options_parse(struct options *options, const struct command *command, int argc, char **argv);

/* `usersig NAME --help` on stdout. */
void options_help(const struct command *command);

#endif
