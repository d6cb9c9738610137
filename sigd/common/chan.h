/* chan.h: one end of a channel: frames out, gathered into packets; packets in, cut into frames.
 *
 * A channel is a SOCK_SEQPACKET pair. Beside it there may be a pipe each way, which then carries all frames but those with a
 * descriptor: a packet through a socket costs two to three times as much. A pipe that is nearly full takes a frame in parts. */
#ifndef SIGD_CHAN_H
#define SIGD_CHAN_H

#include "proto.h"

#include <sys/types.h>

#define CHAN_PACKET_MAX 65536 /* bytes */
#define CHAN_FRAME_MAX 1216   /* bytes of a frame in a pipe: PROTO_VERIFY's */
#define CHAN_FDS_MAX 64       /* descriptors in one packet */
#define CHAN_CHILD_FD 3       /* where a child finds its channel to the master */

struct chan {
    int fd;        /* -1: closed */
    int in, to;    /* ends of pipes; 0: none */
    int stuck;     /* what the last flush found full: fd or to; 0: nothing */
    size_t torn;   /* bytes at the start of out that end a frame whose start is in the pipe */
    size_t n_rest; /* bytes of a frame that was read in part */
    uint8_t rest[CHAN_FRAME_MAX];
    uint8_t *out; /* frames that are not yet sent */
    size_t out_len, out_size;
    int *fds; /* theirs, in order */
    size_t n_fds, fds_size;
};

/* A received packet. Descriptors that nobody takes are closed by chan_finish. */
struct chan_packet {
    size_t len, at, n_fds, next_fd;
    bool cut; /* the process had no room for all descriptors: the last ones are missing */
    int fds[CHAN_FDS_MAX];
    _Alignas(8) uint8_t bytes[CHAN_PACKET_MAX];
};

struct chan_frame {
    uint16_t op;
    const void *body; /* of the op's length; aligned for its struct */
    int fd; /* -1: none, or no room for OPEN's. Of who walks the packet: a handler that keeps it makes a copy */
};

/* A pair of connected ends, both non-blocking and close-on-exec. 0, or -1 and errno. */
int chan_pair(int fds[2]);

/* A pipe: its reading end, its writing end; the same. */
int chan_pipe(int fds[2]);

void chan_open(struct chan *chan, int fd);
void chan_add_pipe(struct chan *chan, unsigned way, int fd); /* way: PROTO_PIPE_IN or PROTO_PIPE_OUT */
void chan_close(struct chan *chan); /* closes and forgets everything, queued descriptors too */

/* Queues a frame; body must be of the op's length. fd: duplicated; -1 for ops that carry none.
 * false: out of memory or descriptors; nothing was queued. */
bool chan_send(struct chan *chan, uint16_t op, const void *body, int fd);

/* Takes back what was queued since out_len and n_fds were these, without a flush between. */
void chan_take_back(struct chan *chan, size_t out_len, size_t n_fds);

/* Walks the frames that are queued and not yet sent, from *mark on (start with an out_len of before): the next body,
 * which may be changed, its op in *op; NULL at the end. */
void *chan_queued(struct chan *chan, size_t *mark, uint16_t *op);

/* Sends what is queued. 0: all sent. 1: the other side is not reading: wait until `stuck` is writable. 2: too many descriptors are in
 * flight, which writability does not tell: try again later. -1: the channel is dead. */
int chan_flush(struct chan *chan);

/* Receives one packet from the socket, or what is in the pipe. 1: a packet. 0: none now. -1: closed by the other side, or
 * broken framing (errno EPROTO). */
int chan_receive(struct chan *chan, struct chan_packet *packet);
int chan_read(struct chan *chan, struct chan_packet *packet);

/* Gives every frame of a packet to handle, closes their descriptors after it, and finishes the packet. false: broken
 * framing, or handle said so; the rest is not handled. */
typedef bool chan_handler(void *context, const struct chan_frame *frame);
bool chan_each(struct chan_packet *packet, chan_handler *handle, void *context);

/* The next frame: checks number, op, exact length and descriptor. 1: a frame. 0: no more. -1: broken framing. */
int chan_next(struct chan_packet *packet, struct chan_frame *frame);

/* Closes the packet's descriptors that are left. */
void chan_finish(struct chan_packet *packet);

#endif
