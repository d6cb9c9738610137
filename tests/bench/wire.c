/* wire.c: requests and answers in three protocols. Each answer is read to its end and checked; what that costs is about
 * the same for each. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MAX (1024 * 1024)

static const char good_line[] = "{\"usersig\":\"";

bool wire_read(struct wire_ask *ask, const char *given)
{
    const char *colon = strchr(given, ':');
    FILE *file = fopen(colon ? colon + 1 : given, "r");
    char *bytes = malloc(REQUEST_MAX + 1);
    size_t len = file && bytes ? fread(bytes, 1, REQUEST_MAX, file) : 0;
    if (file)
        fclose(file);
    if (!len) {
        free(bytes);
        return false;
    }
    bytes[len] = '\0';
    ask->bytes = bytes;
    ask->len = len;
    ask->digits_at = strcspn(bytes, "#");
    ask->digits = strspn(bytes + ask->digits_at, "#");
    ask->status = colon ? atoi(given) : 200;
    return true;
}

/* The last digits of number. */
static void write_number(char *out, size_t digits, uint64_t number)
{
    for (size_t i = digits; i-- > 0; number /= 10)
        out[i] = (char)('0' + number % 10);
}

void wire_write(const struct wire_ask *ask, uint64_t number, char *out)
{
    memcpy(out, ask->bytes, ask->len);
    write_number(out + ask->digits_at, ask->digits, number);
}

static long wrong(struct wire_state *state, const char *problem)
{
    state->problem = problem;
    return -1;
}

/* The decimal number at *at, which moves to what follows it. */
static size_t number_at(const char **at, const char *end)
{
    size_t number = 0;
    while (*at < end && **at >= '0' && **at <= '9')
        number = number * 10 + (size_t)(*(*at)++ - '0');
    return number;
}

/* A body that has come whole. */
static bool is_right(const struct wire_ask *ask, uint64_t number, const char *body, size_t len,
                     struct wire_state *state)
{
    char digits[24];
    if (ask->length && len != ask->length)
        return wrong(state, "an answer of another length") > 0;
    if (!ask->digits || ask->status != 200)
        return true;
    write_number(digits, ask->digits, number);
    if (!memmem(body, len, digits, ask->digits))
        return wrong(state, "an answer to another request") > 0;
    return true;
}

/* Looks at bytes of lines, each of which must begin as a usersig does. */
static bool take_lines(struct wire_state *state, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        if (state->in_line < sizeof good_line - 1) {
            if (bytes[i++] != good_line[state->in_line++])
                return wrong(state, "a line without a usersig") > 0;
            continue;
        }
        const char *end = memchr(bytes + i, '\n', len - i);
        if (!end)
            return true;
        state->lines++;
        state->in_line = 0;
        i = (size_t)(end - bytes) + 1;
    }
    return true;
}

/* Chunks, as far as they have come. */
static long take_chunks(const struct wire_ask *ask, struct wire_state *state, const char *bytes, size_t len,
                        bool *whole)
{
    size_t at = 0;
    while (at < len) {
        if (state->chunk > 2) { /* the rest of a chunk, and its line end */
            size_t n = len - at < state->chunk - 2 ? len - at : (size_t)state->chunk - 2;
            if (!take_lines(state, bytes + at, n))
                return -1;
            at += n;
            state->chunk -= n;
        } else if (state->chunk) {
            at++;
            state->chunk--;
        } else {
            const char *end = memchr(bytes + at, '\n', len - at);
            if (!end)
                break;
            uint64_t size = strtoull(bytes + at, NULL, 16);
            size_t used = (size_t)(end - bytes) + 1;
            if (!size && len - used < 2)
                break;
            at = used;
            state->chunk = size ? size + 2 : 0;
            if (!size) {
                *whole = true;
                at += 2;
                return state->lines == ask->lines && !state->in_line ? (long)at
                                                                     : wrong(state, "lines are missing");
            }
        }
    }
    return (long)at;
}

static long http_answer(const struct wire_ask *ask, uint64_t number, struct wire_state *state,
                        const char *bytes, size_t len, bool *whole)
{
    const char *at = bytes, *end = bytes + len;
    size_t length = 0;
    bool chunked = false;
    if (state->chunked)
        return take_chunks(ask, state, bytes, len, whole);
    for (;;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            return 0;
        size_t n = (size_t)(stop - at);
        if (n == 1)
            break;
        if (n > 16 && memcmp(at, "Content-Length: ", 16) == 0) {
            const char *digits = at + 16;
            length = number_at(&digits, stop);
        } else if (n > 18 && memcmp(at, "Transfer-Encoding:", 18) == 0)
            chunked = true;
        at = stop + 1;
    }
    at += 2;
    if (memcmp(bytes, "HTTP/1.1 ", 9) != 0 || atoi(bytes + 9) != ask->status)
        return wrong(state, "an answer of another status");
    if (chunked != (ask->lines > 0))
        return wrong(state, "an answer in another form");
    if (chunked) {
        *state = (struct wire_state){ .chunked = true };
        return (long)(at - bytes);
    }
    if ((size_t)(end - at) < length)
        return 0;
    *whole = true;
    return is_right(ask, number, at, length, state) ? (long)((size_t)(at - bytes) + length) : -1;
}

/* A line that begins so and ends in a length, that many bytes, a line end and tail. */
static long line_answer(const struct wire_ask *ask, uint64_t number, struct wire_state *state,
                        const char *bytes, size_t len, bool *whole, const char *begin, const char *tail)
{
    const char *stop = memchr(bytes, '\n', len), *at;
    if (!stop)
        return 0;
    if (strncmp(bytes, begin, strlen(begin)) != 0)
        return wrong(state, "no value");
    for (at = stop - 1; at > bytes && at[-1] >= '0' && at[-1] <= '9'; at--)
        ;
    if (at[-1] == '-') /* redis's word for nothing */
        return wrong(state, "no value");
    size_t length = number_at(&at, stop), head = (size_t)(stop - bytes) + 1;
    size_t all = head + length + 2 + strlen(tail);
    if (len < all)
        return 0;
    if (memcmp(bytes + all - strlen(tail), tail, strlen(tail)) != 0)
        return wrong(state, "a value without its end");
    *whole = true;
    return is_right(ask, number, bytes + head, length, state) ? (long)all : -1;
}

long wire_answer(enum wire_protocol protocol, const struct wire_ask *ask, uint64_t number,
                 struct wire_state *state, const char *bytes, size_t len, bool *whole)
{
    *whole = false;
    switch (protocol) {
    case WIRE_RESP: return line_answer(ask, number, state, bytes, len, whole, "$", "");
    case WIRE_MEMCACHED: return line_answer(ask, number, state, bytes, len, whole, "VALUE ", "END\r\n");
    default: return http_answer(ask, number, state, bytes, len, whole);
    }
}
