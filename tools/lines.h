/* lines.h: the lines of a descriptor, some at a time, as they come. */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include "text.h"

struct lines {
    int fd, stop;   /* stop: readable once nobody wants more lines */
    size_t longest; /* bytes of a line, with its end */
    char *held;     /* what has been read and not been taken */
    size_t start, len;
    bool ended;
    int fault; /* errno of LINES_FAILED */
};

enum lines_result {
    LINES_TAKEN,
    LINES_END,
    LINES_TOO_LONG,
    LINES_FAILED,
    LINES_STOPPED,
};

/* false: no memory. */
bool lines_open(struct lines *lines, int fd, int stop, size_t longest);
void lines_close(struct lines *lines);

/* The next whole lines into text, which is cleared before: at most n_max, and no more once they have bytes_max. Waits only
 * while there is none. Each ends with a line feed, the last one of the input, too. *n says how many. */
enum lines_result lines_take(struct lines *lines, size_t n_max, size_t bytes_max, struct text *text,
                             size_t *n);

/* The next one of whole lines, without its end (LF or CRLF), after *at, which is NULL before the first. false: there is
 * none. */
bool lines_next(const char *lines, size_t lines_len, const char **at, const char **line, size_t *len);

#endif
