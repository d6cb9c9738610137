/* test_lying_front.c: a front that lies about who calls gets nothing: the kernel, not the front, tells the signer. */
#include "unit.h"

#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what is no client ----------------------------------------------------------------------------- */

static int kept[4]; /* other ends, open until the test ends */

static int our_listener(void)
{
    return fcntl(rig.listener, F_DUPFD_CLOEXEC, 0);
}

static int pair_of(int type)
{
    ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, kept), 0);
    return fcntl(kept[0], F_DUPFD_CLOEXEC, 0);
}

static int stream_pair(void)
{
    return pair_of(SOCK_STREAM);
}

static int packet_pair(void)
{
    return pair_of(SOCK_SEQPACKET);
}

/* A pair to which a name was bound: it has a path, and a peer without one. */
static int bound_pair(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = stream_pair();
    snprintf(address.sun_path, sizeof address.sun_path, "%s/bound", rig.directory);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    unlink(address.sun_path);
    return fd;
}

static int its_own_channel(void)
{
    return fcntl(rig.master.fd, F_DUPFD_CLOEXEC, 0);
}

static int a_pipe(void)
{
    ck_assert_int_eq(pipe(kept), 0);
    return fcntl(kept[0], F_DUPFD_CLOEXEC, 0);
}

static int dev_null(void)
{
    return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int path_only(void)
{
    return open(rig.path, O_PATH | O_CLOEXEC);
}

static int tcp_client(void)
{
    kept[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    kept[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr address;
    socklen_t len = sizeof address;
    ck_assert_int_eq(listen(kept[0], 1), 0);
    ck_assert_int_eq(getsockname(kept[0], &address, &len), 0);
    ck_assert_int_eq(connect(kept[1], &address, len), 0);
    return rig_accept(kept[0]);
}

static int unconnected(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int connecting_end(void)
{
    int fd = rig_connect(rig.path);
    kept[0] = rig_accept(rig.listener);
    return fd;
}

static int connecting_end_unaccepted(void)
{
    return rig_connect(rig.path);
}

static int another_path(void)
{
    kept[0] = rig_connect(rig.other_path);
    return rig_accept(rig.other_listener);
}

/* As a client that bound a name before it connected; len 0: the kernel chooses an abstract one. */
static int named_client(const char *name, size_t len)
{
    struct sockaddr_un own = { .sun_family = AF_UNIX }, address = { .sun_family = AF_UNIX };
    kept[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(own.sun_path, name, len);
    ck_assert_int_eq(
        bind(kept[0], (struct sockaddr *)&own, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", rig.path);
    ck_assert_int_eq(connect(kept[0], (struct sockaddr *)&address, sizeof address), 0);
    return rig_accept(rig.listener);
}

static int client_with_a_path(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/client", rig.directory);
    int fd = named_client(path, strlen(path));
    unlink(path);
    return fd;
}

static int client_with_an_abstract_name(void)
{
    return named_client("\0rig", 4);
}

static int client_with_any_name(void)
{
    return named_client("", 0);
}

static const struct {
    const char *name;
    int (*make)(void);
} impostors[] = {
    { "a listening socket of ours", our_listener },
    { "one of a pair", stream_pair },
    { "one of a pair of packets", packet_pair },
    { "one of a pair, bound to a path", bound_pair },
    { "a channel's end", its_own_channel },
    { "a pipe", a_pipe },
    { "/dev/null", dev_null },
    { "the socket's file by O_PATH", path_only },
    { "an accepted end over TCP", tcp_client },
    { "a socket that is not connected", unconnected },
    { "the connecting end", connecting_end },
    { "the connecting end, not accepted", connecting_end_unaccepted },
    { "an accepted end of another path", another_path },
    { "a client that bound a path", client_with_a_path },
    { "a client that bound an abstract name", client_with_an_abstract_name },
    { "a client that bound whatever name", client_with_any_name },
};

START_TEST(impostor)
{
    static const struct proto_grant none[SIGD_APPS_MAX];
    struct chan front;
    rig_front(&front, 0);
    int fd = impostors[_i].make();
    ck_assert_msg(fd >= 0, "%s: cannot be made: %s", impostors[_i].name, strerror(errno));
    struct proto_caller caller = rig_open(&front, fd);
    ck_assert_msg(caller.status == PROTO_FORBIDDEN && memcmp(caller.grants, none, sizeof none) == 0,
                  "%s: expected status FORBIDDEN, got %u with grant %u", impostors[_i].name, caller.status,
                  caller.grants[0].may);
    /* nor is there a handle that would do */
    struct proto_sign sign = rig_sign(0, "alice");
    struct proto_signed answer;
    ck_assert(!rig_signed(&front, &sign, &answer));
    chan_close(&front);
    rig_lives();
}
END_TEST

/* ---- who is ---------------------------------------------------------------------------------------- */

static void check_grants(const struct proto_caller *caller, uint32_t may)
{
    ck_assert_uint_eq(caller->status, PROTO_DONE);
    for (int a = 0; a < SIGD_APPS_MAX; a++)
        ck_assert_msg(caller->grants[a].may == (a ? 0 : may) &&
                          caller->grants[a].admins == (!a && may & SIGD_MAY_ADMIN),
                      "app %d: expected may %u, got %u, admins %#x", a, a ? 0 : may, caller->grants[a].may,
                      caller->grants[a].admins);
}

START_TEST(true_client)
{
    struct chan front;
    rig_front(&front, 0);
    int client = rig_connect(rig.path);
    struct proto_caller caller = rig_open(&front, rig_accept(rig.listener));
    check_grants(&caller, SIGD_MAY_SIGN | SIGD_MAY_VERIFY | SIGD_MAY_ADMIN);
    close(client);
    chan_close(&front);
}
END_TEST

START_TEST(client_that_left)
{
    struct chan front;
    rig_front(&front, 0);
    close(rig_connect(rig.path));
    struct proto_caller caller = rig_open(&front, rig_accept(rig.listener));
    check_grants(&caller, SIGD_MAY_SIGN | SIGD_MAY_VERIFY | SIGD_MAY_ADMIN);
    chan_close(&front);
}
END_TEST

/* Where fronts have a uid of their own, a front that connects to itself is nobody. */
START_TEST(the_front_itself)
{
    struct chan front;
    rig_stop();
    rig_start_as(getuid());
    rig_front(&front, 0);
    int client = rig_connect(rig.path);
    ck_assert_uint_eq(rig_open(&front, rig_accept(rig.listener)).status, PROTO_FORBIDDEN);
    close(client);
    chan_close(&front);
}
END_TEST

/* A connection by another uid: its child connects, and ends when the pipe does. */
static int connection_of(uid_t uid, int *end)
{
    int pipe_ends[2];
    char byte;
    ck_assert_int_eq(pipe(pipe_ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(pipe_ends[1]);
        if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
            _exit(1);
        rig_connect(rig.path);
        _exit(read(pipe_ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(pipe_ends[0]);
    *end = pipe_ends[1];
    return rig_accept(rig.listener);
}

static const struct {
    uid_t uid;
    uint32_t may;
} strangers[] = {
    { RIG_STRANGER, SIGD_MAY_VERIFY },
    { RIG_STRANGER + 1, 0 },
    { RIG_STRANGER - 1, 0 },
    { 65534, 0 },
};

/* No frame has a field in which a front could claim a uid: what counts is who connected. */
START_TEST(another_uid)
{
    struct chan front;
    struct proto_signed answer;
    int end;
    if (geteuid() != 0) {
        fprintf(stderr, "SKIPPED: another_uid needs root, to connect as another uid\n");
        ck_assert_msg(!getenv("CI"), "skipped in CI");
        return;
    }
    rig_front(&front, 0);
    rig_client(&front); /* a handle of ours with more rights lies beside */
    struct proto_caller caller = rig_open(&front, connection_of(strangers[_i].uid, &end));
    check_grants(&caller, strangers[_i].may);
    struct proto_sign sign = rig_sign(caller.handle, "alice");
    ck_assert(rig_signed(&front, &sign, &answer));
    ck_assert_msg(answer.status == PROTO_FORBIDDEN, "uid %u: expected %d, got %u", strangers[_i].uid,
                  PROTO_FORBIDDEN, answer.status);
    close(end);
    wait(NULL);
    chan_close(&front);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, rig_start, rig_stop);
    tcase_add_loop_test(tests, impostor, 0, UNIT_ROWS(impostors));
    tcase_add_test(tests, true_client);
    tcase_add_test(tests, client_that_left);
    tcase_add_test(tests, the_front_itself);
    tcase_add_loop_test(tests, another_uid, 0, UNIT_ROWS(strangers));
}

int main(void)
{
    return unit_run("lying_front", fill);
}
