/* child.c: what a child of the master does first. */
#include "child.h"

#include "caps.h"
#include "chan.h"
#include "drop.h"
#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_channel(int fd)
{
    int type;
    socklen_t len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

int child_begin(const char *name)
{
    log_open(name);
    if (!is_channel(CHAN_CHILD_FD)) {
        fprintf(stderr, "sigd's %s is started by sigd, not by hand\n", name);
        return 64;
    }
    close_range(CHAN_CHILD_FD + 1, ~0U, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of write(), not the end */
    /* a terminal, a service manager or `kill 0` tells the whole group; the master says over the channel what to do */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (!drop_dumps() || !caps_keep(CAPS_NONE)) {
        log_line(LOG_LEVEL_ERROR, "cannot start", "error=\"%s\"", strerror(errno));
        return 71;
    }
    return 0;
}
