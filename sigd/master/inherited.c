/* inherited.c: listening sockets from systemd. */
#include "inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A whole decimal number up to max; -1: it is none. */
static long number(const char *text, long max)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return -1;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && value <= max ? value : -1;
}

static bool option_is(int fd, int option, int wanted)
{
    int value;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == wanted;
}

/* NULL: good. */
static const char *examine(struct inherited_one *one)
{
    struct sockaddr_un address = { 0 };
    socklen_t len = sizeof address;
    if (!option_is(one->fd, SO_DOMAIN, AF_UNIX))
        return "is not a UNIX socket: give sigd.socket paths only";
    if (!option_is(one->fd, SO_ACCEPTCONN, 1))
        return "does not listen: sigd.socket needs Accept=no, and ListenStream= or ListenSequentialPacket=";
    if (getsockname(one->fd, (struct sockaddr *)&address, &len) != 0 ||
        len <= offsetof(struct sockaddr_un, sun_path) || address.sun_path[0] == '\0')
        return "has no path: an abstract name is open to everybody; give sigd.socket a path";
    size_t n = strnlen(address.sun_path, len - offsetof(struct sockaddr_un, sun_path));
    if (n > SIGD_PATH_MAX)
        return "has too long a path";
    memcpy(one->path, address.sun_path, n);
    one->path[n] = '\0';
    int flags = fcntl(one->fd, F_GETFL);
    if (flags < 0 || fcntl(one->fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(one->fd, F_SETFD, FD_CLOEXEC) != 0)
        return strerror(errno);
    return NULL;
}

/* The names, between colons; "unknown" is systemd's word for none. */
static void read_names(struct inherited *inherited, const char *names)
{
    for (size_t i = 0; i < inherited->n && names != NULL; i++) {
        size_t len = strcspn(names, ":");
        if (len <= INHERITED_NAME_MAX && !(len == 7 && memcmp(names, "unknown", 7) == 0))
            memcpy(inherited->all[i].name, names, len);
        names = names[len] == ':' ? names + len + 1 : NULL;
    }
}

static bool read_all(struct inherited *inherited, char *why, size_t why_size)
{
    const char *fds = getenv("LISTEN_FDS");
    if (fds == NULL || number(getenv("LISTEN_PID"), INT32_MAX) != getpid())
        return true; /* meant for another process */
    long n = number(fds, INHERITED_MAX);
    if (n < 0) {
        snprintf(why, why_size, "LISTEN_FDS=%.20s is not a number from 0 to %d", fds, INHERITED_MAX);
        return false;
    }
    inherited->n = (size_t)n;
    read_names(inherited, getenv("LISTEN_FDNAMES"));
    for (size_t i = 0; i < inherited->n; i++) {
        struct inherited_one *one = &inherited->all[i];
        one->fd = INHERITED_FIRST + (int)i;
        const char *fault = examine(one);
        if (fault != NULL) {
            snprintf(why, why_size, "descriptor %d (%s) of LISTEN_FDS %s", one->fd,
                     one->name[0] ? one->name : "no name", fault);
            return false;
        }
    }
    return true;
}

bool inherited_read(struct inherited *inherited, char *why, size_t why_size)
{
    *inherited = (struct inherited){ 0 };
    bool good = read_all(inherited, why, why_size);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_PIDFDID");
    unsetenv("LISTEN_FDNAMES");
    return good;
}

static struct inherited_one *find(struct inherited *inherited, const char *name, const char *path)
{
    for (size_t i = 0; i < inherited->n; i++)
        if (inherited->all[i].fd >= 0 && strcmp(inherited->all[i].name, name) == 0)
            return &inherited->all[i];
    for (size_t i = 0; i < inherited->n; i++)
        if (inherited->all[i].fd >= 0 && strcmp(inherited->all[i].path, path) == 0)
            return &inherited->all[i];
    return NULL;
}

bool inherited_take(struct inherited *inherited, int *fd, const char *name, const char *path, int type,
                    char *why, size_t why_size)
{
    struct inherited_one *one = inherited != NULL ? find(inherited, name, path) : NULL;
    *fd = -1;
    if (one == NULL)
        return true;
    if (strcmp(one->path, path) != 0) /* the path tells the signer on which socket a caller came */
        snprintf(why, why_size, "\"%s\": LISTEN_FDS brings one at %s, but the config says %s: make them one",
                 name, one->path, path);
    else if (!option_is(one->fd, SO_TYPE, type))
        snprintf(why, why_size, "\"%s\" of LISTEN_FDS has the wrong type: it must be %s", name,
                 type == SOCK_STREAM ? "ListenStream=" : "ListenSequentialPacket=");
    else {
        *fd = one->fd;
        one->fd = -1;
        return true;
    }
    return false;
}

bool inherited_none_left(const struct inherited *inherited, char *why, size_t why_size)
{
    for (size_t i = 0; i < inherited->n; i++) {
        const struct inherited_one *one = &inherited->all[i];
        if (one->fd < 0)
            continue;
        snprintf(
            why, why_size,
            "LISTEN_FDS brings %s (%s), which the config does not know: add a socket section with that path, or take "
            "it out of sigd.socket",
            one->path, one->name[0] ? one->name : "no name");
        return false;
    }
    return true;
}
