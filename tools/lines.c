#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536 /* what a pipe holds */

bool lines_open(struct lines *lines, int fd, int stop, size_t longest)
{
    *lines = (struct lines){ .fd = fd, .stop = stop, .longest = longest };
    lines->held = malloc(longest + READ_SIZE);
    return lines->held != NULL;
}

void lines_close(struct lines *lines)
{
    free(lines->held);
    lines->held = NULL;
}

/* How many bytes the whole lines at the front have, at most so many of them; too_long: the first is. */
static size_t whole(const struct lines *lines, size_t n_max, size_t bytes_max, size_t *n, bool *too_long)
{
    const char *front = lines->held + lines->start, *end = lines->held + lines->len, *at = front, *feed;
    *n = 0;
    *too_long = false;
    while (*n < n_max && (size_t)(at - front) < bytes_max && at < end &&
           (feed = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        if ((size_t)(feed - at) >= lines->longest) {
            *too_long = *n == 0;
            break;
        }
        at = feed + 1;
        ++*n;
    }
    return (size_t)(at - front);
}

/* Reads what there is; waits where there is nothing. */
static enum lines_result fill(struct lines *lines)
{
    struct pollfd wait[2] = { { .fd = lines->fd, .events = POLLIN },
                              { .fd = lines->stop, .events = POLLIN } };
    memmove(lines->held, lines->held + lines->start, lines->len - lines->start);
    lines->len -= lines->start;
    lines->start = 0;
    if (lines->len >= lines->longest)
        return LINES_TOO_LONG;
    for (;;) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            break;
        if (wait[1].revents != 0)
            return LINES_STOPPED;
        ssize_t got = read(lines->fd, lines->held + lines->len, READ_SIZE);
        if (got >= 0) {
            lines->len += (size_t)got;
            lines->ended = got == 0;
            return LINES_TAKEN;
        }
        if (errno != EINTR && errno != EAGAIN)
            break;
    }
    lines->fault = errno;
    return LINES_FAILED;
}

enum lines_result lines_take(struct lines *lines, size_t n_max, size_t bytes_max, struct text *text,
                             size_t *n)
{
    size_t len;
    bool too_long;
    text_clear(text);
    while ((len = whole(lines, n_max, bytes_max, n, &too_long)) == 0 && !too_long && !lines->ended) {
        enum lines_result result = fill(lines);
        if (result != LINES_TAKEN)
            return result;
    }
    if (too_long)
        return LINES_TOO_LONG;
    if (len != 0) {
        text_add(text, lines->held + lines->start, len);
    } else if ((len = lines->len - lines->start) != 0) { /* the last one, without an end */
        text_add(text, lines->held + lines->start, len);
        text_add(text, "\n", 1);
        *n = 1;
    } else {
        return LINES_END;
    }
    lines->start += len;
    return LINES_TAKEN;
}

bool lines_next(const char *lines, size_t lines_len, const char **at, const char **line, size_t *len)
{
    const char *end = lines + lines_len;
    *line = *at != NULL ? *at : lines;
    if (*line == end)
        return false;
    const char *feed = memchr(*line, '\n', (size_t)(end - *line));
    *at = feed + 1;
    *len = (size_t)(feed - *line);
    if (*len != 0 && (*line)[*len - 1] == '\r')
        --*len;
    return true;
}
