/* ask.h: questions at the terminal. */
#ifndef TOOLS_ASK_H
#define TOOLS_ASK_H

#include <stdbool.h>
#include <stddef.h>

/* Can anybody be asked: are standard input and standard error a terminal? */
bool ask_possible(void);

/* Prints "question [usual]: " and reads a line into answer; an empty one is usual (NULL: asked again). 0, or an exit
 * status after a message. */
int ask_line(char *answer, size_t size, const char *question, const char *usual);

#endif
