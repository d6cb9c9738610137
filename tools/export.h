/* export.h: the catalogue for other people's programs. */
#ifndef TOOLS_EXPORT_H
#define TOOLS_EXPORT_H

#include <jansson.h>

/* What the variables of a document begin with. */
struct export
{
    const char *host, *sdkappid, *identifier;
};

/* A Postman collection, version 2.1. NULL: no memory. */
json_t *export_postman(const struct export *export);

/* An OpenAPI document, version 3.1. NULL: no memory. */
json_t *export_openapi(const struct export *export);

/* Requests for the editors that send .http files, on stdout. 0, or an exit status after a message. */
int export_http(const struct export *export);

/* The least body of an endpoint with indent spaces a level, and {{sdkappid}} for an example's SDKAppID; to be freed with
 * free. NULL: no memory. */
char *export_body(const char *min_body, int indent);

#endif
