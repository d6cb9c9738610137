/* sigctl init: a first configuration. */
#include "ask.h"
#include "command.h"
#include "exits.h"
#include "firstconf.h"
#include "options.h"
#include "output.h"
#include "passphrase.h"
#include "save.h"
#include "secret.h"
#include "when.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_SIZE 128

/* What init works with: options, answers, and what it has made so far. */
struct init {
    const struct options *options;
    struct firstconf values;
    struct options_list admins, users;
    char app[ANSWER_SIZE], sdkappid[ANSWER_SIZE], admin[ANSWER_SIZE], region[ANSWER_SIZE], user[ANSWER_SIZE];
    char key_name[16], key_file[PATH_MAX], directory[PATH_MAX];
    bool made_key, made_directory;
};

/* An option's value, else the terminal's answer, else usual. */
static int value(const char **out, const char *given, char answer[static ANSWER_SIZE], const char *option,
                 const char *question, const char *usual)
{
    *out = given;
    if (given != NULL)
        return 0;
    *out = answer;
    if (ask_possible())
        return ask_line(answer, ANSWER_SIZE, question, usual);
    if (usual == NULL)
        return output_fail(EXITS_USAGE, "--%s is missing, and there is no terminal to ask at", option);
    snprintf(answer, ANSWER_SIZE, "%s", usual);
    return 0;
}

static int read_sdkappid(struct init *init)
{
    const char *text;
    uint64_t number = init->options->sdkappid;
    if (!options_has(init->options, OPTION_SDKAPPID)) {
        int status =
            value(&text, NULL, init->sdkappid, "sdkappid", "SDKAppID, as the console shows it", NULL);
        if (status != 0)
            return status;
        if (when_number(text, UINT32_MAX, &number) != 0 || number == 0)
            return output_fail(EXITS_USAGE, "an SDKAppID is a whole number from 1 to 4294967295");
    }
    init->values.sdkappid = (uint32_t)number;
    return 0;
}

static int read_list(struct options_list *list, const struct options_list *given,
                     char answer[static ANSWER_SIZE], const char *option, const char *question,
                     const char *usual)
{
    *list = *given;
    if (list->n > 0)
        return 0;
    list->n = 1;
    return value(&list->items[0], NULL, answer, option, question, usual);
}

static int read_values(struct init *init)
{
    const struct options *options = init->options;
    struct firstconf *values = &init->values;
    time_t now = time(NULL);
    struct tm utc;
    int status = value(&values->app, options->app, init->app, "app", "Name of the app, as you like", "chat");
    if (status == 0)
        status = read_sdkappid(init);
    if (status == 0)
        status = value(&values->region, options->region, init->region, "region",
                       "Data centre (china, singapore, seoul, frankfurt, ...)", NULL);
    if (status == 0)
        status = read_list(&init->admins, &options->admins, init->admin, "admin", "Administrator of the app",
                           "administrator");
    if (status == 0)
        status = read_list(&init->users, &options->users, init->user, "user",
                           "User that your backend runs as", NULL);
    if (status != 0)
        return status;
    if (gmtime_r(&now, &utc) == NULL || strftime(init->key_name, sizeof init->key_name, "%Ya", &utc) == 0)
        snprintf(init->key_name, sizeof init->key_name, "a");
    values->key_name = init->key_name;
    values->admins = &init->admins;
    values->users = &init->users;
    return 0;
}

/* Where the key's file is or will be, from the root, as sigd.conf must have it. */
static int place_key(struct init *init)
{
    const char *given = init->options->key_file;
    init->values.key_file = init->key_file;
    if (given != NULL && realpath(given, init->key_file) == NULL)
        return output_fail(EXITS_NO_INPUT, "%s: %s", given, strerror(errno));
    if (given == NULL && snprintf(init->key_file, sizeof init->key_file, "%s/%s.key", init->directory,
                                  init->values.app) >= (int)sizeof init->key_file)
        return output_fail(EXITS_USAGE, "the path of --config is too long");
    return 0;
}

/* The directory of the configuration, from the root; made where only its last part is missing. */
static int open_directory(struct init *init)
{
    char part[PATH_MAX];
    const char *config = init->options->config, *slash = strrchr(config, '/');
    snprintf(part, sizeof part, "%.*s",
             slash == NULL     ? 1
             : slash == config ? 1
                               : (int)(slash - config),
             slash == NULL ? "." : config);
    init->made_directory = mkdir(part, 0755) == 0;
    if (!init->made_directory && errno != EEXIST)
        return output_fail(EXITS_OUTPUT, "cannot make %s: %s", part, strerror(errno));
    if (realpath(part, init->directory) == NULL)
        return output_fail(EXITS_OUTPUT, "%s: %s", part, strerror(errno));
    if (access(config, F_OK) == 0 || errno != ENOENT)
        return output_fail(EXITS_OUTPUT,
                           "%s is there already: sigctl init only begins; edit that one, then sigctl check",
                           config);
    return 0;
}

