/* spare.h: one descriptor that is kept for the moment when there are no others: who waits in a listener's queue is then
 * told so, and need not hang there. */
#ifndef SIGD_SPARE_H
#define SIGD_SPARE_H

struct spare {
    int fd; /* -1: not kept now */
};

/* Keeps one, where there is one to keep: a copy of any descriptor of the process. */
void spare_keep(struct spare *spare, int copy_of);

/* accept4 for a listener when accept4 has failed for want of descriptors: gives the spare one up for it. To be refused and
 * closed at once, and spare_keep called. -1 and errno: there is none, or nobody waits. */
int spare_accept(struct spare *spare, int listener);

#endif
