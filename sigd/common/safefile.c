/* safefile.c: walks a path by hand, so that every directory and link on it is the one that was checked. */
#define _GNU_SOURCE 1
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_LIMIT 65536 /* bytes of a file */
#define LINK_LIMIT 8     /* symbolic links on one path */

struct walk {
    int dir;              /* O_PATH descriptor of the directory reached so far, -1 when there is none */
    char where[PATH_MAX]; /* its name, without symbolic links: what messages and their commands speak of */
    char rest[PATH_MAX];  /* what is still to be walked */
    int links;
    char *why;
    size_t why_size;
};

static int refuse(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(struct walk *walk, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (walk->why_size > 0)
        vsnprintf(walk->why, walk->why_size, format, args);
    va_end(args);
    return -1;
}

/* The path as a shell takes it, since messages are pasted. Without quotes where none are needed. */
static const char *quoted(char out[static 2 * PATH_MAX], const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%=";
    if (path[strspn(path, plain)] == '\0')
        return path;
    size_t n = 0;
    out[n++] = '\'';
    for (const char *p = path; *p != '\0' && n + 6 < 2 * PATH_MAX; p++) {
        if (*p == '\'') {
            memcpy(out + n, "'\\''", 4);
            n += 4;
        } else {
            out[n++] = *p;
        }
    }
    out[n++] = '\'';
    out[n] = '\0';
    return out;
}

/* Only root and we ourselves are trusted to own what decides. */
static bool is_trusted(uid_t owner)
{
    return owner == 0 || owner == getuid();
}

static int refuse_owner(struct walk *walk, const char *path, const struct stat *st)
{
    char shell[2 * PATH_MAX];
    const char *us = getuid() == 0 ? "" : " or ours";
    return refuse(walk, "%s: owned by uid %lu, and it must be root's%s; chown root %s", path,
                  (unsigned long)st->st_uid, us, quoted(shell, path));
}

static int check_directory(struct walk *walk, const char *path, const struct stat *st)
{
    char shell[2 * PATH_MAX];
    if (!is_trusted(st->st_uid))
        return refuse_owner(walk, path, st);
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st->st_mode & S_ISVTX) == 0)
        return refuse(walk, "%s: directory that group or others can write to (mode %04o); chmod go-w %s",
                      path, (unsigned)(st->st_mode & 07777), quoted(shell, path));
    return 0;
}

/* Enters the root directory, which is checked like any other: a container may have it anyhow. */
static int enter_root(struct walk *walk)
{
    struct stat st;
    int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fstat(dir, &st) != 0) {
        int error = errno;
        if (dir >= 0)
            close(dir);
        return refuse(walk, "/: %s", strerror(error));
    }
    if (walk->dir >= 0)
        close(walk->dir);
    walk->dir = dir;
    strcpy(walk->where, "/");
    return check_directory(walk, "/", &st);
}

/* name within where. False: longer than a path may be. */
static bool join(char out[static PATH_MAX], const char *where, const char *name)
{
    const char *slash = strcmp(where, "/") == 0 ? "" : "/";
    int n;
    if (strcmp(name, ".") == 0) {
        n = snprintf(out, PATH_MAX, "%s", where);
    } else if (strcmp(name, "..") == 0) {
        /* where has no symbolic links, so that the parent by name is the parent */
        const char *last = strrchr(where, '/');
        n = last == NULL || last == where ? snprintf(out, PATH_MAX, "/")
                                          : snprintf(out, PATH_MAX, "%.*s", (int)(last - where), where);
    } else {
        n = snprintf(out, PATH_MAX, "%s%s%s", where, slash, name);
    }
    return n > 0 && n < PATH_MAX;
}

/* Puts the target of the link, opened as fd, before the rest of the path. */
static int follow_link(struct walk *walk, int fd, const char *path, const struct stat *st)
{
    char target[PATH_MAX], rest[PATH_MAX];
    if (!is_trusted(st->st_uid))
        return refuse(
            walk,
            "%s: symbolic link owned by uid %lu, which could turn it elsewhere; name its target instead",
            path, (unsigned long)st->st_uid);
    if (++walk->links > LINK_LIMIT)
        return refuse(walk, "%s: more than %d symbolic links on the way; name their target instead", path,
                      LINK_LIMIT);
    ssize_t n = readlinkat(fd, "", target, sizeof target - 1);
    if (n <= 0)
        return refuse(walk, "%s: symbolic link that cannot be read: %s", path,
                      n == 0 ? "it is empty" : strerror(errno));
    target[n] = '\0';
    strcpy(rest, walk->rest);
    int length = snprintf(walk->rest, sizeof walk->rest, "%s/%s", target, rest);
    if (length < 0 || length >= PATH_MAX)
        return refuse(walk, "%s: symbolic link that makes the path longer than %d bytes", path, PATH_MAX - 1);
    return target[0] == '/' ? enter_root(walk) : 0;
}

