/* caller.h: calls of the REST API with everything around them: the credential, the pace, the repeats, the standby host. */
#ifndef TOOLS_CALLER_H
#define TOOLS_CALLER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct caller;
struct options;

struct caller_call {
    const char *service, *command;
    const char *body; /* JSON, as it is sent */
    size_t len;
};

struct caller_answer {
    int status;       /* the exit status */
    bool answered;    /* the service said something: */
    long code;        /* its ErrorCode */
    json_t *value;    /* a new reference */
    const char *text; /* len bytes as they came, the usersig masked; the caller's until its next call */
    size_t len;
    bool unsent;        /* nobody was reached, or nobody to be trusted: another call fares no better */
    unsigned requests;  /* that were tried */
    char message[1024]; /* of a status other than 0 */
};

/* Who calls whom, and for how long, by the options; nothing is sent. first: the first call. 0, or an exit status after a
 * message. */
int caller_open(struct caller **caller, const struct options *options, const char *first);
void caller_close(struct caller *caller); /* NULL does nothing */

/* Another one, for another thread: with a connection of its own, and credential, pace and budget in common. leader, which
 * has not called yet, is closed last. */
int caller_open_beside(struct caller **caller, const struct caller *leader);

/* Calls, as often as is right. Returns out->status, without a message. */
int caller_call(struct caller *caller, const struct caller_call *call, struct caller_answer *out);

#endif
