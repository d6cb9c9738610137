/* ctlqueue.c: frames that wait until a peer of the admin socket takes them. */
#include "ctlqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool ctlqueue_add(struct ctlqueue *queue, const char *frame, size_t len)
{
    size_t wanted = queue->len + sizeof len + len;
    if (wanted > CTLQUEUE_MAX)
        return false;
    if (wanted > queue->size) {
        char *bytes = realloc(queue->bytes, wanted * 2);
        if (bytes == NULL)
            return false;
        queue->bytes = bytes;
        queue->size = wanted * 2;
    }
    memcpy(queue->bytes + queue->len, &len, sizeof len);
    memcpy(queue->bytes + queue->len + sizeof len, frame, len);
    queue->len = wanted;
    return true;
}

bool ctlqueue_send(struct ctlqueue *queue, int fd, bool *moved)
{
    *moved = false;
    while (ctlqueue_waits(queue)) {
        size_t len;
        memcpy(&len, queue->bytes + queue->at, sizeof len);
        if (send(fd, queue->bytes + queue->at + sizeof len, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return errno == EAGAIN || errno == EINTR;
        queue->at += sizeof len + len;
        *moved = true;
    }
    queue->at = queue->len = 0;
    return true;
}

void ctlqueue_clear(struct ctlqueue *queue)
{
    free(queue->bytes);
    *queue = (struct ctlqueue){ 0 };
}
