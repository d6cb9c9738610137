#include "parse.h"
#include "command.h"
#include "exits.h"
#include "nearest.h"
#include "options.h"
#include "output.h"
#include "when.h"

#include <stdio.h>
#include <string.h>
#include <usersig.h>

#define ROWS_MAX 64 /* of one program */

/* The few options that have a letter. */
static const struct {
    char letter;
    const char *name;
} letters[] = { { 'h', "help" }, { 'd', "data" }, { 'v', "verbose" } };

/* Names that people try; a command line is in the process list and in the shell's history. */
static const char *const never[] = { "key", "secret", "secret-key", "passphrase", "password" };

static const struct parse_row *find(const struct parse_table *table, const char *name, size_t len)
{
    for (size_t i = 0; i < table->n_rows; i++)
        if (strlen(table->rows[i].name) == len && memcmp(table->rows[i].name, name, len) == 0)
            return &table->rows[i];
    return NULL;
}

/* What follows "=" may be a secret and is never repeated. */
static int unknown(const struct parse_table *table, const struct command *command, const char *name,
                   size_t len)
{
    const char *names[ROWS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strlen(never[i]) == len && memcmp(never[i], name, len) == 0)
            return output_fail(
                EXITS_USAGE,
                "there is no --%s: every user of this host can read a command line in the process "
                "list; put the key in a file of mode 0600 and give --key-file FILE",
                never[i]);
    for (size_t i = 0; i < table->n_rows && n < ROWS_MAX; i++)
        if ((command->options & table->rows[i].bit) != 0)
            names[n++] = table->rows[i].name;
    const char *near = nearest_word(name, len, names, n);
    if (near != NULL)
        return output_fail(EXITS_USAGE, "unknown option --%.*s; did you mean --%s?",
                           (int)(len < 32 ? len : 32), name, near);
    return output_fail(EXITS_USAGE, "unknown option --%.*s; see %s %s --help", (int)(len < 32 ? len : 32),
                       name, table->program, command->name);
}

static int store_number(uint64_t *number, const struct parse_row *row, const char *value)
{
    uint64_t max = row->kind == PARSE_UNIX_TIME ? INT64_MAX : UINT32_MAX;
    if (when_number(value, max, number) == 0 && (row->kind != PARSE_SDKAPPID || *number != 0))
        return 0;
    return output_fail(EXITS_USAGE, "--%s takes a whole number%s", row->name,
                       row->kind == PARSE_UNIX_TIME  ? ", in Unix seconds"
                       : row->kind == PARSE_SDKAPPID ? " from 1 to 4294967295"
                                                     : " from 0 to 4294967295");
}

static int store_duration(uint64_t *seconds, const struct parse_row *row, const char *value)
{
    int over = when_parse(value, seconds);
    if (over < 0)
        return output_fail(EXITS_USAGE, "--%s takes seconds or <n>s, <n>m, <n>h, <n>d, <n>w", row->name);
    if (row->kind == PARSE_LIFETIME && (over != 0 || *seconds == 0 || *seconds > USERSIG_LIFETIME_MAX))
        return output_fail(USERSIG_ERR_LIFETIME,
                           "--%s: %s; a lifetime is 1 second to 50 years, from the time "
                           "of issue on (neither milliseconds nor a date)",
                           row->name, over == 0 && *seconds == 0 ? "zero" : "too long");
    if (over != 0 || *seconds > INT64_MAX)
        return output_fail(EXITS_USAGE, "--%s is too long", row->name);
    return 0;
}

static int store_list(struct options_list *list, const struct parse_row *row, const char *value)
{
    if (*value == '\0')
        return output_fail(EXITS_USAGE, "--%s is empty", row->name);
    if (list->n == OPTIONS_LIST_MAX)
        return output_fail(EXITS_USAGE, "more than %d times --%s", OPTIONS_LIST_MAX, row->name);
    list->items[list->n++] = value;
    return 0;
}

static int store(struct options *options, const struct parse_row *row, const char *value)
{
    void *field = (char *)options + row->offset;
    uint64_t number = 0;
    int status;
    switch (row->kind) {
    case PARSE_FLAG: return 0;
    case PARSE_TEXT:
        if (*value == '\0')
            return output_fail(EXITS_USAGE, "--%s is empty", row->name);
        memcpy(field, &value, sizeof value);
        return 0;
    case PARSE_LIST: return store_list(field, row, value);
    case PARSE_PARAM:
        if (options->n_params == OPTIONS_PARAMS_MAX)
            return output_fail(EXITS_USAGE, "more than %d times --param", OPTIONS_PARAMS_MAX);
        if (strchr(value, '=') == NULL || *value == '=')
            return output_fail(EXITS_USAGE, "--param takes NAME=VALUE");
        options->params[options->n_params++] = value;
        return 0;
    case PARSE_NUMBER:
    case PARSE_SDKAPPID:
    case PARSE_UNIX_TIME: status = store_number(&number, row, value); break;
    case PARSE_DURATION:
    case PARSE_LIFETIME:
    default: status = store_duration(&number, row, value); break;
    }
    if (status == 0)
        memcpy(field, &number, sizeof number);
    return status;
}

