/* test_chan_pipe.c: a channel with pipes: what goes which way, frames in parts, a pipe that is full, ends that close. */
#include "unit.h"

#include "fds.h"

#include "chan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct chan a, b;
static struct chan_packet packet;
static uint32_t next; /* the frame that b takes next from its pipe */

static void set_up(void)
{
    int sockets[2], there[2], back[2];
    signal(SIGPIPE, SIG_IGN);
    ck_assert(chan_pair(sockets) == 0 && chan_pipe(there) == 0 && chan_pipe(back) == 0);
    chan_open(&a, sockets[0]);
    chan_open(&b, sockets[1]);
    chan_add_pipe(&a, PROTO_PIPE_OUT, there[1]);
    chan_add_pipe(&b, PROTO_PIPE_IN, there[0]);
    chan_add_pipe(&b, PROTO_PIPE_OUT, back[1]);
    chan_add_pipe(&a, PROTO_PIPE_IN, back[0]);
    next = 0;
}

static void tear_down(void)
{
    chan_close(&a);
    chan_close(&b);
}

/* Frames of three lengths, whose bytes say which they are. */
static bool put(uint32_t id)
{
    static const uint16_t ops[3] = { PROTO_CLOSE, PROTO_SIGN, PROTO_VERIFY };
    uint8_t body[sizeof(struct proto_verify)];
    uint16_t op = ops[id % 3];
    memset(body, (int)(id & 0xFF), sizeof body);
    memcpy(body, &id, sizeof id);
    return chan_send(&a, op, body, -1);
}

/* What a packet from the pipe holds: the frames from `next` on, nothing lost, nothing changed. */
static void take(void)
{
    struct chan_frame frame;
    int more;
    while ((more = chan_next(&packet, &frame)) == 1) {
        const uint8_t *body = frame.body;
        int len = proto_len(frame.op);
        uint32_t id;
        memcpy(&id, body, sizeof id);
        unit_assert(id == next, "expected frame %u, got %u", next, id);
        for (int i = (int)sizeof id; i < len; i++)
            unit_assert(body[i] == (id & 0xFF), "frame %u, byte %d: %u", id, i, body[i]);
        next++;
    }
    ck_assert_int_eq(more, 0);
}

static int take_all(void)
{
    int got;
    while ((got = chan_read(&b, &packet)) == 1)
        take();
    return got;
}

START_TEST(ways)
{
    struct chan_frame frame;
    int fd = fds_make(7);
    ck_assert(put(0) && chan_send(&a, PROTO_OPEN, &(struct proto_open){ 7 }, fd) && put(1) && put(2));
    ck_assert_int_eq(chan_flush(&a), 0);
    ck_assert_uint_eq(a.out_len + a.n_fds, 0);
    close(fd);
    ck_assert_int_eq(take_all(), 0);
    ck_assert_uint_eq(next, 3);
    ck_assert_int_eq(chan_receive(&b, &packet), 1);
    ck_assert_int_eq(chan_next(&packet, &frame), 1);
    ck_assert_uint_eq(frame.op, PROTO_OPEN);
    ck_assert_uint_eq(fds_mark(frame.fd), 7);
    close(frame.fd);
    ck_assert_int_eq(chan_next(&packet, &frame), 0);
    ck_assert_int_eq(chan_receive(&b, &packet), 0);
}
END_TEST

/* A pipe is at least a page, and takes what is no longer than one as a whole. */
static bool pages_are_large(void)
{
    if (sysconf(_SC_PAGESIZE) <= 4096)
        return false;
    fprintf(stderr, "SKIPPED: no frame is torn where a page holds a packet\n");
    return true;
}

/* A pipe of one page, so that most packets are cut somewhere; b takes some bytes now and then, as another reader might. */
START_TEST(in_parts)
{
    uint32_t sent = 0, stuck = 0, torn = 0;
    if (pages_are_large())
        return;
    unit_seed();
    ck_assert_int_ge(fcntl(a.to, F_SETPIPE_SZ, 4096), 4096);
    while (sent < 3000 || a.out_len) {
        for (uint64_t n = unit_below(20); n && sent < 3000; n--)
            ck_assert(put(sent++));
        int result = chan_flush(&a);
        ck_assert_int_ge(result, 0);
        unit_assert(result == (a.out_len > 0) && a.stuck == (result ? a.to : 0),
                    "flush gave %d, %zu bytes left", result, a.out_len);
        stuck += result == 1;
        torn += a.torn > 0;
        if (unit_below(2) && chan_read(&b, &packet) == 1)
            take();
    }
    ck_assert_int_eq(take_all(), 0);
    unit_assert(next == 3000 && stuck && torn, "%u frames of 3000, %u times full, %u times torn", next, stuck,
                torn);
}
END_TEST

