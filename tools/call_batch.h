/* call_batch.h: usersig call --batch. */
#ifndef TOOLS_CALL_BATCH_H
#define TOOLS_CALL_BATCH_H

struct options;

/* Makes the call of each line of stdin: all of --batch SERVICE/COMMAND, or the line says which. An exit status. */
int call_batch(const struct options *options);

#endif
