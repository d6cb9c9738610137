/* sigctl seal: puts keys under lock, or from one lock under another. */
#include "command.h"
#include "exits.h"
#include "lock.h"
#include "names.h"
#include "options.h"
#include "output.h"
#include "safefile.h"
#include "save.h"
#include "secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct work {
    const struct options *options;
    struct lock from, to;
    bool again;       /* IN is sealed already */
    uint8_t *in;      /* SECRET_MAX + 1: what was read, which may be plain */
    uint8_t *content; /* SEALED_CONTENT_MAX */
    struct save *saves;
    size_t n_saves;
};

/* The key in IN, as it is in the file: one that sigd will take. */
static int take_plain(struct work *work, const char *name, size_t len, struct sealed_head *head,
                      size_t *content_len)
{
    if (sealed_is((const char *)work->in, len))
        return output_fail(EXITS_DATA,
                           "%s is sealed already: to seal it again, say what opens it, with --from-master "
                           "or --from-passphrase",
                           name);
    int status = secret_key(NULL, name, work->in, len);
    if (status != 0)
        return status;
    if (len > SEALED_CONTENT_MAX)
        return output_fail(EXITS_DATA, "%s has more than %d bytes", name, SEALED_CONTENT_MAX);
    memcpy(head->app, work->options->app, strlen(work->options->app) + 1);
    memcpy(head->key, work->options->key, strlen(work->options->key) + 1);
    memcpy(work->content, work->in, len);
    *content_len = len;
    return 0;
}

/* A run that was cut short had renamed some files. */
static bool is_done(const struct work *work, const struct sealed_head *head)
{
    return work->from.master != NULL && work->to.master != NULL && head->lock == SEALED_BY_MASTER &&
           options_has(work->options, OPTION_IN_PLACE) &&
           memcmp(head->master_id, work->to.master->id, sizeof head->master_id) == 0;
}

/* One file, up to the temporary one beside OUT. */
static int prepare(struct work *work, const char *in, const char *out)
{
    static char text[SEALED_FILE_MAX];
    struct sealed_head head = { 0 };
    size_t len, content_len;
    int status = secret_read(in, SAFEFILE_SECRET, work->in, &len);
    if (status != 0)
        return status;
    if (!work->again) {
        status = take_plain(work, in, len, &head, &content_len);
    } else if (sealed_read_head(&head, (const char *)work->in, len) == SEALED_OK && is_done(work, &head)) {
        status = lock_unseal(&work->to, in, (const char *)work->in, len, &head, work->content, &content_len);
        if (status == 0)
            output_note("%s is under this master key already; it stays as it is", in);
        return status;
    } else {
        status =
            lock_unseal(&work->from, in, (const char *)work->in, len, &head, work->content, &content_len);
    }
    if (status == 0)
        status = lock_seal(&work->to, &head, work->content, content_len, text, &len);
    if (status == 0)
        status = save_begin(&work->saves[work->n_saves], out, text, len,
                            options_has(work->options, OPTION_IN_PLACE));
    if (status == 0)
        work->n_saves++;
    return status;
}

/* All files, or as far as that can be none: renaming begins when everything else is done. */
static int seal(struct work *work)
{
    const struct options *options = work->options;
    bool in_place = options_has(options, OPTION_IN_PLACE);
    size_t n = in_place ? options->n_rest : 1, done = 0;
    int status = 0;
    for (size_t i = 0; i < n && status == 0; i++)
        status = prepare(work, options->rest[i], in_place ? options->rest[i] : options->rest[1]);
    while (done < work->n_saves && status == 0) {
        status = save_commit(&work->saves[done]);
        if (status == 0)
            done++;
    }
    if (status != 0 && n > 1)
        output_note(done == 0 ? "no file was changed" : "some files are changed, some are not: run it again");
    for (; done < work->n_saves; done++)
        save_abandon(&work->saves[done]);
    if (status == 0 && in_place && !work->again)
        output_note(
            "the plain key is replaced, but its old blocks may stay readable on the disk until they are written "
            "over");
    return status;
}

