/* restcode.h: what the REST service's ErrorCodes mean for who signs. */
#ifndef TOOLS_RESTCODE_H
#define TOOLS_RESTCODE_H

#include <stdbool.h>

/* The meaning and what mends it. Static. */
const char *restcode_text(long code);

/* Whether the same call may succeed later. */
bool restcode_passes(long code);

#endif
