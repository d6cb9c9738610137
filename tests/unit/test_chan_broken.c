/* test_chan_broken.c: packets that no honest end sends: refused, and no descriptor of theirs stays open. */
#include "unit.h"

#include "fds.h"

#include "chan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROUND8(n) (((n) + 7u) & ~(size_t)7)

static int ends[2];
static struct chan reader;
static struct chan_packet packet;

static void set_up(void)
{
    ck_assert_int_eq(chan_pair(ends), 0);
    chan_open(&reader, ends[1]);
}

static void tear_down(void)
{
    close(ends[0]);
    chan_close(&reader);
}

/* One raw packet with n_fds descriptors. */
static void send_raw(const void *bytes, size_t len, size_t n_fds)
{
    int fds[FDS_MOST] = { 0 };
    for (size_t i = 0; i < n_fds; i++)
        fds[i] = fds_make((uint32_t)i);
    ck_assert_msg(fds_send(ends[0], bytes, len, fds, n_fds), "a packet of %zu bytes: %s", len,
                  strerror(errno));
    for (size_t i = 0; i < n_fds; i++)
        close(fds[i]);
}

/* Frames taken from one packet until chan_next says something else; what it said in *last. */
static int read_frames(int *last)
{
    struct chan_frame frame;
    int frames = 0;
    while ((*last = chan_next(&packet, &frame)) == 1) {
        frames++;
        if (frame.fd >= 0)
            close(frame.fd);
    }
    chan_finish(&packet);
    return frames;
}

static const struct {
    const char *name;
    uint16_t proto, op;
    int len_more;   /* what the header says beyond the op's length */
    int fds_more;   /* and beyond the op's descriptors */
    int bytes_more; /* and what the packet holds beyond that frame */
    size_t fds_sent;
    int frames, last; /* whole frames that are taken first; then */
} rows[] = {
    { "a frame", 1, PROTO_SIGN, 0, 0, 0, 0, 1, 0 },
    { "an empty body", 1, PROTO_DRAIN, 0, 0, 0, 0, 1, 0 },
    { "a descriptor", 1, PROTO_OPEN, 0, 0, 0, 1, 1, 0 },
    { "a descriptor and an empty body", 1, PROTO_LISTEN, 0, 0, 0, 1, 1, 0 },
    { "protocol 0", 0, PROTO_SIGN, 0, 0, 0, 0, 0, -1 },
    { "protocol 2", 2, PROTO_SIGN, 0, 0, 0, 0, 0, -1 },
    { "protocol 256", 256, PROTO_SIGN, 0, 0, 0, 0, 0, -1 },
    { "op 0", 1, 0, 0, 0, 0, 0, 0, -1 },
    { "op between", 1, 63, 0, 0, 0, 0, 0, -1 },
    { "op 65535", 1, 65535, 0, 0, 0, 0, 0, -1 },
    { "a byte less", 1, PROTO_SIGN, -1, 0, 0, 0, 0, -1 },
    { "a byte more", 1, PROTO_SIGN, 1, 0, 0, 0, 0, -1 },
    { "8 bytes less", 1, PROTO_SIGN, -8, 0, 0, 0, 0, -1 },
    { "8 bytes more", 1, PROTO_SIGN, 8, 0, 0, 0, 0, -1 },
    { "length 65535", 1, PROTO_DRAIN, 65535, 0, 0, 0, 0, -1 },
    { "a body for an empty one", 1, PROTO_DRAIN, 8, 0, 0, 0, 0, -1 },
    { "cut by a byte", 1, PROTO_SIGN, 0, 0, -1, 0, 0, -1 },
    { "cut in the padding", 1, PROTO_OPEN, 0, 0, -4, 1, 0, -1 },
    { "a header alone", 1, PROTO_SIGN, 0, 0, -(int)ROUND8(sizeof(struct proto_sign)), 0, 0, -1 },
    { "half a header", 1, PROTO_DRAIN, 0, 0, -4, 0, 0, -1 },
    { "one byte", 1, PROTO_DRAIN, 0, 0, -7, 0, 0, -1 },
    { "a byte behind", 1, PROTO_SIGN, 0, 0, 1, 0, 1, -1 },
    { "7 bytes behind", 1, PROTO_SIGN, 0, 0, 7, 0, 1, -1 },
    { "zeros behind", 1, PROTO_SIGN, 0, 0, 64, 0, 1, -1 },
    { "descriptor missing", 1, PROTO_OPEN, 0, 0, 0, 0, 0, -1 },
    { "descriptor not told", 1, PROTO_SIGN, 0, 0, 0, 1, 1, -1 },
    { "descriptor told and missing", 1, PROTO_SIGN, 0, 1, 0, 0, 0, -1 },
    { "descriptor told where none belongs", 1, PROTO_SIGN, 0, 1, 0, 1, 0, -1 },
    { "descriptor denied", 1, PROTO_OPEN, 0, -1, 0, 1, 0, -1 },
    { "two descriptors told", 1, PROTO_OPEN, 0, 1, 0, 2, 0, -1 },
    { "a descriptor too many", 1, PROTO_OPEN, 0, 0, 0, 2, 1, -1 },
    { "63 descriptors too many", 1, PROTO_OPEN, 0, 0, 0, CHAN_FDS_MAX, 1, -1 },
};

