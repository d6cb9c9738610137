/* test_chan.c: frames over a real socketpair: batches, descriptors, a reader that stalls, framing that is broken. */
#include "unit.h"

#include "fds.h"

#include "chan.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUND8(n) (((n) + 7u) & ~(size_t)7)

static struct chan a, b;
static struct chan_packet packet;
static int open_before;

static void set_up(void)
{
    int fds[2];
    ck_assert_int_eq(chan_pair(fds), 0);
    chan_open(&a, fds[0]);
    chan_open(&b, fds[1]);
    open_before = fds_open("self");
}

static void tear_down(void)
{
    int now = fds_open("self");
    ck_assert_msg(now == open_before, "descriptors open: %d before, %d after", open_before, now);
    chan_close(&a);
    chan_close(&b);
    chan_close(&b);
}

/* Takes what has come at b, frames numbered from *next on; with descriptors marked with the number. Packets taken. */
static int take(uint32_t *next)
{
    struct chan_frame frame;
    int packets = 0, more;
    while (chan_receive(&b, &packet) == 1) {
        packets++;
        ck_assert_uint_le(packet.n_fds, CHAN_FDS_MAX);
        while ((more = chan_next(&packet, &frame)) == 1) {
            ck_assert_uint_eq((uintptr_t)frame.body % 8, 0);
            ck_assert(frame.op == PROTO_SIGN || frame.op == PROTO_OPEN);
            uint32_t id = frame.op == PROTO_SIGN ? ((const struct proto_sign *)frame.body)->id
                                                 : ((const struct proto_open *)frame.body)->id;
            ck_assert_msg(id == *next, "expected frame %u, got %u", *next, id);
            ck_assert_int_eq(frame.fd >= 0, frame.op == PROTO_OPEN);
            if (frame.fd >= 0) {
                ck_assert_msg(fds_mark(frame.fd) == id, "frame %u came with descriptor %u", id,
                              fds_mark(frame.fd));
                close(frame.fd);
            }
            ++*next;
        }
        ck_assert_int_eq(more, 0);
        chan_finish(&packet);
    }
    return packets;
}

static bool put(uint32_t id, bool with_fd)
{
    if (!with_fd)
        return chan_send(&a, PROTO_SIGN, &(struct proto_sign){ .id = id }, -1);
    int fd = fds_make(id);
    bool sent = chan_send(&a, PROTO_OPEN, &(struct proto_open){ id }, fd);
    close(fd);
    return sent;
}

static const struct {
    const char *name;
    uint32_t frames, fd_each; /* fd_each: every how manyth frame carries a descriptor; 0: none */
    int packets;
} batches[] = {
    { "nothing", 0, 0, 0 },           { "one", 1, 0, 1 },
    { "one packet", 200, 0, 1 },      { "one packet, full", 221, 0, 1 },
    { "one more", 222, 0, 2 },        { "a descriptor", 1, 1, 1 },
    { "64 descriptors", 64, 1, 1 },   { "65 descriptors", 65, 1, 2 },
    { "200 descriptors", 200, 1, 4 }, { "some with a descriptor", 300, 3, 2 },
    { "every second", 130, 2, 2 },
};

START_TEST(batch)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < batches[_i].frames; i++)
        ck_assert(put(i, batches[_i].fd_each && i % batches[_i].fd_each == 0));
    ck_assert_int_eq(chan_flush(&a), 0);
    ck_assert_uint_eq(a.out_len + a.n_fds, 0);
    int packets = take(&next);
    ck_assert_msg(next == batches[_i].frames && packets == batches[_i].packets,
                  "%s: expected %u frames in %d packets, got %u in %d", batches[_i].name, batches[_i].frames,
                  batches[_i].packets, next, packets);
}
END_TEST

