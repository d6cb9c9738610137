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
    { "accept", OPTION_ACCEPT, PARSE_LIST, offsetof(struct options, accept), "APP",
      "this app may disappear, lose an administrator or its last key; may repeat" },
    { "dry-run", OPTION_DRY_RUN, PARSE_FLAG, 0, NULL, "only say what would come of it" },
    { "all", OPTION_ALL, PARSE_FLAG, 0, NULL, "every app" },
    { "off", OPTION_OFF, PARSE_FLAG, 0, NULL, "go on signing" },
    { "app", OPTION_APP, PARSE_TEXT, offsetof(struct options, app), "NAME", "the app's name, as you choose" },
    { "sdkappid", OPTION_SDKAPPID, PARSE_SDKAPPID, offsetof(struct options, sdkappid), "N",
      "the app's SDKAppID in the console" },
    { "admin", OPTION_ADMIN, PARSE_LIST, offsetof(struct options, admins), "ID",
      "an administrator of the app in the console; may repeat" },
    { "region", OPTION_REGION, PARSE_TEXT, offsetof(struct options, region), "NAME",
      "the app's data centre: china, singapore, seoul, frankfurt, ..." },
    { "key-file", OPTION_KEY_FILE, PARSE_TEXT, offsetof(struct options, key_file), "FILE",
      "the file that holds the console's key already (mode 0600)" },
    { "user", OPTION_USER, PARSE_LIST, offsetof(struct options, users), "NAME",
      "a user whose processes may call sigd; may repeat" },
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
