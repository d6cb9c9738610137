#include "rest.h"
#include "exits.h"
#include "output.h"
#include "pace.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>

#define IDLE_S 30L /* a connection that lay idle for longer is not used again */

struct rest {
    CURL *curl;
    struct curl_slist *headers;
    const char *cacert;
    char *text; /* the answer: len bytes of size */
    size_t len, size;
    const char *body; /* left of it */
    size_t body_len;
    bool too_large, no_memory;
    bool sent; /* libcurl had a connection and began to send */
};

static size_t receive(char *data, size_t one, size_t n, void *user)
{
    struct rest *rest = user;
    n *= one;
    if (n > REST_ANSWER_MAX - rest->len) {
        rest->too_large = true;
        return 0;
    }
    if (rest->len + n + 1 > rest->size) {
        size_t size = rest->size == 0 ? 16384 : rest->size;
        while (size < rest->len + n + 1)
            size *= 2;
        char *grown = realloc(rest->text, size);
        if (grown == NULL) {
            rest->no_memory = true;
            return 0;
        }
        rest->text = grown;
        rest->size = size;
    }
    memcpy(rest->text + rest->len, data, n);
    rest->len += n;
    return n;
}

/* The body goes through a function that cannot go back: when a kept connection turns out to be dead, libcurl would send
 * the request again by itself, and a message would be sent twice. */
static size_t supply(char *data, size_t one, size_t n, void *user)
{
    struct rest *rest = user;
    n *= one;
    if (n > rest->body_len)
        n = rest->body_len;
    memcpy(data, rest->body, n);
    rest->body += n;
    rest->body_len -= n;
    return n;
}

#if LIBCURL_VERSION_NUM >= 0x075000
static int begin(void *user, char *remote, char *local, int remote_port, int local_port)
{
    struct rest *rest = user;
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    rest->sent = true;
    return CURL_PREREQFUNC_OK;
}

static CURLcode watch_sending(struct rest *rest)
{
    CURLcode r = curl_easy_setopt(rest->curl, CURLOPT_PREREQFUNCTION, begin);
    return r != CURLE_OK ? r : curl_easy_setopt(rest->curl, CURLOPT_PREREQDATA, rest);
}
#else
static CURLcode watch_sending(struct rest *rest)
{
    rest->sent = true; /* such a libcurl does not tell: take the worse */
    return CURLE_OK;
}
#endif

static CURLcode only_https(CURL *c)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
#else
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
}

/* What all calls share. Verified certificates and no redirects are libcurl's defaults: said all the same. */
static CURLcode prepare(struct rest *rest)
{
    CURL *c = rest->curl;
    CURLcode r = only_https(c);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (r == CURLE_OK && rest->cacert != NULL)
        r = curl_easy_setopt(c, CURLOPT_CAINFO, rest->cacert);
    if (r == CURLE_OK && rest->cacert != NULL)
        r = curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, IDLE_S);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_HTTPHEADER, rest->headers);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_POST, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_READFUNCTION, supply);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_READDATA, rest);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_WRITEDATA, rest);
    return r;
}

int rest_open(struct rest **rest, const char *cacert)
{
    struct rest *r = calloc(1, sizeof *r);
    *rest = NULL;
    if (r != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        r->cacert = cacert;
        r->curl = curl_easy_init();
        r->headers = curl_slist_append(NULL, "Content-Type: application/json");
        if (r->headers != NULL && curl_slist_append(r->headers, "Expect:") != NULL && r->curl != NULL &&
            prepare(r) == CURLE_OK) {
            *rest = r;
            return 0;
        }
        rest_close(r);
    } else {
        free(r);
    }
    return output_fail(USERSIG_ERR_MEMORY, "no memory, or a libcurl without HTTPS");
}

void rest_close(struct rest *rest)
{
    if (rest == NULL)
        return;
    curl_easy_cleanup(rest->curl);
    curl_slist_free_all(rest->headers);
    curl_global_cleanup();
    free(rest->text);
    free(rest);
}

static CURLcode perform(struct rest *rest, const char *url, size_t len, uint64_t limit_ms)
{
    CURL *c = rest->curl;
    uint64_t connect_ms = limit_ms < REST_CONNECT_MS ? limit_ms : REST_CONNECT_MS;
    CURLcode r = curl_easy_setopt(c, CURLOPT_URL, url);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, pace_limit(connect_ms));
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, pace_limit(limit_ms));
    if (r == CURLE_OK)
        r = watch_sending(rest);
    if (r != CURLE_OK)
        return r;
    /* a write into a connection that is gone is an error, and no end of the tool */
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before;
    bool changed = sigaction(SIGPIPE, &ignore, &before) == 0;
    r = curl_easy_perform(c);
    if (changed)
        sigaction(SIGPIPE, &before, NULL);
    return r;
}