/* What contradicts itself, before anything is asked or read. */
static int judge(const struct options *options)
{
    bool to_passphrase = options_has(options, OPTION_PASSPHRASE),
         to_master = options_has(options, OPTION_MASTER);
    bool from_master = options_has(options, OPTION_FROM_MASTER);
    bool from_passphrase = options_has(options, OPTION_FROM_PASSPHRASE),
         again = from_master || from_passphrase;
    struct stat in, out;
    if (to_passphrase == to_master)
        return output_fail(EXITS_USAGE, "under what? --master FILE, or --passphrase");
    if (from_master && from_passphrase)
        return output_fail(EXITS_USAGE, "--from-master and --from-passphrase exclude each other");
    if (options_has(options, OPTION_PASSPHRASE_FD) && !to_passphrase && !from_passphrase)
        return output_fail(EXITS_USAGE, "--passphrase-fd goes with --passphrase or --from-passphrase");
    if (again && (options->app != NULL || options->key != NULL))
        return output_fail(EXITS_USAGE,
                           "what is sealed already keeps its app and key: leave --app and --key out");
    if (!again && (options->app == NULL || options->key == NULL))
        return output_fail(EXITS_USAGE, "for which key? --app NAME and --key NAME, as in sigd.conf");
    if (!again && (!names_ok(options->app) || !names_ok(options->key))) /* may be the key itself */
        return output_fail(EXITS_USAGE, "--app and --key take names as in sigd.conf: " NAMES_RULE);
    if (options_has(options, OPTION_IN_PLACE)) {
        if (options->n_rest == 0 || (!again && options->n_rest > 1))
            return output_fail(EXITS_USAGE, "takes %s; see sigctl seal --help",
                               again ? "one FILE or several" : "one FILE, since --key names one key");
        return 0;
    }
    if (options->n_rest != 2)
        return output_fail(EXITS_USAGE, "takes IN and OUT, or --in-place FILE; see sigctl seal --help");
    if (stat(options->rest[0], &in) == 0 && stat(options->rest[1], &out) == 0 && in.st_dev == out.st_dev &&
        in.st_ino == out.st_ino)
        return output_fail(EXITS_USAGE, "IN and OUT are one file: to replace it, write --in-place FILE");
    return 0;
}

static int open_work(struct work *work)
{
    const struct options *options = work->options;
    int fd = options_has(options, OPTION_PASSPHRASE_FD) ? (int)options->passphrase_fd : -1;
    int status = secret_begin();
    if (status == 0 && work->again)
        status = lock_open(&work->from, options->from_master, SAFEFILE_SECRET, fd);
    if (status == 0)
        status = lock_open(&work->to, options->master, SAFEFILE_SECRET, fd);
    if (status == 0)
        status = secret_memory(&work->in, SECRET_MAX + 1);
    if (status == 0)
        status = secret_memory(&work->content, SEALED_CONTENT_MAX);
    work->saves = calloc(options->n_rest, sizeof *work->saves);
    if (status == 0 && work->saves == NULL)
        status = output_fail(USERSIG_ERR_MEMORY, "no memory");
    return status;
}

static int run(const struct options *options)
{
    struct work work = { .options = options };
    int status = judge(options);
    if (status != 0)
        return status;
    work.again = (options->given & (OPTION_FROM_MASTER | OPTION_FROM_PASSPHRASE)) != 0;
    status = open_work(&work);
    if (status == 0)
        status = seal(&work);
    lock_close(&work.from);
    lock_close(&work.to);
    sodium_free(work.in);
    sodium_free(work.content);
    free(work.saves);
    return status;
}

const struct command ctl_seal_command = {
    .name = "seal",
    .summary = "put a key under a master key or a passphrase",
    .synopsis =
        "  sigctl seal --app NAME --key NAME (--master FILE | --passphrase) IN OUT\n"
        "  sigctl seal --app NAME --key NAME --master FILE --in-place FILE\n"
        "  sigctl seal (--from-master FILE | --from-passphrase) (--master FILE | --passphrase) IN OUT\n"
        "  sigctl seal --from-master FILE --master FILE --in-place FILE...\n",
    .about =
        "Seals the key in IN (console text or PEM; -: standard input) to OUT, a new file of mode 0600. It opens for this\n"
        "app and key name alone. sigd opens what is under its master_key; a passphrase is for backup and transport, and\n"
        "only sigctl asks for one: on the terminal, or a line each from --passphrase-fd.\n"
        "\n"
        "What is sealed already comes under another lock with --from-master or --from-passphrase. With several files all\n"
        "are opened, sealed and written to the disk beside their places before the first is replaced; a run that was cut\n"
        "short is run again.\n",
    .examples =
        "  sigctl seal --app chat --key 2026a --master /etc/sigd/master chat.key /etc/sigd/chat.sealed\n"
        "  sigctl seal --from-master old --master new --in-place /etc/sigd/*.sealed\n",
    .options = OPTION_APP | OPTION_KEY | OPTION_MASTER | OPTION_PASSPHRASE | OPTION_PASSPHRASE_FD |
               OPTION_FROM_MASTER | OPTION_FROM_PASSPHRASE | OPTION_IN_PLACE,
    .rest = "FILE",
    .run = run,
};