/* From the terminal without echo, or all of standard input. */
static int read_key(uint8_t *bytes, size_t *len)
{
    struct passphrase *line;
    if (!ask_possible())
        return secret_read("-", 0, bytes, len);
    int status =
        passphrase_line(&line, "key", "Key, as the console shows it (it stays hidden; a PEM: --key-file)");
    if (status == 0) {
        *len = line->len;
        memcpy(bytes, line->text, line->len);
        sodium_free(line);
    }
    return status;
}

static int write_key(struct init *init)
{
    uint8_t *bytes;
    size_t len = 0;
    struct save save;
    if (init->options->key_file != NULL)
        return 0;
    int status = secret_memory(&bytes, SECRET_MAX + 1);
    if (status != 0)
        return status;
    status = read_key(bytes, &len);
    if (status == 0)
        status = secret_key(NULL, "what was entered", bytes, len);
    if (status == 0)
        status = save_begin(&save, init->key_file, bytes, len, false);
    if (status == 0) {
        status = save_commit(&save);
        init->made_key = status == 0;
    }
    sodium_free(bytes);
    return status;
}

/* sigd itself judges, before the file has its name. */
static int check(const struct init *init, const char *path)
{
    sigset_t none;
    int status;
    sigemptyset(&none);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &none,
                    NULL); /* save.h defers signals; a sigd that hangs is to be stopped by them */
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execl(init->options->sigd, init->options->sigd, "--check", "--config", path, (char *)NULL);
        output_note("cannot run %s: %s; another place is told by --sigd", init->options->sigd,
                    strerror(errno));
        _exit(EXITS_UNREACHABLE);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            pid = -1;
    if (pid < 0)
        return output_fail(EXITS_UNREACHABLE, "sigd cannot be run: %s", strerror(errno));
    if (status == 0)
        return 0;
    return output_fail(WIFEXITED(status) ? WEXITSTATUS(status) : EXITS_UNREACHABLE,
                       "sigd would not start with that; nothing was written");
}

static int write_config(const struct init *init)
{
    struct save save;
    size_t len = 0;
    char *text = firstconf_text(&init->values, &len);
    if (text == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "out of memory");
    int status = save_begin(&save, init->options->config, text, len, false);
    free(text);
    if (status != 0)
        return status;
    if (chmod(save.temporary, 0644) != 0) /* it holds no secret, and the group of the daemon may be another */
        status = output_fail(EXITS_OUTPUT, "%s: %s", save.temporary, strerror(errno));
    if (status == 0)
        status = check(init, save.temporary);
    if (status == 0)
        status = save_commit(&save);
    if (status != 0)
        save_abandon(&save);
    return status;
}

static void print_next(const struct init *init)
{
    const char *user = init->users.items[0];
    if (init->made_key)
        printf("made %s (mode 0600): the key\n", init->key_file);
    printf("made %s\n\nNext:\n", init->options->config);
    printf("  systemctl enable --now sigd, or sigd --config %s\n", init->options->config);
    printf("  sigctl status: shows apps, keys and credentials\n");
    printf("  usersig status, as the user %s: shows what your backend may do\n", user);
    printf(
        "Keep a copy of the key where no host can read it, or know who may fetch it from the console again.\n");
}

/* Nothing is left half made; the caller has the key still. */
static void take_back(const struct init *init)
{
    if (init->made_key)
        unlink(init->key_file);
    if (init->made_directory)
        rmdir(init->directory);
}

static int run(const struct options *options)
{
    struct init *init = calloc(1, sizeof *init);
    if (init == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "out of memory");
    init->options = options;
    int status = secret_begin();
    if (status == 0)
        status = open_directory(init);
    if (status == 0)
        status = read_values(init);
    if (status == 0)
        status = place_key(init);
    if (status == 0)
        status = firstconf_check(&init->values);
    if (status == 0)
        status = write_key(init);
    if (status == 0)
        status = write_config(init);
    if (status == 0)
        print_next(init);
    else
        take_back(init);
    free(init);
    return status;
}

const struct command ctl_init_command = {
    .name = "init",
    .summary = "write a first configuration for one app",
    .synopsis = "  sigctl init [--app NAME] [--sdkappid N] [--region NAME] [--admin ID]... [--user NAME]...\n"
                "              [--key-file FILE] [--config FILE] [--sigd PATH]\n",
    .about =
        "Asks at the terminal for what no option says. The key comes from --key-file, or is read without echo, or from\n"
        "standard input, and is written beside the configuration as NAME.key, mode 0600. The configuration is put in\n"
        "place only when sigd --check calls it good; nothing that is there is overwritten.\n",
    .examples = "  sigctl init\n"
                "  sigctl init --sdkappid 1400000000 --region china --user www-data < key.txt\n",
    .options = OPTION_APP | OPTION_SDKAPPID | OPTION_REGION | OPTION_ADMIN | OPTION_USER | OPTION_KEY_FILE |
               OPTION_CONFIG | OPTION_SIGD,
    .run = run,
};
