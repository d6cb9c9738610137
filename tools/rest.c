#include "rest.h"
#include "exits.h"
#include "output.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <usersig.h>

#define ANSWER_MAX (1u << 20) /* bytes */
#define CONNECT_MS 10000L
#define TOTAL_MS 30000L

struct answer {
    char *text; /* of ANSWER_MAX */
    size_t len;
    bool too_large;
};

static size_t receive(char *data, size_t one, size_t n, void *user)
{
    struct answer *answer = user;
    n *= one;
    if (n > ANSWER_MAX - answer->len) {
        answer->too_large = true;
        return 0;
    }
    memcpy(answer->text + answer->len, data, n);
    answer->len += n;
    return n;
}

static CURLcode only_https(CURL *c)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
#else
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
}

/* The certificate is verified and redirects are not followed, which are libcurl's defaults: said all the same. */
static CURLcode prepare(CURL *c, const char *url, const struct curl_slist *headers, const char *body,
                        const char *cacert, struct answer *answer)
{
    CURLcode r = only_https(c);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_URL, url);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (r == CURLE_OK && cacert != NULL)
        r = curl_easy_setopt(c, CURLOPT_CAINFO, cacert);
    if (r == CURLE_OK && cacert != NULL)
        r = curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TOTAL_MS);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
    if (r == CURLE_OK)
        r = curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
    return r;
}

static int explain_failure(const struct answer *answer, CURLcode result, const char *host)
{
    if (answer->too_large)
        return output_fail(EXITS_PROTOCOL, "the answer from %s is over 1 MiB", host);
    switch (result) {
    case CURLE_OUT_OF_MEMORY: return output_fail(USERSIG_ERR_MEMORY, "no memory");
    case CURLE_SSL_CACERT_BADFILE:
        return output_fail(EXITS_NO_INPUT, "the file of --cacert cannot be read as certificates");
    case CURLE_PEER_FAILED_VERIFICATION:
        return output_fail(
            EXITS_UNREACHABLE,
            "%s shows a certificate that is not trusted for this name; nothing was sent (certificates "
            "of your own: --cacert FILE)",
            host);
    case CURLE_OPERATION_TIMEDOUT:
        return output_fail(EXITS_UNREACHABLE, "%s gave no answer within %ld s", host, TOTAL_MS / 1000);
    default: return output_fail(EXITS_UNREACHABLE, "%s: %s", host, curl_easy_strerror(result));
    }
}

static int read_answer(CURL *c, const struct answer *answer, const char *host, json_t **value)
{
    long http_status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &http_status);
    if (http_status >= 300 && http_status < 400)
        return output_fail(EXITS_PROTOCOL,
                           "%s answered with a redirect (HTTP status %ld), which is not followed", host,
                           http_status);
    if (http_status != 200)
        return output_fail(EXITS_PROTOCOL, "%s answered HTTP status %ld; the REST API answers 200 always",
                           host, http_status);
    *value = json_loadb(answer->text, answer->len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(*value))
        return 0;
    json_decref(*value);
    *value = NULL;
    return output_fail(EXITS_PROTOCOL, "the answer from %s is not a JSON object: this is not the REST API",
                       host);
}

int rest_post(const char *url, const char *host, const char *body, const char *cacert, json_t **value)
{
    struct answer answer = { .text = malloc(ANSWER_MAX) };
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *c = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    int status = 0;
    *value = NULL;
    if (answer.text == NULL || headers == NULL || c == NULL) {
        status = output_fail(USERSIG_ERR_MEMORY, "no memory");
    } else {
        CURLcode result = prepare(c, url, headers, body, cacert, &answer);
        if (result == CURLE_OK)
            result = curl_easy_perform(c);
        status = result != CURLE_OK ? explain_failure(&answer, result, host)
                                    : read_answer(c, &answer, host, value);
    }
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    free(answer.text);
    return status;
}
