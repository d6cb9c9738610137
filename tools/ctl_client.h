/* ctl_client.h: a request to a running sigd over its admin socket. */
#ifndef TOOLS_CTL_CLIENT_H
#define TOOLS_CTL_CLIENT_H

#include "ctlframe.h"

/* Sends the request and passes on what sigd says, by lines: notes and errors to stderr, results to stdout, or to *out
 * (to be freed, with a NUL at its end) where out is not NULL. Returns the exit status that sigd gave; or
 * EXITS_UNREACHABLE, EXITS_LATER, EXITS_PROTOCOL after a message of its own. */
int ctl_client_ask(const char *socket_path, const struct ctlframe_request *request, char **out);

/* Copies a name from the command line into a request's field of size bytes. false: it does not fit. */
bool ctl_client_set(char *field, size_t size, const char *name);

#endif
