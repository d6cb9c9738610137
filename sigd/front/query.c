/* query.c: percent-encoding in paths and queries. */
#include "query.h"

#include <string.h>

static int hex(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* Decodes text to *room and moves it on. */
static bool decode(struct http_text *out, const char *text, size_t len, char **room)
{
    out->bytes = *room;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? hex(text[i + 1]) : -1, low = len - i > 2 ? hex(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        *(*room)++ = c;
    }
    out->len = (size_t)(*room - out->bytes);
    return true;
}

int query_segments(const struct http_text *path, char *room,
                   struct http_text segments[static QUERY_SEGMENTS_MAX])
{
    const char *at = path->bytes, *end = path->bytes + path->len;
    int n = 0;
    while (at < end) {
        const char *start = at + 1; /* after the slash */
        at = start < end ? memchr(start, '/', (size_t)(end - start)) : NULL;
        if (!at)
            at = end;
        if (n == QUERY_SEGMENTS_MAX)
            return QUERY_SEGMENTS_MAX + 1;
        if (!decode(&segments[n++], start, (size_t)(at - start), &room))
            return -1;
    }
    return n;
}

int query_params(const struct http_text *query, char *room,
                 struct query_param params[static QUERY_PARAMS_MAX])
{
    const char *at = query->bytes, *end = query->bytes + query->len;
    int n = 0;
    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (!stop)
            stop = end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (n == QUERY_PARAMS_MAX || !equals || !decode(&params[n].name, at, (size_t)(equals - at), &room) ||
            !decode(&params[n].value, equals + 1, (size_t)(stop - equals - 1), &room))
            return -1;
        for (int i = 0; i < n; i++)
            if (params[i].name.len == params[n].name.len &&
                memcmp(params[i].name.bytes, params[n].name.bytes, params[n].name.len) == 0)
                return -1;
        n++;
        at = stop + (stop < end);
    }
    return n;
}

const char *query_name(char out[static QUERY_NAME_SIZE], const char *name, size_t len)
{
    bool plain = len > 0 && len <= QUERY_NAME_SIZE - 2;
    for (size_t i = 0; plain && i < len; i++)
        plain = ((name[i] | 0x20) >= 'a' && (name[i] | 0x20) <= 'z') || name[i] == '_' || name[i] == '-';
    out[0] = plain ? ' ' : '\0';
    if (plain) {
        memcpy(out + 1, name, len);
        out[1 + len] = '\0';
    }
    return out;
}
