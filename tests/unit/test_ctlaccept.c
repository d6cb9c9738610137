/* test_ctlaccept.c: who comes to the admin socket while there are no descriptors. */
#include "unit.h"

#include "../../sigd/master/ctlaccept.h"
#include "ctlframe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static struct rlimit before;
static int listener, highest;

/* A listening socket without a file. */
static void begin(void)
{
    socklen_t len = sizeof address;
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0 &&
              listen(listener, 8) == 0);
    ck_assert(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    ck_assert(getrlimit(RLIMIT_NOFILE, &before) == 0);
}

static int dial(void)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ck_assert(connect(fd, (struct sockaddr *)&address,
                      (socklen_t)(sizeof(sa_family_t) + 1 + strlen(address.sun_path + 1))) == 0);
    return fd;
}

/* From here on there is no new descriptor but in the place of one that is closed. */
static void use_up(void)
{
    while ((highest = fcntl(listener, F_DUPFD_CLOEXEC, 0)) < listener) /* holes below */
        ck_assert_int_ge(highest, 0);
    struct rlimit limit = { (rlim_t)highest + 1, before.rlim_max };
    ck_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void end(void)
{
    setrlimit(RLIMIT_NOFILE, &before);
}

/* Nobody waits: that is no shortage. */
START_TEST(nobody)
{
    struct ctlaccept door = { .spare = { -1 } };
    struct ctlpeer who;
    ck_assert_int_eq(ctlaccept_one(&door, listener, (gid_t)-1, &who, 5), -1);
    ck_assert_uint_eq(door.paused_ms, 0);
    ck_assert_int_ge(door.spare.fd, 0);
}
END_TEST

/* By the descriptor that is kept for it somebody is told, and it is kept again. */
START_TEST(told)
{
    struct ctlaccept door = { .spare = { -1 } };
    struct ctlpeer who;
    char frame[CTLFRAME_MAX];
    spare_keep(&door.spare, listener);
    int client = dial();
    use_up();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(ctlaccept_one(&door, listener, (gid_t)-1, &who, 5), -1);
        ck_assert_uint_eq(door.paused_ms, 0);
        ck_assert_int_ge(door.spare.fd, 0);
    }
    ssize_t len = recv(client, frame, sizeof frame, 0);
    ck_assert_int_gt(len, 0);
    ck_assert_ptr_nonnull(memmem(frame, (size_t)len, "no descriptors left", 19));
    ck_assert_int_gt(recv(client, frame, sizeof frame, 0), 0);
    ck_assert_int_eq(recv(client, frame, sizeof frame, 0), 0);
}
END_TEST

/* Without it the listener is left alone for a second, since it stays readable; then it goes on. */
START_TEST(paused)
{
    struct ctlaccept door = { .spare = { -1 } };
    struct ctlpeer who;
    dial();
    use_up();
    ck_assert_int_eq(ctlaccept_one(&door, listener, (gid_t)-1, &who, 5), -1);
    ck_assert_uint_eq(door.paused_ms, 1005);
    close(highest);
    end();
    ck_assert_int_ge(ctlaccept_one(&door, listener, (gid_t)-1, &who, 1005), 0);
    ck_assert_int_eq(who.pid, getpid());
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, nobody);
    tcase_add_test(tests, told);
    tcase_add_test(tests, paused);
}

int main(void)
{
    return unit_run("ctlaccept", fill);
}
