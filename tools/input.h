/* input.h: the text that a command is asked about, from where the caller put it. */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stddef.h>

/* Reads a text of at most max bytes: word NULL or "-": stdin; "@FILE": a file; else word itself, with a warning on a
 * terminal. White space around it is dropped; what is left is not empty, and ends with a NUL that len does not count.
 * what names the text in messages, as in "a URL". *text is the caller's, to be freed with free. 0, or an exit status
 * after a message. */
int input_text(const char *word, const char *what, size_t max, char **text, size_t *len);

/* Reads a usersig: word NULL or "-": stdin; "@FILE": a file; else word itself, with a warning on a terminal. White
 * space around it is dropped. A URL, a query or a line for curl -K stands for its usersig parameter.
 * *text is the caller's, to be freed with free; not terminated. 0, or an exit status after a message. */
int input_usersig(const char *word, char **text, size_t *len);

#endif
