/* rest.h: calls of the REST API over HTTPS, with libcurl, on connections that are kept. Certificates are verified, redirects
 * are not followed. URLs carry a credential: no text from here shows one. */
#ifndef TOOLS_REST_H
#define TOOLS_REST_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define REST_ANSWER_MAX (2u << 20) /* bytes */
#define REST_SERVICE_MS 3000       /* the service's own limit: callers wait longer */
#define REST_CONNECT_MS 5000
#define REST_CALL_MS 10000

enum rest_result {
    REST_ANSWERED,  /* HTTP status 200 and a whole answer, of whatever bytes */
    REST_NOT_SENT,  /* no connection: the service has seen nothing */
    REST_LOST,      /* the service may have seen the request, but no answer came */
    REST_GATEWAY,   /* HTTP 429 or 5xx: something before the service answered */
    REST_UNTRUSTED, /* the certificate; nothing was sent */
    REST_BAD_FILE,  /* --cacert */
    REST_NOT_REST,  /* another HTTP status: a redirect, a proxy, another server */
    REST_TOO_LARGE,
    REST_NO_MEMORY,
};

struct rest_answer {
    enum rest_result result;
    long http_status; /* 0: none */
    char *text;       /* len bytes and a NUL, of the session until its next call */
    size_t len;
    uint64_t took_ms;
    char why[256]; /* of what is no REST_ANSWERED: a sentence without the host */
};

struct rest;

/* cacert: certificates to trust, NULL: the system's. 0, or an exit status after a message. */
int rest_open(struct rest **rest, const char *cacert);
void rest_close(struct rest *rest); /* NULL does nothing */

/* Posts a JSON body of len bytes to url, within limit_ms. libcurl never sends it twice. */
void rest_call(struct rest *rest, const char *url, const char *body, size_t len, uint64_t limit_ms,
               struct rest_answer *answer);

/* The exit status of a result that is no REST_ANSWERED. */
int rest_status(enum rest_result result);

/* One call with a connection of its own, at host as messages name it. 0: *value is the answer's JSON object, the caller's.
 * Else an exit status after a message. */
int rest_post(const char *url, const char *host, const char *body, const char *cacert, json_t **value);

#endif
