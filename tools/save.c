#include "save.h"
#include "exits.h"
#include "output.h"
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot(const char *path)
{
    return output_fail(EXITS_OUTPUT, "cannot write %s: %s", path, strerror(errno));
}

/* What stands at path, and whether it may be replaced. */
static int look(const char *path, bool replaces, struct stat *there, bool *is_there)
{
    char why[512];
    if (strcmp(path, "-") == 0)
        return output_fail(EXITS_USAGE,
                           "a secret goes to a file of mode 0600, never to standard output: name a file");
    if (safefile_check_directories(path, why, sizeof why) != 0)
        return output_fail(EXITS_OUTPUT, "%s", why);
    *is_there = lstat(path, there) == 0;
    if (!*is_there)
        return errno == ENOENT ? 0 : cannot(path);
    if (!S_ISREG(there->st_mode))
        return output_fail(
            EXITS_OUTPUT,
            "%s is there and is no regular file: a secret goes to a file, never to a terminal, a link "
            "or a device",
            path);
    if (!replaces)
        return output_fail(EXITS_OUTPUT, "%s is there already: name another file, or move it away", path);
    return 0;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Whoever stops the tool while a temporary file is there stops it behind that; it does not last. */
static void defer_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

int save_begin(struct save *save, const char *path, const void *bytes, size_t len, bool replaces)
{
    struct stat there;
    bool is_there = false;
    save->temporary[0] = '\0';
    save->replaces = replaces;
    int status = look(path, replaces, &there, &is_there);
    if (status != 0)
        return status;
    int n = snprintf(save->path, sizeof save->path, "%s", path);
    int m = snprintf(save->temporary, sizeof save->temporary, "%s.XXXXXX", path);
    if (n < 0 || m < 0 || (size_t)m >= sizeof save->temporary) {
        save->temporary[0] = '\0';
        return output_fail(EXITS_OUTPUT, "%.64s...: the path is too long", path);
    }
    defer_signals();
    int fd = mkostemp(save->temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0) {
        save->temporary[0] = '\0';
        return cannot(path);
    }
    bool ok = !is_there || there.st_uid == geteuid() || fchown(fd, there.st_uid, there.st_gid) == 0;
    ok = ok && fchmod(fd, 0600) == 0 && write_all(fd, bytes, len) && fsync(fd) == 0;
    if (!ok)
        status = cannot(path);
    if (close(fd) != 0 && ok)
        status = cannot(path);
    if (status != 0)
        save_abandon(save);
    return status;
}

/* The name, too, is on the disk. */
static bool sync_directory(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s",
             slash == NULL   ? 1
             : slash == path ? 1
                             : (int)(slash - path),
             slash == NULL ? "." : path);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0 || errno == EINVAL; /* a file system that knows no such thing */
    close(fd);
    return ok;
}

/* Gives the file its name, and takes that from no other. */
static bool name_new(const struct save *save)
{
    if (renameat2(AT_FDCWD, save->temporary, AT_FDCWD, save->path, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS) /* file systems and kernels without it */
        return false;
    return link(save->temporary, save->path) == 0 && unlink(save->temporary) == 0;
}

int save_commit(struct save *save)
{
    if (save->replaces ? rename(save->temporary, save->path) != 0 : !name_new(save)) {
        int status = cannot(save->path);
        save_abandon(save);
        return status;
    }
    save->temporary[0] = '\0';
    return sync_directory(save->path) ? 0 : cannot(save->path);
}

void save_abandon(struct save *save)
{
    if (save->temporary[0] != '\0')
        unlink(save->temporary);
    save->temporary[0] = '\0';
}

int save_file(const char *path, const void *bytes, size_t len, bool replaces)
{
    struct save save;
    int status = save_begin(&save, path, bytes, len, replaces);
    return status != 0 ? status : save_commit(&save);
}
