/* test_lying_ends.c: fronts that end, or close one of their ends and keep the others: what was said before counts, and the
 * signer neither waits for them nor turns for nothing. */
#include "unit.h"

#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct chan front;
static uint32_t handle;

static void set_up(void)
{
    rig_start();
    rig_front(&front, 0);
    handle = rig_client(&front);
}

static void tear_down(void)
{
    chan_close(&front);
    rig_lives();
    rig_stop();
}

static void stop(void)
{
    int status;
    ck_assert_int_eq(kill(rig.signer, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(rig.signer, &status, WUNTRACED), rig.signer);
    ck_assert(WIFSTOPPED(status));
}

static void go_on(void)
{
    ck_assert_int_eq(kill(rig.signer, SIGCONT), 0);
}

static void ask(int n)
{
    for (int i = 0; i < n; i++) {
        struct proto_sign sign = rig_sign(handle, "alice");
        ck_assert(chan_send(&front, PROTO_SIGN, &sign, -1));
    }
}

static void flush(void)
{
    ck_assert_int_eq(chan_flush(&front), 0);
}

/* Asks for what it does not read, until the signer takes no more. */
static void block(void)
{
    int stalled = 0;
    for (int i = 0; i < 200 && stalled < 5; i++) {
        ask(200);
        stalled += chan_flush(&front) == 1;
        poll(NULL, 0, 1);
    }
    ck_assert_int_ge(stalled, 5);
}

/* ---- last words ------------------------------------------------------------------------------------ */

static struct proto_served issued(void)
{
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued answer;
    ck_assert(rig_ask(&rig.master, PROTO_ISSUE, &issue, -1, PROTO_ISSUED, &answer));
    return (struct proto_served){ answer.issued_at, handle, 0, 0, PROTO_KIND_ADMIN, rig.generation, 0 };
}

/* The front says that it handed out an administrator's credential. */
static void say(const struct proto_served *served)
{
    ck_assert(chan_send(&front, PROTO_SERVED, served, -1));
    flush();
}

static bool is_told(void)
{
    static char log[1 << 20];
    ssize_t len = pread(rig.audit, log, sizeof log - 1, 0);
    ck_assert_int_ge(len, 0);
    log[len] = '\0';
    return strstr(log, "\"served\"") != NULL;
}

enum { ALONE, ASKING, BLOCKED, HOWS };
static const char *const hows[HOWS] = { "alone", "behind a question",
                                        "behind answers that it does not read" };

/* A front says it while the signer sleeps, and ends. */
static void say_and_end(int how)
{
    struct proto_served served = issued();
    int answers = 0;
    if (how == BLOCKED) {
        ck_assert_int_ge(fcntl(front.in, F_SETPIPE_SZ, 4096), 4096);
        ask(100);
        flush();
        while (!answers)
            ck_assert(poll(NULL, 0, 1) == 0 && ioctl(front.in, FIONREAD, &answers) == 0);
        rig_lives();
    }
    stop();
    if (how == ASKING)
        ask(1);
    say(&served);
    chan_close(&front);
}

START_TEST(dies)
{
    say_and_end(_i);
    go_on();
    rig_lives();
    ck_assert_msg(is_told(), "%s: lost", hows[_i]);
}
END_TEST

START_TEST(dies_and_is_replaced)
{
    say_and_end(_i);
    rig_front(&front, 0);
    go_on();
    handle = rig_client(&front);
    ck_assert_msg(is_told(), "%s: lost", hows[_i]);
}
END_TEST

START_TEST(dies_with_the_master)
{
    say_and_end(_i);
    chan_close(&rig.master);
    go_on();
    ck_assert_int_eq(rig_end(), 0);
    ck_assert_msg(is_told(), "%s: lost", hows[_i]);
    rig_start();
}
END_TEST

/* ---- fronts that are known in part ----------------------------------------------------------------- */

static int send_pipe(uint32_t way)
{
    int ends[2];
    ck_assert_int_eq(chan_pipe(ends), 0);
    int theirs = ends[way == PROTO_PIPE_IN ? 0 : 1];
    ck_assert(chan_send(&rig.master, PROTO_PIPE, &(struct proto_pipe){ 0, way }, theirs));
    close(theirs);
    return ends[way == PROTO_PIPE_IN ? 1 : 0];
}

/* Its pipes come in another packet than its socket, which takes the place of a front that has left words. */
START_TEST(pipes_come_later)
{
    int pair[2];
    stop();
    ask(1);
    flush();
    chan_close(&front);
    ck_assert_int_eq(chan_pair(pair), 0);
    ck_assert(chan_send(&rig.master, PROTO_FRONT, &(struct proto_front){ 0 }, pair[1]));
    ck_assert_int_eq(chan_flush(&rig.master), 0);
    close(pair[1]);
    chan_open(&front, pair[0]);
    chan_add_pipe(&front, PROTO_PIPE_OUT, send_pipe(PROTO_PIPE_IN));
    chan_add_pipe(&front, PROTO_PIPE_IN, send_pipe(PROTO_PIPE_OUT));
    ck_assert_int_eq(chan_flush(&rig.master), 0);
    go_on();
    handle = rig_client(&front);
}
END_TEST

/* The pipes of one never come, as when the master finds no descriptors: it tries again. */
START_TEST(pipes_never_come)
{
    int pair[2];
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(chan_pair(pair), 0);
        ck_assert(chan_send(&rig.master, PROTO_FRONT, &(struct proto_front){ 0 }, pair[1]));
        if (i % 2)
            close(send_pipe(i % 4 == 1 ? PROTO_PIPE_IN : PROTO_PIPE_OUT));
        close(pair[0]);
        close(pair[1]);
        rig_lives();
    }
    chan_close(&front);
    rig_front(&front, 0);
    handle = rig_client(&front);
}
END_TEST

