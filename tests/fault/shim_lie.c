/* shim_lie.c: packets of a process that lies to the other end of its channels. What a receiver has to believe (a proof, who
 * asks for what) stays true: all else may be anything. */
#include "shim.h"

#include "chan.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* 32-bit fields that no receiver may take as they come, and strings that may have no end. */
static const struct {
    uint16_t op;
    size_t at, len; /* len 4: a number */
} fields[] = {
    { PROTO_SIGNED, offsetof(struct proto_signed, id), 4 },
    { PROTO_SIGNED, offsetof(struct proto_signed, status), 4 },
    { PROTO_SIGNED, offsetof(struct proto_signed, version), 4 },
    { PROTO_SIGNED, offsetof(struct proto_signed, proof_len), 4 },
    { PROTO_SIGNED, offsetof(struct proto_signed, key), sizeof((struct proto_signed *)0)->key },
    { PROTO_SIGNED_USERBUF, offsetof(struct proto_signed_userbuf, is.id), 4 },
    { PROTO_SIGNED_USERBUF, offsetof(struct proto_signed_userbuf, len), 4 },
    { PROTO_VERDICT, offsetof(struct proto_verdict, id), 4 },
    { PROTO_VERDICT, offsetof(struct proto_verdict, status), 4 },
    { PROTO_VERDICT, offsetof(struct proto_verdict, key), sizeof((struct proto_verdict *)0)->key },
    { PROTO_CALLER, offsetof(struct proto_caller, id), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, app), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, admin), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, kind), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, status), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, version), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, proof_len), 4 },
    { PROTO_ISSUED, offsetof(struct proto_issued, key), sizeof((struct proto_issued *)0)->key },
    { PROTO_KEY_READ, offsetof(struct proto_key_read, app), 4 },
    { PROTO_KEY_READ, offsetof(struct proto_key_read, key), 4 },
    { PROTO_KEY_READ, offsetof(struct proto_key_read, why), sizeof((struct proto_key_read *)0)->why },
    { PROTO_LOADED, offsetof(struct proto_loaded, why), sizeof((struct proto_loaded *)0)->why },
    { PROTO_CLOCK, offsetof(struct proto_clock, verdict), 4 },
};
#define N_FIELDS (sizeof fields / sizeof *fields)

static _Alignas(8) uint8_t bytes[CHAN_PACKET_MAX + 64];
static size_t size;

/* Where the last frame begins. */
static size_t last_frame(void)
{
    size_t at = 0;
    for (;;) {
        struct proto_header header;
        memcpy(&header, bytes + at, sizeof header);
        size_t next = at + ((sizeof header + header.len + 7) & ~(size_t)7);
        if (next >= size)
            return at;
        at = next;
    }
}

static void noise(uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)shim_below(256);
}

/* Puts something absurd into a field of the frame at this place. false: none of its fields is open to doubt. */
static bool spoil_field(size_t frame, uint16_t op)
{
    static const uint32_t absurd[] = { UINT32_MAX, 0x80000000, 0x7FFFFFFF, 65536 };
    size_t first = (size_t)shim_below(N_FIELDS);
    for (size_t i = 0; i < N_FIELDS; i++) {
        size_t f = (first + i) % N_FIELDS;
        uint8_t *at = bytes + frame + sizeof(struct proto_header) + fields[f].at;
        if (fields[f].op != op)
            continue;
        if (fields[f].len == 4)
            memcpy(at, &absurd[shim_below(4)], 4);
        else
            memset(at, 'x', fields[f].len);
        return true;
    }
    return false;
}

/* Changes the copy in bytes. false: this lie does not fit here. */
static bool spoil(uint64_t lie, size_t frame)
{
    struct proto_header header;
    memcpy(&header, bytes + frame, sizeof header);
    uint16_t op = header.op;
    switch (lie) {
    case SHIM_NUMBER: header.proto = (uint16_t)(PROTO_NUMBER + 1 + shim_below(65535)); break;
    case SHIM_OP:
        while (header.op == op)
            header.op = (uint16_t)shim_below(256);
        break;
    case SHIM_LENGTH: header.len = (uint16_t)(header.len + 1 + shim_below(65535)); break;
    case SHIM_FDS: header.fds = (uint16_t)(header.fds ? shim_below(2) * 2 : 1 + shim_below(3)); break;
    case SHIM_CUT: size = frame + 1 + (size_t)shim_below(size - frame - 1); return true;
    case SHIM_TAIL: {
        size_t n = 1 + (size_t)shim_below(64);
        if (size + n > CHAN_PACKET_MAX)
            return false;
        noise(bytes + size, n);
        size += n;
        return true;
    }
    case SHIM_NOISE: noise(bytes, size); return true;
    case SHIM_FIELD: return spoil_field(frame, op);
    default: return true;
    }
    memcpy(bytes + frame, &header, sizeof header);
    return true;
}

static ssize_t send_with_stranger(shim_sendmsg *real, int fd, const struct msghdr *message, int flags)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = { 0 };
    struct msghdr more = *message;
    int stranger = STDIN_FILENO;
    if (message->msg_controllen)
        return -1;
    more.msg_control = &control;
    more.msg_controllen = sizeof control;
    control.align.cmsg_level = SOL_SOCKET;
    control.align.cmsg_type = SCM_RIGHTS;
    control.align.cmsg_len = CMSG_LEN(sizeof stranger);
    memcpy(CMSG_DATA(&control.align), &stranger, sizeof stranger);
    return real(fd, &more, flags);
}

/* A packet without its end, in a pipe, is no lie: the next one's start would be its end, a proof's for example. */
static uint64_t choose(uint64_t of, bool piped)
{
    uint64_t lie;
    do
        lie = 1ULL << shim_below(10);
    while ((of && !(of & lie)) || (piped && lie == SHIM_CUT));
    return lie;
}

ssize_t shim_lie_send(shim_sendmsg *real, int fd, const struct msghdr *message, int flags)
{
    struct iovec part = { bytes, 0 };
    struct msghdr lying = *message;
    uint64_t lie = choose(shim_role->lies, flags == SHIM_PIPE);
    size = message->msg_iov->iov_len;
    if (message->msg_iovlen != 1 || size > CHAN_PACKET_MAX || size < sizeof(struct proto_header))
        return real(fd, message, flags);
    memcpy(bytes, message->msg_iov->iov_base, size);
    if (!spoil(lie, last_frame()))
        return real(fd, message, flags);
    part.iov_len = size;
    lying.msg_iov = &part;
    lying.msg_iovlen = 1;
    ssize_t sent =
        lie == SHIM_STRANGER ? send_with_stranger(real, fd, &lying, flags) : real(fd, &lying, flags);
    if (sent < 0)
        return real(fd, message, flags);
    if (lie == SHIM_TWICE)
        real(fd, &lying, flags);
    shim_role->lied++;
    return (ssize_t)message->msg_iov->iov_len;
}
