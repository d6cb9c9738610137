/* sign_line.h: a line of usersig sign --batch, and the line that answers it. */
#ifndef TOOLS_SIGN_LINE_H
#define TOOLS_SIGN_LINE_H

#include "fault.h"

#include <jansson.h>
#include <usersig.h>

struct options;

struct sign_line {
    const char *identifier; /* len bytes; NULL: the line names none */
    size_t len;
    uint64_t lifetime; /* 0: the default */
    bool with_room, with_rights;
    struct usersig_room room; /* number or name, rights */
    json_t *value;            /* what identifier points into; NULL: the line itself */
    struct fault fault;
};

/* What the options say of every line. */
void sign_line_default(struct sign_line *line, const struct options *options);

/* Reads a line over the defaults: an identifier as it stands, or a JSON object, which begins with "{". false: fault says
 * why. In both cases sign_line_free is due. */
bool sign_line_read(struct sign_line *line, const struct sign_line *defaults, const char *text, size_t len);
void sign_line_free(struct sign_line *line);

/* The answer: a usersig, or what fault says. bare: the usersig alone, and of a fault an empty line. */
void sign_line_put(struct text *out, const struct sign_line *line, bool bare, const char *usersig, size_t len,
                   uint64_t issued_at, uint64_t expires_at);
void sign_line_put_fault(struct text *out, const struct sign_line *line, bool bare);

#endif
