/* sigctl unseal: a sealed key as a plain file. */
#include "command.h"
#include "exits.h"
#include "lock.h"
#include "options.h"
#include "output.h"
#include "safefile.h"
#include "save.h"
#include "secret.h"

#include <sodium.h>
#include <string.h>

static int check_names(const struct options *options, const struct sealed_head *head)
{
    if (options->app != NULL && strcmp(options->app, head->app) != 0)
        return output_fail(EXITS_DATA, "%s is sealed for app %s", options->rest[0], head->app);
    if (options->key != NULL && strcmp(options->key, head->key) != 0)
        return output_fail(EXITS_DATA, "%s is sealed for key %s", options->rest[0], head->key);
    return 0;
}

static int unseal(struct lock *lock, const struct options *options, uint8_t *content)
{
    static uint8_t text[SECRET_MAX + 1]; /* sealed: no secret */
    struct sealed_head head;
    size_t len, content_len;
    int status = secret_read(options->rest[0], SAFEFILE_SECRET, text, &len);
    if (status == 0)
        status = lock_unseal(lock, options->rest[0], (const char *)text, len, &head, content, &content_len);
    if (status == 0)
        status = check_names(options, &head);
    if (status == 0)
        status = save_file(options->rest[1], content, content_len, false);
    if (status == 0)
        output_note("%s holds key %s of app %s in plain text", options->rest[1], head.key, head.app);
    return status;
}

static int run(const struct options *options)
{
    uint8_t *content;
    struct lock lock;
    bool passphrase = (options->given & (OPTION_PASSPHRASE | OPTION_PASSPHRASE_FD)) != 0;
    if (options->n_rest != 2)
        return output_fail(EXITS_USAGE, "takes IN and OUT; see sigctl unseal --help");
    if (passphrase == options_has(options, OPTION_MASTER))
        return output_fail(EXITS_USAGE, "what opens it? --master FILE, or --passphrase");
    int status = secret_begin();
    if (status == 0)
        status = lock_open(&lock, options->master, SAFEFILE_SECRET,
                           options_has(options, OPTION_PASSPHRASE_FD) ? (int)options->passphrase_fd : -1);
    if (status != 0)
        return status;
    status = secret_memory(&content, SEALED_CONTENT_MAX);
    if (status == 0) {
        status = unseal(&lock, options, content);
        sodium_free(content);
    }
    lock_close(&lock);
    return status;
}

const struct command ctl_unseal_command = {
    .name = "unseal",
    .summary = "write a sealed key as a plain file",
    .synopsis = "  sigctl unseal --master FILE [--app NAME] [--key NAME] IN OUT\n"
                "  sigctl unseal --passphrase [--passphrase-fd N] [--app NAME] [--key NAME] IN OUT\n",
    .about =
        "Writes the key that is sealed in IN to OUT, a new file of mode 0600: never to a terminal, to standard output\n"
        "or over a file that is there. --app and --key say for which it must be sealed; its first lines tell.\n",
    .examples = "  sigctl unseal --master /etc/sigd/master /etc/sigd/chat.sealed /root/chat.key\n",
    .options = OPTION_MASTER | OPTION_PASSPHRASE | OPTION_PASSPHRASE_FD | OPTION_APP | OPTION_KEY,
    .rest = "IN OUT",
    .run = run,
};
