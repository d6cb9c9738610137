/* test_filter.c: what each program's filter kills, what it refuses, what it lets through. Each call is made in a process of
 * its own, which has loaded that filter. */
#include "unit.h"

#include "filter.h"
#include "filter_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32 0x40000000
#define NULLS 0, 0, 0, 0, 0, 0

/* The wait status of a process that makes this call; it ends with the call's errno, 0 for none. */
static int outcome(enum filter_program program, long number, const long *a)
{
    int status;
    pid_t pid = fork();
    ck_assert(pid >= 0);
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !filter_load(program))
            _exit(255);
        errno = 0;
        syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        _exit(errno);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static bool is_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static const struct {
    const char *name;
    long number;
    long arguments[6];
    unsigned killed; /* in which programs; WIDE: not in widened builds */
} rows[] = {
    /* other processes */
    { "ptrace", SYS_ptrace, { NULLS }, ALL | WIDE },
    { "process_vm_readv", SYS_process_vm_readv, { NULLS }, ALL | WIDE },
    { "process_vm_writev", SYS_process_vm_writev, { NULLS }, ALL },
    { "kill 0 by SIGTERM", SYS_kill, { 0, SIGTERM }, ALL | WIDE },
    { "kill", SYS_kill, { 1 << 30, SIGKILL }, SIGNER | FRONT | WIDE },
    { "tgkill another signal", SYS_tgkill, { 1 << 30, 1 << 30, SIGTERM }, ALL | WIDE },
    { "tgkill another process", SYS_tgkill, { 1 << 30, 1 << 30, SIGABRT }, SIGNER | FRONT | WIDE },
    { "pidfd_send_signal", SYS_pidfd_send_signal, { -1 }, ALL },
    { "prlimit64 of another", SYS_prlimit64, { 1 << 30 }, ALL | WIDE },
    { "setsid", SYS_setsid, { NULLS }, ALL },
    /* new ones */
    { "execve", SYS_execve, { NULLS }, ALL },
    { "execveat of a path", SYS_execveat, { -1, 0, 0, 0, 0 }, ALL },
    { "execveat of a descriptor", SYS_execveat, { -1, 0, 0, 0, AT_EMPTY_PATH }, SIGNER | FRONT },
    { "a thread",
      SYS_clone,
      { CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER },
      ALL | WIDE },
    { "a user namespace", SYS_clone, { CLONE_NEWUSER | CLONE_NEWTIME | SIGCHLD }, ALL | WIDE },
    { "clone3", SYS_clone3, { NULLS }, SIGNER | FRONT },
    /* files */
    { "openat", SYS_openat, { -1, 0, 0 }, SIGNER | FRONT | WIDE },
    { "openat2", SYS_openat2, { -1, 0, 0 }, ALL },
    { "open_by_handle_at", SYS_open_by_handle_at, { -1 }, ALL },
    { "newfstatat of a path", SYS_newfstatat, { -1, 0, 0, 0 }, SIGNER | FRONT | WIDE },
    { "mkdirat", SYS_mkdirat, { -1 }, SIGNER | FRONT | WIDE },
    { "unlinkat", SYS_unlinkat, { -1 }, SIGNER | FRONT },
    { "renameat2", SYS_renameat2, { -1, 0, -1 }, SIGNER | FRONT },
    { "fchmod", SYS_fchmod, { -1 }, SIGNER | FRONT },
    { "fchown", SYS_fchown, { -1 }, SIGNER | FRONT },
    { "symlinkat", SYS_symlinkat, { 0, -1, 0 }, ALL },
    { "linkat", SYS_linkat, { -1, 0, -1 }, ALL },
    { "mknodat", SYS_mknodat, { -1 }, ALL },
    { "memfd_create", SYS_memfd_create, { NULLS }, SIGNER | FRONT },
    { "ftruncate", SYS_ftruncate, { -1 }, FRONT | WIDE },
    { "fallocate", SYS_fallocate, { -1 }, FRONT },
    { "copy_file_range", SYS_copy_file_range, { -1, 0, -1 }, ALL },
    { "sendfile", SYS_sendfile, { -1, -1 }, ALL },
    { "splice", SYS_splice, { -1, 0, -1 }, ALL },
    { "vmsplice", SYS_vmsplice, { -1 }, ALL },
    { "ioctl TIOCSTI", SYS_ioctl, { -1, TIOCSTI }, SIGNER | FRONT | WIDE },
    { "fcntl F_SETOWN", SYS_fcntl, { -1, F_SETOWN }, SIGNER | FRONT | WIDE },
    { "fcntl F_SETPIPE_SZ", SYS_fcntl, { -1, F_SETPIPE_SZ, 1 << 20 }, SIGNER | FRONT | WIDE },
    { "fcntl F_ADD_SEALS", SYS_fcntl, { -1, F_ADD_SEALS }, SIGNER | FRONT | WIDE },
    /* the network */
    { "socket UNIX", SYS_socket, { AF_UNIX }, SIGNER | FRONT },
    { "socket INET", SYS_socket, { AF_INET, SOCK_STREAM }, SIGNER | FRONT },
    { "socketpair INET", SYS_socketpair, { AF_INET }, ALL },
    { "connect", SYS_connect, { -1 }, SIGNER | FRONT },
    { "bind", SYS_bind, { -1 }, SIGNER | FRONT },
    { "listen", SYS_listen, { -1 }, SIGNER | FRONT },
    { "accept4", SYS_accept4, { -1 }, SIGNER },
    { "setsockopt", SYS_setsockopt, { -1 }, SIGNER | FRONT },
    { "getsockopt SO_PEERGROUPS", SYS_getsockopt, { -1, SOL_SOCKET, SO_PEERGROUPS }, FRONT },
    { "getsockopt of TCP", SYS_getsockopt, { -1, 6, SO_PEERCRED }, SIGNER | FRONT },
    { "io_uring_setup", SYS_io_uring_setup, { NULLS }, ALL },
    /* memory and code */
    { "mmap W|X",
      SYS_mmap,
      { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1 },
      ALL },
    { "mmap X", SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, -1 }, SIGNER | FRONT },
    { "mprotect X", SYS_mprotect, { 0, 4096, PROT_READ | PROT_EXEC }, SIGNER | FRONT },
    { "pkey_mprotect", SYS_pkey_mprotect, { 0, 4096, PROT_READ | PROT_EXEC, -1 }, ALL },
    { "shmat", SYS_shmat, { -1 }, ALL },
    { "personality", SYS_personality, { 0x0400000 }, ALL | WIDE },
    { "userfaultfd", SYS_userfaultfd, { NULLS }, ALL },
    { "madvise MADV_PAGEOUT", SYS_madvise, { 0, 0, MADV_PAGEOUT }, FRONT },
    { "mlockall", SYS_mlockall, { NULLS }, ALL },
    { "mlock", SYS_mlock, { NULLS }, FRONT },
    { "bpf", SYS_bpf, { NULLS }, ALL },
    { "perf_event_open", SYS_perf_event_open, { NULLS }, ALL },
    { "seccomp", SYS_seccomp, { NULLS }, SIGNER | FRONT },
    { "prctl PR_SET_NAME", SYS_prctl, { PR_SET_NAME }, ALL | WIDE },
    { "prctl PR_SET_DUMPABLE", SYS_prctl, { PR_SET_DUMPABLE, 0 }, SIGNER | FRONT | WIDE },
    { "setrlimit", SYS_prlimit64, { 0, 1 << 20 }, SIGNER | FRONT | WIDE },
    { "setresuid", SYS_setresuid, { -1, -1, -1 }, SIGNER | FRONT },
    { "capset", SYS_capset, { NULLS }, SIGNER | FRONT },
    /* the host */
    { "unshare", SYS_unshare, { 0 }, ALL },
    { "setns", SYS_setns, { -1 }, ALL },
    { "mount", SYS_mount, { NULLS }, ALL },
    { "umount2", SYS_umount2, { NULLS }, ALL },
    { "pivot_root", SYS_pivot_root, { NULLS }, ALL },
    { "chroot", SYS_chroot, { NULLS }, ALL },
    { "fsopen", SYS_fsopen, { NULLS }, ALL },
    { "keyctl", SYS_keyctl, { -1 }, ALL },
    { "init_module", SYS_init_module, { NULLS }, ALL },
    { "kexec_load", SYS_kexec_load, { -1 }, ALL },
    { "reboot", SYS_reboot, { NULLS }, ALL },
    { "swapon", SYS_swapon, { NULLS }, ALL },
    { "clock_settime", SYS_clock_settime, { -1 }, ALL },
    { "settimeofday", SYS_settimeofday, { 1, 1 }, ALL },
    { "a number that no kernel has", 4000, { NULLS }, ALL },
