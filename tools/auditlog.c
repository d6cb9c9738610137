#include "auditlog.h"
#include "exits.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define HASH_BYTES 32

const char *auditlog_string(const struct auditlog_line *line, const char *name)
{
    const char *value = json_string_value(json_object_get(line->object, name));
    return value != NULL ? value : "";
}

static bool is_hash(const char *text)
{
    return text != NULL && strlen(text) == AUDITLOG_HEX - 1 &&
           strspn(text, "0123456789abcdef") == AUDITLOG_HEX - 1;
}

/* A line as it grows. */
struct growing {
    struct auditlog_line line;
    crypto_generichash_state state;
    char text[AUDITLOG_LINE_MAX]; /* its beginning */
};

static void begin(struct growing *growing)
{
    growing->line.offset += growing->line.bytes;
    growing->line.bytes = 0;
    growing->line.number++;
    crypto_generichash_init(&growing->state, NULL, 0, HASH_BYTES);
}

static void grow(struct growing *growing, const char *bytes, size_t len)
{
    if (growing->line.bytes < sizeof growing->text) {
        size_t room = sizeof growing->text - (size_t)growing->line.bytes;
        memcpy(growing->text + growing->line.bytes, bytes, len < room ? len : room);
    }
    growing->line.bytes += len;
    crypto_generichash_update(&growing->state, (const unsigned char *)bytes, len);
}

/* Is it one of sigd's? */
static json_t *parse(struct growing *growing)
{
    struct auditlog_line *line = &growing->line;
    if (line->bytes > sizeof growing->text)
        return NULL;
    json_t *object =
        json_loadb(growing->text, (size_t)line->bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const json_t *seq = json_object_get(object, "seq");
    line->event = json_string_value(json_object_get(object, "event"));
    line->prev = json_string_value(json_object_get(object, "prev"));
    line->seq = (uint64_t)json_integer_value(seq);
    if (line->event != NULL && is_hash(line->prev) && json_is_integer(seq) && json_integer_value(seq) > 0)
        return object;
    json_decref(object);
    return NULL;
}

static void end(struct growing *growing, bool ended, auditlog_take *take, void *context)
{
    unsigned char hash[HASH_BYTES];
    json_t *object = parse(growing);
    growing->line.ended = ended;
    growing->line.object = object;
    if (!ended) /* sigd ends it when it starts: the hash is of that */
        crypto_generichash_update(&growing->state, (const unsigned char *)"\n", 1);
    crypto_generichash_final(&growing->state, hash, sizeof hash);
    sodium_bin2hex(growing->line.hash, sizeof growing->line.hash, hash, sizeof hash);
    take(context, &growing->line);
    json_decref(object);
    begin(growing);
}

/* All that is in a piece of the file. */
static void feed(struct growing *growing, const char *bytes, size_t len, auditlog_take *take, void *context)
{
    while (len > 0) {
        const char *newline = memchr(bytes, '\n', len);
        size_t n = newline != NULL ? (size_t)(newline - bytes) + 1 : len;
        grow(growing, bytes, n);
        if (newline != NULL)
            end(growing, true, take, context);
        bytes += n;
        len -= n;
    }
}

int auditlog_read(const char *path, auditlog_take *take, void *context)
{
    static struct growing growing;
    static char piece[65536];
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return output_fail(EXITS_NO_INPUT, "cannot open %s: %s", path, strerror(errno));
    memset(&growing.line, 0, sizeof growing.line);
    growing.line.file = is_stdin ? "(standard input)" : path;
    begin(&growing);
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            feed(&growing, piece, (size_t)n, take, context);
    int fault = n < 0 ? errno : 0;
    if (growing.line.bytes > 0)
        end(&growing, false, take, context);
    if (!is_stdin)
        close(fd);
    return fault != 0 ? output_fail(EXITS_NO_INPUT, "cannot read %s: %s", path, strerror(fault)) : 0;
}
