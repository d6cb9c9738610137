#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "command.h"
#include "exits.h"
#include "nearest.h"
#include "options.h"
#include "output.h"
#include "parse.h"
#include "program.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <usersig.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define COMMANDS_MAX 32

static void help(const struct program *program, FILE *stream)
{
    fputs(program->head, stream);
    for (size_t i = 0; i < program->n_commands; i++)
        fprintf(stream, "  %-9s %s\n", program->commands[i]->name, program->commands[i]->summary);
    fputs(program->tail, stream);
}

static const struct command *find(const struct program *program, const char *name)
{
    for (size_t i = 0; i < program->n_commands; i++)
        if (strcmp(program->commands[i]->name, name) == 0)
            return program->commands[i];
    return NULL;
}

static int unknown(const struct program *program, const char *word)
{
    const char *names[COMMANDS_MAX];
    size_t n = 0;
    for (; n < program->n_commands && n < COMMANDS_MAX; n++)
        names[n] = program->commands[n]->name;
    if (word[0] == '-')
        return output_fail(EXITS_USAGE, "the command comes first: %s COMMAND [OPTION]...; see %s --help",
                           program->name, program->name);
    const char *near = nearest_word(word, strlen(word), names, n);
    if (near != NULL)
        return output_fail(EXITS_USAGE, "no command \"%.32s\"; did you mean \"%s\"? See %s --help", word,
                           near, program->name);
    return output_fail(EXITS_USAGE, "no command \"%.32s\"; see %s --help", word, program->name);
}

static int run(const struct program *program, const struct command *command, int argc, char **argv)
{
    struct options options;
    output_command(command->name);
    int status = parse_arguments(program->table, &options, command, argc, argv);
    if (status != 0)
        return status;
    if (options_has(&options, OPTION_HELP)) {
        parse_help(program->table, command);
        return 0;
    }
    if (sodium_init() < 0)
        return output_fail(USERSIG_ERR_CRYPTO, "libsodium does not start");
    return command->run(&options);
}

int program_main(const struct program *program, int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct command *command = NULL;
    output_program(program->name);
    if (word == NULL) {
        help(program, stderr);
        return EXITS_USAGE;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("%s %s\n", program->name, PACKAGE_VERSION);
        return output_end(0);
    }
    if (strcmp(word, "help") == 0 && argc > 2) { /* PROGRAM help COMMAND */
        command = find(program, argv[2]);
        if (command == NULL)
            return unknown(program, argv[2]);
        parse_help(program->table, command);
        return output_end(0);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        help(program, stdout);
        return output_end(0);
    }
    command = find(program, word);
    if (command == NULL)
        return unknown(program, word);
    return output_end(run(program, command, argc - 1, argv + 1));
}
