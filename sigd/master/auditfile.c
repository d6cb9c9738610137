/* auditfile.c: opens the audit log and its reserve for the signer, who writes them. */
#include "auditfile.h"

#include "chan.h"
#include "makedir.h"
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_one(const char *path, int flags, char *why, size_t why_size)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
    if (fd < 0 || fstat(fd, &st) != 0) {
        snprintf(why, why_size, "%s: %s", path,
                 errno == ELOOP ? "is a symbolic link; the audit log must be the file itself"
                                : strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        snprintf(why, why_size, "%s: must be a regular file with one link", path);
    else if (st.st_uid != 0 && st.st_uid != getuid())
        snprintf(why, why_size, "%s: belongs to uid %u: chown %u %s", path, (unsigned)st.st_uid,
                 (unsigned)getuid(), path);
    else if (st.st_mode & 022)
        snprintf(why, why_size, "%s: is writable by others: chmod go-w %s", path, path);
    else
        return fd;
    close(fd);
    return -1;
}

bool auditfile_open(struct auditfile *files, const char *path, char *why, size_t why_size)
{
    char reserve[4096];
    *files = (struct auditfile)AUDITFILE_CLOSED;
    if (!makedir_above(path, 0700, why, why_size) || safefile_check_directories(path, why, why_size) != 0)
        return false;
    if (snprintf(reserve, sizeof reserve, "%s.reserve", path) >= (int)sizeof reserve) {
        snprintf(why, why_size, "%.64s...: the path is too long", path);
        return false;
    }
    files->log = open_one(path, O_APPEND, why, why_size);
    files->reserve = files->log < 0 ? -1 : open_one(reserve, 0, why, why_size);
    if (files->reserve < 0)
        auditfile_close(files);
    return files->reserve >= 0;
}

bool auditfile_send(const struct auditfile *files, struct chan *signer, uint32_t sync)
{
    return chan_send(signer, PROTO_AUDIT, &(struct proto_audit){ sync }, files->log) &&
           chan_send(signer, PROTO_AUDIT_RESERVE, NULL, files->reserve);
}

void auditfile_close(struct auditfile *files)
{
    if (files->log >= 0)
        close(files->log);
    if (files->reserve >= 0)
        close(files->reserve);
    *files = (struct auditfile)AUDITFILE_CLOSED;
}
