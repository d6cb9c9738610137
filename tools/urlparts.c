#include "urlparts.h"

#include <string.h>

bool urlparts_is_url(const char *text)
{
    return strstr(text, "://") != NULL && strstr(text, "://") < text + 64;
}

/* The first len bytes of text as a string; an empty one where they do not fit. */
static void copy(char *out, size_t size, const char *text, size_t len)
{
    if (len >= size)
        len = 0;
    memcpy(out, text, len);
    out[len] = '\0';
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static void set(struct urlparts_value *value, const char *text, size_t len)
{
    value->twice = value->there;
    value->there = true;
    value->len = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < len ? hex(text[i + 1]) : -1, low = high >= 0 ? hex(text[i + 2]) : -1;
            if (low < 0) {
                value->broken = true;
                break;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (value->len == URLPARTS_VALUE_MAX) {
            value->broken = true;
            break;
        }
        value->text[value->len++] = c;
    }
    value->text[value->len] = '\0';
}

static void read_query(struct urlparts *parts, const char *at, const char *end)
{
    const struct {
        const char *name;
        struct urlparts_value *value;
    } known[] = { { "sdkappid", &parts->sdkappid },
                  { "identifier", &parts->identifier },
                  { "usersig", &parts->usersig },
                  { "random", &parts->random },
                  { "contenttype", &parts->contenttype } };
    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        const char *equal = memchr(at, '=', (size_t)(stop - at));
        for (size_t i = 0; equal != NULL && i < sizeof known / sizeof known[0]; i++)
            if (strlen(known[i].name) == (size_t)(equal - at) &&
                memcmp(known[i].name, at, (size_t)(equal - at)) == 0)
                set(known[i].value, equal + 1, (size_t)(stop - equal - 1));
        at = stop + (stop < end);
    }
}

void urlparts_read(struct urlparts *parts, const char *text)
{
    const char *scheme = strstr(text, "://"), *host = scheme + 3;
    const char *end = host + strcspn(host, "\"# \t\r\n"), *query = memchr(host, '?', (size_t)(end - host));
    const char *path_end = query != NULL ? query : end, *path = memchr(host, '/', (size_t)(path_end - host));
    memset(parts, 0, sizeof *parts);
    parts->https = scheme - text >= 5 && memcmp(scheme - 5, "https", 5) == 0;
    copy(parts->host, sizeof parts->host, host, (size_t)((path != NULL ? path : path_end) - host));
    if (path != NULL && path_end - path > 4 && memcmp(path, "/v4/", 4) == 0) {
        const char *service = path + 4, *slash = memchr(service, '/', (size_t)(path_end - service));
        if (slash != NULL && memchr(slash + 1, '/', (size_t)(path_end - slash - 1)) == NULL) {
            copy(parts->service, sizeof parts->service, service, (size_t)(slash - service));
            copy(parts->command, sizeof parts->command, slash + 1, (size_t)(path_end - slash - 1));
        }
    }
    if (query != NULL)
        read_query(parts, query + 1, end);
}
