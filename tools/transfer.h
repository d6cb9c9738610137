/* transfer.h: one HTTP request and its answer over a UNIX socket, with libcurl. Knows nothing of apps. */
#ifndef TOOLS_TRANSFER_H
#define TOOLS_TRANSFER_H

#include <jansson.h>
#include <stdio.h>

struct transfer;

/* 0, or an exit status after a message; nothing is connected yet. */
int transfer_open(struct transfer **transfer, const char *socket_path);
void transfer_close(struct transfer *transfer); /* NULL does nothing */

/* GET path, or POST with a JSON body when body is not NULL. 0: the answer was 200 and *answer is its JSON object, the
 * caller's. Else an exit status after a message: of a problem answer its title, detail and code. */
int transfer_ask(struct transfer *transfer, const char *path, const char *body, json_t **answer);

enum transfer_kind {
    TRANSFER_OTHER,
    TRANSFER_JSON,    /* application/json */
    TRANSFER_LINES,   /* application/x-ndjson */
    TRANSFER_PROBLEM, /* application/problem+json */
};

struct transfer_reply {
    int result;       /* a CURLcode; not 0: the text was cut, or none came */
    long http_status; /* 0: none */
    enum transfer_kind kind;
    const char *text; /* len bytes, the transfer's until the next question */
    size_t len;
    long retry_after; /* seconds; 0: it does not say */
};

/* Asks without a word about what comes of it. 0, or an exit status after a message: nothing was asked. */
int transfer_try(struct transfer *transfer, const char *path, const char *body, struct transfer_reply *reply);

/* Why a reply is not what was wanted: a message and the exit status. */
int transfer_explain(const struct transfer *transfer, const struct transfer_reply *reply);

/* text, percent-encoded but for RFC 3986's unreserved characters. */
void transfer_escape(FILE *stream, const char *text);

#endif