static void failed(const struct rest *rest, CURLcode result, uint64_t limit_ms, struct rest_answer *answer)
{
    const char *text = curl_easy_strerror(result);
    answer->result = rest->sent ? REST_LOST : REST_NOT_SENT;
    if (rest->too_large) {
        answer->result = REST_TOO_LARGE;
        text = "the answer is over 2 MiB";
    } else if (rest->no_memory || result == CURLE_OUT_OF_MEMORY) {
        answer->result = REST_NO_MEMORY;
        text = "no memory";
    } else if (result == CURLE_SSL_CACERT_BADFILE) {
        answer->result = REST_BAD_FILE;
        text = "the file of --cacert cannot be read as certificates";
    } else if (result == CURLE_PEER_FAILED_VERIFICATION) {
        answer->result = REST_UNTRUSTED;
        text =
            "the certificate is not trusted for this name, or has ended; nothing was sent (certificates of "
            "your own: --cacert FILE)";
    } else if (result == CURLE_OPERATION_TIMEDOUT && rest->sent) {
        snprintf(answer->why, sizeof answer->why, "no answer within %u s", (unsigned)(limit_ms / 1000));
        return;
    } else if (result == CURLE_SEND_FAIL_REWIND || result == CURLE_RECV_ERROR ||
               result == CURLE_GOT_NOTHING) {
        text = rest->sent ? "the connection was lost before an answer came" : "the connection was lost";
    } else if (result == CURLE_PARTIAL_FILE) {
        text = "the connection was lost in the middle of the answer";
    }
    snprintf(answer->why, sizeof answer->why, "%s", text);
}

void rest_call(struct rest *rest, const char *url, const char *body, size_t len, uint64_t limit_ms,
               struct rest_answer *answer)
{
    uint64_t began = pace_now();
    *answer = (struct rest_answer){ .result = REST_ANSWERED };
    rest->body = body;
    rest->body_len = len;
    rest->len = 0;
    rest->too_large = rest->no_memory = rest->sent = false;
    CURLcode result = perform(rest, url, len, limit_ms);
    answer->took_ms = pace_now() - began;
    curl_easy_getinfo(rest->curl, CURLINFO_RESPONSE_CODE, &answer->http_status);
    long http = answer->http_status;
    if (result != CURLE_OK) {
        failed(rest, result, limit_ms, answer);
    } else if (http == 429 || http >= 500) {
        answer->result = REST_GATEWAY;
        snprintf(answer->why, sizeof answer->why,
                 "HTTP status %ld; the REST API answers 200 always: something on the way failed", http);
    } else if (http >= 300 && http < 400) {
        answer->result = REST_NOT_REST;
        snprintf(answer->why, sizeof answer->why,
                 "a redirect (HTTP status %ld), which is not followed: the URL is a credential", http);
    } else if (http != 200) {
        answer->result = REST_NOT_REST;
        snprintf(answer->why, sizeof answer->why, "HTTP status %ld; the REST API answers 200 always", http);
    } else if (rest->text != NULL) {
        rest->text[rest->len] = '\0';
        answer->text = rest->text;
        answer->len = rest->len;
    }
}

int rest_status(enum rest_result result)
{
    switch (result) {
    case REST_NOT_SENT:
    case REST_LOST:
    case REST_UNTRUSTED: return EXITS_UNREACHABLE;
    case REST_BAD_FILE: return EXITS_NO_INPUT;
    case REST_NO_MEMORY: return USERSIG_ERR_MEMORY;
    case REST_GATEWAY:
    case REST_NOT_REST:
    case REST_TOO_LARGE:
    case REST_ANSWERED:
    default: return EXITS_PROTOCOL;
    }
}

int rest_post(const char *url, const char *host, const char *body, const char *cacert, json_t **value)
{
    struct rest *rest;
    struct rest_answer answer;
    *value = NULL;
    int status = rest_open(&rest, cacert);
    if (status != 0)
        return status;
    rest_call(rest, url, body, strlen(body), 3 * (uint64_t)REST_CALL_MS, &answer);
    if (answer.result != REST_ANSWERED) {
        status = output_fail(rest_status(answer.result), "%s: %s", host, answer.why);
    } else {
        *value = answer.len == 0 ? NULL : json_loadb(answer.text, answer.len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(*value)) {
            json_decref(*value);
            *value = NULL;
            status = output_fail(EXITS_PROTOCOL,
                                 "the answer from %s is not a JSON object: this is not the REST API", host);
        }
    }
    rest_close(rest);
    return status;
}
