#include "sign_batch.h"
#include "batch.h"
#include "client.h"
#include "exits.h"
#include "offline.h"
#include "options.h"
#include "output.h"
#include "sign_offline.h"
#include "sign_sigd.h"

#include <string.h>
#include <unistd.h>

#define LIFETIME_DEFAULT 86400u /* seconds; without sigd, as for a single one */
#define CHUNK_BYTES 16384u
#define SIGD_CHUNK_BYTES 131072u
#define AHEAD 3
#define SIGD_JOBS 2 /* questions under way, for each processor */

static int judge(const struct options *options, bool *bare)
{
    if (options->word != NULL || options->identifier != NULL)
        return output_fail(EXITS_USAGE, "--batch reads the identifiers from standard input, one a line");
    *bare = options->format != NULL && strcmp(options->format, "text") == 0;
    if (options->format != NULL && !*bare && strcmp(options->format, "ndjson") != 0)
        return output_fail(EXITS_USAGE, "--format is ndjson or text, not %.32s", options->format);
    if (*bare && options_has(options, OPTION_JSON))
        return output_fail(EXITS_USAGE, "--json and --format text exclude each other");
    if (isatty(STDIN_FILENO) == 1)
        output_note("reading identifiers, one a line; Ctrl-D ends");
    return jobs_judge(options);
}

static int with_key(const struct options *options, struct batch batch, bool bare)
{
    usersig_key *key;
    void *workers[JOBS_MAX];
    struct sign_offline all = { .sdkappid = (uint32_t)options->sdkappid, .bare = bare };
    int status = offline_key(&key, options);
    if (status != 0)
        return status;
    all.key = key;
    all.flags = options_has(options, OPTION_UTF8) ? USERSIG_ALLOW_UTF8 : 0;
    sign_line_default(&all.defaults, options);
    if (all.defaults.lifetime == 0)
        all.defaults.lifetime = LIFETIME_DEFAULT;
    batch.jobs = jobs_count(options, 1);
    batch.work = sign_offline_work;
    batch.workers = workers;
    for (size_t i = 0; i < batch.jobs; i++)
        workers[i] = &all;
    status = batch_run(&batch);
    usersig_key_free(key);
    return status;
}

static int by_sigd(const struct options *options, struct batch batch, bool bare)
{
    struct sign_sigd sigd[JOBS_MAX] = { 0 };
    void *workers[JOBS_MAX];
    struct options named = *options; /* with the app's name */
    struct sign_line defaults;
    sign_line_default(&defaults, options);
    batch.jobs = jobs_count(options, SIGD_JOBS);
    batch.chunk_lines = SIGN_SIGD_LINES;
    batch.chunk_bytes = SIGD_CHUNK_BYTES;
    batch.work = sign_sigd_work;
    batch.workers = workers;
    int status = 0;
    for (size_t i = 0; i < batch.jobs && status == 0; i++) {
        struct client *client;
        status = client_open(&client, &named);
        if (status == 0 && i == 0)
            status = client_app(client, &named.app);
        workers[i] = &sigd[i];
        if (client != NULL) {
            int opened = sign_sigd_open(&sigd[i], client, &defaults, bare);
            status = status != 0 ? status : opened;
        }
    }
    if (status == 0)
        status = batch_run(&batch);
    for (size_t i = 0; i < batch.jobs; i++) {
        sign_sigd_close(&sigd[i]);
        client_close(sigd[i].client);
    }
    return status;
}

int sign_batch(const struct options *options)
{
    bool bare = false;
    struct batch batch = {
        .command = "sign",
        .done = "signed",
        .ahead = AHEAD,
        .chunk_lines = SIZE_MAX,
        .chunk_bytes = CHUNK_BYTES,
        .line_bytes = CHUNK_BYTES,
        .resume = options->resume,
    };
    int status = judge(options, &bare);
    if (status != 0)
        return status;
    batch.why = bare ? "the empty lines; without --format text they say why" : "their lines say why";
    return options_has(options, OPTION_KEY_FILE) ? with_key(options, batch, bare)
                                                 : by_sigd(options, batch, bare);
}