/* Frames behind one that went in part are still found, and with a descriptor they go their way. */
START_TEST(behind_a_torn_frame)
{
    uint16_t op;
    size_t mark;
    uint32_t sent = 0, id = 0;
    if (pages_are_large())
        return;
    ck_assert_int_ge(fcntl(a.to, F_SETPIPE_SZ, 4096), 4096);
    while (chan_flush(&a) == 0 || !a.torn)
        ck_assert_msg(put(sent++) && sent < 1000, "no frame was torn");
    mark = a.out_len;
    ck_assert(put(sent++));
    memcpy(&id, chan_queued(&a, &mark, &op), sizeof id);
    ck_assert_uint_eq(id, sent - 1);
    int fd = fds_make(1);
    ck_assert(chan_send(&a, PROTO_OPEN, &(struct proto_open){ 1 }, fd) && put(sent++));
    close(fd);
    for (int i = 0; a.out_len && i < 100; i++) {
        take_all();
        ck_assert_int_ge(chan_flush(&a), 0);
    }
    take_all();
    ck_assert_uint_eq(next, sent);
    ck_assert_int_eq(chan_receive(&b, &packet), 1);
    ck_assert_uint_eq(packet.n_fds, 1);
    chan_finish(&packet);
}
END_TEST

START_TEST(byte_by_byte)
{
    for (uint32_t i = 0; i < 6; i++)
        ck_assert(put(i));
    for (size_t i = 0; i < a.out_len; i++) {
        ck_assert_int_eq(write(a.to, a.out + i, 1), 1);
        if (chan_read(&b, &packet) == 1)
            take();
    }
    a.out_len = 0;
    ck_assert_uint_eq(next, 6);
}
END_TEST

/* The socket's end and the pipe's are told apart; what was in the pipe comes first. */
START_TEST(closed)
{
    ck_assert(put(0));
    ck_assert_int_eq(chan_flush(&a), 0);
    chan_close(&a);
    ck_assert_int_eq(chan_receive(&b, &packet), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    ck_assert_int_eq(take_all(), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    ck_assert_uint_eq(next, 1);
    ck_assert(chan_send(&b, PROTO_CLOSE, &(struct proto_close){ 1 }, -1));
    ck_assert_int_eq(chan_flush(&b), -1);
}
END_TEST

static const struct {
    const char *name;
    struct proto_header header;
    size_t len;       /* bytes that come */
    int read, frames; /* what chan_read says, and how often chan_next gives a frame before it says -1 */
} broken[] = {
    { "protocol 2", { 2, PROTO_CLOSE, 4, 0 }, 16, 1, 0 },
    { "an op that is none", { 1, 63, 8, 0 }, 16, 1, 0 },
    { "another length", { 1, PROTO_CLOSE, 8, 0 }, 16, 1, 0 },
    { "a length that no frame has", { 1, PROTO_CLOSE, CHAN_FRAME_MAX, 0 }, 8, 1, 0 },
    { "length 65535", { 1, PROTO_CLOSE, 65535, 0 }, 8, 1, 0 },
    { "a descriptor that is none", { 1, PROTO_OPEN, 4, 1 }, 16, 1, 0 },
    { "a descriptor told where none belongs", { 1, PROTO_CLOSE, 4, 1 }, 16, 1, 0 },
    { "bytes behind", { 1, PROTO_CLOSE, 4, 0 }, 32, 1, 1 },
    { "the start of one", { 1, PROTO_VERIFY, sizeof(struct proto_verify), 0 }, 16, 0, 0 },
    { "half a header", { 1, PROTO_CLOSE, 4, 0 }, 4, 0, 0 },
};

START_TEST(no_frames)
{
    uint8_t bytes[64] = { 0 };
    struct chan_frame frame;
    int frames = 0, last;
    memcpy(bytes, &broken[_i].header, sizeof broken[_i].header);
    ck_assert_int_eq(write(a.to, bytes, broken[_i].len), (ssize_t)broken[_i].len);
    ck_assert_msg(chan_read(&b, &packet) == broken[_i].read, "%s", broken[_i].name);
    while (broken[_i].read && (last = chan_next(&packet, &frame)) != -1) {
        ck_assert_msg(last == 1, "%s: taken for the end", broken[_i].name);
        frames++;
    }
    ck_assert_msg(frames == broken[_i].frames, "%s: %d frames", broken[_i].name, frames);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, ways);
    tcase_add_test(tests, in_parts);
    tcase_add_test(tests, behind_a_torn_frame);
    tcase_add_test(tests, byte_by_byte);
    tcase_add_test(tests, closed);
    tcase_add_loop_test(tests, no_frames, 0, UNIT_ROWS(broken));
}

int main(void)
{
    return unit_run("chan_pipe", fill);
}
