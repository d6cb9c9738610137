#include "readall.h"
#include "exits.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usersig.h>

#define SIZE_FIRST \
    65537 /* holds what most commands take, so that a credential is not left behind by realloc */

int readall_into(int fd, const char *name, void *out, size_t size, size_t *len)
{
    *len = 0;
    while (*len < size) {
        ssize_t got = read(fd, (char *)out + *len, size - *len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return output_fail(EXITS_NO_INPUT, "cannot read %s: %s", name, strerror(errno));
        if (got == 0)
            break;
        *len += (size_t)got;
    }
    return 0;
}

int readall_open(int fd, const char *name, size_t max, char **bytes, size_t *len)
{
    size_t size = 0, more = 0;
    char *buffer = NULL;
    int status = 0;
    *len = 0;
    *bytes = NULL;
    while (status == 0 && *len == size && size <= max) {
        size = size == 0 ? SIZE_FIRST : 2 * size;
        size = size > max + 1 ? max + 1 : size;
        char *grown = realloc(buffer, size);
        if (grown == NULL) {
            free(buffer);
            return output_fail(USERSIG_ERR_MEMORY, "no memory");
        }
        buffer = grown;
        status = readall_into(fd, name, buffer + *len, size - *len, &more);
        *len += more;
    }
    if (status == 0 && *len > max)
        status = output_fail(EXITS_DATA, "%s is longer than %zu KiB", name, max / 1024);
    if (status != 0) {
        free(buffer);
        return status;
    }
    buffer[*len] = '\0'; /* there is room: *len < size */
    *bytes = buffer;
    return 0;
}

int readall_file(const char *path, size_t max, char **bytes, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *bytes = NULL;
    if (fd < 0)
        return output_fail(EXITS_NO_INPUT, "cannot open %s: %s", path, strerror(errno));
    int status = readall_open(fd, path, max, bytes, len);
    close(fd);
    return status;
}
