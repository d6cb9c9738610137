/* ops_audit.c: what the master says of the audit log. */
#include "log.h"
#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool ops_audit_file(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    const struct proto_audit *audit = frame->body;
    (void)front;
    if (audit->sync >= PROTO_SYNCS)
        return false;
    int fd = fcntl(frame->fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0 && audit_open(&ops->audit, fd, audit->sync, ops->now, ops->now_ms)) {
        if (!ops->model) /* the log that a signer before wrote */
            stamp_audited(&ops->stamp, audit_time(&ops->audit));
        return true;
    }
    log_line(LOG_LEVEL_ERROR, "the audit log cannot be read", "error=\"%s\"", strerror(errno));
    if (fd >= 0)
        close(fd);
    return true; /* the one before stays; without any nothing is signed */
}

bool ops_audit_reserve(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    int fd = fcntl(frame->fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        audit_hold(&ops->audit, fd);
    return fd >= 0;
}

bool ops_audit_note(struct ops *ops, struct ops_front *front, const struct chan_frame *frame)
{
    (void)front;
    return audit_note(&ops->audit, frame->body, ops->now);
}