/* ---- one end of three ------------------------------------------------------------------------------ */

static int64_t used_us(void)
{
    clockid_t clock;
    struct timespec used;
    ck_assert_int_eq(clock_getcpuclockid(rig.signer, &clock), 0);
    ck_assert_int_eq(clock_gettime(clock, &used), 0);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

enum { NONE, SOCKET, QUESTIONS, ANSWERS, ENDS };
static const char *const end_names[ENDS] = { "no end", "the socket", "its questions", "its answers" };

static void close_end(int which)
{
    if (which == SOCKET) {
        close(front.fd);
        front.fd = -1;
    } else if (which != NONE) {
        int *end = which == QUESTIONS ? &front.to : &front.in;
        close(*end);
        *end = 0;
    }
}

/* With half a question in its pipe, or with answers that it does not read. */
START_TEST(closes_an_end)
{
    if (_i < ENDS) {
        ask(1);
        ck_assert_int_eq(write(front.to, front.out, 100), 100);
    } else {
        block();
    }
    close_end(_i % ENDS);
    rig_lives();
    int64_t before = used_us();
    poll(NULL, 0, 100);
    int64_t used = used_us() - before;
    ck_assert_msg(used < 50000, "closed %s%s: the signer ran for %lld us of 100,000", end_names[_i % ENDS],
                  _i < ENDS ? "" : " without reading", (long long)used);
}
END_TEST

/* Questions by the socket are no way around the signer's patience with one front. */
START_TEST(asks_by_the_socket)
{
    enum { PACKETS = 60, FRAMES = 900, STAYS = PACKETS / 2 };
    int big = 16 << 20, left = 0, packet;
    struct proto_sign sign = rig_sign(handle, "alice");
    struct proto_sign_short brief;
    ck_assert(proto_sign_shorten(&brief, &sign));
    if (setsockopt(front.fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof big) != 0) {
        fprintf(stderr, "SKIPPED: so large a socket is for root only: %s\n", strerror(errno));
        return;
    }
    for (int i = 0; i < FRAMES; i++)
        ck_assert(chan_send(&front, PROTO_SIGN_SHORT, &brief, -1));
    stop();
    for (int i = 0; i < PACKETS; i++)
        ck_assert_int_eq(send(front.fd, front.out, front.out_len, MSG_NOSIGNAL), (ssize_t)front.out_len);
    ck_assert_int_eq(ioctl(front.fd, SIOCOUTQ, &packet), 0);
    packet /= PACKETS;
    front.out_len = 0;
    go_on();
    rig_lives();
    ck_assert_int_eq(ioctl(front.fd, SIOCOUTQ, &left), 0);
    ck_assert_msg(left / packet >= STAYS, "%d packets of %d are left in the socket, expected %d",
                  left / packet, PACKETS, STAYS);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, dies, 0, HOWS);
    tcase_add_loop_test(tests, dies_and_is_replaced, 0, HOWS);
    tcase_add_loop_test(tests, dies_with_the_master, 0, HOWS);
    tcase_add_test(tests, pipes_come_later);
    tcase_add_test(tests, pipes_never_come);
    tcase_add_loop_test(tests, closes_an_end, 0, 2 * ENDS);
    tcase_add_test(tests, asks_by_the_socket);
}

int main(void)
{
    return unit_run("lying_ends", fill);
}
