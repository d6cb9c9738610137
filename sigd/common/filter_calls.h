/* filter_calls.h: which system calls each program makes, by purpose. For filter.c alone.
 *
 * Filters add up over fork and exec: signer and front are bound by their master's too, so whatever they may do is in its
 * list, and what they do before they load their own (the loader, the limits, the filter itself) is in its list alone.
 * Several names for one thing: architectures (arm64 has no open, poll or epoll_wait) and C libraries differ. */
#ifndef SIGD_FILTER_CALLS_H
#define SIGD_FILTER_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65 /* Linux 6.3 */
#endif
#ifndef MADV_COLD
#define MADV_COLD 20 /* Linux 5.4 */
#endif

enum { MASTER = 1, SIGNER = 2, FRONT = 4, ALL = 7, WIDE = 8 /* in widened builds only */ };

static const struct {
    unsigned who;
    const char *names;
} filter_calls[] = {
    /* a process that runs and ends */
    { ALL, "exit exit_group restart_syscall rt_sigreturn rt_sigprocmask rt_sigaction getpid gettid" },
    /* the heap, and that of threads, which libraries have locks for; no page of it is ever executable: rules below */
    { ALL, "brk munmap mremap futex" },
    { MASTER | SIGNER, "madvise" },
    /* clocks, where the vDSO cannot read them */
    { ALL, "clock_gettime clock_getres gettimeofday time" },
    /* random numbers: nonces' blinding, seeds */
    { ALL, "getrandom" },
    /* the log; alarms of clock.c; channels */
    { ALL, "read write writev close dup timerfd_settime sendmsg recvmsg fstat" },
    { ALL, "poll ppoll epoll_wait epoll_pwait epoll_ctl" },

    /* keys in locked pages; the audit log and its reserve; who calls; is the clock synchronised (CAP_SYS_TIME, to set
     * it, is nobody's; which of the two is asked lies behind a pointer) */
    { MASTER | SIGNER, "mlock mlock2 munlock pread64 lseek fsync fdatasync ftruncate fallocate fstatfs" },
    { MASTER | SIGNER, "getsockname getpeername adjtimex clock_adjtime" },

    /* connections; files of usersigs that somebody else signs, which the master passes */
    { MASTER | FRONT, "accept4 recvfrom sendto shutdown lseek pread64" },

    /* start of a program: the loader, the C library, libseccomp; what child.c gives up */
    { MASTER, "arch_prctl set_tid_address set_robust_list rseq uname sysinfo sched_getaffinity" },
    { MASTER, "epoll_create1 timerfd_create close_range getrlimit setrlimit capget capset" },
    { MASTER, "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self" },
    /* start of a child and its end */
    { MASTER, "dup2 dup3 setgroups setresuid setresgid setuid wait4 pidfd_open signalfd4 fcntl" },
    { MASTER, "getuid geteuid getgid getegid getgroups getresuid getresgid getppid" },
    /* config and keys are read anew at a reload; users and groups by NSS, whose modules may speak with a local service */
    { MASTER, "open openat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat" },
    { MASTER, "statfs getdents getdents64 flock umask setsockopt getsockopt" },
    { MASTER, "clock_nanosleep nanosleep sched_yield epoll_pwait2" },
    /* sockets, boards, published files and pages, state */
    { MASTER, "bind listen connect memfd_create pipe2" },
    { MASTER, "mkdir mkdirat unlink unlinkat rmdir rename renameat renameat2" },
    { MASTER, "chmod fchmod fchmodat chown fchown fchownat" },

    /* AddressSanitizer and LeakSanitizer, which traces its own process from a thread; gcov, which writes files at the end */
    { ALL | WIDE,
      "open openat stat lstat newfstatat statx access faccessat readlink readlinkat lseek fcntl mkdir mkdirat" },
    { ALL | WIDE,
      "ftruncate pread64 getrlimit setrlimit prlimit64 getcwd getdents getdents64 pipe2 dup2 unlink ioctl umask" },
    { ALL | WIDE, "clone ptrace wait4 prctl tgkill kill getppid getuid geteuid getgid getegid sched_yield" },
    { ALL | WIDE,
      "sched_getaffinity process_vm_readv sigaltstack sysinfo uname munlock nanosleep clock_nanosleep personality" },
};

#define ONLY(argument, value)             \
    {                                     \
        argument, SCMP_CMP_EQ, (value), 0 \
    }
#define MASKED(argument, mask, value)                 \
    {                                                 \
        argument, SCMP_CMP_MASKED_EQ, (mask), (value) \
    }
#define UNLIKE(argument, value)           \
    {                                     \
        argument, SCMP_CMP_NE, (value), 0 \
    }
