/* fuzz_url.c: the URL of any fields parses back to these fields. The input: sdkappid and random, 4 bytes each, then
 * strings with a NUL between: host (empty: none), service, command, identifier, usersig, and names and values. */
#include "fuzz.h"

#include "usersig_rest.h"

#define STRINGS_MAX 24
#define FIRST_PARAM 5
#define PARAMS_MAX ((STRINGS_MAX - FIRST_PARAM) / 2)

static const char *at; /* in the URL */

static void expect(const char *literal)
{
    FUZZ_MUST(strncmp(at, literal, strlen(literal)) == 0);
    at += strlen(literal);
}

/* Up to the next of the characters in ends, exactly. */
static void expect_plain(const char *field, const char *ends)
{
    size_t len = strcspn(at, ends);
    FUZZ_MUST(len == strlen(field) && memcmp(at, field, len) == 0);
    at += len;
}

static void expect_number(uint32_t value)
{
    char *end;
    FUZZ_MUST(*at >= '0' && *at <= '9' && (*at != '0' || value == 0));
    FUZZ_MUST(strtoull(at, &end, 10) == value);
    at = end;
}

static unsigned hex(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    FUZZ_MUST(found != NULL);
    return (unsigned)(found - digits);
}

/* Percent-encoded, up to '&' or the end. */
static void expect_encoded(const char *field)
{
    for (; *at && *at != '&'; field++) {
        unsigned char c = (unsigned char)*at++;
        if (c == '%') {
            c = (unsigned char)(hex(at[0]) << 4 | hex(at[1]));
            at += 2;
        } else {
            FUZZ_MUST((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      strchr("-._~", c));
        }
        FUZZ_MUST(*field && (unsigned char)*field == c);
    }
    FUZZ_MUST(!*field);
}

static void parse_back(const char *url, const struct usersig_request *request)
{
    at = url;
    expect("https://");
    expect_plain(request->host ? request->host : usersig_region_host("china", 0), "/?#@ ");
    expect("/v4/");
    expect_plain(request->service, "/?#%&= ");
    expect("/");
    expect_plain(request->command, "/?#%&= ");
    expect("?sdkappid=");
    expect_number(request->sdkappid);
    expect("&identifier=");
    expect_encoded(request->identifier);
    expect("&usersig=");
    FUZZ_MUST(strcspn(at, "&#%+ ") == request->usersig_len);
    FUZZ_MUST(memcmp(at, request->usersig, request->usersig_len) == 0);
    at += request->usersig_len;
    expect("&random=");
    expect_number(request->random);
    expect("&contenttype=json");
    for (size_t i = 0; i < request->n_params; i++) {
        expect("&");
        expect_plain(request->params[i].name, "=&#%+ ");
        expect("=");
        expect_encoded(request->params[i].value);
    }
    FUZZ_MUST(*at == '\0');
}

/* The same request with and without room. */
static void compose(const struct usersig_request *request)
{
    size_t needed, len;
    int got = usersig_url(request, NULL, 0, &needed);
    if (got == USERSIG_ERR_REQUEST) {
        FUZZ_MUST(needed == 0);
        return;
    }
    FUZZ_MUST(got == USERSIG_ERR_SPACE && needed > 0);
    char *out = fuzz_room(needed + 1);
    FUZZ_MUST(usersig_url(request, out, needed + 1, &len) == USERSIG_OK && len == needed);
    FUZZ_MUST(strlen(out) == len);
    parse_back(out, request);
    free(out);
    out = fuzz_room(needed);
    FUZZ_MUST(usersig_url(request, out, needed, &len) == USERSIG_ERR_SPACE && len == needed);
    for (size_t i = 0; i < needed; i++)
        FUZZ_MUST(out[i] == '\0');
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *strings[STRINGS_MAX];
    struct usersig_param params[PARAMS_MAX];
    struct usersig_request request = { .params = params };
    size_t n = 0;
    if (size < 8)
        return 0;
    memcpy(&request.sdkappid, data, 4);
    memcpy(&request.random, data + 4, 4);
    data += 8;
    size -= 8;
    while (n < STRINGS_MAX) {
        size_t len = size ? strnlen((const char *)data, size) : 0;
        strings[n] = fuzz_room(len + 1);
        memcpy(strings[n], data, len);
        strings[n++][len] = '\0';
        data += len;
        size -= len;
        if (size == 0)
            break;
        data++;
        size--;
    }
    if (n >= FIRST_PARAM) {
        request.host = strings[0][0] ? strings[0] : NULL;
        request.service = strings[1];
        request.command = strings[2];
        request.identifier = strings[3];
        request.usersig_len = strlen(strings[4]);
        request.usersig = fuzz_copy(strings[4], request.usersig_len);
        for (; FIRST_PARAM + 2 * request.n_params + 1 < n; request.n_params++) {
            params[request.n_params].name = strings[FIRST_PARAM + 2 * request.n_params];
            params[request.n_params].value = strings[FIRST_PARAM + 2 * request.n_params + 1];
        }
        compose(&request);
        free((void *)(uintptr_t)request.usersig);
    }
    while (n > 0)
        free(strings[--n]);
    return 0;
}
