/* call_line.h: a line of usersig call --batch, and the line that answers it. */
#ifndef TOOLS_CALL_LINE_H
#define TOOLS_CALL_LINE_H

#include "fault.h"

#include <jansson.h>
#include <usersig_rest.h>

struct caller_answer;

struct call_line {
    char service[USERSIG_URL_NAME_MAX + 1], command[USERSIG_URL_NAME_MAX + 1]; /* "": the line names none */
    const struct usersig_rest_api *api; /* NULL: not in the catalogue */
    char *body;                         /* JSON text */
    struct fault fault;
};

/* "SERVICE/COMMAND" into line. false: fault says why. */
bool call_line_name(struct call_line *line, const char *word);

/* Reads a line: {"service", "command", "body"}; or a body for the call that named is of, NULL: none. false: fault says why.
 * In both cases call_line_free is due. */
bool call_line_read(struct call_line *line, const struct call_line *named, const char *text, size_t len);
void call_line_free(struct call_line *line);

/* The answer's line; answer NULL: fault alone. */
void call_line_put(struct text *out, const struct call_line *line, uint64_t number,
                   const struct caller_answer *answer);

#endif
