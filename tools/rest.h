/* rest.h: one call of the REST API over HTTPS, with libcurl. URLs carry a credential: no message shows one. */
#ifndef TOOLS_REST_H
#define TOOLS_REST_H

#include <jansson.h>

/* Posts a JSON body to url, at host as messages name it. cacert: certificates to trust, NULL: the system's. No redirects;
 * 30 s at most. 0: *answer is the JSON object of a 200, the caller's. Else an exit status after a message. */
int rest_post(const char *url, const char *host, const char *body, const char *cacert, json_t **answer);

#endif
