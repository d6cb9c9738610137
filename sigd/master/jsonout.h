/* jsonout.h: writes one JSON text. */
#ifndef SIGD_JSONOUT_H
#define SIGD_JSONOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonout {
    char *text; /* to be freed */
    size_t len, size;
    bool failed; /* no memory: text is of no use */
    bool comma;  /* before the next value */
};

/* name: the member's, NULL inside of an array and at the top. */
void jsonout_open(struct jsonout *out, const char *name, char bracket);
void jsonout_close(struct jsonout *out, char bracket);
void jsonout_string(struct jsonout *out, const char *name, const char *value); /* NULL: null */
void jsonout_number(struct jsonout *out, const char *name, uint64_t value);
void jsonout_bool(struct jsonout *out, const char *name, bool value);
void jsonout_time(struct jsonout *out, const char *name,
                  uint64_t value); /* Unix seconds as RFC 3339; 0: null */

#endif
