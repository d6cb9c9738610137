/* http.h: the strict subset of HTTP/1.1 (RFC 9112) that sigd speaks: reads a request's head. No I/O, no state. */
#ifndef SIGD_HTTP_H
#define SIGD_HTTP_H

#include "problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX 8192 /* bytes of request line and headers, the empty line included */

struct http_text {
    const char *bytes;
    size_t len;
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_HEAD, HTTP_OTHER };

struct http_request {
    enum http_method method;
    struct http_text path, query; /* as sent; query without its '?', len 0 when there is none */
    struct http_text content_type, accept;
    size_t head_len;
    uint64_t content_length;
    bool has_length, http_10, keep_alive, expects_continue;
};

/* Reads the head at the start of len bytes. 1: *request is filled, its texts point into bytes. 0: more bytes are
 * needed. -1: refuse with *problem and *detail (static), then close: where the next request starts is not known. */
int http_parse(struct http_request *request, const char *bytes, size_t len, enum problem *problem,
               const char **detail);

/* Do texts agree with a literal, ASCII letters in either case? */
bool http_is(const struct http_text *text, const char *literal);

/* Is the media type of Content-Type this one, whatever its parameters? */
bool http_is_type(const struct http_text *header, const char *type);

/* Is type among the media types of Accept, and not with q=0? */
bool http_has_type(const struct http_text *header, const char *type);

#endif
