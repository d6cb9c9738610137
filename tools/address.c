#include "address.h"
#include "exits.h"
#include "output.h"
#include "when.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define NAME_BYTES LETTERS "_-"

static int refuse_name(const char *what)
{
    return output_fail(USERSIG_ERR_REQUEST,
                       "%s: write SERVICE/COMMAND as in group_open_http_svc/get_appid_group_list, "
                       "with one slash and without host or \"v4/\"",
                       what);
}

/* The first len bytes of text, where they are of the alphabet and fit. */
static bool copy(char *out, size_t size, const char *text, size_t len, const char *alphabet)
{
    if (len == 0 || len >= size || strspn(text, alphabet) < len)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

int address_name(struct address *address, const char *word)
{
    const char *slash;
    if (word == NULL)
        return output_fail(EXITS_USAGE, "which request? Write SERVICE/COMMAND as in "
                                        "group_open_http_svc/get_appid_group_list");
    slash = strchr(word, '/');
    if (strstr(word, "://") != NULL)
        return refuse_name("this is a whole URL");
    if (slash == NULL)
        return refuse_name("there is no slash");
    if (slash == word)
        return refuse_name("there is a slash at the beginning");
    if (strncmp(word, "v4/", 3) == 0)
        return refuse_name("there is a \"v4/\" at the beginning");
    if (strchr(slash + 1, '/') != NULL)
        return refuse_name("there is a slash too many");
    if (strchr(word, '?') != NULL)
        return refuse_name("there is a query (use --param NAME=VALUE)");
    if (!copy(address->service, sizeof address->service, word, (size_t)(slash - word), NAME_BYTES))
        return refuse_name("the service is not 1 to 64 letters, digits, _ and -");
    if (!copy(address->command, sizeof address->command, slash + 1, strlen(slash + 1), NAME_BYTES))
        return refuse_name("the command is not 1 to 64 letters, digits, _ and -");
    return 0;
}

static int unknown_region(void)
{
    char list[256] = "";
    size_t len = 0;
    const char *name;
    for (size_t i = 0; (name = usersig_region_name(i)) != NULL && len < sizeof list; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i == 0 ? "" : ", ", name);
    return output_fail(EXITS_USAGE, "no such --region; there are: %s", list);
}

int address_host(struct address *address, const char *host, const char *region)
{
    char lower[32];
    size_t i;
    if (host != NULL && region != NULL)
        return output_fail(EXITS_USAGE, "--host and --region exclude each other");
    if (region != NULL) {
        for (i = 0; region[i] != '\0' && i + 1 < sizeof lower; i++)
            lower[i] = region[i] >= 'A' && region[i] <= 'Z' ? (char)(region[i] - 'A' + 'a') : region[i];
        lower[i] = '\0';
        host = region[i] == '\0' ? usersig_region_host(lower, 0) : NULL;
        if (host == NULL)
            return unknown_region();
    }
    if (host == NULL)
        return 0;
    if (strlen(host) >= sizeof address->host)
        return output_fail(USERSIG_ERR_REQUEST, "the host is longer than %d bytes", USERSIG_URL_HOST_MAX);
    memcpy(address->host, host, strlen(host) + 1);
    return 0;
}

int address_standby(struct address *address)
{
    const char *name, *host = address->host[0] != '\0' ? address->host : usersig_region_host("china", 0);
    for (size_t i = 0; (name = usersig_region_name(i)) != NULL; i++) {
        const char *standby = usersig_region_host(name, 1);
        if (strcmp(host, usersig_region_host(name, 0)) == 0 || strcmp(host, standby) == 0) {
            memcpy(address->host, standby, strlen(standby) + 1);
            return 0;
        }
    }
    return output_fail(EXITS_USAGE,
                       "--standby: %.64s is no host of a data centre, its standby host is not known", host);
}

/* Moves *at past literal. */
static bool skip(const char **at, const char *literal)
{
    size_t len = strlen(literal);
    if (strncmp(*at, literal, len) != 0)
        return false;
    *at += len;
    return true;
}

/* Copies what stands before the byte end, and moves past end. */
static bool field(const char **at, char end, char *out, size_t size, const char *alphabet)
{
    const char *stop = strchr(*at, end);
    if (stop == NULL || !copy(out, size, *at, (size_t)(stop - *at), alphabet))
        return false;
    *at = stop + 1;
    return true;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode_identifier(const char *text, char out[static USERSIG_IDENTIFIER_MAX + 1])
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        char c = *text;
        if (n == USERSIG_IDENTIFIER_MAX)
            return false;
        if (c == '%') {
            int high = hex(text[1]), low = high < 0 ? -1 : hex(text[2]);
            if (low < 0 || (high | low) == 0)
                return false;
            c = (char)(high << 4 | low);
            text += 2;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0;
}

static bool read_parts(struct address *address, const char *at)
{
    char encoded[3 * USERSIG_IDENTIFIER_MAX + 1], sdkappid[11], random_text[11];
    uint64_t number;
    if (!skip(&at, "https://") || !field(&at, '/', address->host, sizeof address->host, LETTERS ".:-"))
        return false;
    if (!skip(&at, "v4/") || !skip(&at, address->service) || !skip(&at, "/") || !skip(&at, address->command))
        return false;
    if (!skip(&at, "?sdkappid=") || !field(&at, '&', sdkappid, sizeof sdkappid, "0123456789"))
        return false;
    if (!skip(&at, "identifier=") || !field(&at, '&', encoded, sizeof encoded, LETTERS "-._~%"))
        return false;
    if (!skip(&at, "usersig=") || !field(&at, '&', address->usersig, sizeof address->usersig, LETTERS "*-_"))
        return false;
    if (!skip(&at, "random=") || !field(&at, '&', random_text, sizeof random_text, "0123456789"))
        return false;
    if (strcmp(at, "contenttype=json") != 0 || !decode_identifier(encoded, address->identifier))
        return false;
    if (when_number(sdkappid, UINT32_MAX, &number) != 0)
        return false;
    address->sdkappid = (uint32_t)number;
    if (when_number(random_text, UINT32_MAX, &number) != 0)
        return false;
    address->random = (uint32_t)number;
    return true;
}

int address_read(struct address *address, const char *url)
{
    if (!read_parts(address, url))
        return output_fail(EXITS_PROTOCOL, "sigd's answer is not the URL of this request");
    return 0;
}

static struct usersig_request request_of(const struct address *address)
{
    return (struct usersig_request){
        .host = address->host[0] != '\0' ? address->host : NULL,
        .service = address->service,
        .command = address->command,
        .identifier = address->identifier,
        .usersig = address->usersig,
        .usersig_len = strlen(address->usersig),
        .sdkappid = address->sdkappid,
        .random = address->random,
    };
}

/* libsig says that a part is refused, not which: leave out the parts that may be absent, one after the other. */
static int explain(int status, const struct address *address, const struct usersig_param *params,
                   size_t n_params)
{
    struct usersig_request request = request_of(address);
    size_t len;
    if (status != USERSIG_ERR_REQUEST)
        return output_fail(status, "%s", usersig_error_text(status));
    request.host = NULL;
    if (usersig_url(&request, NULL, 0, &len) == USERSIG_ERR_REQUEST)
        return output_fail(status, "the identifier cannot stand in a URL");
    for (request.n_params = 1; request.n_params <= n_params; request.n_params++) {
        request.params = params;
        if (usersig_url(&request, NULL, 0, &len) == USERSIG_ERR_REQUEST)
            return output_fail(
                status,
                "the parameter \"%.64s\" is refused: a name has 1 to 64 letters, digits, _ and "
                "-, and is not one of the five that every request has",
                params[request.n_params - 1].name);
    }
    return output_fail(status, "the host \"%.64s\" is refused: write name or name:port", address->host);
}

int address_compose(const struct address *address, const struct usersig_param *params, size_t n_params,
                    char **url)
{
    struct usersig_request request = request_of(address);
    size_t len = 0;
    request.params = n_params == 0 ? NULL : params;
    request.n_params = n_params;
    int status = usersig_url(&request, NULL, 0, &len);
    if (status != USERSIG_ERR_SPACE && status != USERSIG_OK)
        return explain(status, address, params, n_params);
    *url = malloc(len + 1);
    if (*url == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    status = usersig_url(&request, *url, len + 1, &len);
    if (status == USERSIG_OK)
        return 0;
    free(*url);
    *url = NULL;
    return explain(status, address, params, n_params);
}
