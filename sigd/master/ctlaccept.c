/* ctlaccept.c: who comes to the admin socket: taken, or told why not. */
#include "ctlaccept.h"

#include "ctlframe.h"
#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAUSE_MS 1000
#define NO_FILES "sigd has no descriptors left: try again later; for more: LimitNOFILE=, ulimit -n"
#define STATUS_LATER 75 /* sigctl's exit statuses, as in sysexits.h */
#define STATUS_NOT_PERMITTED 77

/* Says why, at once or never, and closes. status: sigctl's. */
static void refuse(int fd, uint32_t status, const char *why)
{
    char frame[CTLFRAME_MAX];
    size_t len = ctlframe_write_text(frame, CTLFRAME_ERR, why, strlen(why));
    if (send(fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        len = ctlframe_write_end(frame, status);
        (void)!send(fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    close(fd);
}

static bool is_no_news(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

/* accept4 has failed. What would fail again at once waits a while: the listener stays readable. */
static void cannot(struct ctlaccept *accept, int listener, uint64_t now_ms)
{
    int error = errno, fd = -1;
    if (error == EMFILE || error == ENFILE)
        fd = spare_accept(&accept->spare, listener);
    if (fd < 0 && is_no_news(errno))
        return;
    if (fd >= 0)
        refuse(fd, STATUS_LATER, NO_FILES);
    else
        accept->paused_ms = now_ms + PAUSE_MS;
    log_line(LOG_LEVEL_WARN, "nobody is accepted on the admin socket", "error=\"%s\"", strerror(error));
}

int ctlaccept_one(struct ctlaccept *accept, int listener, gid_t gid, struct ctlpeer *who, uint64_t now_ms)
{
    char why[512];
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        cannot(accept, listener, now_ms);
    spare_keep(&accept->spare, STDERR_FILENO);
    if (fd < 0 || ctlpeer_read(who, fd, gid, why, sizeof why))
        return fd;
    bool files = errno != EMFILE && errno != ENFILE;
    log_line(LOG_LEVEL_WARN, "refused on the admin socket", "uid=%lu caller_pid=%ld reason=\"%s\"",
             (unsigned long)who->uid, (long)who->pid, files ? why : NO_FILES);
    refuse(fd, files ? STATUS_NOT_PERMITTED : STATUS_LATER, files ? why : NO_FILES);
    return -1;
}

void ctlaccept_no_room(int fd, const struct ctlpeer *who, unsigned others)
{
    log_line(LOG_LEVEL_WARN, "refused on the admin socket",
             "uid=%lu caller_pid=%ld reason=\"%u others are connected\"", (unsigned long)who->uid,
             (long)who->pid, others);
    refuse(fd, STATUS_LATER, "sigd has as many sigctl connected as it takes: try again later");
}