/* Takes one step into name. */
static int enter(struct walk *walk, const char *name)
{
    char path[PATH_MAX], shell[2 * PATH_MAX];
    struct stat st;
    if (!join(path, walk->where, name))
        return refuse(walk, "%s/%.32s...: longer than %d bytes", walk->where, name, PATH_MAX - 1);

    int fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return refuse(walk, "%s: no such directory; make it: install -d -m 755 %s", path,
                      quoted(shell, path));
    if (fd < 0 || fstat(fd, &st) != 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return refuse(walk, "%s: cannot be entered: %s", path, strerror(error));
    }
    if (S_ISLNK(st.st_mode)) {
        int result = follow_link(walk, fd, path, &st);
        close(fd);
        return result;
    }
    if (!S_ISDIR(st.st_mode)) {
        close(fd);
        return refuse(walk, "%s: not a directory, but the path goes through it", path);
    }
    close(walk->dir);
    walk->dir = fd;
    strcpy(walk->where, path);
    return check_directory(walk, path, &st);
}

/* Walks to the directory of path's last component, which is left in walk->rest ("" where path ends in a slash). */
static int walk_up_to_last(struct walk *walk, const char *path)
{
    char cwd[PATH_MAX];
    int n;
    if (path[0] == '\0')
        return refuse(walk, "the path is empty; name a file");
    if (path[0] == '/') {
        n = snprintf(walk->rest, sizeof walk->rest, "%s", path);
    } else {
        if (getcwd(cwd, sizeof cwd) == NULL)
            return refuse(walk, "%s: the working directory has no name (%s); give an absolute path", path,
                          strerror(errno));
        n = snprintf(walk->rest, sizeof walk->rest, "%s/%s", cwd, path);
    }
    if (n < 0 || n >= PATH_MAX)
        return refuse(walk, "%.64s...: longer than %d bytes", path, PATH_MAX - 1);

    if (enter_root(walk) != 0)
        return -1;
    for (;;) {
        char name[NAME_MAX + 1];
        size_t skip = strspn(walk->rest, "/");
        memmove(walk->rest, walk->rest + skip, strlen(walk->rest + skip) + 1);
        size_t length = strcspn(walk->rest, "/");
        if (walk->rest[length] == '\0')
            return 0;
        if (length > NAME_MAX)
            return refuse(walk, "%s/%.32s...: a name longer than %d bytes", walk->where, walk->rest,
                          NAME_MAX);
        memcpy(name, walk->rest, length);
        name[length] = '\0';
        memmove(walk->rest, walk->rest + length, strlen(walk->rest + length) + 1);
        if (enter(walk, name) != 0)
            return -1;
    }
}

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

static int check_file(struct walk *walk, const char *path, const struct stat *st, unsigned flags)
{
    char shell[2 * PATH_MAX];
    unsigned mode = (unsigned)(st->st_mode & 07777);
    if (S_ISLNK(st->st_mode))
        return refuse(walk, "%s: is a symbolic link, which is not followed; name the file that it points to",
                      path);
    if (!S_ISREG(st->st_mode))
        return refuse(walk, "%s: is %s; a regular file is wanted", path, kind_of(st->st_mode));
    if (!is_trusted(st->st_uid))
        return refuse_owner(walk, path, st);
    if ((flags & SAFEFILE_SECRET) != 0 && (mode & 077) != 0)
        return refuse(walk, "%s: holds a secret and is open to group or others (mode %04o); chmod 600 %s",
                      path, mode, quoted(shell, path));
    if ((mode & 022) != 0)
        return refuse(walk, "%s: group or others can write to it (mode %04o); chmod go-w %s", path, mode,
                      quoted(shell, path));
    if (st->st_nlink > 1)
        return refuse(walk,
                      "%s: has %lu hard links and may have one only; to see the others: find / -samefile %s",
                      path, (unsigned long)st->st_nlink, quoted(shell, path));
    if (st->st_size > SIZE_LIMIT)
        return refuse(walk, "%s: %lld bytes, and at most %d are read; is it the right file?", path,
                      (long long)st->st_size, SIZE_LIMIT);
    return 0;
}

/* Opens walk->rest in walk->dir. Looked at before it is opened, since opening a device can do something; looked at
 * again through the descriptor, since that is what will be read. */
static int open_last(struct walk *walk, unsigned flags)
{
    char path[PATH_MAX];
    struct stat st;
    const char *name = walk->rest;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return refuse(walk, "%s: is a directory; a regular file is wanted", walk->where);
    if (!join(path, walk->where, name) || strlen(name) > NAME_MAX)
        return refuse(walk, "%s/%.32s...: name too long", walk->where, name);

    if (fstatat(walk->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return refuse(walk, "%s: no such file", path);
        return refuse(walk, "%s: cannot be looked at: %s", path, strerror(errno));
    }
    if (check_file(walk, path, &st, flags) != 0)
        return -1;
    int fd = openat(walk->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse(walk, "%s: cannot be opened: %s", path, strerror(errno));
    int result = fstat(fd, &st) != 0 ? refuse(walk, "%s: cannot be looked at: %s", path, strerror(errno))
                                     : check_file(walk, path, &st, flags);
    if (result == 0)
        return fd;
    close(fd);
    return -1;
}

int safefile_open(const char *path, unsigned flags, char *why, size_t why_size)
{
    struct walk walk = { .dir = -1, .why = why, .why_size = why_size };
    int fd = -1;
    if (walk_up_to_last(&walk, path) == 0)
        fd = open_last(&walk, flags);
    if (walk.dir >= 0)
        close(walk.dir);
    return fd;
}

int safefile_check_directories(const char *path, char *why, size_t why_size)
{
    struct walk walk = { .dir = -1, .why = why, .why_size = why_size };
    int result = walk_up_to_last(&walk, path);
    if (walk.dir >= 0)
        close(walk.dir);
    return result;
}
