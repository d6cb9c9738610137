/* auditfile.c: opens the audit log for the signer, who writes it. */
#include "auditfile.h"

#include "makedir.h"
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int auditfile_open(const char *path, char *why, size_t why_size)
{
    struct stat st;
    if (!makedir_above(path, 0700, why, why_size) || safefile_check_directories(path, why, why_size) != 0)
        return -1;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
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
