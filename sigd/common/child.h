/* child.h: what a child of the master does first. */
#ifndef SIGD_CHILD_H
#define SIGD_CHILD_H

/* Checks that the master's channel is there, closes what else was inherited, ignores signals that are the master's to
 * handle, gives up dumps and capabilities, and names the process in the log. 0, or the exit status to end with. */
int child_begin(const char *name);

#endif
