/* ctlqueue.h: frames that wait until a peer of the admin socket takes them. */
#ifndef SIGD_CTLQUEUE_H
#define SIGD_CTLQUEUE_H

#include <stdbool.h>
#include <stddef.h>

#define CTLQUEUE_MAX (4u << 20) /* bytes: the longest status is under 3 MiB */

struct ctlqueue {
    char *bytes; /* frames, each with its length in front; from at on they are to be sent */
    size_t at, len, size;
};

static inline bool ctlqueue_waits(const struct ctlqueue *queue)
{
    return queue->at < queue->len;
}

/* false: no memory, or more than CTLQUEUE_MAX. */
bool ctlqueue_add(struct ctlqueue *queue, const char *frame, size_t len);

/* Sends what the kernel takes now. *moved: it took something. false: the peer has gone. */
bool ctlqueue_send(struct ctlqueue *queue, int fd, bool *moved);

void ctlqueue_clear(struct ctlqueue *queue);

#endif
