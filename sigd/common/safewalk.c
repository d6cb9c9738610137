/* safewalk.c: walks a path by hand, so that every directory and link on it is the one that was checked. */
#include "safewalk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINK_LIMIT 8 /* symbolic links on one path */

int safewalk_refuse(struct safewalk *walk, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (walk->why_size > 0)
        vsnprintf(walk->why, walk->why_size, format, args);
    va_end(args);
    return -1;
}

const char *safewalk_quoted(char out[static 2 * PATH_MAX], const char *path)
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

bool safewalk_trusts(uid_t owner)
{
    return owner == 0 || owner == getuid();
}

int safewalk_refuse_owner(struct safewalk *walk, const char *path, const struct stat *st)
{
    char shell[2 * PATH_MAX];
    const char *us = getuid() == 0 ? "" : " or ours";
    return safewalk_refuse(walk, "%s: owned by uid %lu, and it must be root's%s; chown root %s", path,
                           (unsigned long)st->st_uid, us, safewalk_quoted(shell, path));
}

static int check_directory(struct safewalk *walk, const char *path, const struct stat *st)
{
    char shell[2 * PATH_MAX];
    if (!safewalk_trusts(st->st_uid))
        return safewalk_refuse_owner(walk, path, st);
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st->st_mode & S_ISVTX) == 0)
        return safewalk_refuse(walk,
                               "%s: directory that group or others can write to (mode %04o); chmod go-w %s",
                               path, (unsigned)(st->st_mode & 07777), safewalk_quoted(shell, path));
    return 0;
}

/* Enters the root directory, which is checked like any other: a container may have it anyhow. */
static int enter_root(struct safewalk *walk)
{
    struct stat st;
    int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fstat(dir, &st) != 0) {
        int error = errno;
        if (dir >= 0)
            close(dir);
        return safewalk_refuse(walk, "/: %s", strerror(error));
    }
    if (walk->dir >= 0)
        close(walk->dir);
    walk->dir = dir;
    strcpy(walk->where, "/");
    return check_directory(walk, "/", &st);
}

bool safewalk_join(char out[static PATH_MAX], const char *where, const char *name)
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
static int follow_link(struct safewalk *walk, int fd, const char *path, const struct stat *st)
{
    char target[PATH_MAX], rest[PATH_MAX];
    if (!safewalk_trusts(st->st_uid))
        return safewalk_refuse(
            walk,
            "%s: symbolic link owned by uid %lu, which could turn it elsewhere; name its target instead",
            path, (unsigned long)st->st_uid);
    if (++walk->links > LINK_LIMIT)
        return safewalk_refuse(walk, "%s: more than %d symbolic links on the way; name their target instead",
                               path, LINK_LIMIT);
    ssize_t n = readlinkat(fd, "", target, sizeof target - 1);
    if (n <= 0)
        return safewalk_refuse(walk, "%s: symbolic link that cannot be read: %s", path,
                               n == 0 ? "it is empty" : strerror(errno));
    target[n] = '\0';
    strcpy(rest, walk->rest);
    int length = snprintf(walk->rest, sizeof walk->rest, "%s/%s", target, rest);
    if (length < 0 || length >= PATH_MAX)
        return safewalk_refuse(walk, "%s: symbolic link that makes the path longer than %d bytes", path,
                               PATH_MAX - 1);
    return target[0] == '/' ? enter_root(walk) : 0;
}

/* Takes one step into name. */
static int enter(struct safewalk *walk, const char *name)
{
    char path[PATH_MAX], shell[2 * PATH_MAX];
    struct stat st;
    if (!safewalk_join(path, walk->where, name))
        return safewalk_refuse(walk, "%s/%.32s...: longer than %d bytes", walk->where, name, PATH_MAX - 1);

    int fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return safewalk_refuse(walk, "%s: no such directory; make it: install -d -m 755 %s", path,
                               safewalk_quoted(shell, path));
    if (fd < 0 || fstat(fd, &st) != 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return safewalk_refuse(walk, "%s: cannot be entered: %s", path, strerror(error));
    }
    if (S_ISLNK(st.st_mode)) {
        int result = follow_link(walk, fd, path, &st);
        close(fd);
        return result;
    }
    if (!S_ISDIR(st.st_mode)) {
        close(fd);
        return safewalk_refuse(walk, "%s: not a directory, but the path goes through it", path);
    }
    close(walk->dir);
    walk->dir = fd;
    strcpy(walk->where, path);
    return check_directory(walk, path, &st);
}

int safewalk_on(struct safewalk *walk)
{
    for (;;) {
        char name[NAME_MAX + 1];
        size_t skip = strspn(walk->rest, "/");
        memmove(walk->rest, walk->rest + skip, strlen(walk->rest + skip) + 1);
        size_t length = strcspn(walk->rest, "/");
        if (walk->rest[length] == '\0')
            return 0;
        if (length > NAME_MAX)
            return safewalk_refuse(walk, "%s/%.32s...: a name longer than %d bytes", walk->where, walk->rest,
                                   NAME_MAX);
        memcpy(name, walk->rest, length);
        name[length] = '\0';
        memmove(walk->rest, walk->rest + length, strlen(walk->rest + length) + 1);
        if (enter(walk, name) != 0)
            return -1;
    }
}

int safewalk_begin(struct safewalk *walk, const char *path)
{
    char cwd[PATH_MAX];
    int n;
    if (path[0] == '\0')
        return safewalk_refuse(walk, "the path is empty; name a file");
    if (path[0] == '/') {
        n = snprintf(walk->rest, sizeof walk->rest, "%s", path);
    } else {
        if (getcwd(cwd, sizeof cwd) == NULL)
            return safewalk_refuse(walk, "%s: the working directory has no name (%s); give an absolute path",
                                   path, strerror(errno));
        n = snprintf(walk->rest, sizeof walk->rest, "%s/%s", cwd, path);
    }
    if (n < 0 || n >= PATH_MAX)
        return safewalk_refuse(walk, "%.64s...: longer than %d bytes", path, PATH_MAX - 1);

    return enter_root(walk) != 0 ? -1 : safewalk_on(walk);
}

void safewalk_end(struct safewalk *walk)
{
    if (walk->dir >= 0)
        close(walk->dir);
    walk->dir = -1;
}
