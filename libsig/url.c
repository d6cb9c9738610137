/* url.c: request URLs of the REST API. */
#include "usersig_rest.h"

#include "decimal.h"
#include "claims.h"

#include <string.h>

/* Counts what does not fit, so that the caller learns the length. */
struct writer {
    char *out;
    size_t size, len;
};

static void put(struct writer *w, const char *text, size_t len)
{
    if (w->len < w->size && len <= w->size - w->len)
        memcpy(w->out + w->len, text, len);
    w->len += len;
}
#define PUT_LITERAL(w, literal) put(w, literal, sizeof literal - 1)

static void put_number(struct writer *w, uint64_t value)
{
    char digits[DECIMAL_MAX];
    put(w, digits, decimal_write(digits, value));
}

/* What a character may stand in. */
enum { UNRESERVED = 1, WORD = 2, NAME = 4, HOST = 8, USERSIG = 16, ALNUM = 32 };
static const uint8_t classes[256] = {
    ['0' ... '9'] = 63,
    ['A' ... 'Z'] = 63,
    ['a' ... 'z'] = 63,
    ['-'] = UNRESERVED | WORD | NAME | HOST | USERSIG,
    ['_'] = UNRESERVED | WORD | NAME | USERSIG,
    ['.'] = UNRESERVED | NAME | HOST,
    ['~'] = UNRESERVED,
    ['*'] = USERSIG,
    [':'] = HOST,
    ['['] = HOST,
    [']'] = HOST,
};

static bool is(char c, unsigned class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

/* RFC 3986, section 2.3: everything but the unreserved characters is percent-encoded. */
static void put_encoded(struct writer *w, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (is(*text, UNRESERVED))
            put(w, text, 1);
        else
            put(w, (const char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
    }
}

/* 1 to max bytes, all of the class. */
static bool is_word(const char *text, size_t len, size_t max, unsigned class)
{
    unsigned common = class;
    if (len == 0 || len > max)
        return false;
    for (size_t i = 0; i < len; i++)
        common &= classes[(unsigned char)text[i]];
    return common != 0;
}

/* A name or an address, brackets for IPv6, an optional port; the service's TLS decides whether it is right. */
static bool is_host(const char *host)
{
    return is_word(host, strlen(host), USERSIG_URL_HOST_MAX, HOST) && (is(host[0], ALNUM) || host[0] == '[');
}

static bool is_param(const struct usersig_param *param)
{
    static const char *const ours[] = { "sdkappid", "identifier", "usersig", "random", "contenttype" };
    if (!is_word(param->name, strlen(param->name), USERSIG_URL_NAME_MAX, NAME))
        return false;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(param->name, ours[i]) == 0)
            return false;
    return true;
}

static bool is_request(const struct usersig_request *r, const char *host)
{
    if (!is_host(host) || !is_word(r->service, strlen(r->service), USERSIG_URL_NAME_MAX, WORD) ||
        !is_word(r->command, strlen(r->command), USERSIG_URL_NAME_MAX, WORD) ||
        !claims_identifier_ok(r->identifier, strlen(r->identifier)) || r->sdkappid == 0 ||
        !is_word(r->usersig, r->usersig_len, USERSIG_TEXT_MAX, USERSIG))
        return false;
    for (size_t i = 0; i < r->n_params; i++)
        if (!is_param(&r->params[i]))
            return false;
    return true;
}

int usersig_url(const struct usersig_request *request, char *out, size_t out_size, size_t *out_len)
{
    const struct usersig_request *r = request;
    struct writer w = { out, out_size, 0 };
    if (!r || !out_len || (!out && out_size))
        return USERSIG_ERR_ARGUMENT;
    *out_len = 0;
    if (!r->service || !r->command || !r->identifier || !r->usersig || (!r->params && r->n_params))
        return USERSIG_ERR_ARGUMENT;
    for (size_t i = 0; i < r->n_params; i++)
        if (!r->params[i].name || !r->params[i].value)
            return USERSIG_ERR_ARGUMENT;
    const char *host = r->host ? r->host : usersig_region_host("china", 0);
    if (!is_request(r, host))
        return USERSIG_ERR_REQUEST;

    PUT_LITERAL(&w, "https://");
    put(&w, host, strlen(host));
    PUT_LITERAL(&w, "/v4/");
    put(&w, r->service, strlen(r->service));
    PUT_LITERAL(&w, "/");
    put(&w, r->command, strlen(r->command));
    PUT_LITERAL(&w, "?sdkappid=");
    put_number(&w, r->sdkappid);
    PUT_LITERAL(&w, "&identifier=");
    put_encoded(&w, r->identifier);
    PUT_LITERAL(&w, "&usersig=");
    put(&w, r->usersig, r->usersig_len);
    PUT_LITERAL(&w, "&random=");
    put_number(&w, r->random);
    PUT_LITERAL(&w, "&contenttype=json");
    for (size_t i = 0; i < r->n_params; i++) {
        PUT_LITERAL(&w, "&");
        put(&w, r->params[i].name, strlen(r->params[i].name));
        PUT_LITERAL(&w, "=");
        put_encoded(&w, r->params[i].value);
    }
    *out_len = w.len;
    if (w.len >= out_size) {
        if (out_size)
            memset(out, 0, out_size); /* half a URL would look like one */
        return USERSIG_ERR_SPACE;
    }
    out[w.len] = '\0';
    return USERSIG_OK;
}
