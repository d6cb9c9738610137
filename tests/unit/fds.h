/* fds.h: descriptors that tests make and count. */
#ifndef FDS_H
#define FDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FDS_MOST 250 /* the kernel takes 253 in a message */

/* How many descriptors a process has open ("self", or its number); -1: it may not be asked. */
int fds_open(const char *process);

/* A new file that holds mark, and the mark of such a file. */
int fds_make(uint32_t mark);
uint32_t fds_mark(int fd);

/* Sends one packet as it stands, with descriptors, which stay open here. */
bool fds_send(int channel, const void *bytes, size_t len, const int *fds, size_t n_fds);

#endif
