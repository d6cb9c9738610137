/* wire.h: what load says and hears: HTTP, redis's RESP, memcached's text, each a request and an answer of known form. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_protocol { WIRE_HTTP, WIRE_RESP, WIRE_MEMCACHED };

/* A request. Where it has a run of '#', each sending puts another number there, which the answer must show. */
struct wire_ask {
    char *bytes;
    size_t len, digits_at, digits; /* digits 0: it is always the same */
    int status;                    /* of HTTP, that the answer must have */
    size_t length;                 /* of the answer's body; 0: any */
    uint64_t lines;                /* of an answer in chunks; 0: it must not come in chunks */
};

/* What is known of an answer of which only a part has come. */
struct wire_state {
    bool chunked;        /* its head has been taken */
    uint64_t lines;      /* that have come */
    size_t in_line;      /* bytes of the line at hand */
    uint64_t chunk;      /* bytes of the chunk at hand that are to come */
    const char *problem; /* why an answer is wrong */
};

/* "404:FILE", or FILE alone for 200: the request's bytes. NULL: it cannot be read. */
bool wire_read(struct wire_ask *ask, const char *given);

/* Puts the request with this number to out, which has room for ask->len. */
void wire_write(const struct wire_ask *ask, uint64_t number, char *out);

/* How many of the bytes belong to an answer that is *whole, or to as much of it as can be taken; 0: more must come.
 * -1: it is wrong, state->problem tells how. */
long wire_answer(enum wire_protocol protocol, const struct wire_ask *ask, uint64_t number,
                 struct wire_state *state, const char *bytes, size_t len, bool *whole);

#endif
