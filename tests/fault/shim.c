/* shim.c: system calls and memory that fail as tests/fault says. In the place of the C library's, for the program and its
 * shared libraries; the true ones are looked up before main(), so that no sandbox is in the way. */
#include "shim.h"

#include "proto.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define OURS __attribute__((visibility("default")))
#define PARTS_MAX 64

/* What nobody may find in a program that is installed (tests/meta/test_twins.py). */
extern const char shim_mark[];
const char shim_mark[] = "this program fails where a test wants it to";

struct shim_role *shim_role;
static struct shim_role *master; /* the master's */
static uint64_t random_state;

static struct {
    ssize_t (*read)(int, void *, size_t);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*writev)(int, const struct iovec *, int);
    ssize_t (*recv)(int, void *, size_t, int);
    ssize_t (*send)(int, const void *, size_t, int);
    ssize_t (*recvmsg)(int, struct msghdr *, int);
    ssize_t (*sendmsg)(int, const struct msghdr *, int);
    int (*accept4)(int, struct sockaddr *, socklen_t *, int);
    int (*poll)(struct pollfd *, nfds_t, int);
    int (*epoll_wait)(int, struct epoll_event *, int, int);
    int (*fdatasync)(int);
    int (*fsync)(int);
} real;

static void look_up(void *function, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        fprintf(stderr, "%s: no %s\n", shim_mark, name);
        _exit(70);
    }
    memcpy(function, &found, sizeof found);
}

/* master, signer, or a front by the number at the end of its name; anybody else has no faults. */
static size_t role_of(const char *name)
{
    size_t len = strlen(name);
    if (strcmp(name, "sigd-signer") == 0)
        return 1;
    if (strncmp(name, "sigd-front-", 11) == 0 && len == 12 && name[11] >= '0' && name[11] < '0' + SHIM_FRONTS)
        return 2 + (size_t)(name[11] - '0');
    return 0;
}

static struct shim_file *map_file(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof "faults");
    char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (!slash)
        return MAP_FAILED;
    memcpy(slash + 1, "faults", sizeof "faults");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return MAP_FAILED;
    void *file = mmap(NULL, sizeof(struct shim_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return file;
}

__attribute__((constructor)) static void begin(void)
{
    look_up(&real.read, "read");
    look_up(&real.write, "write");
    look_up(&real.writev, "writev");
    look_up(&real.recv, "recv");
    look_up(&real.send, "send");
    look_up(&real.recvmsg, "recvmsg");
    look_up(&real.sendmsg, "sendmsg");
    look_up(&real.accept4, "accept4");
    look_up(&real.poll, "poll");
    look_up(&real.epoll_wait, "epoll_wait");
    look_up(&real.fdatasync, "fdatasync");
    look_up(&real.fsync, "fsync");
    struct shim_file *file = map_file();
    if (file == MAP_FAILED || file->magic != SHIM_MAGIC) {
        fprintf(stderr, "%s: there are no faults beside it\n", shim_mark);
        _exit(70);
    }
    random_state = (file->seed ^ (uint64_t)(unsigned)getpid() << 32) | 1;
    const char *name = strrchr(program_invocation_name, '/');
    master = &file->roles[0];
    shim_role = &file->roles[role_of(name ? name + 1 : program_invocation_name)];
}

uint64_t shim_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % n;
}

bool shim_dice(uint64_t one_in)
{
    return one_in && shim_below(one_in) == 0;
}

static bool interrupts(void)
{
    if (!shim_role || !shim_dice(shim_role->interrupt))
        return false;
    shim_role->interrupted++;
    errno = EINTR;
    return true;
}

