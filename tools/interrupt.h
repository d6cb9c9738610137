/* interrupt.h: a first SIGINT or SIGTERM ends the work between two steps, a second one at once. */
#ifndef TOOLS_INTERRUPT_H
#define TOOLS_INTERRUPT_H

#include <stdbool.h>

/* From now on the first of these signals makes eventfd readable. */
void interrupt_catch(int eventfd);

/* Whether one came. */
bool interrupt_came(void);

/* No more; ends this process by the signal that came, if one did. */
void interrupt_leave(void);

#endif
