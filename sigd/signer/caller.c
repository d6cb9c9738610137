/* caller.c: who is at the other end of a client's descriptor, by the kernel's word. */
#include "caller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static bool option_is(int fd, int option, int wanted)
{
    int value;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == wanted;
}

/* The kernel notes a peer's identity on both ends of a connection, and on listening sockets and pairs it is that of
 * who made them. Only the accepted end tells who called: it is the one that carries the listener's path while its
 * peer, the connecting end, has no name. (A peer that binds a name before it connects is refused for that.) */
static bool is_accepted_end(int fd, char path[static SIGD_PATH_MAX + 1], const char **why)
{
    struct sockaddr_un own = { 0 }, peer = { 0 };
    socklen_t own_len = sizeof own, peer_len = sizeof peer;

    *why = "not a connected stream socket";
    if (!option_is(fd, SO_DOMAIN, AF_UNIX) || !option_is(fd, SO_TYPE, SOCK_STREAM) ||
        !option_is(fd, SO_ACCEPTCONN, 0))
        return false;
    if (getsockname(fd, (struct sockaddr *)&own, &own_len) != 0 ||
        getpeername(fd, (struct sockaddr *)&peer, &peer_len) != 0)
        return false;
    *why = "not the accepted end of a connection, or the client bound a name of its own";
    if (peer_len > offsetof(struct sockaddr_un, sun_path))
        return false;
    size_t len = own_len > offsetof(struct sockaddr_un, sun_path)
                     ? strnlen(own.sun_path, own_len - offsetof(struct sockaddr_un, sun_path))
                     : 0;
    if (len == 0 || len > SIGD_PATH_MAX)
        return false;
    memcpy(path, own.sun_path, len);
    path[len] = '\0';
    return true;
}

static bool read_groups(struct caller *caller, int fd)
{
    socklen_t len = 32 * sizeof(gid_t);
    for (int tries = 0; tries < 8; tries++) { /* the kernel answers ERANGE with the size that it needs */
        gid_t *groups = realloc(caller->groups, len ? len : sizeof *groups);
        if (!groups)
            return false;
        caller->groups = groups;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0) {
            caller->n_groups = len / sizeof *groups;
            return true;
        }
        if (errno != ERANGE)
            return false;
    }
    return false;
}

enum proto_status caller_read(struct caller *caller, int fd, const char **why)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    *caller = (struct caller){ 0 };
    *why = "no descriptors are left to receive it";
    if (fd < 0)
        return PROTO_UNAVAILABLE;
    if (!is_accepted_end(fd, caller->path, why))
        return PROTO_FORBIDDEN;
    *why = "no memory, or the kernel does not tell who it is";
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || !read_groups(caller, fd)) {
        caller_clear(caller);
        return PROTO_UNAVAILABLE;
    }
    caller->uid = peer.uid;
    caller->gid = peer.gid;
    caller->pid = peer.pid;
    return PROTO_DONE;
}

bool caller_in_group(const struct caller *caller, gid_t gid)
{
    if (caller->gid == gid)
        return true;
    for (size_t i = 0; i < caller->n_groups; i++)
        if (caller->groups[i] == gid)
            return true;
    return false;
}

void caller_clear(struct caller *caller)
{
    free(caller->groups);
    *caller = (struct caller){ 0 };
}
