/* listen.c: the listening sockets of a front and who is accepted. */
#include "listen.h"

#include "conn.h"
#include "evict.h"
#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_MAX 64 /* a turn and listener */

/* Two sets: the one that is served, and the one that is being told. An event of this turn may still name a place of
 * the set that was: its descriptor is -1 then, or another listener's, and accepting from it does no harm. */
static struct listener {
    int fd;
} listeners[2][SIGD_SOCKETS_MAX];
static size_t served, n[2];
static bool accepting = true;

bool listen_add(struct front *front, int fd)
{
    (void)front;
    size_t next = 1 - served;
    if (n[next] == SIGD_SOCKETS_MAX)
        return false;
    int copy = dup(fd);
    if (copy < 0)
        return false;
    listeners[next][n[next]++].fd = copy;
    return true;
}

static bool wait_for(struct front *front, struct listener *listener, int operation)
{
    /* EXCLUSIVE: of several workers not all wake for one connection */
    struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = listener };
    return epoll_ctl(front->epoll, operation, listener->fd, &event) == 0;
}

/* Listeners stay out of the epoll set while nothing can be accepted: they are level-triggered. */
static void pause_accepting(struct front *front, bool paused)
{
    for (size_t i = 0; i < n[served] && paused == accepting; i++)
        wait_for(front, &listeners[served][i], paused ? EPOLL_CTL_DEL : EPOLL_CTL_ADD);
    accepting = !paused;
}

/* close() alone leaves them in the epoll set: the master and other fronts hold them too. */
static void close_set(struct front *front, size_t set)
{
    for (size_t i = 0; i < n[set]; i++) {
        if (accepting)
            wait_for(front, &listeners[set][i], EPOLL_CTL_DEL);
        close(listeners[set][i].fd);
        listeners[set][i].fd = -1;
    }
    n[set] = 0;
}

bool listen_commit(struct front *front)
{
    size_t next = 1 - served;
    bool ok = true;
    close_set(front, served);
    served = next;
    for (size_t i = 0; i < n[served]; i++)
        ok = (front->draining || wait_for(front, &listeners[served][i], EPOLL_CTL_ADD)) && ok;
    accepting = true;
    return ok;
}

bool listen_is(const void *who)
{
    return who >= (const void *)listeners && who < (const void *)(listeners + 2);
}

static void tell_full(struct front *front, const char *error, size_t evicted)
{
    static uint64_t told_ms;
    if (told_ms && front->now_ms < told_ms + 1000)
        return;
    told_ms = front->now_ms;
    log_line(LOG_LEVEL_WARN, "no room for another connection", "error=\"%s\" open=%zu closed=%zu", error,
             front->n_conns + evicted, evicted);
}

/* false: there is none until the next tick. */
static bool make_room(struct front *front, const char *error)
{
    size_t evicted = evict_some(front);
    tell_full(front, error, evicted);
    if (evicted)
        return true;
    board_add(&front->boards.own_front->accept_pauses, 1);
    pause_accepting(front, true);
    return false;
}

/* most: connections to accept now. */
static void accept_all(struct front *front, int listener, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        if (front->n_conns >= front->conns_max && !make_room(front, "the limit"))
            return;
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            conn_new(front, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            if (!make_room(front, strerror(errno)))
                return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

void listen_accept(struct front *front, const void *who)
{
    const struct listener *listener = who;
    if (accepting && !front->draining && listener->fd >= 0)
        accept_all(front, listener->fd, ACCEPTS_MAX);
}

void listen_tick(struct front *front)
{
    if (front->draining)
        return;
    pause_accepting(front, false);
    /* a worker that is stopped or hangs may have been woken for a connection, and nobody else was */
    for (size_t i = 0; i < n[served] && board_get(&front->boards.master->workers) > 1; i++)
        listen_accept(front, &listeners[served][i]);
}

void listen_close(struct front *front)
{
    for (size_t i = 0; i < n[served]; i++)
        accept_all(front, listeners[served][i].fd, SIZE_MAX);
    close_set(front, served);
    close_set(front, 1 - served);
}
