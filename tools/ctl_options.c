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
    { "admin", OPTION_ADMIN, PARSE_LIST, offsetof(struct options, admins), "ID",
      "an administrator of the app in the console; may repeat" },
    { "user", OPTION_USER, PARSE_LIST, offsetof(struct options, users), "NAME",
      "a user whose processes may call sigd; may repeat" },
    { "app", OPTION_APP, PARSE_TEXT, offsetof(struct options, app), "NAME", "the app in sigd.conf" },
    { "key", OPTION_KEY, PARSE_TEXT, offsetof(struct options, key), "NAME", "the key's name in sigd.conf" },
    { "master", OPTION_MASTER, PARSE_TEXT, offsetof(struct options, master), "FILE",
      "the master key's file" },
    { "from-master", OPTION_FROM_MASTER, PARSE_TEXT, offsetof(struct options, from_master), "FILE",
      "the master key that opens what is sealed already" },
    { "passphrase", OPTION_PASSPHRASE, PARSE_FLAG, 0, NULL,
      "a passphrase instead of a master key; it is asked for" },
    { "from-passphrase", OPTION_FROM_PASSPHRASE, PARSE_FLAG, 0, NULL,
      "a passphrase opens what is sealed already" },
    { "passphrase-fd", OPTION_PASSPHRASE_FD, PARSE_NUMBER, offsetof(struct options, passphrase_fd), "N",
      "read the passphrase from this descriptor, a line" },
    { "in-place", OPTION_IN_PLACE, PARSE_FLAG, 0, NULL, "replace each FILE" },
    { "test-key", OPTION_TEST_KEY, PARSE_TEXT, offsetof(struct options, test_key), "FILE",
      "make a key such as the console's, for tests" },
    { "key-file", OPTION_KEY_FILE, PARSE_TEXT, offsetof(struct options, key_file), "FILE",
      "the key's file, plain or sealed" },
    { "sdkappid", OPTION_SDKAPPID, PARSE_SDKAPPID, offsetof(struct options, sdkappid), "N",
      "the app's SDKAppID" },
    { "identifier", OPTION_IDENTIFIER, PARSE_TEXT, offsetof(struct options, identifier), "ID",
      "an administrator of the app" },
    { "region", OPTION_REGION, PARSE_TEXT, offsetof(struct options, region), "NAME",
      "the app's data centre: china, singapore, seoul, frankfurt, ..." },
    { "host", OPTION_HOST, PARSE_TEXT, offsetof(struct options, host), "HOST",
      "another host, as name or name:port" },
    { "cacert", OPTION_CACERT, PARSE_TEXT, offsetof(struct options, cacert), "FILE",
      "certificates to trust instead of the system's" },
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
