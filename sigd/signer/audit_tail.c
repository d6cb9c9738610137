/* audit_tail.c: where an audit log that is already there ends. */
#include "audit_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the last len bytes of a file of this size. */
static bool read_end(int fd, char *text, size_t len, off_t size)
{
    size_t at = 0;
    while (at < len) {
        ssize_t n = pread(fd, text + at, len - at, size - (off_t)(len - at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* it shrank in the midst */
            return false;
        }
        at += (size_t)n;
    }
    return true;
}

/* Looks through the lines from the last one backwards; text has room for one byte more. whole: it is all of the file. */
static void scan(struct audit_tail *tail, char *text, size_t len, bool whole)
{
    size_t end = len;
    tail->newline = text[len - 1] != '\n';
    if (tail->newline)
        text[end++] = '\n';
    for (size_t last = end; end > 0;) {
        const char *above = memrchr(text, '\n', end - 1);
        if (!above && !whole)
            return; /* its beginning is out of sight */
        size_t start = above ? (size_t)(above - text) + 1 : 0;
        struct audit_chain line;
        audit_chain_skip(&line, text + start, end - start);
        if (end == last)
            memcpy(tail->chain.head, line.head, sizeof line.head);
        if (audit_chain_read(text + start, end - start, &tail->chain.seq, &tail->time)) {
            memcpy(tail->after, line.head, sizeof line.head);
            tail->damaged = end == last ? 0 : len - end;
            tail->found = true;
            return;
        }
        end = start;
    }
}

bool audit_tail_read(struct audit_tail *tail, int fd)
{
    static const size_t sights[] = { AUDIT_TAIL_NEAR, AUDIT_TAIL_FAR };
    struct stat st;
    *tail = (struct audit_tail){ 0 };
    if (fstat(fd, &st) != 0)
        return false;
    tail->empty = st.st_size == 0;
    bool whole = tail->empty;
    for (size_t i = 0; i < sizeof sights / sizeof sights[0] && !whole && !tail->found; i++) {
        whole = (uint64_t)st.st_size <= sights[i];
        size_t len = whole ? (size_t)st.st_size : sights[i];
        char *text = malloc(len + 1);
        if (!text || !read_end(fd, text, len, st.st_size)) {
            free(text);
            return false;
        }
        scan(tail, text, len, whole);
        free(text);
    }
    if (!tail->found)
        tail->damaged = (uint64_t)st.st_size;
    return true;
}
