/* audit_reserve.c: room on the log's disk that is held back. */
#include "audit_reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool audit_reserve_helps(int error)
{
    return error == ENOSPC || error == EDQUOT;
}

int audit_reserve_fill(struct audit_reserve *reserve)
{
    const off_t wanted = AUDIT_RESERVE_BYTES + AUDIT_RESERVE_MARGIN;
    struct statvfs disk;
    if (fstatvfs(reserve->fd, &disk) != 0)
        return errno;
    /* asked first, so that a full disk is not made fuller for a moment; what a quota leaves, only the attempt tells */
    if (disk.f_blocks && (uint64_t)disk.f_bavail * disk.f_frsize < (uint64_t)wanted)
        return ENOSPC;
    int error = posix_fallocate(reserve->fd, 0, wanted);
    if (ftruncate(reserve->fd, error ? 0 : AUDIT_RESERVE_BYTES) != 0 && !error)
        error = errno;
    reserve->filled = !error;
    return error;
}

int audit_reserve_open(struct audit_reserve *reserve, int fd)
{
    struct stat st;
    audit_reserve_close(reserve);
    reserve->fd = fd;
    if (fstat(fd, &st) != 0)
        return errno;
    reserve->filled = st.st_size == AUDIT_RESERVE_BYTES && st.st_blocks >= AUDIT_RESERVE_BYTES / 512;
    return reserve->filled ? 0 : audit_reserve_fill(reserve);
}

void audit_reserve_close(struct audit_reserve *reserve)
{
    if (reserve->fd >= 0)
        close(reserve->fd);
    *reserve = (struct audit_reserve){ .fd = -1 };
}

void audit_reserve_release(struct audit_reserve *reserve)
{
    if (ftruncate(reserve->fd, 0) == 0)
        reserve->filled = false;
}