static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* Of a channel: nothing else has a pipe but the log, which goes to where errors go. */
static bool is_pipe(int fd)
{
    struct stat status;
    return fd > STDERR_FILENO && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

static bool is_crowded(int error)
{
    if (!shim_role || !shim_dice(shim_role->crowd))
        return false;
    shim_role->crowded++;
    errno = error;
    return true;
}

/* How much of len is done. What the sandbox lets a program ask of a descriptor is little: who calls says what it is. */
static size_t part_of(size_t len, bool whole)
{
    if (len < 2 || whole || !shim_role || !shim_dice(shim_role->cut))
        return len;
    shim_role->was_cut++;
    return 1 + (size_t)shim_below(len - 1);
}

/* send() of the master is that of the admin socket, which has packets. */
static bool is_master(void)
{
    return shim_role == master;
}

/* Our own packets begin with a header; no answer to a client does. */
static bool is_packet(const struct msghdr *message)
{
    uint16_t number = 0;
    if (message->msg_iovlen && message->msg_iov->iov_len >= sizeof number)
        memcpy(&number, message->msg_iov->iov_base, sizeof number);
    return number == PROTO_NUMBER;
}

static bool fails(int fd, uint64_t error)
{
    if (!error || !is_file(fd))
        return false;
    shim_role->failed++;
    errno = (int)error;
    return true;
}

/* ---- calls ----------------------------------------------------------------------------------------- */

OURS ssize_t read(int fd, void *bytes, size_t len)
{
    bool piped = is_pipe(fd);
    if (piped && interrupts())
        return -1;
    return real.read(fd, bytes, part_of(len, !shim_role || !shim_role->cut || !(piped || is_file(fd))));
}

/* A packet into a channel's pipe, as sendmsg() would send it; no descriptor goes there. */
static ssize_t write_message(int fd, const struct msghdr *message, int flags)
{
    (void)flags;
    if (!message->msg_controllen)
        return real.write(fd, message->msg_iov->iov_base, message->msg_iov->iov_len);
    errno = EINVAL;
    return -1;
}

static ssize_t write_packet(int fd, const void *bytes, size_t len)
{
    struct iovec part = { (void *)(uintptr_t)bytes, len };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (interrupts() || is_crowded(EAGAIN))
        return -1;
    if (shim_role && is_packet(&message) && shim_dice(shim_role->lie))
        return shim_lie_send(write_message, fd, &message, SHIM_PIPE);
    return real.write(fd, bytes, part_of(len, !shim_role || !shim_role->cut));
}

OURS ssize_t write(int fd, const void *bytes, size_t len)
{
    if (is_pipe(fd))
        return write_packet(fd, bytes, len);
    if ((shim_role && fails(fd, shim_role->write_error)) || (is_file(fd) && interrupts()))
        return -1;
    return real.write(fd, bytes, part_of(len, !shim_role || !shim_role->cut || !is_file(fd)));
}

/* Of several parts the first alone, or less. */
static size_t one_part(const struct iovec *parts, size_t n)
{
    for (size_t i = 0; i < n && shim_role && shim_role->cut; i++)
        if (parts[i].iov_len)
            return part_of(parts[i].iov_len, false) < parts[i].iov_len ? i + 1 : 0;
    return 0;
}

OURS ssize_t writev(int fd, const struct iovec *parts, int n)
{
    if (interrupts())
        return -1;
    size_t one = one_part(parts, (size_t)n);
    if (one)
        return real.write(fd, parts[one - 1].iov_base, 1 + (size_t)shim_below(parts[one - 1].iov_len));
    return real.writev(fd, parts, n);
}

OURS ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    /* never a part: epoll(7) promises that there is no more where a stream gave less than was asked for */
    return interrupts() ? -1 : real.recv(fd, bytes, len, flags);
}

OURS ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    return interrupts() ? -1 : real.send(fd, bytes, part_of(len, is_master()), flags);
}

OURS ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return interrupts() ? -1 : real.recvmsg(fd, message, flags);
}

OURS ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (interrupts())
        return -1;
    if (!is_packet(message)) {
        size_t one = message->msg_iovlen ? one_part(message->msg_iov, message->msg_iovlen) : 0;
        if (one)
            return real.send(fd, message->msg_iov[one - 1].iov_base,
                             1 + (size_t)shim_below(message->msg_iov[one - 1].iov_len), flags);
        return real.sendmsg(fd, message, flags);
    }
    if (is_crowded(shim_below(2) ? EAGAIN : ENOBUFS))
        return -1;
    if (shim_role && shim_dice(shim_role->lie))
        return shim_lie_send(real.sendmsg, fd, message, flags);
    return real.sendmsg(fd, message, flags);
}

OURS int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    return interrupts() ? -1 : real.accept4(fd, address, len, flags);
}

OURS int poll(struct pollfd *polls, nfds_t n, int ms)
{
    return interrupts() ? -1 : real.poll(polls, n, ms);
}

#if defined __GLIBC__
/* what a checked build makes of poll() over an array of unknown length */
OURS int __poll_chk(struct pollfd *polls, nfds_t n, int ms, size_t size);
OURS int __poll_chk(struct pollfd *polls, nfds_t n, int ms, size_t size)
{
    (void)size;
    return poll(polls, n, ms);
}
#endif

OURS int epoll_wait(int epoll, struct epoll_event *events, int n, int ms)
{
    return interrupts() ? -1 : real.epoll_wait(epoll, events, n, ms);
}

static int sync_by(int (*call)(int), int fd)
{
    struct stat status;
    if (!shim_role || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return call(fd);
    if (shim_role->sync_ms)
        real.poll(NULL, 0, (int)shim_role->sync_ms);
    if (fails(fd, shim_role->sync_error) || call(fd) != 0)
        return -1;
    shim_role->synced = (uint64_t)status.st_size; /* what was there when it began */
    return 0;
}

OURS int fdatasync(int fd)
{
    return sync_by(real.fdatasync, fd);
}

OURS int fsync(int fd)
{
    return sync_by(real.fsync, fd);
}

/* ---- memory; a sanitizer brings its own ------------------------------------------------------------ */

#if !defined __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static bool refuses(void)
{
    if (!shim_role || !shim_dice(shim_role->refuse))
        return false;
    shim_role->refused++;
    errno = ENOMEM;
    return true;
}

OURS void *malloc(size_t size)
{
    return refuses() ? NULL : __libc_malloc(size);
}

OURS void *calloc(size_t n, size_t size)
{
    return refuses() ? NULL : __libc_calloc(n, size);
}

OURS void *realloc(void *p, size_t size)
{
    return refuses() ? NULL : __libc_realloc(p, size);
}

OURS void *reallocarray(void *p, size_t n, size_t size)
{
    size_t whole;
    if (__builtin_mul_overflow(n, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, whole);
}
#endif