START_TEST(row)
{
    uint8_t bytes[4096] = { 0 };
    int before = fds_open("self"), len = proto_len(rows[_i].op), last;
    size_t whole = ROUND8(sizeof(struct proto_header) + (size_t)(len < 0 ? 0 : len));
    struct proto_header header = { rows[_i].proto, rows[_i].op,
                                   (uint16_t)((len < 0 ? 0 : len) + rows[_i].len_more),
                                   (uint16_t)(proto_has_fd(rows[_i].op) + rows[_i].fds_more) };
    memcpy(bytes, &header, sizeof header);
    send_raw(bytes, whole + (size_t)rows[_i].bytes_more, rows[_i].fds_sent);
    ck_assert_int_eq(chan_receive(&reader, &packet), 1);
    int frames = read_frames(&last), after = fds_open("self");
    ck_assert_msg(frames == rows[_i].frames && last == rows[_i].last,
                  "%s: expected %d frames and %d, got %d and %d", rows[_i].name, rows[_i].frames,
                  rows[_i].last, frames, last);
    ck_assert_msg(before == after, "%s: descriptors open: %d before, %d after", rows[_i].name, before, after);
}
END_TEST

static const struct {
    const char *name;
    size_t len, fds;
    int result, error;
} packets[] = {
    { "empty: as if closed", 0, 0, -1, ECONNRESET },
    { "empty with a descriptor", 0, 1, -1, ECONNRESET },
    { "largest", CHAN_PACKET_MAX, 0, 1, 0 },
    { "a byte over", CHAN_PACKET_MAX + 1, 0, -1, EPROTO },
    { "a byte over with descriptors", CHAN_PACKET_MAX + 1, 5, -1, EPROTO },
    { "far over", 180000, 0, -1, EPROTO },
    { "64 descriptors", 8, CHAN_FDS_MAX, 1, 0 },
    { "65 descriptors", 8, CHAN_FDS_MAX + 1, -1, EPROTO },
    { "250 descriptors", 8, FDS_MOST, -1, EPROTO },
};

START_TEST(packet_row)
{
    static const uint8_t bytes[200000];
    int before = fds_open("self");
    send_raw(bytes, packets[_i].len, packets[_i].fds);
    errno = 0;
    int result = chan_receive(&reader, &packet), error = errno, last;
    ck_assert_msg(result == packets[_i].result && (result == 1 || error == packets[_i].error),
                  "%s: expected %d with errno %d, got %d with %d", packets[_i].name, packets[_i].result,
                  packets[_i].error, result, error);
    if (result == 1) {
        read_frames(&last);
        ck_assert_int_eq(last, -1);
    }
    int after = fds_open("self");
    ck_assert_msg(before == after, "%s: descriptors open: %d before, %d after", packets[_i].name, before,
                  after);
}
END_TEST

