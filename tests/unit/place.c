/* place.c: a temporary directory in memory. */
#include "place.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char place_path[4096];

void place_make(void)
{
    snprintf(place_path, sizeof place_path, "/dev/shm/usersig-test.XXXXXX");
    ck_assert_msg(mkdtemp(place_path) != NULL, "%s: %s", place_path, strerror(errno));
    ck_assert_int_eq(chdir(place_path), 0);
    umask(022);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void place_remove(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    nftw(place_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    place_path[0] = '\0';
}

const char *place_within(const char *path)
{
    static char buffers[4][sizeof place_path];
    static unsigned next;
    char *buffer = buffers[next++ % 4];
    int len = snprintf(buffer, sizeof buffers[0], "%s/%s", place_path, path);
    ck_assert_msg(len > 0 && (size_t)len < sizeof buffers[0], "path too long: %s", path);
    return buffer;
}

static struct stat look(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        memset(&st, 0, sizeof st);
    return st;
}

mode_t place_mode(const char *path)
{
    return look(path).st_mode;
}

gid_t place_group(const char *path)
{
    return look(path).st_gid;
}

ino_t place_inode(const char *path)
{
    return look(path).st_ino;
}

void place_put(const char *path, const void *bytes, size_t len, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_msg(fd >= 0, "cannot make %s: %s", path, strerror(errno));
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

const char *place_text(const char *path)
{
    static char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    ck_assert_int_ge(len, 0);
    text[len] = '\0';
    return text;
}
