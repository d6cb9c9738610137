/* pipeline.h: a call as a command line of usersig url and curl. */
#ifndef TOOLS_PIPELINE_H
#define TOOLS_PIPELINE_H

struct address;
struct options;

/* Writes "usersig url ... --curl-config | curl ... -d BODY" for a shell, with the options that were given and the
 * least body of the call. No credential is in it. 0. */
int pipeline_print(const struct options *options, const struct address *address);

#endif
