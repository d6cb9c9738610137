#include "options.h"
#include "command.h"
#include "exits.h"
#include "nearest.h"
#include "output.h"
#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>

#define SOCKET_DEFAULT "/run/sigd/sigd.sock"

enum kind { FLAG, TEXT, DURATION, LIFETIME, NUMBER, PARAM };

static const struct option_row {
    const char *name;
    uint32_t bit;
    enum kind kind;
    size_t offset;
    const char *value; /* its name in --help */
    const char *help;
} rows[] = {
    { "app", OPTION_APP, TEXT, offsetof(struct options, app), "NAME",
      "the app in sigd.conf [SIGD_APP, else the only one that you may use]" },
    { "socket", OPTION_SOCKET, TEXT, offsetof(struct options, socket), "PATH",
      "sigd's socket [SIGD_SOCKET, else " SOCKET_DEFAULT "]" },
    { "key-file", OPTION_KEY_FILE, TEXT, offsetof(struct options, key_file), "FILE",
      "work without sigd, with the console's key in FILE (mode 0600)" },
    { "sdkappid", OPTION_SDKAPPID, NUMBER, offsetof(struct options, sdkappid), "N",
      "with --key-file: the app's SDKAppID" },
    { "identifier", OPTION_IDENTIFIER, TEXT, offsetof(struct options, identifier), "ID",
      "with --key-file: whom the usersig is for" },
    { "as", OPTION_AS, TEXT, offsetof(struct options, as), "ID",
      "which administrator [the first that you may use]" },
    { "for", OPTION_FOR, TEXT, offsetof(struct options, expected), "ID",
      "the identifier that it must be for" },
    { "any-identifier", OPTION_ANY_IDENTIFIER, FLAG, 0, NULL, "accept one for anybody of the app" },
    { "lifetime", OPTION_LIFETIME, LIFETIME, offsetof(struct options, lifetime), "TIME",
      "how long it is valid: 90s, 15m, 24h, 30d, 2w, or seconds" },
    { "min-remaining", OPTION_MIN_REMAINING, DURATION, offsetof(struct options, min_remaining), "TIME",
      "it must be valid for so long yet; 0: whatever is left" },
    { "region", OPTION_REGION, TEXT, offsetof(struct options, region), "NAME",
      "the app's data centre: china, singapore, seoul, frankfurt, ..." },
    { "host", OPTION_HOST, TEXT, offsetof(struct options, host), "HOST",
      "another host, as name or name:port" },
    { "random", OPTION_RANDOM, NUMBER, offsetof(struct options, random), "N",
      "the request's number [a random one]" },
    { "param", OPTION_PARAM, PARAM, 0, "NAME=VALUE", "a further query parameter; may repeat" },
    { "curl-config", OPTION_CURL_CONFIG, FLAG, 0, NULL, "write it as a config line for curl -K -" },
    { "redact", OPTION_REDACT, FLAG, 0, NULL, "mask the usersig, for logs" },
    { "utf8", OPTION_UTF8, FLAG, 0, NULL, "with --key-file: an identifier in UTF-8, up to 255 bytes" },
    { "now", OPTION_NOW, NUMBER, offsetof(struct options, now), "T",
      "judge at this time, in Unix seconds [the clock]" },
    { "json", OPTION_JSON, FLAG, 0, NULL, "write JSON, for programs" },
    { "help", OPTION_HELP, FLAG, 0, NULL, "this text" },
};
#define N_ROWS (sizeof rows / sizeof rows[0])

/* Names that people try; a command line is in the process list and in the shell's history. */
static const char *const never[] = { "key", "secret", "secret-key", "passphrase", "password" };

bool options_has(const struct options *options, uint32_t option)
{
    return (options->given & option) != 0;
}

static const struct option_row *find(const char *name, size_t len)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
            return &rows[i];
    return NULL;
}

/* What follows "=" may be a secret and is never repeated. */
static int unknown(const struct command *command, const char *name, size_t len)
{
    const char *names[N_ROWS];
    size_t n = 0;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strlen(never[i]) == len && memcmp(never[i], name, len) == 0)
            return output_fail(
                EXITS_USAGE,
                "there is no --%s: every user of this host can read a command line in the process "
                "list; put the key in a file of mode 0600 and give --key-file FILE",
                never[i]);
    for (size_t i = 0; i < N_ROWS; i++)
        if ((command->options & rows[i].bit) != 0)
            names[n++] = rows[i].name;
    const char *near = nearest_word(name, len, names, n);
    if (near != NULL)
        return output_fail(EXITS_USAGE, "unknown option --%.*s; did you mean --%s?",
                           (int)(len < 32 ? len : 32), name, near);
    return output_fail(EXITS_USAGE, "unknown option --%.*s; see usersig %s --help",
                       (int)(len < 32 ? len : 32), name, command->name);
}