/* Frames with a descriptor each, and room in this process for some of them: callers can be told so; nothing else goes on. */
static const struct {
    const char *name;
    uint16_t op;
    size_t frames, room;
    int taken, last;
} shortages[] = {
    { "room for all", PROTO_OPEN, 3, 3, 3, 0 },
    { "room for one of three", PROTO_OPEN, 3, 1, 3, 0 },
    { "no room", PROTO_OPEN, 3, 0, 3, 0 },
    { "another op", PROTO_LOAD_KEY, 3, 1, 1, -1 },
};

START_TEST(no_room_for_descriptors)
{
    uint8_t bytes[1024] = { 0 };
    struct chan_frame frame;
    struct rlimit limit, before;
    int opened = fds_open("self"), len = proto_len(shortages[_i].op), taken = 0, with = 0, last;
    struct proto_header header = { PROTO_NUMBER, shortages[_i].op, (uint16_t)len, 1 };
    size_t size = ROUND8(sizeof header + (size_t)len);
    for (size_t i = 0; i < shortages[_i].frames; i++)
        memcpy(bytes + i * size, &header, sizeof header);
    send_raw(bytes, shortages[_i].frames * size, shortages[_i].frames);
    int next = dup(ends[0]); /* all numbers below it are taken */
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    limit = (struct rlimit){ (rlim_t)next + shortages[_i].room, before.rlim_max };
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int result = chan_receive(&reader, &packet);
    setrlimit(RLIMIT_NOFILE, &before);
    ck_assert_msg(result == 1, "%s: chan_receive gave %d", shortages[_i].name, result);
    for (; (last = chan_next(&packet, &frame)) == 1; taken++) {
        with += frame.fd >= 0;
        if (frame.fd >= 0)
            close(frame.fd);
    }
    chan_finish(&packet);
    ck_assert_msg(
        taken == shortages[_i].taken && last == shortages[_i].last && (size_t)with == shortages[_i].room,
        "%s: %d frames, %d of them with a descriptor, then %d", shortages[_i].name, taken, with, last);
    ck_assert_int_eq(fds_open("self"), opened);
}
END_TEST

START_TEST(nothing_there)
{
    ck_assert_int_eq(chan_receive(&reader, &packet), 0);
    close(ends[0]);
    ck_assert_int_eq(chan_receive(&reader, &packet), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    ends[0] = dup(reader.fd);
}
END_TEST

/* Frames of which some bytes are others: whatever is taken has its op's length, and no descriptor leaks. */
START_TEST(random_packets)
{
    static uint8_t bytes[CHAN_PACKET_MAX];
    int before = fds_open("self");
    unit_seed();
    for (int round = 0; round < 20000; round++) {
        size_t len = 0, frames = unit_below(6), fds = 0;
        for (size_t i = 0; i < frames; i++) {
            uint16_t op = (uint16_t)unit_below(170);
            int body = proto_len(op);
            struct proto_header header = { PROTO_NUMBER, op,
                                           (uint16_t)(body < 0 ? unit_below(100) : (uint64_t)body),
                                           proto_has_fd(op) };
            memcpy(bytes + len, &header, sizeof header);
            unit_fill(bytes + len + sizeof header, header.len);
            len += ROUND8(sizeof header + header.len);
            fds += header.fds;
        }
        if (unit_below(2) && len)
            bytes[unit_below(len)] ^= (uint8_t)(1u << unit_below(8));
        if (!unit_below(8))
            len = unit_below(len + 1);
        fds += !unit_below(8);
        send_raw(bytes, len, fds);
        int last, result = chan_receive(&reader, &packet);
        ck_assert_msg(result == (len ? 1 : -1), "round %d: chan_receive gave %d", round, result);
        if (result == 1)
            read_frames(&last);
    }
    int after = fds_open("self");
    ck_assert_msg(before == after, "descriptors open: %d before, %d after", before, after);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, row, 0, UNIT_ROWS(rows));
    tcase_add_loop_test(tests, packet_row, 0, UNIT_ROWS(packets));
    tcase_add_loop_test(tests, no_room_for_descriptors, 0, UNIT_ROWS(shortages));
    tcase_add_test(tests, nothing_there);
    tcase_add_test(tests, random_packets);
}

int main(void)
{
    return unit_run("chan_broken", fill);
}