/* More than the socket takes: flush says so, and goes on where it was when the other side reads again. */
START_TEST(stalled_reader)
{
    uint32_t next = 0, frames = 3000;
    int stalls = 0, result;
    for (uint32_t i = 0; i < frames; i++)
        ck_assert(put(i, i % 50 == 0));
    ck_assert_int_eq(chan_flush(&a), 1);
    ck_assert_int_eq(chan_flush(&a), 1);
    while ((result = chan_flush(&a)) == 1) {
        stalls++;
        take(&next);
        ck_assert_int_lt(stalls, 1000);
    }
    ck_assert_int_eq(result, 0);
    take(&next);
    ck_assert_msg(next == frames && stalls > 0, "expected %u frames, got %u after %d stalls", frames, next,
                  stalls);
}
END_TEST

START_TEST(closed_with_a_queue)
{
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert(put(i, i % 10 == 0));
    ck_assert_int_eq(chan_flush(&a), 1); /* some have gone, some wait; b never reads */
    int fds[2];
    ck_assert_int_eq(chan_pair(fds), 0);
    chan_close(&a);
    chan_open(&a, fds[0]);
    close(fds[1]);
}
END_TEST

START_TEST(dead_channel)
{
    ck_assert(put(1, true));
    chan_close(&b);
    open_before--;
    ck_assert_int_eq(chan_flush(&a), -1);
    ck_assert_int_eq(chan_receive(&a, &packet), -1);
    chan_close(&a);
    open_before--;
    ck_assert(!put(2, false));
    ck_assert(!put(3, true));
    ck_assert_int_eq(chan_flush(&a), -1);
}
END_TEST

/* Without a descriptor to spare nothing is queued. */
START_TEST(no_descriptor_left)
{
    struct rlimit limit, low;
    uint32_t next = 0;
    int fd = fds_make(0);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){ (rlim_t)fd + 1, limit.rlim_max };
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    bool sent = chan_send(&a, PROTO_OPEN, &(struct proto_open){ 0 }, fd);
    size_t queued = a.out_len + a.n_fds;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    close(fd);
    ck_assert(!sent);
    ck_assert_uint_eq(queued, 0);
    ck_assert(put(0, true));
    ck_assert_int_eq(chan_flush(&a), 0);
    take(&next);
    ck_assert_uint_eq(next, 1);
}
END_TEST

/* Does /proc/self/limits say so? */
static bool kernel_says(const char *line)
{
    char text[4096] = "";
    FILE *file = fopen("/proc/self/limits", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    return strstr(text, line) != NULL;
}

/* As many in flight as a process may have open: flush says so, until the other side reads. */
START_TEST(too_many_in_flight)
{
    struct rlimit limit;
    uint32_t n = 0, next = 0;
    int result = 0;
    uid_t uid = geteuid();
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 128, limit.rlim_max }), 0);
    ck_assert_int_eq(seteuid(uid ? uid : 65534), 0); /* root has no such limit */
    while (result == 0 && n < 1000) {
        for (int i = 0; i < 50; i++)
            ck_assert(put(n++, true));
        result = chan_flush(&a);
    }
    if (result == 0 && !kernel_says("Max open files            128"))
        fprintf(stderr, "SKIPPED: too_many_in_flight: the limit does not reach the kernel (valgrind)\n");
    else
        ck_assert_msg(result == 2, "%u descriptors in flight: expected 2, got %d", n, result);
    ck_assert_int_eq(chan_flush(&a), result);
    take(&next);
    ck_assert_int_eq(chan_flush(&a), 0);
    take(&next);
    ck_assert_uint_eq(next, n);
    ck_assert_int_eq(seteuid(uid), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}
END_TEST

