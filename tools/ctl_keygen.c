/* sigctl keygen: a master key, or a key for tests. */
#include "command.h"
#include "exits.h"
#include "lock.h"
#include "options.h"
#include "output.h"
#include "safefile.h"
#include "save.h"
#include "secret.h"

#include <sodium.h>
#include <stdio.h>

#define TEST_KEY_SIZE 64 /* bytes, as the console's keys have */

/* Both kinds are read again from the file, as their users will. */
static int make_master(const char *path)
{
    char id[2 * SEALED_ID_SIZE + 1];
    struct lock lock;
    uint8_t *key;
    int status = secret_memory(&key, SEALED_LOCK_SIZE);
    if (status != 0)
        return status;
    randombytes_buf(key, SEALED_LOCK_SIZE);
    status = save_file(path, key, SEALED_LOCK_SIZE, false);
    sodium_free(key);
    if (status == 0)
        status = lock_open(&lock, path, SAFEFILE_SECRET, -1);
    if (status != 0)
        return status;
    sodium_bin2hex(id, sizeof id, lock.master->id, sizeof lock.master->id);
    printf("master key %s\n", id);
    output_note("keep a copy of %s elsewhere: without it nothing that is sealed under it opens again", path);
    lock_close(&lock);
    return 0;
}

static int make_test_key(const char *path)
{
    uint8_t bytes[TEST_KEY_SIZE / 2];
    char *text;
    int status = secret_memory(&text, TEST_KEY_SIZE + 1);
    if (status != 0)
        return status;
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(text, TEST_KEY_SIZE + 1, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    status = save_file(path, text, TEST_KEY_SIZE, false);
    sodium_free(text);
    if (status == 0)
        output_note("a key for tests: the service knows nothing of it");
    return status;
}

static int run(const struct options *options)
{
    if (options_has(options, OPTION_MASTER) == options_has(options, OPTION_TEST_KEY))
        return output_fail(EXITS_USAGE, "which? --master FILE, or --test-key FILE");
    int status = secret_begin();
    if (status != 0)
        return status;
    return options->master != NULL ? make_master(options->master) : make_test_key(options->test_key);
}

const struct command ctl_keygen_command = {
    .name = "keygen",
    .summary = "make a master key, under which keys are sealed",
    .synopsis = "  sigctl keygen --master FILE\n"
                "  sigctl keygen --test-key FILE\n",
    .about =
        "Writes 32 random bytes to FILE, a new file of mode 0600, and prints the number by which sealed files name\n"
        "this master key. A file that is there is never replaced: what is sealed under it would be lost.\n"
        "\n"
        "The keys of your apps come from the console. --test-key makes one that looks like them, for tests.\n",
    .examples = "  sigctl keygen --master /etc/sigd/master\n",
    .options = OPTION_MASTER | OPTION_TEST_KEY,
    .run = run,
};
