/* main.c: sigd-front: speaks HTTP with backends; holds no key. Started by sigd with one channel; all else comes over it. */
#include "clock.h"
#include "conn.h"
#include "drop.h"
#include "loop.h"
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

int main(int argc, char **argv)
{
    static struct front front;
    log_open(argc > 1 ? argv[1] : "front");
    if (!is_channel(CHAN_CHILD_FD)) {
        fputs("sigd-front is started by sigd, not by hand\n", stderr);
        return 64;
    }
    close_range(CHAN_CHILD_FD + 1, ~0U, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* a terminal's Ctrl-C is for the master, who then says DRAIN */
    if (!drop_dumps() || !loop_open(&front)) {
        log_line(LOG_LEVEL_ERROR, "cannot start", "error=\"%s\"", strerror(errno));
        return 1;
    }
    return loop_run(&front);
}