#ifdef __x86_64__
    { "getpid of x32", X32 | SYS_getpid, { NULLS }, ALL },
    { "socket of x32", X32 | SYS_socket, { AF_UNIX }, ALL },
#endif
};

START_TEST(kills)
{
    static const unsigned who[] = { MASTER, SIGNER, FRONT };
    if (rows[_i].killed & WIDE && filter_widened())
        return;
    for (unsigned program = 0; program < 3; program++) {
        int status = outcome((enum filter_program)program, rows[_i].number, rows[_i].arguments);
        ck_assert_msg(is_killed(status) == !!(rows[_i].killed & who[program]),
                      "%s, program %u: expected %s, got the status 0x%x", rows[_i].name, program,
                      rows[_i].killed & who[program] ? "death by SIGSYS" : "an answer", (unsigned)status);
        ck_assert_msg(!WIFEXITED(status) || WEXITSTATUS(status) != 255, "the filter cannot be loaded");
    }
}
END_TEST

static const struct {
    const char *name;
    long number;
    long arguments[6];
    int error;
} refused[] = {
    { "clone3", SYS_clone3, { NULLS }, ENOSYS },
    { "socket INET", SYS_socket, { AF_INET, SOCK_STREAM }, EAFNOSUPPORT },
    { "socket NETLINK", SYS_socket, { AF_NETLINK, SOCK_RAW }, EAFNOSUPPORT },
    { "mprotect X", SYS_mprotect, { 0, 4096, PROT_READ | PROT_EXEC }, EPERM },
    { "ioctl TIOCSTI", SYS_ioctl, { 0, TIOCSTI }, ENOTTY },
};

