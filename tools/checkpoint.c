#include "checkpoint.h"
#include "exits.h"
#include "output.h"
#include "pace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERY_MS 1000

static void digest(const struct checkpoint *checkpoint, char hex[static 2 * crypto_generichash_BYTES + 1])
{
    crypto_generichash_state state = checkpoint->input;
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
}

static int damaged(const char *path)
{
    return output_fail(EXITS_DATA, "%s is no file of --resume; to begin anew, remove it and empty the output",
                       path);
}

/* 0: read, 1: there is none yet. */
static int read_state(struct checkpoint *checkpoint)
{
    json_error_t error;
    json_int_t done, failed, begun, bytes;
    const char *input;
    FILE *file = fopen(checkpoint->path, "re");
    if (file == NULL && errno == ENOENT)
        return 1;
    if (file == NULL)
        return output_fail(EXITS_NO_INPUT, "cannot read %s: %s", checkpoint->path, strerror(errno));
    json_t *state = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    int status = 0;
    if (json_unpack(state, "{s:I, s:I, s:I, s:I, s:s}", "done", &done, "failed", &failed, "begun", &begun,
                    "output", &bytes, "input", &input) != 0 ||
        done < 0 || failed < 0 || bytes < 0 || failed > done || begun < done ||
        strlen(input) != sizeof checkpoint->expected - 1) {
        status = damaged(checkpoint->path);
    } else {
        checkpoint->done = (uint64_t)done;
        checkpoint->failed = (uint64_t)failed;
        checkpoint->begun = checkpoint->begun_before = (uint64_t)begun;
        checkpoint->bytes = (uint64_t)bytes;
        memcpy(checkpoint->expected, input, sizeof checkpoint->expected);
    }
    json_decref(state);
    return status;
}

/* Brings stdout to where the file says, or the file to where stdout is. */
static int place_output(struct checkpoint *checkpoint, bool first)
{
    struct stat is;
    if (fstat(STDOUT_FILENO, &is) != 0 || !S_ISREG(is.st_mode))
        return output_fail(EXITS_USAGE, "--resume needs standard output to be a file: >> FILE");
    if (flock(STDOUT_FILENO, LOCK_EX | LOCK_NB) != 0)
        return output_fail(EXITS_LATER, "another run writes to this output: wait for its end");
    if (first) {
        checkpoint->bytes = (uint64_t)is.st_size;
    } else if ((uint64_t)is.st_size < checkpoint->bytes) {
        return output_fail(EXITS_USAGE,
                           "standard output has %jd bytes, but %s says that %" PRIu64
                           " were written: append to it, with >> and not with >",
                           (intmax_t)is.st_size, checkpoint->path, checkpoint->bytes);
    }
    if ((!first && ftruncate(STDOUT_FILENO, (off_t)checkpoint->bytes) != 0) ||
        lseek(STDOUT_FILENO, (off_t)checkpoint->bytes, SEEK_SET) < 0)
        return output_fail(EXITS_OUTPUT, "cannot go on in standard output: %s", strerror(errno));
    return 0;
}

int checkpoint_open(struct checkpoint *checkpoint, const char *path)
{
    memset(checkpoint, 0, sizeof *checkpoint);
    checkpoint->path = path;
    crypto_generichash_init(&checkpoint->input, NULL, 0, crypto_generichash_BYTES);
    if (path == NULL)
        return 0;
    int found = read_state(checkpoint);
    if (found > 1)
        return found;
    int status = place_output(checkpoint, found == 1);
    if (status == 0 && found == 1) /* else what is written before the first save would be written twice */
        status = checkpoint_save(checkpoint, CHECKPOINT_NOW);
    return status;
}

void checkpoint_again(struct checkpoint *checkpoint, const char *lines, size_t len)
{
    crypto_generichash_update(&checkpoint->input, (const unsigned char *)lines, len);
}

int checkpoint_same(const struct checkpoint *checkpoint)
{
    char hex[sizeof checkpoint->expected];
    digest(checkpoint, hex);
    if (checkpoint->done == 0 || strcmp(hex, checkpoint->expected) == 0)
        return 0;
    return output_fail(EXITS_DATA, "the first %" PRIu64 " lines are not those that %s says are done",
                       checkpoint->done, checkpoint->path);
}

void checkpoint_count(struct checkpoint *checkpoint, const char *lines, size_t len, uint64_t n,
                      uint64_t failed, uint64_t out_len)
{
    if (checkpoint->path != NULL)
        crypto_generichash_update(&checkpoint->input, (const unsigned char *)lines, len);
    checkpoint->done += n;
    checkpoint->failed += failed;
    checkpoint->bytes += out_len;
}

static int write_state(const char *path, const char *text, size_t len, bool to_disk)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return output_fail(EXITS_USAGE, "--resume: the path is too long");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && write(fd, text, len) == (ssize_t)len && (!to_disk || fsync(fd) == 0);
    int fault = errno;
    if (fd >= 0)
        close(fd);
    if (good && rename(temporary, path) == 0)
        return 0;
    return output_fail(EXITS_OUTPUT, "cannot write %s: %s", path, strerror(good ? errno : fault));
}

int checkpoint_save(struct checkpoint *checkpoint, enum checkpoint_when when)
{
    char text[256], hex[sizeof checkpoint->expected];
    if (checkpoint->path == NULL)
        return 0;
    uint64_t now = pace_now();
    bool due = when == CHECKPOINT_NOW || now - checkpoint->saved_ms >= EVERY_MS;
    if (!due && when == CHECKPOINT_SOMETIMES)
        return 0;
    if (due) {
        checkpoint->saved_ms = now;
        if (fdatasync(STDOUT_FILENO) != 0)
            return output_fail(EXITS_OUTPUT, "cannot write to standard output: %s", strerror(errno));
    }
    digest(checkpoint, hex);
    int len = snprintf(text, sizeof text,
                       "{\"done\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"begun\": %" PRIu64
                       ", \"output\": %" PRIu64 ", \"input\": \"%s\"}\n",
                       checkpoint->done, checkpoint->failed,
                       checkpoint->begun > checkpoint->done ? checkpoint->begun : checkpoint->done,
                       checkpoint->bytes, hex);
    return write_state(checkpoint->path, text, (size_t)len, due);
}

int checkpoint_begin(struct checkpoint *checkpoint, uint64_t line)
{
    if (checkpoint->path == NULL || line <= checkpoint->begun)
        return 0;
    checkpoint->begun = line;
    return checkpoint_save(checkpoint, CHECKPOINT_OFTEN);
}
