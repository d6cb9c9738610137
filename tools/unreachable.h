/* unreachable.h: why sigd's socket cannot be connected to, and what to do. */
#ifndef TOOLS_UNREACHABLE_H
#define TOOLS_UNREACHABLE_H

/* Tries path anew and says why that failed. Returns EXITS_UNREACHABLE. */
int unreachable_explain(const char *path);

#endif