/* A library of the host in the master hears no. */
START_TEST(refuses)
{
    int status = outcome(FILTER_MASTER, refused[_i].number, refused[_i].arguments);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == refused[_i].error,
                  "%s: expected errno %d, got the status 0x%x", refused[_i].name, refused[_i].error,
                  (unsigned)status);
}
END_TEST

/* abort() ends as abort(), in every program: the core of no secret, but the right signal. */
START_TEST(aborts)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !filter_load((enum filter_program)_i))
            _exit(255);
        abort();
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status 0x%x", (unsigned)status);
}
END_TEST

/* A name with a slip in it would allow nothing, and nobody would see it. */
START_TEST(names_are_calls)
{
    char names[256];
    size_t seen = 0;
    for (size_t i = 0; i < sizeof filter_calls / sizeof filter_calls[0]; i++) {
        snprintf(names, sizeof names, "%s", filter_calls[i].names);
        for (char *rest = NULL, *name = strtok_r(names, " ", &rest); name;
             name = strtok_r(NULL, " ", &rest), seen++)
            ck_assert_msg(seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR, "%s is no system call",
                          name);
    }
    for (size_t i = 0; i < sizeof filter_calls_rules / sizeof filter_calls_rules[0]; i++)
        ck_assert_msg(seccomp_syscall_resolve_name(filter_calls_rules[i].name) != __NR_SCMP_ERROR,
                      "%s is no system call", filter_calls_rules[i].name);
    ck_assert_msg(seen > 100, "only %zu names", seen);
}
END_TEST

/* What the signer and the front may, their master may: filters add up. */
START_TEST(masters_list_has_all)
{
    for (size_t i = 0; i < sizeof filter_calls / sizeof filter_calls[0]; i++)
        ck_assert_msg(filter_calls[i].who & MASTER, "the master may not: %s", filter_calls[i].names);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, kills, 0, UNIT_ROWS(rows));
    tcase_add_loop_test(tests, refuses, 0, UNIT_ROWS(refused));
    tcase_add_loop_test(tests, aborts, 0, 3);
    tcase_add_test(tests, names_are_calls);
    tcase_add_test(tests, masters_list_has_all);
}

int main(void)
{
    return unit_run("filter", fill);
}
