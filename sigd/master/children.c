/* children.c: the signer and the fronts as processes. */
#include "children.h"

#include "caps.h"
#include "drop.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_program(const char *directory, const char *name, char *why, size_t why_size)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) {
        snprintf(why, why_size, "%.64s...: the path is too long", directory);
        return -1;
    }
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        snprintf(why, why_size, "%s: %s; is sigd installed whole? (--libexec-dir names another place)", path,
                 strerror(errno));
    return fd;
}

bool children_open(struct children_programs *programs, const char *directory, char *why, size_t why_size)
{
    programs->signer = open_program(directory, "sigd-signer", why, why_size);
    programs->front = programs->signer < 0 ? -1 : open_program(directory, "sigd-front", why, why_size);
    return programs->front >= 0;
}

/* In the child, between fork and exec. */
static void become(int program, int channel, const char *name, const struct children_ids *ids)
{
    char *const environment[] = { NULL };
    char *argv[] = { strdup(name), NULL };
    sigset_t none;
    sigemptyset(&none);
    if (channel == CHAN_CHILD_FD)
        fcntl(channel, F_SETFD, 0);
    else if (dup2(channel, CHAN_CHILD_FD) < 0)
        _exit(71);
    caps_bound(CAPS_NONE);
    if ((ids->change && !drop_ids(ids->uid, ids->gid)) || sigprocmask(SIG_SETMASK, &none, NULL) != 0)
        _exit(71);
    fexecve(program, argv, environment);
    _exit(71);
}

bool children_start(struct children_child *child, int program, const char *name,
                    const struct children_ids *ids)
{
    int ends[2];
    /* The programs' descriptors may not be in the way of the child's channel. */
    int copy = fcntl(program, F_DUPFD_CLOEXEC, CHAN_CHILD_FD + 1);
    if (copy < 0)
        return false;
    if (chan_pair(ends) != 0) {
        close(copy);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(copy, ends[1], name, ids);
    close(ends[1]);
    close(copy);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    chan_open(&child->chan, ends[0]);
    child->pid = pid;
    return true;
}

bool children_send_log(struct children_child *child)
{
    struct proto_log log = { log_format_now(), log_level_now() };
    return !child->pid || chan_send(&child->chan, PROTO_LOG, &log, -1);
}

void children_flush(struct children_child *child)
{
    child->crowded = child->pid && chan_flush(&child->chan) == 2;
}

void children_end(struct children_child *child, int ms)
{
    chan_close(&child->chan);
    struct pollfd ended = { .fd = child->pid ? (int)syscall(SYS_pidfd_open, child->pid, 0) : -1,
                            .events = POLLIN };
    if (ended.fd >= 0) {
        poll(&ended, 1, ms);
        close(ended.fd);
    }
    children_stop(child);
}

void children_tell_end(const char *name, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        log_line(
            LOG_LEVEL_ERROR, "killed by its sandbox: it made a system call that it has no use for",
            "program=%s mend=\"the kernel's log names the call (type=1326 ... syscall=); a compromised process "
            "or a bug: docs/PRIVSEP.md, The sandbox\"",
            name);
}

int children_stop(struct children_child *child)
{
    int status = 0;
    chan_close(&child->chan);
    if (!child->pid)
        return 0;
    kill(child->pid, SIGKILL); /* one that has ended already keeps its own status */
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    return status;
}
