/* pages.h: usersig call --all: every item of a listing, a line each. */
#ifndef TOOLS_PAGES_H
#define TOOLS_PAGES_H

#include <jansson.h>

struct caller;
struct options;
struct usersig_rest_api;

/* Asks for one page after the other, from request on, which changes. Returns the exit status, after a message. */
int pages_print(struct caller *caller, const struct options *options, const struct usersig_rest_api *api,
                json_t *request);

#endif
