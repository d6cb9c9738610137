/* config_scan.h: reads the bytes of sigd.conf, and refuses what libconfuse 3.3 would take without a word. */
#ifndef SIGD_CONFIG_SCAN_H
#define SIGD_CONFIG_SCAN_H

#include "config_fault.h"

struct config_scan {
    char *text; /* the file with its comments blanked, NUL-terminated */
    size_t length;
    int *lines; /* where the section that closes i-th was opened */
    size_t n_lines;
};

/* Reads fd to its end and looks through it. Faults:
 *   - "${", which libconfuse replaces from the environment;
 *   - inside quotes: line ends, control characters, escapes other than \\ and \", which could end a value early;
 *   - outside quotes: '*', '+' and a last '/', which libconfuse drops, and '|', with which it reaches into other
 *     sections; words of the grammar in quotes, which could hold a '|';
 *   - empty lists; comments, quotes and braces that are not closed.
 * Each is made harmless in scan->text, so that the rest can be judged too. False: it cannot; then *scan is empty. */
bool config_scan_read(struct config_scan *scan, int fd, struct config_fault_list *faults);
void config_scan_free(struct config_scan *scan);

#endif
