/* sockets.c: the listening sockets in the file system. */
#include "sockets.h"

#include "makedir.h"
#include "safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

int sockets_lock_path(const char *path, char *why, size_t why_size)
{
    char lock[SIGD_PATH_MAX + sizeof ".lock"];
    snprintf(lock, sizeof lock, "%s.lock", path);
    if (!makedir_above(path, 0755, why, why_size) || safefile_check_directories(path, why, why_size) != 0)
        return -1;
    int fd = open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0) {
        snprintf(why, why_size, "%s: %s", lock, strerror(errno));
        return -1;
    }
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != getuid())) {
        snprintf(why, why_size, "%s: is not a file of ours: remove it", lock);
        close(fd);
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(why, why_size,
                 "%s: already served by another sigd (it holds %s): stop that one, or give this one "
                 "another path",
                 path, lock);
        close(fd);
        return -1;
    }
    return fd;
}

bool sockets_lock(struct sockets *sockets, const struct config *config, struct inherited *inherited,
                  char *why, size_t why_size)
{
    for (size_t i = 0; i < config->n_sockets; i++) {
        const struct config_socket *place = &config->sockets[i];
        sockets->paths[i] = place->path;
        sockets->locks[i] = -1;
        if (!inherited_take(inherited, &sockets->fds[i], place->name, place->path, SOCK_STREAM, why,
                            why_size))
            return false;
        sockets->inherited[i] = sockets->fds[i] >= 0;
        if (!sockets->inherited[i]) {
            sockets->locks[i] = sockets_lock_path(place->path, why, why_size);
            if (sockets->locks[i] < 0)
                return false;
        }
        sockets->n++;
    }
    return true;
}

/* Does anybody listen there? The lock is ours, so that it would be no sigd. */
static bool is_served(const struct sockaddr_un *address, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* refused: nobody; a full backlog (EAGAIN) is somebody's */
    bool served = fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
                  errno != ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return served;
}

/* A socket that nobody serves is what a killed sigd left. Anything else is not ours to remove. */
static bool remove_stale(const struct sockaddr_un *address, int type, char *why, size_t why_size)
{
    const char *path = address->sun_path;
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(st.st_mode))
        snprintf(why, why_size, "%s: something that is not a socket is in its place: remove it", path);
    else if (is_served(address, type))
        snprintf(why, why_size,
                 "%s: already served by another program: stop that one, or give sigd another path", path);
    else
        return unlink(path) == 0;
    return false;
}

int sockets_bind(const struct config_socket *socket_config, int type, char *why, size_t why_size)
{
    const char *path = socket_config->path;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, path, strlen(path) + 1);
    *why = '\0';
    if (!remove_stale(&address, type, why, why_size)) {
        if (!*why)
            snprintf(why, why_size, "%s: a stale socket cannot be removed: %s", path, strerror(errno));
        return -1;
    }
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177); /* nobody connects before mode and group are right */
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    umask(mask);
    if (!bound || (socket_config->gid != CONFIG_NO_GID && chown(path, (uid_t)-1, socket_config->gid) != 0) ||
        chmod(path, socket_config->mode) != 0 || listen(fd, BACKLOG) != 0) {
        snprintf(why, why_size, "%s: cannot be served: %s", path, strerror(errno));
        if (bound)
            unlink(path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

bool sockets_listen(struct sockets *sockets, const struct config *config, char *why, size_t why_size)
{
    for (size_t i = 0; i < sockets->n; i++) {
        if (sockets->inherited[i])
            continue;
        sockets->fds[i] = sockets_bind(&config->sockets[i], SOCK_STREAM, why, why_size);
        if (sockets->fds[i] < 0)
            return false;
    }
    return true;
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->n; i++)
        if (sockets->fds[i] >= 0) {
            if (!sockets->inherited[i])
                unlink(sockets->paths[i]);
            close(sockets->fds[i]);
            sockets->fds[i] = -1;
        }
}
