#include "transfer.h"
#include "exits.h"
#include "output.h"
#include "unreachable.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <strings.h>
#include <sys/un.h>
#include <usersig.h>

#define ANSWER_MAX (2u << 20) /* bytes */
#define CONNECT_MS 3000L
#define TOTAL_MS 10000L
#define PATH_SIZE 4096

struct transfer {
    CURL *curl;
    const char *socket_path;
    char *answer;
    size_t len, size;
    bool too_large;
};

static int no_memory(void)
{
    return output_fail(USERSIG_ERR_MEMORY, "no memory");
}

int transfer_open(struct transfer **transfer, const char *socket_path)
{
    struct sockaddr_un address;
    if (strlen(socket_path) >= sizeof address.sun_path)
        return output_fail(EXITS_USAGE,
                           "the socket's path is too long: a UNIX socket's has at most %zu bytes",
                           sizeof address.sun_path - 1);
    struct transfer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return no_memory();
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK || (t->curl = curl_easy_init()) == NULL) {
        free(t);
        return no_memory();
    }
    t->socket_path = socket_path;
    *transfer = t;
    return 0;
}

static void forget(struct transfer *t)
{
    if (t->answer != NULL)
        explicit_bzero(t->answer, t->size);
    free(t->answer);
    t->answer = NULL;
    t->len = t->size = 0;
}

void transfer_close(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    forget(transfer);
    curl_easy_cleanup(transfer->curl);
    curl_global_cleanup();
    free(transfer);
}

void transfer_escape(FILE *stream, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++)
        if (strchr(plain, *text) != NULL)
            fputc(*text, stream);
        else
            fprintf(stream, "%%%02X", (unsigned)(unsigned char)*text);
}

static size_t receive(char *data, size_t one, size_t n, void *user)
{
    struct transfer *t = user;
    n *= one;
    if (n > ANSWER_MAX - t->len) {
        t->too_large = true;
        return 0;
    }
    if (t->len + n > t->size) {
        size_t size = t->size == 0 ? 16384 : t->size * 2;
        while (size < t->len + n)
            size *= 2;
        char *grown = realloc(t->answer, size);
        if (grown == NULL)
            return 0;
        t->answer = grown;
        t->size = size;
    }
    memcpy(t->answer + t->len, data, n);
    t->len += n;
    return n;
}

/* An option that libcurl does not take is a build without UNIX sockets or HTTP. */
static CURLcode prepare(struct transfer *t, const char *url, struct curl_slist *headers, const char *body)
{
    CURL *c = t->curl;
    CURLcode r = CURLE_OK;
    curl_easy_reset(c);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, t->socket_path);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_URL, url);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_PROXY, ""); /* http_proxy is not for us */
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TOTAL_MS);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (r == CURLE_OK && body != NULL)
        r = curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    return r;
}

static int explain_failure(const struct transfer *t, CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_CONNECT: {
        struct unreachable_socket where = { t->socket_path, SOCK_STREAM, "SIGD_SOCKET", "a socket" };
        return unreachable_explain(&where);
    }
    case CURLE_OPERATION_TIMEDOUT:
        return output_fail(EXITS_UNREACHABLE,
                           "sigd at %s gave no answer within %ld s: it is overloaded or stopped",
                           t->socket_path, TOTAL_MS / 1000);
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return output_fail(EXITS_UNREACHABLE, "sigd at %s closed the connection without an answer",
                           t->socket_path);
    case CURLE_WRITE_ERROR:
        if (!t->too_large)
            return no_memory();
        return output_fail(EXITS_PROTOCOL, "the answer from %s is over %u MiB", t->socket_path,
                           ANSWER_MAX >> 20);
    case CURLE_OUT_OF_MEMORY: return no_memory();
    default:
        return output_fail(EXITS_PROTOCOL, "what listens at %s does not speak like sigd: %s", t->socket_path,
                           curl_easy_strerror(result));
    }
}

