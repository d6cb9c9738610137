/* httptext.h: pieces of a request's head: what bytes are, cutting and comparing. For http.c. */
#ifndef SIGD_HTTPTEXT_H
#define SIGD_HTTPTEXT_H

#include "http.h"

#include <string.h>

/* What a byte may be part of. HTTPTEXT_LINE: what ends lines, or no head may hold. */
enum { HTTPTEXT_TOKEN = 1, HTTPTEXT_CONTROL = 2, HTTPTEXT_LINE = 4 };
static const uint8_t httptext_kinds[256] = {
    /* RFC 9110, section 5.6.2 */
    ['!'] = HTTPTEXT_TOKEN,
    ['#' ... '\''] = HTTPTEXT_TOKEN,
    ['*' ... '+'] = HTTPTEXT_TOKEN,
    ['-' ... '.'] = HTTPTEXT_TOKEN,
    ['0' ... '9'] = HTTPTEXT_TOKEN,
    ['A' ... 'Z'] = HTTPTEXT_TOKEN,
    ['^' ... 'z'] = HTTPTEXT_TOKEN,
    ['|'] = HTTPTEXT_TOKEN,
    ['~'] = HTTPTEXT_TOKEN,
    /* a tab is none in a header's value */
    [1 ... 8] = HTTPTEXT_CONTROL,
    [11 ... 12] = HTTPTEXT_CONTROL,
    [14 ... 31] = HTTPTEXT_CONTROL,
    [127] = HTTPTEXT_CONTROL,
    ['\0'] = HTTPTEXT_CONTROL | HTTPTEXT_LINE,
    ['\n'] = HTTPTEXT_CONTROL | HTTPTEXT_LINE,
    ['\r'] = HTTPTEXT_CONTROL | HTTPTEXT_LINE,
};

static inline uint8_t httptext_kind_of(char c)
{
    return httptext_kinds[(unsigned char)c];
}

static inline bool httptext_is_token(const struct http_text *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (!(httptext_kind_of(text->bytes[i]) & HTTPTEXT_TOKEN))
            return false;
    return text->len > 0;
}

static inline char httptext_folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool httptext_same_folded(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (httptext_folded(a[i]) != httptext_folded(b[i]))
            return false;
    return true;
}

static inline bool httptext_starts_with(const struct http_text *text, const char *literal)
{
    size_t n = strlen(literal);
    return text->len >= n && httptext_same_folded(text->bytes, literal, n);
}

static inline bool httptext_is_space(char c)
{
    return c == ' ' || c == '\t';
}

static inline struct http_text httptext_trimmed(struct http_text text)
{
    while (text.len && httptext_is_space(text.bytes[0])) {
        text.bytes++;
        text.len--;
    }
    while (text.len && httptext_is_space(text.bytes[text.len - 1]))
        text.len--;
    return text;
}

/* Cuts what stands before the first c off *rest; all of it where there is none. */
static inline struct http_text httptext_cut(struct http_text *rest, char c)
{
    if (!rest->len) /* a header that was not sent has no bytes to count from */
        return *rest;
    const char *at = memchr(rest->bytes, c, rest->len);
    struct http_text before = { rest->bytes, at ? (size_t)(at - rest->bytes) : rest->len };
    size_t used = before.len + (at != NULL);
    rest->bytes += used;
    rest->len -= used;
    return before;
}

#endif