static int store(struct options *options, const struct option_row *row, const char *value)
{
    void *field = (char *)options + row->offset;
    uint64_t number;
    int over;
    switch (row->kind) {
    case FLAG: return 0;
    case TEXT:
        if (*value == '\0')
            return output_fail(EXITS_USAGE, "--%s is empty", row->name);
        memcpy(field, &value, sizeof value);
        return 0;
    case PARAM:
        if (options->n_params == OPTIONS_PARAMS_MAX)
            return output_fail(EXITS_USAGE, "more than %d times --param", OPTIONS_PARAMS_MAX);
        if (strchr(value, '=') == NULL || *value == '=')
            return output_fail(EXITS_USAGE, "--param takes NAME=VALUE");
        options->params[options->n_params++] = value;
        return 0;
    case NUMBER: {
        uint64_t max = row->bit == OPTION_NOW ? INT64_MAX : UINT32_MAX;
        if (when_number(value, max, &number) != 0 || (row->bit == OPTION_SDKAPPID && number == 0))
            return output_fail(EXITS_USAGE, "--%s takes a whole number%s", row->name,
                               row->bit == OPTION_NOW        ? ", in Unix seconds"
                               : row->bit == OPTION_SDKAPPID ? " from 1 to 4294967295"
                                                             : " from 0 to 4294967295");
        break;
    }
    case DURATION:
    case LIFETIME:
    default:
        over = when_parse(value, &number);
        if (over < 0)
            return output_fail(EXITS_USAGE, "--%s takes seconds or <n>s, <n>m, <n>h, <n>d, <n>w", row->name);
        if (row->kind == LIFETIME && (over != 0 || number == 0 || number > USERSIG_LIFETIME_MAX))
            return output_fail(USERSIG_ERR_LIFETIME,
                               "--%s: %s; a lifetime is 1 second to 50 years, from the time "
                               "of issue on (neither milliseconds nor a date)",
                               row->name, over == 0 && number == 0 ? "zero" : "too long");
        if (over != 0 || number > INT64_MAX)
            return output_fail(EXITS_USAGE, "--%s is too long", row->name);
        break;
    }
    memcpy(field, &number, sizeof number);
    return 0;
}

/* One "--name", "--name=value" or "--name value"; *i moves past a value of its own. */
static int take(struct options *options, const struct command *command, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *value = strchr(name, '=');
    size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
    const struct option_row *row = find(name, len);
    if (row == NULL)
        return unknown(command, name, len);
    if (((command->options | OPTION_HELP) & row->bit) == 0)
        return output_fail(EXITS_USAGE, "--%s does not go with this command; see usersig %s --help",
                           row->name, command->name);
    if (row->kind == FLAG && value != NULL)
        return output_fail(EXITS_USAGE, "--%s takes no value", row->name);
    if (row->kind != PARAM && options_has(options, row->bit))
        return output_fail(EXITS_USAGE, "--%s is given twice", row->name);
    if (row->kind != FLAG && value == NULL && *i + 1 >= argc)
        return output_fail(EXITS_USAGE, "--%s needs a value: --%s %s", row->name, row->name, row->value);
    options->given |= row->bit;
    if (row->kind == FLAG)
        return 0;
    return store(options, row, value != NULL ? value + 1 : argv[++*i]);
}

/* Options that contradict each other. */
static int judge(const struct options *options, const struct command *command)
{
    uint32_t wrong = options_has(options, OPTION_KEY_FILE) ? OPTIONS_DAEMON : command->offline;
    for (size_t i = 0; i < N_ROWS; i++)
        if ((options->given & wrong & rows[i].bit) != 0)
            return output_fail(EXITS_USAGE, "--%s %s --key-file", rows[i].name,
                               options_has(options, OPTION_KEY_FILE) ? "is about sigd and does not go with"
                                                                     : "works only without sigd, with");
    if (options_has(options, OPTION_KEY_FILE) && !options_has(options, OPTION_SDKAPPID))
        return output_fail(EXITS_USAGE, "--key-file needs --sdkappid N, the app's SDKAppID in the console");
    return 0;
}

int options_parse(struct options *options, const struct command *command, int argc, char **argv)
{
    bool only_words = false;
    memset(options, 0, sizeof *options);
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        int status = 0;
        if (only_words || word[0] != '-' || word[1] == '\0') {
            if (command->word == NULL)
                return output_fail(EXITS_USAGE, "takes options only; see usersig %s --help", command->name);
            if (options->word != NULL)
                return output_fail(EXITS_USAGE, "takes one %s; see usersig %s --help", command->word,
                                   command->name);
            options->word = word;
        } else if (strcmp(word, "--") == 0) {
            only_words = true;
        } else if (word[1] == '-') {
            status = take(options, command, argc, argv, &i);
        } else if (strcmp(word, "-h") == 0) {
            options->given |= OPTION_HELP;
        } else {
            status =
                output_fail(EXITS_USAGE, "unknown option -%c; see usersig %s --help", word[1], command->name);
        }
        if (status != 0)
            return status;
        if (options_has(options, OPTION_HELP))
            return 0;
    }
    const char *socket = getenv("SIGD_SOCKET"), *app = getenv("SIGD_APP");
    if (options->socket == NULL)
        options->socket = socket != NULL && *socket != '\0' ? socket : SOCKET_DEFAULT;
    if (options->app == NULL && app != NULL && *app != '\0')
        options->app = app;
    return judge(options, command);
}

void options_help(const struct command *command)
{
    printf("usersig %s: %s\n\n%s\n%s\nOptions\n", command->name, command->summary, command->synopsis,
           command->about);
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[40];
        if (((command->options | OPTION_HELP) & rows[i].bit) == 0)
            continue;
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value != NULL ? " " : "",
                 rows[i].value != NULL ? rows[i].value : "");
        printf("  %-22s %s\n", left, rows[i].help);
    }
    printf("\nExamples\n%s", command->examples);
}
