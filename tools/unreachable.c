#include "unreachable.h"
#include "exits.h"
#include "output.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int try_connect(const char *path, int type)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fault = 0;
    if (strlen(path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fault = errno;
    close(fd);
    return fault;
}

static void group_name(gid_t gid, char *out, size_t size)
{
    const struct group *group = getgrgid(gid);
    if (group != NULL)
        snprintf(out, size, "\"%s\"", group->gr_name);
    else
        snprintf(out, size, "%lu", (unsigned long)gid);
}

/* The first directory on the way that may not be searched, else the socket itself. */
static int explain_permission(const struct unreachable_socket *where)
{
    const char *path = where->path;
    char part[sizeof((struct sockaddr_un *)0)->sun_path + 1], name[128];
    struct stat st;
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (access(part, X_OK) != 0 && stat(part, &st) == 0) {
            group_name(st.st_gid, name, sizeof name);
            return output_fail(
                EXITS_UNREACHABLE,
                "permission denied at %s: its directory %s (mode %04o, group %s) is closed to you", path,
                part, (unsigned)st.st_mode & 07777, name);
        }
        *slash = '/';
    }
    if (stat(path, &st) != 0 || (st.st_mode & S_IWGRP) == 0)
        return output_fail(EXITS_UNREACHABLE,
                           "permission denied at %s: it is open to its owner only; see mode and group of "
                           "%s in sigd.conf",
                           path, where->section);
    group_name(st.st_gid, name, sizeof name);
    return output_fail(
        EXITS_UNREACHABLE,
        "permission denied at %s (mode %04o): it is open to group %s; have your user added to that "
        "group, and log in anew",
        path, (unsigned)st.st_mode & 07777, name);
}

int unreachable_explain(const struct unreachable_socket *where)
{
    const char *path = where->path;
    int fault = try_connect(path, where->type);
    switch (fault) {
    case ENOENT:
        return output_fail(EXITS_UNREACHABLE,
                           "there is no socket %s: is sigd running (systemctl status sigd)? "
                           "Another place is told by --socket or %s, and by %s in sigd.conf",
                           path, where->variable, where->section);
    case ECONNREFUSED:
        return output_fail(EXITS_UNREACHABLE,
                           "nobody listens at %s: is sigd running (systemctl status sigd)?", path);
    case EACCES:
    case EPERM: return explain_permission(where);
    case EAGAIN:
        return output_fail(EXITS_UNREACHABLE,
                           "sigd at %s takes no further connections: it is overloaded or stopped", path);
    case EPROTOTYPE:
        return output_fail(
            EXITS_UNREACHABLE,
            "%s is a socket of another type: sigctl needs the admin socket, usersig one of the others", path);
    case 0: return output_fail(EXITS_UNREACHABLE, "sigd at %s did not take the connection", path);
    default: return output_fail(EXITS_UNREACHABLE, "cannot connect to sigd at %s: %s", path, strerror(fault));
    }
}
