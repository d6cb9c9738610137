/* diff.h: what would be another by the next config: what needs an operator's word, what needs a restart. Pure. */
#ifndef SIGD_DIFF_H
#define SIGD_DIFF_H

#include "config.h"

#define DIFF_ACCEPT_MAX 8

/* Apps that may lose what they have. */
struct diff_accept {
    size_t n;
    char apps[DIFF_ACCEPT_MAX][SIGD_NAME_MAX + 1];
};
bool diff_accepts(const struct diff_accept *accept, const char *app);

/* Is each loss accepted: of an app, an administrator, the last key that signs now (revoking it is none)? What is not is
 * told on report, a sentence a line; so is what a reload leaves as it is. now: Unix seconds. */
bool diff_check(const struct config *before, const struct config *next, const struct diff_accept *accept,
                uint64_t now, FILE *report);

/* Does something that was served count no more: an app, an administrator, a key that may have signed? */
bool diff_withdraws(const struct config *before, const struct config *next);

#endif
