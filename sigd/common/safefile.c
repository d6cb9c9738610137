/* safefile.c: what a file must be like, seen before and after it is opened. */
#include "safefile.h"

#include "safewalk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define SIZE_LIMIT 65536 /* bytes of a file */

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR: return "a directory";
    case S_IFLNK: return "a symbolic link";
    case S_IFIFO: return "a FIFO";
    case S_IFSOCK: return "a socket";
    case S_IFCHR: return "a character device";
    case S_IFBLK: return "a block device";
    default: return "not a regular file";
    }
}

static bool is_our_group(gid_t gid)
{
    gid_t groups[NGROUPS_MAX];
    int n = getgroups(NGROUPS_MAX, groups);
    for (int i = 0; i < n; i++) {
        if (groups[i] == gid)
            return true;
    }
    return gid == getgid();
}

/* What a secret's mode may grant its group. In a volume with fsGroup the group is ours. A credential of systemd for a
 * service that is not root's is root:root, opened by an ACL, whose mask the mode shows as the group's bits. */
static unsigned group_bits(const struct stat *st, unsigned flags)
{
    if ((flags & SAFEFILE_KUBERNETES) != 0 && is_our_group(st->st_gid))
        return S_IRGRP;
    if ((flags & SAFEFILE_CREDENTIAL) != 0 && st->st_uid == 0 && st->st_gid == 0)
        return S_IRGRP;
    return 0;
}

static int check_file(struct safewalk *walk, const char *path, const struct stat *st, unsigned flags)
{
    char shell[2 * PATH_MAX];
    unsigned mode = (unsigned)(st->st_mode & 07777);
    if (S_ISLNK(st->st_mode))
        return safewalk_refuse(
            walk, "%s: is a symbolic link, which is not followed; name the file that it points to", path);
    if (!S_ISREG(st->st_mode))
        return safewalk_refuse(walk, "%s: is %s; a regular file is wanted", path, kind_of(st->st_mode));
    if (!safewalk_trusts(st->st_uid))
        return safewalk_refuse_owner(walk, path, st);
    if ((flags & SAFEFILE_SECRET) != 0 && (mode & 077 & ~group_bits(st, flags)) != 0) {
        if ((flags & SAFEFILE_KUBERNETES) != 0)
            return safewalk_refuse(walk,
                                   "%s: holds a secret and is open to more than its owner and our group "
                                   "(mode %04o, gid %lu); give the volume defaultMode: 0400",
                                   path, mode, (unsigned long)st->st_gid);
        return safewalk_refuse(walk,
                               "%s: holds a secret and is open to group or others (mode %04o); chmod 600 %s",
                               path, mode, safewalk_quoted(shell, path));
    }
    if ((mode & 022) != 0)
        return safewalk_refuse(walk, "%s: group or others can write to it (mode %04o); chmod go-w %s", path,
                               mode, safewalk_quoted(shell, path));
    if (st->st_nlink > 1)
        return safewalk_refuse(
            walk, "%s: has %lu hard links and may have one only; to see the others: find / -samefile %s",
            path, (unsigned long)st->st_nlink, safewalk_quoted(shell, path));
    if (st->st_size > SIZE_LIMIT)
        return safewalk_refuse(walk, "%s: %lld bytes, and at most %d are read; is it the right file?", path,
                               (long long)st->st_size, SIZE_LIMIT);
    return 0;
}

/* A link as Kubernetes makes them: root's, to something in the directory in which it stands. Walks there. */
static int follow_in_mount(struct safewalk *walk, const char *path, const struct stat *st)
{
    char mount[PATH_MAX], name[PATH_MAX];
    strcpy(mount, walk->where);
    strcpy(name, walk->rest);
    if (st->st_uid != 0)
        return safewalk_refuse(walk,
                               "%s: symbolic link owned by uid %lu, and only root's are followed; name its "
                               "target instead",
                               path, (unsigned long)st->st_uid);
    ssize_t n = readlinkat(walk->dir, name, walk->rest, sizeof walk->rest - 1);
    if (n <= 0)
        return safewalk_refuse(walk, "%s: symbolic link that cannot be read: %s", path,
                               n == 0 ? "it is empty" : strerror(errno));
    walk->rest[n] = '\0';
    if (walk->rest[0] != '/') {
        if (safewalk_on(walk) != 0)
            return -1;
        size_t length = strlen(mount);
        if (strncmp(walk->where, mount, length) == 0 &&
            (walk->where[length] == '/' || walk->where[length] == '\0'))
            return 0;
    }
    return safewalk_refuse(walk, "%s: symbolic link that leads out of %s; name its target instead", path,
                           mount);
}

/* Opens walk->rest in walk->dir. Looked at before it is opened, since opening a device can do something; looked at
 * again through the descriptor, since that is what will be read. */
static int open_last(struct safewalk *walk, unsigned flags, bool may_follow)
{
    char path[PATH_MAX];
    struct stat st;
    const char *name = walk->rest;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return safewalk_refuse(walk, "%s: is a directory; a regular file is wanted", walk->where);
    if (!safewalk_join(path, walk->where, name) || strlen(name) > NAME_MAX)
        return safewalk_refuse(walk, "%s/%.32s...: name too long", walk->where, name);

    if (fstatat(walk->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return safewalk_refuse(walk, "%s: no such file", path);
        return safewalk_refuse(walk, "%s: cannot be looked at: %s", path, strerror(errno));
    }
    if (S_ISLNK(st.st_mode) && may_follow)
        return follow_in_mount(walk, path, &st) != 0 ? -1 : open_last(walk, flags, false);
    if (check_file(walk, path, &st, flags) != 0)
        return -1;
    int fd = openat(walk->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return safewalk_refuse(walk, "%s: cannot be opened: %s", path, strerror(errno));
    int result = fstat(fd, &st) != 0
                     ? safewalk_refuse(walk, "%s: cannot be looked at: %s", path, strerror(errno))
                     : check_file(walk, path, &st, flags);
    if (result == 0)
        return fd;
    close(fd);
    return -1;
}

int safefile_open(const char *path, unsigned flags, char *why, size_t why_size)
{
    struct safewalk walk = { .dir = -1, .why = why, .why_size = why_size };
    int fd = -1;
    if (safewalk_begin(&walk, path) == 0)
        fd = open_last(&walk, flags, (flags & SAFEFILE_KUBERNETES) != 0);
    safewalk_end(&walk);
    return fd;
}

int safefile_check_directories(const char *path, char *why, size_t why_size)
{
    struct safewalk walk = { .dir = -1, .why = why, .why_size = why_size };
    int result = safewalk_begin(&walk, path);
    safewalk_end(&walk);
    return result;
}
