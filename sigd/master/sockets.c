/* sockets.c: the listening sockets in the file system. */
#include "sockets.h"

#include "log.h"
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

bool sockets_set_access(const struct config_socket *socket_config)
{
    const char *path = socket_config->path;
    return (socket_config->gid == CONFIG_NO_GID || chown(path, (uid_t)-1, socket_config->gid) == 0) &&
           chmod(path, socket_config->mode) == 0;
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
    if (!bound || !sockets_set_access(socket_config) || listen(fd, BACKLOG) != 0) {
        snprintf(why, why_size, "%s: cannot be served: %s", path, strerror(errno));
        if (bound)
            unlink(path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* A place for a socket of the config, neither locked nor listening. */
static struct sockets_one *add(struct sockets *sockets, const struct config_socket *config)
{
    struct sockets_one *one = &sockets->all[sockets->n++];
    *one = (struct sockets_one){ .fd = -1, .lock = -1 };
    memcpy(one->path, config->path, sizeof one->path);
    return one;
}

bool sockets_lock(struct sockets *sockets, const struct config *config, struct inherited *inherited,
                  char *why, size_t why_size)
{
    *sockets = (struct sockets){ 0 };
    for (size_t i = 0; i < config->n_sockets; i++) {
        struct sockets_one *one = add(sockets, &config->sockets[i]);
        if (!inherited_take(inherited, &one->fd, config->sockets[i].name, one->path, SOCK_STREAM, why,
                            why_size))
            return false;
        one->inherited = one->fd >= 0;
        if (!one->inherited && (one->lock = sockets_lock_path(one->path, why, why_size)) < 0)
            return false;
    }
    return true;
}

bool sockets_listen(struct sockets *sockets, const struct config *config, char *why, size_t why_size)
{
    for (size_t i = 0; i < sockets->n; i++) {
        if (sockets->all[i].fd < 0)
            sockets->all[i].fd = sockets_bind(&config->sockets[i], SOCK_STREAM, why, why_size);
        if (sockets->all[i].fd < 0)
            return false;
    }
    return true;
}

static struct sockets_one *find(struct sockets *sockets, const char *path)
{
    for (size_t i = 0; i < sockets->n; i++)
        if (strcmp(sockets->all[i].path, path) == 0)
            return &sockets->all[i];
    return NULL;
}

static void close_one(struct sockets_one *one)
{
    if (one->fd >= 0) {
        if (!one->inherited)
            unlink(one->path);
        close(one->fd);
    }
    if (one->lock >= 0)
        close(one->lock);
    *one = (struct sockets_one){ .fd = -1, .lock = -1 };
}

bool sockets_prepare(struct sockets *next, struct sockets *now, const struct config *config, char *why,
                     size_t why_size)
{
    *next = (struct sockets){ 0 };
    for (size_t i = 0; i < config->n_sockets; i++) {
        struct sockets_one *one = add(next, &config->sockets[i]);
        const struct sockets_one *held = find(now, one->path);
        if (held) {
            *one = *held;
            continue;
        }
        one->lock = sockets_lock_path(one->path, why, why_size);
        one->fd = one->lock < 0 ? -1 : sockets_bind(&config->sockets[i], SOCK_STREAM, why, why_size);
        if (one->fd < 0) {
            sockets_abort(next, now);
            return false;
        }
    }
    return true;
}

void sockets_abort(struct sockets *next, struct sockets *now)
{
    for (size_t i = 0; i < next->n; i++)
        if (!find(now, next->all[i].path))
            close_one(&next->all[i]);
    next->n = 0;
}

void sockets_commit(struct sockets *now, struct sockets *next, const struct config *config)
{
    for (size_t i = 0; i < now->n; i++)
        if (!find(next, now->all[i].path))
            close_one(&now->all[i]);
    for (size_t i = 0; i < next->n; i++)
        if (!next->all[i].inherited && !sockets_set_access(&config->sockets[i]))
            log_line(LOG_LEVEL_ERROR, "a socket kept its old mode and group", "path=%s error=\"%s\"",
                     next->all[i].path, strerror(errno));
    *now = *next;
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->n; i++)
        if (sockets->all[i].fd >= 0) {
            if (!sockets->all[i].inherited)
                unlink(sockets->all[i].path);
            close(sockets->all[i].fd);
            sockets->all[i].fd = -1;
        }
}
