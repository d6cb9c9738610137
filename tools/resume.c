#include "resume.h"
#include "exits.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usersig.h>

static int cannot(const char *path)
{
    return output_fail(EXITS_OUTPUT, "cannot write %s: %s", path, strerror(errno));
}

int resume_read(struct resume *resume, const char *path, const char *call, const json_t *request)
{
    json_error_t error;
    *resume = (struct resume){ 0 };
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *of = json_string_value(json_object_get(file, "call"));
    json_t *cursors = json_object_get(file, "cursors");
    int status = 0;
    if (of == NULL || !json_is_object(cursors))
        status = output_fail(EXITS_DATA, "%s is not what --resume writes, or cannot be read: %s", path,
                             file == NULL ? error.text : "members are missing");
    else if (strcmp(of, call) != 0 || !json_equal(json_object_get(file, "request"), request))
        status = output_fail(EXITS_DATA,
                             "%s is of another request: name another file, or remove it to begin anew", path);
    if (status == 0) {
        resume->cursors = json_incref(cursors);
        resume->items = json_integer_value(json_object_get(file, "items"));
    }
    json_decref(file);
    return status;
}

int resume_write(const char *path, const char *call, const json_t *request, const struct resume *resume)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return output_fail(EXITS_OUTPUT, "%.64s...: the path is too long", path);
    json_t *file = json_pack("{s:s, s:O, s:O, s:I}", "call", call, "request", request, "cursors",
                             resume->cursors, "items", resume->items);
    if (file == NULL)
        return output_fail(USERSIG_ERR_MEMORY, "no memory");
    int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0) {
        json_decref(file);
        return cannot(path);
    }
    int status = 0;
    if (json_dumpfd(file, fd, JSON_COMPACT) != 0 || write(fd, "\n", 1) != 1 || fsync(fd) != 0)
        status = cannot(path);
    close(fd);
    json_decref(file);
    if (status == 0 && rename(temporary, path) != 0)
        status = cannot(path);
    if (status != 0)
        unlink(temporary);
    return status;
}

int resume_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : cannot(path);
}
