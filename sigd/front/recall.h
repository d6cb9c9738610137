/* recall.h: heads of GET admin that were answered, and of POSTs that were read: one that comes again, byte for byte, asks the
 * same, and need not be read again. What is answered is judged anew each time. */
#ifndef SIGD_RECALL_H
#define SIGD_RECALL_H

#include "http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECALL_HEADS 16 /* then the oldest goes */
#define RECALL_SIZE 512 /* bytes of a head; longer ones are read each time */

struct route;

struct recall_head {
    uint32_t generation; /* of the model that app and admins mean */
    uint32_t app,
        admins; /* admins: bits of those that are asked for: one, or all, of which the first will do */
    bool has_min;
    uint64_t min_remaining; /* where the request says it */
    const struct route *route;
    size_t len; /* 0: none */
    char bytes[RECALL_SIZE];
};

/* The head of a POST about an app, in whose path nothing is escaped. */
struct recall_post {
    struct http_request request; /* without its texts */
    const struct route *route;
    size_t app_at, app_len; /* the app's name in bytes */
    size_t len;             /* 0: none */
    char bytes[RECALL_SIZE];
};

struct recall {
    uint8_t next, next_post;
    struct recall_head heads[RECALL_HEADS];
    struct recall_post posts[RECALL_HEADS];
};

/* Do bytes begin with this head? */
bool recall_is(const struct recall_head *head, const char *bytes, size_t len);

/* Keeps a head of that many bytes; its place, or 0 where it is too long: head->bytes and len are set here. */
uint8_t recall_keep(struct recall *recall, const struct recall_head *head, const char *bytes, size_t len);

/* The same for a POST's; post->request as it was read. */
bool recall_is_post(const struct recall_post *post, const char *bytes, size_t len);
uint8_t recall_keep_post(struct recall *recall, const struct recall_post *post, const char *bytes);

#endif