/* One "--name", "--name=value" or "--name value"; *i moves past a value of its own. name: without the hyphens. */
static int take(const struct parse_table *table, struct options *options, const struct command *command,
                const char *name, int argc, char **argv, int *i)
{
    const char *value = strchr(name, '=');
    size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
    const struct parse_row *row = find(table, name, len);
    if (row == NULL)
        return unknown(table, command, name, len);
    if (((command->options | OPTION_HELP) & row->bit) == 0)
        return output_fail(EXITS_USAGE, "--%s does not go with this command; see %s %s --help", row->name,
                           table->program, command->name);
    if (row->kind == PARSE_FLAG && value != NULL)
        return output_fail(EXITS_USAGE, "--%s takes no value", row->name);
    if (row->kind != PARSE_PARAM && row->kind != PARSE_LIST && options_has(options, row->bit))
        return output_fail(EXITS_USAGE, "--%s is given twice", row->name);
    if (row->kind != PARSE_FLAG && value == NULL && *i + 1 >= argc)
        return output_fail(EXITS_USAGE, "--%s needs a value: --%s %s", row->name, row->name, row->value);
    options->given |= row->bit;
    if (row->kind == PARSE_FLAG)
        return 0;
    return store(options, row, value != NULL ? value + 1 : argv[++*i]);
}

/* One "-d value" or "-v". */
static int take_letter(const struct parse_table *table, struct options *options,
                       const struct command *command, int argc, char **argv, int *i)
{
    const char *word = argv[*i];
    for (size_t k = 0; k < sizeof letters / sizeof letters[0] && word[2] == '\0'; k++) {
        const struct parse_row *row = find(table, letters[k].name, strlen(letters[k].name));
        if (letters[k].letter == word[1] && row != NULL && ((command->options | OPTION_HELP) & row->bit) != 0)
            return take(table, options, command, letters[k].name, argc, argv, i);
    }
    return output_fail(EXITS_USAGE, "unknown option -%c; see %s %s --help", word[1], table->program,
                       command->name);
}

/* An argument that is no option. */
static int take_word(const struct parse_table *table, struct options *options, const struct command *command,
                     char *word)
{
    if (command->word == NULL && command->rest == NULL)
        return output_fail(EXITS_USAGE, "takes options only; see %s %s --help", table->program,
                           command->name);
    if (command->word != NULL && options->word == NULL)
        options->word = word;
    else if (command->word2 != NULL && options->word2 == NULL)
        options->word2 = word;
    else if (command->rest != NULL)
        options->rest[options->n_rest++] = word;
    else if (command->word2 != NULL)
        return output_fail(EXITS_USAGE, "takes %s and %s; see %s %s --help", command->word, command->word2,
                           table->program, command->name);
    else
        return output_fail(EXITS_USAGE, "takes one %s; see %s %s --help", command->word, table->program,
                           command->name);
    return 0;
}

int parse_arguments(const struct parse_table *table, struct options *options, const struct command *command,
                    int argc, char **argv)
{
    bool only_words = false;
    memset(options, 0, sizeof *options);
    options->rest = argv + 1; /* they move to the front: what was there has been read */
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        int status = 0;
        if (only_words || word[0] != '-' || word[1] == '\0' ||
            (command->negative && word[1] >= '0' && word[1] <= '9'))
            status = take_word(table, options, command, word);
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (word[1] == '-')
            status = take(table, options, command, word + 2, argc, argv, &i);
        else
            status = take_letter(table, options, command, argc, argv, &i);
        if (status != 0)
            return status;
        if (options_has(options, OPTION_HELP))
            return 0;
    }
    return table->finish(options, command);
}

void parse_help(const struct parse_table *table, const struct command *command)
{
    printf("%s %s: %s\n\n%s\n%s\nOptions\n", table->program, command->name, command->summary,
           command->synopsis, command->about);
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct parse_row *row = &table->rows[i];
        char left[40];
        if (((command->options | OPTION_HELP) & row->bit) == 0)
            continue;
        snprintf(left, sizeof left, "--%s%s%s", row->name, row->value != NULL ? " " : "",
                 row->value != NULL ? row->value : "");
        printf("  %-22s %s\n", left, row->help);
    }
    printf("\nExamples\n%s", command->examples);
}
