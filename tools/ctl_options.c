#include "ctl_options.h"
#include "command.h"
#include "options.h"

#include <stdlib.h>

#define SOCKET_DEFAULT "/run/sigd-admin/admin.sock"

static const struct parse_row rows[] = {
    { "socket", OPTION_SOCKET, PARSE_TEXT, offsetof(struct options, socket), "PATH",
      "sigd's admin socket [SIGCTL_SOCKET, else " SOCKET_DEFAULT "]" },
    { "config", OPTION_CONFIG, PARSE_TEXT, offsetof(struct options, config), "FILE",
      "the configuration [" SIGD_CONFIG_FILE "]" },
    { "sigd", OPTION_SIGD, PARSE_TEXT, offsetof(struct options, sigd), "PATH",
      "the daemon's program [" SIGD_PROGRAM "]" },
    { "head", OPTION_HEAD, PARSE_TEXT, offsetof(struct options, head), "HEX",
      "a head of the audit log that was noted elsewhere must be in it" },
    { "json", OPTION_JSON, PARSE_FLAG, 0, NULL, "write JSON, for programs" },
    { "help", OPTION_HELP, PARSE_FLAG, 0, NULL, "this text" },
};
#define N_ROWS (sizeof rows / sizeof rows[0])

static int finish(struct options *options, const struct command *command)
{
    (void)command;
    const char *socket = getenv("SIGCTL_SOCKET");
    if (options->socket == NULL)
        options->socket = socket != NULL && *socket != '\0' ? socket : SOCKET_DEFAULT;
    if (options->config == NULL)
        options->config = SIGD_CONFIG_FILE;
    if (options->sigd == NULL)
        options->sigd = SIGD_PROGRAM;
    return 0;
}

const struct parse_table ctl_options_table = { "sigctl", rows, N_ROWS, finish };
