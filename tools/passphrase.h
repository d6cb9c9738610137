/* passphrase.h: asks for a passphrase, on the terminal or from a descriptor; never from arguments or environment. */
#ifndef TOOLS_PASSPHRASE_H
#define TOOLS_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#define PASSPHRASE_MAX 1024 /* bytes */
#define PASSPHRASE_MIN 8

struct passphrase {
    size_t len;
    char text[PASSPHRASE_MAX + 1];
};

/* Asks for a passphrase, twice where it is a new one. fd: reads one line from there instead; -1: from the terminal.
 * *passphrase is guarded memory, to be freed with sodium_free. 0, or an exit status after a message. */
int passphrase_ask(struct passphrase **passphrase, const char *what, bool is_new, int fd);

/* The same for another secret of one line (noun: what errors call it), from the terminal with a prompt of its own. */
int passphrase_line(struct passphrase **line, const char *noun, const char *prompt);

#endif
