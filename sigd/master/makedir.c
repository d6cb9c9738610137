/* makedir.c: makes the directory of a file that is to be made. */
#include "makedir.h"

#include "log.h"
#include "safefile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* With that mode, whatever the umask of who started sigd would take away. */
static bool make(const char *directory, mode_t mode)
{
    mode_t mask = umask(0);
    bool made = mkdir(directory, mode) == 0;
    umask(mask);
    return made;
}

bool makedir_above(const char *path, mode_t mode, char *why, size_t why_size)
{
    char directory[4096];
    const char *slash = strrchr(path, '/');
    struct stat st;
    if (!slash || slash == path)
        return true;
    if ((size_t)(slash - path) >= sizeof directory) {
        snprintf(why, why_size, "%.64s...: the path is too long", path);
        return false;
    }
    memcpy(directory, path, (size_t)(slash - path));
    directory[slash - path] = '\0';
    if (stat(directory, &st) == 0)
        return true;
    if (errno != ENOENT || safefile_check_directories(directory, why, why_size) != 0 ||
        !make(directory, mode)) {
        snprintf(why, why_size, "%s: the directory %s is not there and cannot be made (%s): mkdir -p %s",
                 path, directory, strerror(errno), directory);
        return false;
    }
    log_line(LOG_LEVEL_INFO, "made a directory", "path=%s mode=%04o", directory, (unsigned)mode);
    return true;
}
