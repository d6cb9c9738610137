/* ctlframe.h: the frames between sigctl and sigd on the admin socket.
 *
 * One frame a packet of SOCK_SEQPACKET: a header and a body of a fixed size that its type fixes. A request is answered
 * by any number of TEXT frames and one END; then the next request may come. Both programs come from one package, but
 * not always from one version of it: the number in the header tells. What a decoder has passed is checked: types,
 * lengths, terminated strings, names of the alphabet of sigd.conf, numbers in their ranges. */
#ifndef SIGD_CTLFRAME_H
#define SIGD_CTLFRAME_H

#include "sizes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTLFRAME_NUMBER 1
#define CTLFRAME_ACCEPT_MAX 8
#define CTLFRAME_TEXT_MAX 1000
#define CTLFRAME_NAME_SIZE (SIGD_NAME_MAX + 4)
#define CTLFRAME_ADMIN_SIZE (SIGD_ADMIN_MAX + 4)
#define CTLFRAME_LEVEL_SIZE 8

enum ctlframe_type {
    /* requests */
    CTLFRAME_STATUS = 1, /* answered by JSON, one object */
    CTLFRAME_RELOAD,
    CTLFRAME_FLUSH,
    CTLFRAME_FREEZE,
    CTLFRAME_CLOCK,
    CTLFRAME_LOG_LEVEL,
    CTLFRAME_REQUESTS_END, /* one past the last */
    /* answers */
    CTLFRAME_TEXT = 64,
    CTLFRAME_END
};

struct ctlframe_reload {
    uint32_t dry_run;
    uint32_t n_accept; /* apps that may disappear, lose an administrator or their last key */
    char accept[CTLFRAME_ACCEPT_MAX][CTLFRAME_NAME_SIZE];
};
struct ctlframe_flush {
    char app[CTLFRAME_NAME_SIZE];
    char admin[CTLFRAME_ADMIN_SIZE]; /* printable ASCII */
};
struct ctlframe_freeze {
    uint32_t off;                 /* 1: thaw */
    char app[CTLFRAME_NAME_SIZE]; /* "": all */
};
struct ctlframe_clock {
    uint32_t accept; /* 0: show */
};
struct ctlframe_log_level {
    char level[CTLFRAME_LEVEL_SIZE]; /* a word of lower case */
};
struct ctlframe_request {
    enum ctlframe_type type;
    union {
        struct ctlframe_reload reload;
        struct ctlframe_flush flush;
        struct ctlframe_freeze freeze;
        struct ctlframe_clock clock;
        struct ctlframe_log_level log_level;
    };
};

enum ctlframe_stream { CTLFRAME_OUT, CTLFRAME_ERR };
struct ctlframe_reply {
    enum ctlframe_type type;     /* TEXT or END */
    enum ctlframe_stream stream; /* of TEXT */
    uint32_t status;             /* of END: sigctl's exit status, 0 to 125 */
    size_t len;                  /* of TEXT: up to CTLFRAME_TEXT_MAX bytes, which may be anything but NUL */
    char text[CTLFRAME_TEXT_MAX + 1];
};

#define CTLFRAME_MAX 1024 /* bytes of the longest frame, and more */

/* Writes a frame to out. Returns its length; 0 for a request that its reader would refuse. */
size_t ctlframe_write_request(char out[static CTLFRAME_MAX], const struct ctlframe_request *request);
size_t ctlframe_write_text(char out[static CTLFRAME_MAX], enum ctlframe_stream stream, const char *text,
                           size_t len);
size_t ctlframe_write_end(char out[static CTLFRAME_MAX], uint32_t status);

/* Reads the one frame of a packet. NULL: good; else what is wrong with it. */
const char *ctlframe_read_request(struct ctlframe_request *request, const void *packet, size_t len);
const char *ctlframe_read_reply(struct ctlframe_reply *reply, const void *packet, size_t len);

#endif