static bool is_type(const char *type, const char *expected)
{
    size_t len = strlen(expected);
    return type != NULL && strncasecmp(type, expected, len) == 0 &&
           (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

static json_t *parse(const struct transfer_reply *reply)
{
    json_t *value = json_loadb(reply->text, reply->len, JSON_REJECT_DUPLICATES, NULL);
    if (value != NULL && !json_is_object(value)) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

/* The answer's status is not 200. */
static int explain_problem(const struct transfer *t, const struct transfer_reply *reply)
{
    int status = reply->http_status == 429 || reply->http_status == 503 ? EXITS_LATER : EXITS_PROTOCOL;
    json_t *problem = reply->kind == TRANSFER_PROBLEM ? parse(reply) : NULL;
    const char *title = json_string_value(json_object_get(problem, "title"));
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    json_int_t code = json_integer_value(json_object_get(problem, "code"));
    if (title == NULL) {
        output_fail(status, "what listens at %s answered HTTP status %ld, which sigd does not",
                    t->socket_path, reply->http_status);
    } else {
        if (code >= 1 && code <= 125)
            status = (int)code;
        output_fail(status, "%.200s%s%.1000s", title, detail != NULL ? ": " : "",
                    detail != NULL ? detail : "");
    }
    if (reply->retry_after > 0)
        output_note("try again in %ld s", reply->retry_after);
    json_decref(problem);
    return status;
}

int transfer_explain(const struct transfer *transfer, const struct transfer_reply *reply)
{
    if (reply->result != CURLE_OK)
        return explain_failure(transfer, (CURLcode)reply->result);
    if (reply->http_status != 200)
        return explain_problem(transfer, reply);
    return output_fail(EXITS_PROTOCOL, "the answer from %s is not a JSON object", transfer->socket_path);
}

static enum transfer_kind kind_of(const char *type)
{
    return is_type(type, "application/json")           ? TRANSFER_JSON
           : is_type(type, "application/x-ndjson")     ? TRANSFER_LINES
           : is_type(type, "application/problem+json") ? TRANSFER_PROBLEM
                                                       : TRANSFER_OTHER;
}

int transfer_try(struct transfer *transfer, const char *path, const char *body, struct transfer_reply *reply)
{
    char url[PATH_SIZE];
    char *type = NULL;
    curl_off_t retry_after = 0;
    struct curl_slist *headers;
    int n = snprintf(url, sizeof url, "http://sigd%s", path);
    *reply = (struct transfer_reply){ .text = "" };
    if (n < 0 || (size_t)n >= sizeof url)
        return output_fail(EXITS_USAGE, "the request is too long");
    headers =
        curl_slist_append(NULL, body != NULL ? "Content-Type: application/json" : "Accept: application/json");
    if (headers == NULL)
        return no_memory();
    forget(transfer);
    transfer->too_large = false;
    CURLcode result = prepare(transfer, url, headers, body);
    if (result == CURLE_OK)
        result = curl_easy_perform(transfer->curl);
    curl_slist_free_all(headers);
    reply->result = (int)result;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &reply->http_status);
    curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_TYPE, &type);
    reply->kind = kind_of(type);
    if (curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK)
        reply->retry_after = (long)retry_after;
    if (transfer->answer != NULL) {
        reply->text = transfer->answer;
        reply->len = transfer->len;
    }
    return 0;
}

int transfer_ask(struct transfer *transfer, const char *path, const char *body, json_t **answer)
{
    struct transfer_reply reply;
    *answer = NULL;
    int status = transfer_try(transfer, path, body, &reply);
    if (status != 0)
        return status;
    if (reply.result == CURLE_OK && reply.http_status == 200 && reply.kind == TRANSFER_JSON)
        *answer = parse(&reply);
    if (*answer == NULL)
        status = transfer_explain(transfer, &reply);
    forget(transfer);
    return status;
}
