/* publish_dir.c: the directories that usersigs are published in: whose they are, where they lie, who may enter. */
#include "publish.h"

#include "makedir.h"
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

bool publish_dir_fail(struct publish *publish, const char *format, ...)
{
    int error = errno;
    va_list args;
    va_start(args, format);
    vsnprintf(publish->why, sizeof publish->why, format, args);
    va_end(args);
    errno = error;
    return false;
}

static bool check_dir(struct publish *publish, const char *dir)
{
    struct stat st;
    struct statfs fs;
    if (fstat(publish->dir, &st) != 0 || fstatfs(publish->dir, &fs) != 0)
        return publish_dir_fail(publish, "%s: cannot be looked at: %s", dir, strerror(errno));
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return publish_dir_fail(publish, "%s: group or others can write to it (mode %04o): chmod 0711 %s",
                                dir, (unsigned)(st.st_mode & 07777), dir);
    if (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
        return publish_dir_fail(
            publish,
            "%s: is on a disk (file system type 0x%lx), and credentials are published in memory only: "
            "name a directory under /run, or mount a tmpfs there: mount -t tmpfs -o mode=0711 tmpfs %s",
            dir, (unsigned long)fs.f_type, dir);
    if (flock(publish->dir, LOCK_EX | LOCK_NB) != 0)
        return publish_dir_fail(publish, "%s: another sigd publishes there; give each its own publish_dir",
                                dir);
    return true;
}

bool publish_dir_open(struct publish *publish, const char *dir)
{
    char within[sizeof publish->path + 2];
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (len >= sizeof publish->path)
        return publish_dir_fail(publish, "%.64s...: the path is too long", dir);
    memcpy(publish->path, dir, len);
    snprintf(within, sizeof within, "%s/x", publish->path);
    if (!makedir_above(within, 0711, publish->why, sizeof publish->why) ||
        safefile_check_directories(within, publish->why, sizeof publish->why) != 0)
        return false;
    publish->dir = open(publish->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (publish->dir < 0)
        return publish_dir_fail(publish, "%s: cannot be opened: %s", publish->path, strerror(errno));
    if (check_dir(publish, publish->path))
        return true;
    close(publish->dir);
    publish->dir = -1;
    return false;
}

int publish_dir_app(struct publish *publish, const char *app, int make)
{
    char name[PUBLISH_NAME_SIZE];
    struct stat st;
    publish_name(name, app);
    if (make == PUBLISH_MAKE && mkdirat(publish->dir, name, 0700) != 0 && errno != EEXIST) {
        publish_dir_fail(publish, "%s/%s: cannot be made: %s", publish->path, name, strerror(errno));
        return -1;
    }
    int fd = openat(publish->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        publish_dir_fail(publish, "%s/%s: cannot be opened as a directory: %s; remove it", publish->path,
                         name, strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid())
        return fd;
    publish_dir_fail(publish, "%s/%s: is not uid %u's: remove it", publish->path, name, (unsigned)geteuid());
    close(fd);
    errno = EPERM;
    return -1;
}

bool publish_dir_fail_group(struct publish *publish, const char *app, const char *name, gid_t group)
{
    return publish_dir_fail(publish, "%s/%s/%s: cannot be given to group %u: %s; %s", publish->path, app,
                            name, (unsigned)group, strerror(errno),
                            geteuid() == 0 ? "does sigd have CAP_CHOWN?"
                                           : "start sigd as root, or add its user to that group");
}

/* One group: its members list the directory. Several: whoever knows the name may ask. */
bool publish_dir_share(struct publish *publish, int dir, const char *app, gid_t group)
{
    bool several = false;
    struct stat st;
    for (size_t i = 0; i < publish->n; i++)
        several |= strcmp(publish->items[i].app, app) == 0 && publish->items[i].group != group;
    gid_t owner = several ? getegid() : group;
    mode_t mode = several ? 0711 : 0750;
    if (fstat(dir, &st) != 0)
        return publish_dir_fail(publish, "%s/%s: %s", publish->path, app, strerror(errno));
    if (st.st_gid == owner && (st.st_mode & 07777) == mode)
        return true;
    if (fchmod(dir, 0700) != 0 || fchown(dir, (uid_t)-1, owner) != 0 || fchmod(dir, mode) != 0)
        return publish_dir_fail_group(publish, app, ".", owner);
    return true;
}
