/* body.h: JSON bodies of requests, read by jansson: one object, unique keys, known members only. */
#ifndef SIGD_BODY_H
#define SIGD_BODY_H

#include "conn.h"

#include <jansson.h>

/* The request's body; members: those that the route knows, NULL-terminated. NULL: refused and answered. The caller's,
 * to be freed with json_decref. */
json_t *body_read(struct conn *conn, const char *const members[]);

/* A string member. NULL: absent (answered with 422 when it is required), or of another type (answered). *refused tells. */
const char *body_string(struct conn *conn, const json_t *object, const char *name, bool required, size_t *len,
                        bool *refused);

#endif