#define BELOW(argument, value)            \
    {                                     \
        argument, SCMP_CMP_LT, (value), 0 \
    }

/* Calls that are allowed with some arguments only, or, where error says so, answered with that error instead of death. */
static const struct filter_calls_rule {
    unsigned who;
    const char *name;
    unsigned error;
    struct {
        unsigned argument;
        enum scmp_compare op; /* 0: no test */
        scmp_datum_t a, b;
    } tests[2];
} filter_calls_rules[] = {
    /* No memory becomes executable. The master's filter lets files be mapped so, for the loaders of its children and for
     * modules of NSS, but nothing that is writable too; PR_SET_MDWE keeps it from becoming so later. A loader may ask for
     * PROT_BTI on what is executable (arm64), and goes on without. */
    { ALL, "mmap", 0, { MASKED(2, PROT_EXEC, 0) } },
    { MASTER, "mmap", 0, { MASKED(2, PROT_EXEC | PROT_WRITE, PROT_EXEC) } },
    { ALL, "mprotect", 0, { MASKED(2, PROT_EXEC, 0) } },
    { MASTER, "mprotect", EPERM, { MASKED(2, PROT_EXEC, PROT_EXEC) } },

    /* The kernel holds a pipe's lock while it fetches the page that is written from: a front may not send its pages away, from
     * where they come slowly, with the signer waiting for that lock. */
    { FRONT, "madvise", 0, { BELOW(2, MADV_COLD) } },

    /* what is passed is looked at, by its descriptor: fstat() of the C library */
    { SIGNER | FRONT, "newfstatat", 0, { ONLY(3, AT_EMPTY_PATH) } },
    /* who calls (caller.c; the front counts its connections by user) */
    { SIGNER | FRONT, "getsockopt", 0, { ONLY(1, SOL_SOCKET), ONLY(2, SO_PEERCRED) } },
    { SIGNER, "getsockopt", 0, { ONLY(1, SOL_SOCKET), ONLY(2, SO_PEERGROUPS) } },
    { SIGNER, "getsockopt", 0, { ONLY(1, SOL_SOCKET), ONLY(2, SO_DOMAIN) } },
    /* the front: only tests/fault/shim.c, which has no other way to tell its connections from its channels */
    { SIGNER | FRONT, "getsockopt", 0, { ONLY(1, SOL_SOCKET), ONLY(2, SO_TYPE) } },
    { SIGNER, "getsockopt", 0, { ONLY(1, SOL_SOCKET), ONLY(2, SO_ACCEPTCONN) } },
    /* copies of descriptors (chan.c), the seals of boards (board.c) */
    { SIGNER | FRONT, "fcntl", 0, { ONLY(1, F_DUPFD_CLOEXEC) } },
    { SIGNER | FRONT, "fcntl", 0, { ONLY(1, F_GET_SEALS) } },
    { SIGNER | FRONT, "fcntl", 0, { ONLY(1, F_GETFL) } },

    /* fork(), and nothing else that clone() can: no thread, no namespace. clone3 hides its flags behind a pointer. */
    { MASTER,
      "clone",
      0,
      { MASKED(0, ~(scmp_datum_t)(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | 0xFF), 0) } },
    { MASTER, "clone3", ENOSYS, { { 0 } } },
    /* the programs that were opened at the start; a path is only given where it is empty */
    { MASTER, "execveat", 0, { ONLY(4, AT_EMPTY_PATH) } },
    /* its children's end, and whether they are there; signals to others are Landlock's to refuse */
    { MASTER, "kill", 0, { ONLY(1, SIGKILL) } },
    { MASTER, "kill", 0, { ONLY(1, 0) } },
    /* modules of NSS try what their host has: they are told no, and the master lives */
    { MASTER, "socket", 0, { ONLY(0, AF_UNIX) } },
    { MASTER, "socket", EAFNOSUPPORT, { UNLIKE(0, AF_UNIX) } },
    { MASTER, "socketpair", 0, { ONLY(0, AF_UNIX) } },
    { MASTER, "ioctl", 0, { ONLY(1, TCGETS) } }, /* is it a terminal? the C library's files ask */
    { MASTER, "ioctl", ENOTTY, { UNLIKE(1, TCGETS) } },
    { MASTER, "prlimit64", 0, { ONLY(0, 0) } }, /* its own limits */
    { MASTER, "prctl", 0, { ONLY(0, PR_SET_NO_NEW_PRIVS) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_SET_DUMPABLE) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_CAPBSET_READ) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_CAPBSET_DROP) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_CAP_AMBIENT) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_SET_MDWE) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_GET_SECCOMP) } },
    { MASTER, "prctl", 0, { ONLY(0, PR_SET_SECCOMP) } },
};

#endif
