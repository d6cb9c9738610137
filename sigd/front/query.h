/* query.h: percent-encoding in paths and queries. */
#ifndef SIGD_QUERY_H
#define SIGD_QUERY_H

#include "http.h"

#define QUERY_SEGMENTS_MAX 8
#define QUERY_PARAMS_MAX 8

/* Cuts a path at its slashes and decodes each segment into room (of path->len bytes). The number of segments ("/v1/apps"
 * has two; QUERY_SEGMENTS_MAX + 1: more than any route), or -1: bad percent-encoding or %00. */
int query_segments(const struct http_text *path, char *room,
                   struct http_text segments[static QUERY_SEGMENTS_MAX]);

/* A name that a client sent, as an error may show it: " name", or "" where it is long or odd and might be a credential in
 * the wrong place. Returns out. */
#define QUERY_NAME_SIZE 34
const char *query_name(char out[static QUERY_NAME_SIZE], const char *name, size_t len);

struct query_param {
    struct http_text name, value;
};
/* The same for name=value pairs between ampersands; repeated names are refused. '+' stands for itself (RFC 3986). */
int query_params(const struct http_text *query, char *room,
                 struct query_param params[static QUERY_PARAMS_MAX]);

#endif
