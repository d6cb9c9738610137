/* ctlpeer.c: who is at the other end of the admin socket. */
#include "ctlpeer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MOST 65536 /* of the kernel */

static bool in_group(int fd, const struct ucred *peer, gid_t gid)
{
    if (gid == (gid_t)-1)
        return false;
    if (peer->gid == gid)
        return true;
    socklen_t len = GROUPS_MOST * sizeof(gid_t);
    gid_t *groups = malloc(len);
    bool found = false;
    if (groups != NULL && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
        for (size_t i = 0; i < len / sizeof *groups; i++)
            found |= groups[i] == gid;
    free(groups);
    return found;
}

/* One of our own /proc/<pid> files: its content, as far as it fits. */
static bool read_file(int process, const char *name, char *out, size_t size)
{
    int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    out[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* Without the right to look at a process's namespace its id maps tell as much: they are shown as seen from here, so
 * that in a namespace below ours they differ from our own, but where they change no id. */
static bool same_maps(int process, int self)
{
    static const char *const maps[] = { "uid_map", "gid_map" };
    for (size_t i = 0; i < 2; i++) {
        char theirs[4096], ours[4096];
        if (!read_file(process, maps[i], theirs, sizeof theirs) ||
            !read_file(self, maps[i], ours, sizeof ours) || strcmp(theirs, ours) != 0)
            return false;
    }
    return true;
}

/* errno, where it is not: EMFILE or ENFILE for want of descriptors to look with. */
static bool same_user_namespace(pid_t pid)
{
    struct stat theirs, ours;
    char path[32];
    bool same = false;
    snprintf(path, sizeof path, "/proc/%ld", (long)pid);
    int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = process < 0 || self < 0 ? errno : 0;
    if (process >= 0 && self >= 0 && fstatat(self, "ns/user", &ours, 0) == 0) {
        if (fstatat(process, "ns/user", &theirs, 0) == 0)
            same = theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
        else if (errno == EACCES || errno == EPERM)
            same = same_maps(process, self);
        error = errno;
    }
    if (process >= 0)
        close(process);
    if (self >= 0)
        close(self);
    errno = error;
    return same;
}

bool ctlpeer_read(struct ctlpeer *peer, int fd, gid_t gid, char *why, size_t why_size)
{
    struct ucred credentials;
    socklen_t len = sizeof credentials;
    *peer = (struct ctlpeer){ 0, (uid_t)-1 };
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) != 0) {
        snprintf(why, why_size, "the kernel does not tell who you are: %s", strerror(errno));
        return false;
    }
    *peer = (struct ctlpeer){ credentials.pid, credentials.uid };
    bool same = credentials.pid > 0 && same_user_namespace(credentials.pid);
    int error = same ? 0 : errno;
    if (credentials.pid <= 0)
        snprintf(
            why, why_size,
            "your process is of another PID namespace, in which sigd cannot see it: run sigctl beside sigd");
    else if (!same)
        snprintf(
            why, why_size,
            "your process is of another user namespace, or has ended: run sigctl where sigd was started");
    else if (credentials.uid != 0 && credentials.uid != geteuid() && !in_group(fd, &credentials, gid))
        snprintf(why, why_size, "uid %lu is neither root nor sigd's own%s", (unsigned long)credentials.uid,
                 gid == (gid_t)-1 ? "; sigd.conf may name a group: admin_socket { group = \"...\" }"
                                  : ", nor in the group that admin_socket names in sigd.conf");
    else
        return true;
    errno = error;
    return false;
}
