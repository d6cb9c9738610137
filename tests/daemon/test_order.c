/* test_order.c: in which order the signer answers what waits: it is stopped while questions gather, and goes on. */
#include "rig.h"
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 120 /* questions; all of a test go into one packet */
#define SEEN_MAX (2 * MANY)

static struct chan front, other;
static struct chan_packet packet;

/* What a front was answered, in order. */
static struct seen {
    uint32_t id, status;
    uint16_t op;
} seen[SEEN_MAX];

static void set_up(void)
{
    rig_start();
    rig_front(&front, 0);
    rig_front(&other, 1);
}

static void tear_down(void)
{
    chan_close(&front);
    chan_close(&other);
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

/* A client of another uid, by its handle. */
static uint32_t stranger(struct chan *chan)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int fd = setresuid(RIG_STRANGER, RIG_STRANGER, RIG_STRANGER) == 0 ? rig_connect(rig.path) : -1;
        _exit(fd < 0);
    }
    struct pollfd coming = { .fd = rig.listener, .events = POLLIN };
    ck_assert_int_eq(poll(&coming, 1, RIG_WAIT_MS), 1);
    struct proto_caller caller = rig_open(chan, rig_accept(rig.listener));
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_uint_eq(caller.status, PROTO_DONE);
    return caller.handle;
}

static void ask_sign(struct chan *chan, uint32_t handle, uint32_t app, uint32_t id)
{
    struct proto_sign sign = rig_sign(handle, "alice");
    sign.app = app;
    sign.id = id;
    ck_assert(chan_send(chan, PROTO_SIGN, &sign, -1));
}

static void ask_verify(struct chan *chan, uint32_t handle, uint32_t id)
{
    struct proto_verify verify = { .id = id, .handle = handle, .generation = rig.generation };
    ck_assert(chan_send(chan, PROTO_VERIFY, &verify, -1));
}

/* The next n answers, into seen. */
static void collect(struct chan *chan, size_t n)
{
    ck_assert_uint_le(n, SEEN_MAX);
    for (size_t at = 0; at < n;) {
        struct pollfd readable = { .fd = rig_reads(chan), .events = POLLIN };
        struct chan_frame frame;
        ck_assert_msg(poll(&readable, 1, RIG_WAIT_MS) == 1, "%zu answers of %zu came", at, n);
        ck_assert_int_eq(rig_receive(chan, &packet), 1);
        while (chan_next(&packet, &frame) == 1) {
            const struct proto_signed *made = frame.body;
            const struct proto_verdict *verdict = frame.body;
            ck_assert_uint_lt(at, n);
            ck_assert(frame.op == PROTO_SIGNED || frame.op == PROTO_VERDICT);
            seen[at++] = frame.op == PROTO_SIGNED ? (struct seen){ made->id, made->status, frame.op }
                                                  : (struct seen){ verdict->id, verdict->status, frame.op };
        }
    }
}

/* The number of the first line of the audit log that holds text, after the one that opens it; how many do. */
static size_t line_of(const char *text, size_t *n)
{
    static char log[262144];
    ssize_t len = pread(rig.audit, log, sizeof log - 1, 0);
    size_t line = 0, first = 0;
    ck_assert_int_ge(len, 0);
    log[len] = '\0';
    *n = 0;
    for (char *end, *at = log; (end = strchr(at, '\n')); at = end + 1, line++) {
        *end = '\0';
        if (strstr(at, text) && (*n)++ == 0)
            first = line;
    }
    return first;
}

/* One for another uid, one for another app, one of the many, and so on. */
START_TEST(uids_and_apps_take_turns)
{
    uint32_t own = rig_client(&front), theirs = stranger(&front);
    stop();
    for (uint32_t i = 0; i < MANY; i++)
        ask_sign(&front, own, 0, 1000 + i);
    for (uint32_t i = 0; i < 3; i++)
        ask_sign(&front, own, 1, 2000 + i);
    for (uint32_t i = 0; i < 3; i++)
        ask_verify(&front, theirs, 3000 + i);
    ck_assert_int_eq(chan_flush(&front), 0);
    go_on();
    collect(&front, MANY + 6);
    for (uint32_t i = 0; i < MANY + 6; i++) {
        uint32_t expected = i < 9 ? 1000 * (i % 3 + 1) + i / 3 : 1000 + i - 6;
        ck_assert_msg(seen[i].id == expected, "answer %u: expected %u, got %u", i, expected, seen[i].id);
    }
}
END_TEST

