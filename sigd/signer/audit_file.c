/* audit_file.c: the file of the audit log. */
#include "audit_file.h"

#include "audit_line.h"
#include "audit_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool audit_file_is(const struct audit_file *file, int fd)
{
    struct stat ours, theirs;
    return file->fd >= 0 && fstat(file->fd, &ours) == 0 && fstat(fd, &theirs) == 0 &&
           ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

bool audit_file_open(struct audit_file *file, int fd, uint32_t sync)
{
    struct audit_tail tail;
    struct audit_chain chain = file->chain;
    if (!audit_tail_read(&tail, fd))
        return false;
    audit_file_close(file);
    file->fd = fd;
    file->sync = sync;
    if (tail.empty) {
        file->chain = chain;
        file->opens = true;
        return true;
    }
    file->chain = tail.chain;
    if (file->chain.seq < chain.seq)
        file->chain.seq = chain.seq; /* numbers never go back */
    file->time = tail.time;
    file->newline = tail.newline;
    file->damaged = tail.damaged;
    memcpy(file->after, tail.after, sizeof file->after);
    file->gap = tail.newline ? "torn" : tail.damaged ? "damaged" : NULL;
    return true;
}

void audit_file_close(struct audit_file *file)
{
    struct audit_file closed = { .fd = -1, .chain = file->chain, .time = file->time };
    if (file->fd >= 0) {
        if (file->damaged) /* what stands behind the last whole line is no part of the chain */
            memcpy(closed.chain.head, file->after, sizeof closed.chain.head);
        fsync(file->fd);
        close(file->fd);
    }
    free(file->out);
    *file = closed;
}

bool audit_file_owes(const struct audit_file *file)
{
    return file->opens || file->newline || file->gap;
}

/* ---- one batch ------------------------------------------------------------------------------------- */

struct batch {
    struct audit_chain chain; /* once it is written */
    size_t len, lines;
    bool newline, opens, gap; /* it begins with these */
};

static void add(struct audit_file *file, struct batch *batch, const char *body, size_t len)
{
    batch->len += audit_chain_close(&batch->chain, file->out + batch->len, body, len);
}

static void add_open(struct audit_file *file, struct batch *batch, uint64_t now)
{
    struct audit_line line;
    audit_line_begin(&line, "open", now);
    add(file, batch, line.text, line.len);
    batch->opens = true;
}

static void add_gap(struct audit_file *file, struct batch *batch, const struct audit_pending *pending,
                    uint64_t now)
{
    struct audit_line line;
    char hex[AUDIT_CHAIN_HEX];
    audit_line_begin(&line, "gap", now);
    audit_line_name(&line, "reason", file->gap ? file->gap : "write");
    audit_line_number(&line, "bytes", file->damaged ? file->damaged + batch->newline : 0);
    if (pending->withheld)
        audit_line_number(&line, "withheld", pending->withheld);
    if (pending->lost)
        audit_line_number(&line, "lost", pending->lost);
    audit_chain_hex(hex, file->damaged ? file->after : batch->chain.head);
    audit_line_name(&line, "after", hex);
    add(file, batch, line.text, line.len);
    batch->gap = true;
}

/* Puts together what is to be written. false: no memory. */
static bool compose(struct audit_file *file, struct batch *batch, const struct audit_pending *pending,
                    unsigned class, uint64_t now)
{
    size_t need =
        pending->len + pending->lines * AUDIT_CHAIN_CLOSE + 2 * (AUDIT_LINE_MAX + AUDIT_CHAIN_CLOSE) + 1;
    const char *text;
    size_t len, at = 0;
    bool told = (pending->withheld || pending->lost) && !(class & AUDIT_ESSENTIAL); /* at the end of it */
    if (file->out_size < need) {
        char *out = realloc(file->out, need);
        if (!out)
            return false;
        file->out = out;
        file->out_size = need;
    }
    *batch = (struct batch){ .chain = file->chain };
    if (file->newline) {
        file->out[batch->len++] = '\n';
        batch->newline = true;
    }
    if (file->opens)
        add_open(file, batch, now);
    if (file->gap || told)
        add_gap(file, batch, pending, now);
    while (audit_pending_next(pending, &at, class, &text, &len)) {
        add(file, batch, text, len);
        batch->lines++;
    }
    return true;
}

/* A line of the batch is in the file. */
static void line_is_written(struct audit_file *file, struct batch *batch, struct audit_pending *pending,
                            unsigned class, const char *line, size_t len)
{
    file->chain.seq++;
    audit_chain_skip(&file->chain, line, len);
    file->damaged = 0;
    if (batch->opens) {
        batch->opens = file->opens = false;
    } else if (batch->gap) {
        batch->gap = false;
        file->gap = NULL;
        pending->withheld = pending->lost = 0;
    } else {
        audit_pending_remove(pending, class, 1);
    }
}

/* Only the first n bytes went out: what of them are whole lines counts, the rest is a torn one. */
static void settle_part(struct audit_file *file, struct batch *batch, struct audit_pending *pending,
                        unsigned class, size_t n)
{
    size_t at = 0;
    if (batch->newline && n > 0) {
        file->newline = false;
        file->damaged += file->damaged ? 1 : 0;
        at = 1;
    }
    while (at < n) {
        char *end = memchr(file->out + at, '\n', batch->len - at);
        size_t len = (size_t)(end - file->out) + 1 - at, here = n - at;
        if (here >= len - 1) { /* whole; or all but its newline, which the next write brings */
            line_is_written(file, batch, pending, class, file->out + at, len);
            file->newline = here < len;
        } else {
            if (!file->damaged)
                memcpy(file->after, file->chain.head, sizeof file->after);
            file->damaged += here;
            file->newline = true;
            file->opens = false; /* the gap record tells what it would have told */
            file->out[n] = '\n';
            audit_chain_skip(&file->chain, file->out + at, here + 1);
        }
        if (file->newline && !file->gap)
            file->gap = "write";
        at += len;
    }
}

static void settle_whole(struct audit_file *file, struct batch *batch, struct audit_pending *pending,
                         unsigned class)
{
    file->chain = batch->chain;
    file->newline = file->opens = false;
    file->gap = NULL;
    file->damaged = 0;
    if (batch->gap)
        pending->withheld = pending->lost = 0;
    audit_pending_remove(pending, class, batch->lines);
}

/* How many bytes of the batch are in the file. */
static size_t write_out(struct audit_file *file, size_t len)
{
    size_t at = 0;
    file->error = 0;
    while (at < len && !file->error) {
        ssize_t n = write(file->fd, file->out + at, len - at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            file->error = n == 0 ? ENOSPC : errno;
    }
    return at;
}

bool audit_file_write(struct audit_file *file, struct audit_pending *pending, unsigned class, uint64_t now,
                      uint64_t now_ms)
{
    struct batch batch;
    if (file->fd < 0 || !compose(file, &batch, pending, class, now)) {
        file->error = file->fd < 0 ? EBADF : ENOMEM;
        return false;
    }
    if (batch.len == 0)
        return !file->error;
    size_t n = write_out(file, batch.len);
    if (n && file->sync != PROTO_SYNC_NONE && !file->dirty) {
        file->dirty = true;
        file->dirty_ms = now_ms;
    }
    if (n == batch.len)
        settle_whole(file, &batch, pending, class);
    else
        settle_part(file, &batch, pending, class, n);
    file->time = now;
    return n == batch.len;
}

bool audit_file_sync(struct audit_file *file)
{
    /* EINVAL: no file of a disk */
    if (file->dirty && fdatasync(file->fd) != 0 && errno != EINVAL) {
        file->error = errno;
        return false;
    }
    file->dirty = false;
    return true;
}
