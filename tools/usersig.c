/* usersig: makes, checks and reads usersigs, through sigd or with a key in a file. This file: the table of commands. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "command.h"
#include "exits.h"
#include "nearest.h"
#include "options.h"
#include "output.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <usersig.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

static const struct command *const commands[] = {
    &cmd_url_command,    &cmd_sign_command,    &cmd_admin_command,
    &cmd_verify_command, &cmd_inspect_command, &cmd_status_command,
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static const char help_head[] =
    "usersig makes, checks and reads usersigs: the signed texts with which users log in to Tencent Cloud Chat (IM)\n"
    "and TRTC, and with which a backend calls the REST API as an administrator of its app.\n"
    "\n"
    "Usage\n"
    "  usersig COMMAND [OPTION]...\n"
    "  usersig COMMAND --help\n"
    "\n"
    "Commands\n";

static const char help_tail[] =
    "\n"
    "Commands ask the daemon sigd, which alone holds the keys, over its UNIX socket. Without sigd, url, sign and\n"
    "verify work with the key in a file: --key-file FILE --sdkappid N. inspect needs neither.\n"
    "\n"
    "Examples\n"
    "  usersig sign alice --lifetime 7d\n"
    "  usersig url group_open_http_svc/get_appid_group_list --curl-config | curl -K - -d '{}'\n"
    "  usersig inspect < usersig.txt\n"
    "\n"
    "Environment\n"
    "  SIGD_SOCKET   sigd's socket, where it is not /run/sigd/sigd.sock\n"
    "  SIGD_APP      the app in sigd.conf, where you may use several\n"
    "\n"
    "Results go to standard output, notes and errors to standard error. The exit status is 0, or says what was\n"
    "wrong: usersig(1) has the list. Start with usersig status.\n";

static void help(FILE *stream)
{
    fputs(help_head, stream);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(stream, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    fputs(help_tail, stream);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int unknown(const char *word)
{
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i]->name;
    if (word[0] == '-')
        return output_fail(EXITS_USAGE,
                           "the command comes first: usersig COMMAND [OPTION]...; see usersig --help");
    const char *near = nearest_word(word, strlen(word), names, N_COMMANDS);
    if (near != NULL)
        return output_fail(EXITS_USAGE, "no command \"%.32s\"; did you mean \"%s\"? See usersig --help", word,
                           near);
    return output_fail(EXITS_USAGE, "no command \"%.32s\"; see usersig --help", word);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options options;
    output_command(command->name);
    int status = options_parse(&options, command, argc, argv);
    if (status != 0)
        return status;
    if (options_has(&options, OPTION_HELP)) {
        options_help(command);
        return 0;
    }
    if (sodium_init() < 0)
        return output_fail(USERSIG_ERR_CRYPTO, "libsodium does not start");
    return command->run(&options);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct command *command = NULL;
    if (word == NULL) {
        help(stderr);
        return EXITS_USAGE;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        puts("usersig " PACKAGE_VERSION);
        return output_end(0);
    }
    if (strcmp(word, "help") == 0 && argc > 2) { /* usersig help COMMAND */
        command = find(argv[2]);
        if (command == NULL)
            return unknown(argv[2]);
        options_help(command);
        return output_end(0);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        help(stdout);
        return output_end(0);
    }
    command = find(word);
    if (command == NULL)
        return unknown(word);
    return output_end(run(command, argc - 1, argv + 1));
}
