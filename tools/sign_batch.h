/* sign_batch.h: usersig sign --batch. */
#ifndef TOOLS_SIGN_BATCH_H
#define TOOLS_SIGN_BATCH_H

struct options;

/* Signs for each line of stdin, with the key in a file or by sigd. An exit status. */
int sign_batch(const struct options *options);

#endif
