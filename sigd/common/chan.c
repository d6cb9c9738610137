/* chan.c: one end of a channel. */
#include "chan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUND8(n) (((n) + 7u) & ~(size_t)7) /* frames start at multiples of 8, so that bodies are aligned */

_Static_assert(sizeof(struct proto_header) + sizeof(struct proto_verify) <= CHAN_FRAME_MAX, "a question");
_Static_assert(sizeof(struct proto_header) + sizeof(struct proto_signed_userbuf) <= CHAN_FRAME_MAX,
               "an answer");

int chan_pair(int fds[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
}

int chan_pipe(int fds[2])
{
    return pipe2(fds, O_NONBLOCK | O_CLOEXEC);
}

void chan_open(struct chan *chan, int fd)
{
    *chan = (struct chan){ .fd = fd };
}

void chan_add_pipe(struct chan *chan, unsigned way, int fd)
{
    *(way == PROTO_PIPE_IN ? &chan->in : &chan->to) = fd;
}

void chan_close(struct chan *chan)
{
    if (chan->fd >= 0)
        close(chan->fd);
    if (chan->in)
        close(chan->in);
    if (chan->to)
        close(chan->to);
    for (size_t i = 0; i < chan->n_fds; i++)
        close(chan->fds[i]);
    free(chan->out);
    free(chan->fds);
    chan_open(chan, -1);
}

static bool reserve_bytes(struct chan *chan, size_t want)
{
    if (chan->out_size - chan->out_len >= want)
        return true;
    size_t size = chan->out_size ? chan->out_size * 2 : 4096;
    while (size - chan->out_len < want)
        size *= 2;
    uint8_t *out = realloc(chan->out, size);
    if (!out)
        return false;
    chan->out = out;
    chan->out_size = size;
    return true;
}

static bool queue_fd(struct chan *chan, int fd)
{
    if (chan->n_fds == chan->fds_size) {
        size_t size = chan->fds_size ? chan->fds_size * 2 : 16;
        int *fds = realloc(chan->fds, size * sizeof *fds);
        if (!fds)
            return false;
        chan->fds = fds;
        chan->fds_size = size;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* the caller's may be closed before the flush */
    if (copy < 0)
        return false;
    chan->fds[chan->n_fds++] = copy;
    return true;
}

bool chan_send(struct chan *chan, uint16_t op, const void *body, int fd)
{
    int len = proto_len(op);
    if (len < 0 || proto_has_fd(op) != (fd >= 0))
        abort(); /* our own bug */
    struct proto_header header = { PROTO_NUMBER, op, (uint16_t)len, fd >= 0 };
    size_t total = ROUND8(sizeof header + (size_t)len);
    if (chan->fd < 0 || !reserve_bytes(chan, total) || (fd >= 0 && !queue_fd(chan, fd)))
        return false;
    uint8_t *at = chan->out + chan->out_len;
    memset(at + total - 8, 0, 8); /* what rounds it up; a header is as long */
    memcpy(at, &header, sizeof header);
    if (len)
        memcpy(at + sizeof header, body, (size_t)len);
    chan->out_len += total;
    return true;
}

void chan_take_back(struct chan *chan, size_t out_len, size_t n_fds)
{
    while (chan->n_fds > n_fds)
        close(chan->fds[--chan->n_fds]);
    chan->out_len = out_len;
}

static size_t frame_len(const uint8_t *at)
{
    struct proto_header header;
    memcpy(&header, at, sizeof header);
    return ROUND8(sizeof header + header.len);
}

static bool has_fd(const uint8_t *at)
{
    struct proto_header header;
    memcpy(&header, at, sizeof header);
    return header.fds > 0;
}

/* How many of the queued bytes from `from` on, and descriptors, go into the next packet: frames to their end, and of one kind
 * where a pipe takes those without a descriptor. */
static size_t next_packet(const struct chan *chan, size_t from, size_t *n_fds)
{
    size_t len = from == 0 ? chan->torn : 0;
    *n_fds = 0;
    while (from + len < chan->out_len) {
        const uint8_t *at = chan->out + from + len;
        size_t total = frame_len(at), fd = has_fd(at);
        if (len + total > CHAN_PACKET_MAX || *n_fds + fd > CHAN_FDS_MAX ||
            (chan->to && len && fd != (*n_fds > 0)))
            break;
        len += total;
        *n_fds += fd;
    }
    return len;
}

/* A pipe took `sent` of what next_packet found at `from`: what is left of the frame in which that ends. */
static size_t torn_after(const struct chan *chan, size_t from, size_t sent)
{
    size_t end = from == 0 ? chan->torn : 0;
    while (end < sent)
        end += frame_len(chan->out + from + end);
    return end - sent;
}

static ssize_t send_packet(const struct chan *chan, size_t from, size_t len, size_t from_fd, size_t n_fds)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * CHAN_FDS_MAX)];
    struct iovec part = { chan->out + from, len };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (n_fds) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        struct cmsghdr *c = (struct cmsghdr *)control;
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(c), chan->fds + from_fd, sizeof(int) * n_fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(chan->fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

static ssize_t write_packet(const struct chan *chan, size_t from, size_t len)
{
    ssize_t sent;
    do
        sent = write(chan->to, chan->out + from, len);
    while (sent < 0 && errno == EINTR);
    return sent;
}

void *chan_queued(struct chan *chan, size_t *mark, uint16_t *op)
{
    struct proto_header header;
    if (*mark >= chan->out_len)
        return NULL;
    uint8_t *at = chan->out + *mark;
    memcpy(&header, at, sizeof header);
    *op = header.op;
    *mark += ROUND8(sizeof header + header.len);
    return at + sizeof header;
}

/* So many bytes and descriptors have gone. Once a flush: a move for each packet would cost a long queue its square. */
static void drop_sent(struct chan *chan, size_t len, size_t n_fds)
{
    for (size_t i = 0; i < n_fds; i++)
        close(chan->fds[i]);
    chan->n_fds -= n_fds;
    chan->out_len -= len;
    if (chan->n_fds) /* memmove takes no NULL, not even for no bytes */
        memmove(chan->fds, chan->fds + n_fds, chan->n_fds * sizeof *chan->fds);
    if (chan->out_len)
        memmove(chan->out, chan->out + len, chan->out_len);
}

int chan_flush(struct chan *chan)
{
    size_t sent = 0, sent_fds = 0, torn = chan->torn;
    int result = 0;
    if (chan->fd < 0)
        return -1;
    chan->stuck = 0;
    while (result == 0 && sent < chan->out_len) {
        size_t n_fds, len = next_packet(chan, sent, &n_fds);
        bool piped = chan->to && !n_fds;
        ssize_t gone = piped ? write_packet(chan, sent, len) : send_packet(chan, sent, len, sent_fds, n_fds);
        if (gone < 0) {
            /* ETOOMANYREFS: too many descriptors are in flight until the other side reads */
            result = errno == EAGAIN ? 1 : errno == ENOBUFS || errno == ETOOMANYREFS ? 2 : -1;
        } else {
            torn = torn_after(chan, sent, (size_t)gone);
            result = (size_t)gone < len;
            sent += (size_t)gone;
            sent_fds += n_fds;
        }
        if (result == 1)
            chan->stuck = piped ? chan->to : chan->fd;
    }
    chan->torn = torn;
    drop_sent(chan, sent, sent_fds);
    return result;
}

static void take_fds(struct chan_packet *packet, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (packet->n_fds < CHAN_FDS_MAX)
                packet->fds[packet->n_fds++] = fd;
            else
                close(fd);
        }
    }
}

