/* fds.c: descriptors that tests make and count. */
#include "fds.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int fds_open(const char *process)
{
    char path[64];
    int n = 0;
    snprintf(path, sizeof path, "/proc/%s/fd", process);
    DIR *directory = opendir(path);
    if (!directory)
        return -1;
    while (readdir(directory))
        n++;
    closedir(directory);
    return n - 2; /* . and .. */
}

int fds_make(uint32_t mark)
{
    int fd = memfd_create("mark", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, &mark, sizeof mark), sizeof mark);
    return fd;
}

uint32_t fds_mark(int fd)
{
    uint32_t mark = 0;
    ck_assert_int_eq(pread(fd, &mark, sizeof mark, 0), sizeof mark);
    return mark;
}

bool fds_send(int channel, const void *bytes, size_t len, const int *fds, size_t n_fds)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * FDS_MOST)] = { 0 };
    union {
        const void *in;
        void *out;
    } same = { .in = bytes };
    struct iovec part = { same.out, len };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (n_fds) {
        struct cmsghdr *c = (struct cmsghdr *)control;
        ck_assert_uint_le(n_fds, FDS_MOST);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
    }
    return sendmsg(channel, &message, MSG_NOSIGNAL) == (ssize_t)len;
}