/* Frames that wait can still be changed. */
START_TEST(queued_frames)
{
    size_t mark = 0;
    uint16_t op;
    void *body;
    uint32_t n = 10, next = 0;
    for (uint32_t i = 0; i < 10; i++)
        ck_assert(put(i, false));
    mark = a.out_len;
    for (uint32_t i = 0; i < 3; i++)
        ck_assert(put(99, false));
    while ((body = chan_queued(&a, &mark, &op))) {
        ck_assert_uint_eq(op, PROTO_SIGN);
        ck_assert_uint_eq(((struct proto_sign *)body)->id, 99);
        ((struct proto_sign *)body)->id = n++;
    }
    ck_assert_uint_eq(n, 13);
    ck_assert_int_eq(chan_flush(&a), 0);
    take(&next);
    ck_assert_uint_eq(next, 13);
}
END_TEST

/* Every op has its length, and no other number has one. */
/* What is taken back never leaves, nor do its descriptors; what stood before it does. */
START_TEST(taken_back)
{
    struct proto_open open = { .id = 0 };
    uint32_t next = 0;
    int fd = fds_make(0);
    ck_assert(chan_send(&a, PROTO_OPEN, &open, fd));
    size_t out_len = a.out_len, n_fds = a.n_fds;
    for (uint32_t i = 1; i < 4; i++)
        ck_assert(chan_send(&a, PROTO_OPEN, &open, fd));
    chan_take_back(&a, out_len, n_fds);
    close(fd);
    ck_assert_int_eq(chan_flush(&a), 0);
    ck_assert_int_eq(take(&next), 1);
    ck_assert_uint_eq(next, 1);
}
END_TEST

START_TEST(lengths)
{
    int known = 0;
    for (uint32_t op = 0; op <= UINT16_MAX; op++) {
        int len = proto_len((uint16_t)op);
        known += len >= 0;
        ck_assert_int_le(len, CHAN_PACKET_MAX - (int)sizeof(struct proto_header));
        ck_assert_msg(len >= 0 || !proto_has_fd((uint16_t)op), "op %u carries a descriptor and is none", op);
    }
    ck_assert_int_gt(known, 30);
}
END_TEST

START_TEST(text_that_does_not_fit)
{
    char field[4];
    proto_set(field, sizeof field, "abc");
    ck_assert_str_eq(field, "abc");
    ck_assert(proto_string_ok(field, 4) && !proto_string_ok(field, 3));
    proto_set(field, sizeof field, "abcd");
}
END_TEST

START_TEST(our_own_bug)
{
    switch (_i) {
    case 0: chan_send(&a, 9999, NULL, -1); break;
    case 1: chan_send(&a, PROTO_OPEN, &(struct proto_open){ 1 }, -1); break;
    default: chan_send(&a, PROTO_SIGN, &(struct proto_sign){ .id = 1 }, 0);
    }
}
END_TEST

START_TEST(statuses_have_names)
{
    for (uint32_t s = 0; s < PROTO_STATUSES; s++) {
        ck_assert_str_ne(proto_status_name(s), proto_status_name(PROTO_STATUSES)); /* that of none */
        for (uint32_t t = 0; t < s; t++)
            ck_assert_str_ne(proto_status_name(s), proto_status_name(t));
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, statuses_have_names);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, batch, 0, UNIT_ROWS(batches));
    tcase_add_test(tests, stalled_reader);
    tcase_add_test(tests, closed_with_a_queue);
    tcase_add_test(tests, dead_channel);
    tcase_add_test(tests, no_descriptor_left);
    tcase_add_test(tests, too_many_in_flight);
    tcase_add_test(tests, queued_frames);
    tcase_add_test(tests, taken_back);
    tcase_add_test(tests, lengths);
    const char *fork = getenv("CK_FORK");
    if (fork &&
        strcmp(fork, "no") == 0) { /* under valgrind, where a process of its own per row takes too long */
        fputs("SKIPPED: what ends in abort() needs a process of its own\n", stderr);
        return;
    }
    tcase_add_test_raise_signal(tests, text_that_does_not_fit, SIGABRT);
    tcase_add_loop_test_raise_signal(tests, our_own_bug, SIGABRT, 0, 3);
}

int main(void)
{
    return unit_run("chan", fill);
}