/* Keeps the start of a frame whose end is not there yet for the next read. What is no frame of a pipe stays: chan_next says
 * so. */
static void keep_rest(struct chan *chan, struct chan_packet *packet)
{
    size_t at = 0, left;
    chan->n_rest = 0;
    for (; (left = packet->len - at) >= sizeof(struct proto_header); at += frame_len(packet->bytes + at))
        if (frame_len(packet->bytes + at) > CHAN_FRAME_MAX)
            return;
        else if (frame_len(packet->bytes + at) > left)
            break;
    memcpy(chan->rest, packet->bytes + at, left);
    chan->n_rest = left;
    packet->len = at;
}

int chan_read(struct chan *chan, struct chan_packet *packet)
{
    ssize_t got;
    packet->len = packet->at = packet->n_fds = packet->next_fd = 0;
    packet->cut = false;
    memcpy(packet->bytes, chan->rest, chan->n_rest);
    do
        got = read(chan->in, packet->bytes + chan->n_rest, sizeof packet->bytes - chan->n_rest);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN)
            return 0;
        errno = got == 0 ? ECONNRESET : errno;
        return -1;
    }
    packet->len = chan->n_rest + (size_t)got;
    keep_rest(chan, packet);
    return packet->len > 0;
}

int chan_receive(struct chan *chan, struct chan_packet *packet)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * CHAN_FDS_MAX)];
    struct iovec part = { packet->bytes, sizeof packet->bytes };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    ssize_t got;
    packet->len = packet->at = packet->n_fds = packet->next_fd = 0;
    do
        got = recvmsg(chan->fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? 0 : -1;
    take_fds(packet, &message);
    packet->cut = message.msg_flags & MSG_CTRUNC && packet->n_fds < CHAN_FDS_MAX;
    if (got == 0 || message.msg_flags & MSG_TRUNC || (message.msg_flags & MSG_CTRUNC && !packet->cut)) {
        chan_finish(packet);
        errno = got == 0 ? ECONNRESET : EPROTO;
        return -1;
    }
    packet->len = (size_t)got;
    return 1;
}

int chan_next(struct chan_packet *packet, struct chan_frame *frame)
{
    struct proto_header header;
    if (packet->at == packet->len)
        return packet->next_fd == packet->n_fds ? 0 : -1; /* a descriptor that no frame speaks of */
    if (packet->len - packet->at < sizeof header)
        return -1;
    memcpy(&header, packet->bytes + packet->at, sizeof header);
    int len = proto_len(header.op);
    if (header.proto != PROTO_NUMBER || len < 0 || header.len != len || header.fds != proto_has_fd(header.op))
        return -1;
    size_t total = ROUND8(sizeof header + (size_t)len);
    bool missing = header.fds && packet->next_fd == packet->n_fds;
    if (packet->len - packet->at < total || (missing && !(packet->cut && header.op == PROTO_OPEN)))
        return -1;
    frame->op = header.op;
    frame->body = packet->bytes + packet->at + sizeof header;
    frame->fd = -1;
    if (header.fds && !missing) {
        frame->fd = packet->fds[packet->next_fd];
        packet->fds[packet->next_fd++] = -1;
    }
    packet->at += total;
    return 1;
}

void chan_finish(struct chan_packet *packet)
{
    for (size_t i = 0; i < packet->n_fds; i++)
        if (packet->fds[i] >= 0)
            close(packet->fds[i]);
    packet->n_fds = packet->next_fd = packet->len = packet->at = 0;
}

bool chan_each(struct chan_packet *packet, chan_handler *handle, void *context)
{
    struct chan_frame frame;
    int more;
    bool ok = true;
    while (ok && (more = chan_next(packet, &frame)) != 0) {
        ok = more > 0 && handle(context, &frame);
        if (more > 0 && frame.fd >= 0)
            close(frame.fd);
    }
    chan_finish(packet);
    return ok;
}