/* Connections of one uid share its turns. */
START_TEST(more_connections_are_no_more_turns)
{
    uint32_t own[3] = { rig_client(&front), rig_client(&front), rig_client(&front) },
             theirs = stranger(&front);
    stop();
    for (uint32_t i = 0; i < 60; i++)
        ask_sign(&front, own[i % 3], 0, 1000 + i);
    for (uint32_t i = 0; i < 20; i++)
        ask_verify(&front, theirs, 3000 + i);
    ck_assert_int_eq(chan_flush(&front), 0);
    go_on();
    collect(&front, 80);
    for (uint32_t i = 0; i < 40; i++)
        ck_assert_msg(seen[i].op == (i % 2 ? PROTO_VERDICT : PROTO_SIGNED), "answer %u is of op %u", i,
                      seen[i].op);
}
END_TEST

/* So do connections by other fronts. What a front's callers wait for does not keep another front's waiting. */
START_TEST(fronts_share_a_uids_turns)
{
    uint32_t here = rig_client(&front), there = rig_client(&other), theirs = stranger(&other);
    struct proto_sign refused = rig_sign(theirs, "refused");
    size_t n;
    stop();
    for (uint32_t i = 0; i < MANY; i++)
        ask_sign(&front, here, 0, 1000 + i);
    ask_sign(&other, there, 0, 2000);
    ck_assert(chan_send(&other, PROTO_SIGN, &refused, -1));
    ck_assert_int_eq(chan_flush(&front), 0);
    ck_assert_int_eq(chan_flush(&other), 0);
    go_on();
    collect(&other, 2);
    ck_assert_uint_eq(seen[0].id, refused.id);
    ck_assert_uint_eq(seen[1].id, 2000);
    collect(&front, MANY);
    ck_assert_uint_eq(line_of("\"refused\"", &n), 2);
    ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(the_master_comes_first)
{
    struct proto_issue issue = { .lifetime = 60, .generation = rig.generation };
    struct proto_issued issued;
    size_t n;
    uint32_t own = rig_client(&front);
    stop();
    for (uint32_t i = 0; i < MANY; i++)
        ask_sign(&front, own, 0, 1000 + i);
    ck_assert_int_eq(chan_flush(&front), 0);
    ck_assert(chan_send(&rig.master, PROTO_ISSUE, &issue, -1));
    ck_assert_int_eq(chan_flush(&rig.master), 0);
    go_on();
    ck_assert(rig_wait(&rig.master, PROTO_ISSUED, &issued));
    ck_assert_uint_eq(issued.status, PROTO_DONE);
    collect(&front, MANY);
    ck_assert_uint_eq(line_of("\"event\":\"admin\"", &n), 1);
    ck_assert_uint_eq(n, 1);
}
END_TEST

/* Who has gone is not signed for any more; its place is another's at once. */
START_TEST(who_leaves_asks_no_more)
{
    uint32_t own = rig_client(&front), stays = rig_client(&front);
    size_t n;
    stop();
    for (uint32_t i = 0; i < 50; i++)
        ask_sign(&front, own, 0, 1000 + i);
    ask_sign(&front, stays, 0, 2000);
    ask_verify(&front, own, 3000);
    ck_assert(chan_send(&front, PROTO_CLOSE, &(struct proto_close){ own }, -1));
    ck_assert_int_eq(chan_flush(&front), 0);
    go_on();
    collect(&front, 52);
    for (size_t i = 0; i < 52; i++)
        ck_assert_uint_eq(seen[i].status, seen[i].id == 2000 ? PROTO_DONE : PROTO_LEFT);
    ck_assert_uint_eq(line_of("\"event\":\"sign\"", &n), 1);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(rig_client(&front), own);
}
END_TEST

/* A front that goes takes its questions with it, and no one else's. */
START_TEST(a_front_that_goes)
{
    uint32_t here = rig_client(&front), there = rig_client(&other);
    stop();
    for (uint32_t i = 0; i < MANY; i++)
        ask_sign(&front, here, 0, 1000 + i);
    ask_sign(&other, there, 0, 2000);
    ck_assert_int_eq(chan_flush(&front), 0);
    ck_assert_int_eq(chan_flush(&other), 0);
    chan_close(&front);
    go_on();
    collect(&other, 1);
    ck_assert_uint_eq(seen[0].id, 2000);
    ck_assert_uint_eq(seen[0].status, PROTO_DONE);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, more_connections_are_no_more_turns);
    tcase_add_test(tests, uids_and_apps_take_turns);
    tcase_add_test(tests, fronts_share_a_uids_turns);
    tcase_add_test(tests, the_master_comes_first);
    tcase_add_test(tests, who_leaves_asks_no_more);
    tcase_add_test(tests, a_front_that_goes);
}

int main(void)
{
    if (geteuid() != 0)
        return 77; /* another uid takes root */
    return unit_run("order", fill);
}
