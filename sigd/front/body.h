/* body.h: JSON bodies of requests, read by jansson: one object, unique keys, known members only. */
#ifndef SIGD_BODY_H
#define SIGD_BODY_H

#include "conn.h"

#include <jansson.h>

/* The request's body; members: those that the route knows, NULL-terminated. NULL: refused and answered. The caller's,
 * to be freed with json_decref. */
json_t *body_read(struct conn *conn, const char *const members[]);

/* The string of the one member of a body in its usual form, {"name": "text"} without escapes and bytes over 0x7E, which
 * needs no reader of JSON. Its bytes are the body's own. NULL: it must be read. */
const char *body_only(const struct conn *conn, const char *name, size_t *len);

/* A body in the usual form of a batch: {"name": ["text", ...]}, maybe with "lifetime": seconds behind it, its strings as
 * above. */
struct body_strings {
    const char *first; /* behind its quotation mark */
    size_t n, len;     /* of all of them together */
    bool has_lifetime;
    uint32_t lifetime;
};
/* false: it must be read, or there are more than most, or none. */
bool body_strings(const struct conn *conn, const char *name, size_t most, struct body_strings *found);
/* The string at *at, its length in *len; *at goes on to the next, which must be there before it is asked for. */
const char *body_strings_next(const char **at, size_t *len);

/* A string member. NULL: absent (answered with 422 when it is required), or of another type (answered). *refused tells. */
const char *body_string(struct conn *conn, const json_t *object, const char *name, bool required, size_t *len,
                        bool *refused);

#endif
