/* peer_lines.c: libsig as a filter over lines, for the interop tests.
 *   test_peer_lines        sdkappid TAB identifier TAB key TAB now TAB usersig          -> a verdict's name
 *   test_peer_lines sign   sdkappid TAB identifier TAB key TAB issued_at TAB lifetime   -> a usersig, or an error's name
 * A line that is not of this form ends the program with 65. */
#include "usersig.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SDKAPPID, IDENTIFIER, KEY, TIME, LAST, FIELDS };

struct field {
    char *text; /* NUL-terminated in the line */
    size_t len;
};

/* The key of the last line, since most lines have the same. */
struct key_cache {
    char *text;
    usersig_key *key;
};

static bool split(char *line, size_t len, struct field fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        char *end = i == LAST ? line + len : memchr(line, '\t', len);
        if (end == NULL)
            return false;
        *end = '\0';
        fields[i] = (struct field){ line, (size_t)(end - line) };
        if (i == LAST)
            return true;
        len -= fields[i].len + 1;
        line = end + 1;
    }
    return false;
}

static bool number(const struct field *field, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(field->text, &end, 10);
    *out = n;
    return field->text[0] >= '0' && field->text[0] <= '9' && *end == '\0' && errno == 0 && n <= max;
}

static int key_of(struct key_cache *cache, const struct field *field)
{
    if (cache->text != NULL && strcmp(cache->text, field->text) == 0)
        return USERSIG_OK;
    usersig_key_free(cache->key);
    free(cache->text);
    cache->key = NULL;
    cache->text = strdup(field->text);
    return cache->text == NULL ? USERSIG_ERR_MEMORY : usersig_key_hmac(&cache->key, field->text, field->len);
}

static int verify_line(const usersig_key *key, const struct field fields[FIELDS], uint32_t sdkappid,
                       uint64_t now)
{
    struct usersig_expect expect = { .sdkappid = sdkappid, .identifier = fields[IDENTIFIER].text };
    return usersig_verify(&key, 1, fields[LAST].text, fields[LAST].len, &expect, now, NULL, NULL);
}

static int sign_line(const usersig_key *key, const struct field fields[FIELDS], uint32_t sdkappid,
                     uint64_t issued_at, char *out, size_t out_size)
{
    struct usersig_claims claims;
    size_t out_len;
    memset(&claims, 0, sizeof claims);
    int error = usersig_claims_identifier(&claims, fields[IDENTIFIER].text, fields[IDENTIFIER].len,
                                          USERSIG_ALLOW_UTF8);
    if (error != USERSIG_OK)
        return error;
    claims.flags = USERSIG_ALLOW_UTF8;
    claims.sdkappid = sdkappid;
    claims.issued_at = issued_at;
    if (!number(&fields[LAST], UINT64_MAX, &claims.lifetime))
        return USERSIG_ERR_LIFETIME;
    return usersig_sign(key, &claims, out, out_size, &out_len);
}

/* false: the line is not of the form. */
static bool answer(struct key_cache *cache, bool signs, char *line, size_t len)
{
    struct field fields[FIELDS];
    uint64_t sdkappid, time;
    char text[USERSIG_TEXT_MAX + 1];
    if (!split(line, len, fields) || !number(&fields[SDKAPPID], UINT32_MAX, &sdkappid) ||
        !number(&fields[TIME], UINT64_MAX, &time))
        return false;
    int error = key_of(cache, &fields[KEY]);
    if (error == USERSIG_OK && signs)
        error = sign_line(cache->key, fields, (uint32_t)sdkappid, time, text, sizeof text);
    else if (error == USERSIG_OK)
        error = verify_line(cache->key, fields, (uint32_t)sdkappid, time);
    puts(signs && error == USERSIG_OK ? text : usersig_error_name(error));
    return true;
}

int main(int argc, char **argv)
{
    struct key_cache cache = { NULL, NULL };
    bool signs = argc == 2 && strcmp(argv[1], "sign") == 0, good = true;
    char *line = NULL;
    size_t size = 0, n = 0;
    ssize_t len;
    if (argc > 2 || (argc == 2 && !signs)) {
        fputs("usage: test_peer_lines [sign] < lines\n", stderr);
        return 64;
    }
    while (good && (len = getline(&line, &size, stdin)) > 0) {
        n++;
        good = line[len - 1] == '\n' && answer(&cache, signs, line, (size_t)len - 1);
    }
    if (!good)
        fprintf(stderr, "test_peer_lines: line %zu is not sdkappid TAB identifier TAB key TAB time TAB %s\n",
                n, signs ? "lifetime" : "usersig");
    usersig_key_free(cache.key);
    free(cache.text);
    free(line);
    return good ? 0 : 65;
}
