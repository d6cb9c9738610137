#include "options.h"
#include "command.h"
#include "exits.h"
#include "output.h"
#include "parse.h"

#include <stdlib.h>

#define SOCKET_DEFAULT "/run/sigd/sigd.sock"

static const struct parse_row rows[] = {
    { "app", OPTION_APP, PARSE_TEXT, offsetof(struct options, app), "NAME",
      "the app in sigd.conf [SIGD_APP, else the only one that you may use]" },
    { "socket", OPTION_SOCKET, PARSE_TEXT, offsetof(struct options, socket), "PATH",
      "sigd's socket [SIGD_SOCKET, else " SOCKET_DEFAULT "]" },
    { "key-file", OPTION_KEY_FILE, PARSE_TEXT, offsetof(struct options, key_file), "FILE",
      "work without sigd, with the console's key in FILE (mode 0600)" },
    { "sdkappid", OPTION_SDKAPPID, PARSE_SDKAPPID, offsetof(struct options, sdkappid), "N",
      "with --key-file: the app's SDKAppID" },
    { "identifier", OPTION_IDENTIFIER, PARSE_TEXT, offsetof(struct options, identifier), "ID",
      "with --key-file: whom the usersig is for" },
    { "as", OPTION_AS, PARSE_TEXT, offsetof(struct options, as), "ID",
      "which administrator [the first that you may use]" },
    { "for", OPTION_FOR, PARSE_TEXT, offsetof(struct options, expected), "ID",
      "the identifier that it must be for" },
    { "any-identifier", OPTION_ANY_IDENTIFIER, PARSE_FLAG, 0, NULL, "accept one for anybody of the app" },
    { "lifetime", OPTION_LIFETIME, PARSE_LIFETIME, offsetof(struct options, lifetime), "TIME",
      "how long it is valid: 90s, 15m, 24h, 30d, 2w, or seconds" },
    { "room", OPTION_ROOM, PARSE_NUMBER, offsetof(struct options, room), "N",
      "a PrivateMapKey for the TRTC room of this number" },
    { "room-string", OPTION_ROOM_STRING, PARSE_TEXT, offsetof(struct options, room_string), "NAME",
      "the same for a room by its name" },
    { "rights", OPTION_RIGHTS, PARSE_NUMBER, offsetof(struct options, rights), "N",
      "in the room, a sum: 1 create, 2 enter, 4+8 send and take audio, 16+32 video" },
    { "min-remaining", OPTION_MIN_REMAINING, PARSE_DURATION, offsetof(struct options, min_remaining), "TIME",
      "it must be valid for so long yet; 0: whatever is left" },
    { "region", OPTION_REGION, PARSE_TEXT, offsetof(struct options, region), "NAME",
      "the app's data centre: china, singapore, seoul, frankfurt, ..." },
    { "standby", OPTION_STANDBY, PARSE_FLAG, 0, NULL, "the data centre's standby host" },
    { "host", OPTION_HOST, PARSE_TEXT, offsetof(struct options, host), "HOST",
      "another host, as name or name:port" },
    { "random", OPTION_RANDOM, PARSE_NUMBER, offsetof(struct options, random), "N",
      "the request's number [a random one]" },
    { "param", OPTION_PARAM, PARSE_PARAM, 0, "NAME=VALUE", "a further query parameter; may repeat" },
    { "curl-config", OPTION_CURL_CONFIG, PARSE_FLAG, 0, NULL, "write it as a config line for curl -K -" },
    { "curl", OPTION_CURL, PARSE_FLAG, 0, NULL, "write the command line that makes the call with curl" },
    { "redact", OPTION_REDACT, PARSE_FLAG, 0, NULL, "mask the usersig, for logs" },
    { "utf8", OPTION_UTF8, PARSE_FLAG, 0, NULL, "with --key-file: an identifier in UTF-8, up to 255 bytes" },
    { "batch", OPTION_BATCH, PARSE_FLAG, 0, NULL,
      "one for each line of standard input, a JSON object a line" },
    { "jobs", OPTION_JOBS, PARSE_NUMBER, offsetof(struct options, jobs), "N",
      "with --batch: so many at once [by the processors]" },
    { "format", OPTION_FORMAT, PARSE_TEXT, offsetof(struct options, format), "FORMAT",
      "with --batch: ndjson, or text, the usersigs alone [ndjson]" },
    { "now", OPTION_NOW, PARSE_UNIX_TIME, offsetof(struct options, now), "T",
      "judge at this time, in Unix seconds [the clock]" },
    { "data", OPTION_DATA, PARSE_TEXT, offsetof(struct options, data), "JSON",
      "the body, also -d: JSON, @FILE, or - for standard input" },
    { "example", OPTION_EXAMPLE, PARSE_FLAG, 0, NULL, "the catalogue's example as the body" },
    { "dry-run", OPTION_DRY_RUN, PARSE_FLAG, 0, NULL, "print the body and send nothing" },
    { "all", OPTION_ALL, PARSE_FLAG, 0, NULL, "all pages of a listing, an item a line" },
    { "resume", OPTION_RESUME, PARSE_TEXT, offsetof(struct options, resume), "FILE",
      "with --all or --batch: keep the place in FILE, and go on from there" },
    { "rate", OPTION_RATE, PARSE_NUMBER, offsetof(struct options, rate), "N",
      "calls a second at most [what is documented]" },
    { "deadline", OPTION_DEADLINE, PARSE_DURATION, offsetof(struct options, deadline), "TIME",
      "for a call with its repeats, over 3 s [30s; with --wait 2m]" },
    { "retry-sends", OPTION_RETRY_SENDS, PARSE_FLAG, 0, NULL, "repeat also what may have been done already" },
    { "wait", OPTION_WAIT, PARSE_FLAG, 0, NULL, "after 70050 wait a minute and try again" },
    { "cacert", OPTION_CACERT, PARSE_TEXT, offsetof(struct options, cacert), "FILE",
      "trust these certificates instead of the system's" },
    { "verbose", OPTION_VERBOSE, PARSE_FLAG, 0, NULL, "tell each request, also -v; the URL is masked" },
    { "json", OPTION_JSON, PARSE_FLAG, 0, NULL, "write JSON, for programs" },
    { "help", OPTION_HELP, PARSE_FLAG, 0, NULL, "this text" },
};
#define N_ROWS (sizeof rows / sizeof rows[0])

/* Options that contradict each other. */
static int judge(const struct options *options, const struct command *command)
{
    uint64_t wrong = options_has(options, OPTION_KEY_FILE) ? OPTIONS_DAEMON : command->offline;
    for (size_t i = 0; i < N_ROWS; i++)
        if ((options->given & wrong & rows[i].bit) != 0)
            return output_fail(EXITS_USAGE, "--%s %s --key-file", rows[i].name,
                               options_has(options, OPTION_KEY_FILE) ? "is about sigd and does not go with"
                                                                     : "works only without sigd, with");
    if (options_has(options, OPTION_KEY_FILE) && !options_has(options, OPTION_SDKAPPID))
        return output_fail(EXITS_USAGE, "--key-file needs --sdkappid N, the app's SDKAppID in the console");
    return 0;
}

static int finish(struct options *options, const struct command *command)
{
    const char *socket = getenv("SIGD_SOCKET"), *app = getenv("SIGD_APP");
    if (options->socket == NULL)
        options->socket = socket != NULL && *socket != '\0' ? socket : SOCKET_DEFAULT;
    if (options->app == NULL && app != NULL && *app != '\0')
        options->app = app;
    return judge(options, command);
}

const struct parse_table options_table = { "usersig", rows, N_ROWS, finish };
