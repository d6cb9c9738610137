/* packets.c: packets of a channel, made of the input. */
#include "packets.h"

#include <fcntl.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined WITH_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define ROUND8(n) (((n) + 7u) & ~(size_t)7)

void packets_begin(struct chan_packet *packet)
{
    packet->len = packet->at = packet->n_fds = packet->next_fd = 0;
}

bool packets_add(struct chan_packet *packet, uint16_t op, const void *body, int fd)
{
    int len = proto_len(op);
    FUZZ_MUST(len >= 0);
    struct proto_header header = { PROTO_NUMBER, op, (uint16_t)len, proto_has_fd(op) };
    size_t total = ROUND8(sizeof header + (size_t)len);
    if (packet->len + total > CHAN_PACKET_MAX || (fd >= 0 && packet->n_fds == CHAN_FDS_MAX)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    uint8_t *at = packet->bytes + packet->len;
    memset(at, 0, total);
    memcpy(at, &header, sizeof header);
    if (len)
        memcpy(at + sizeof header, body, (size_t)len);
    packet->len += total;
    if (fd >= 0)
        packet->fds[packet->n_fds++] = fd;
    return true;
}

void packets_change(struct fuzz_input *in, void *body, size_t len)
{
    uint8_t pieces = fuzz_byte(in) & 3;
    for (; pieces && len; pieces--) {
        size_t at = fuzz_two(in) % len, n = fuzz_byte(in);
        if (n > len - at)
            n = len - at;
        if (n > in->left)
            n = in->left;
        fuzz_take(in, (uint8_t *)body + at, n);
    }
}

void packets_damage(struct fuzz_input *in, struct chan_packet *packet)
{
    uint8_t how = fuzz_byte(in);
    for (int n = how & 3; n && packet->len; n--) {
        size_t at = fuzz_two(in) % packet->len;
        packet->bytes[at] = fuzz_byte(in);
    }
    if (how & 4)
        packet->len -= fuzz_two(in) % (packet->len + 1);
    if (how & 8 && packet->n_fds) {
        packet->n_fds--;
        close(packet->fds[packet->n_fds]);
    }
    if (how & 16 && packet->n_fds < CHAN_FDS_MAX) {
        int copy = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (copy >= 0)
            packet->fds[packet->n_fds++] = copy;
    }
}

void packets_guard(struct chan_packet *packet, bool guarded)
{
    size_t from = guarded ? packet->len : 0;
    if (guarded)
        ASAN_POISON_MEMORY_REGION(packet->bytes + from, CHAN_PACKET_MAX - from);
    else
        ASAN_UNPOISON_MEMORY_REGION(packet->bytes + from, CHAN_PACKET_MAX - from);
}

bool packets_each(struct chan_packet *packet, chan_handler *handle, void *context)
{
    packets_guard(packet, true);
    bool ok = chan_each(packet, handle, context);
    packets_guard(packet, false);
    return ok;
}
