/* listen.c: the listening sockets of a front and who is accepted. */
#include "listen.h"

#include "conn.h"
#include "evict.h"
#include "log.h"
#include "reply.h"
#include "quota.h"
#include "spare.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_MAX 64 /* a turn and listener */
#define SEEN_MS 3000   /* a worker that turns has done so since */

/* Two sets: the one that is served, and the one that is being told. An event of this turn may still name a place of
 * the set that was: its descriptor is -1 then, or another listener's, and accepting from it does no harm. */
static struct listener {
    int fd;
} listeners[2][SIGD_SOCKETS_MAX];
static size_t served, n[2];
static bool accepting = true;
static struct spare spare = { -1 };

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
    spare_keep(&spare, front->epoll);
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

/* false: all that is open is being worked on. */
static bool make_room(struct front *front, const char *error)
{
    size_t evicted = evict_some(front);
    tell_full(front, error, evicted);
    return evicted > 0;
}

/* Says 503 and closes. What the client has sent by then is dropped, so that it reads the answer before it sees a reset. */
static void refuse(struct front *front, int fd, const char *why)
{
    struct conn conn = { .front = front, .fd = fd };
    char dropped[4096];
    reply_problem(&conn, PROBLEM_UNAVAILABLE, "%s", why);
    (void)!send(fd, conn.out.bytes, conn.out.len, MSG_NOSIGNAL);
    (void)!recv(fd, dropped, sizeof dropped, 0);
    close(fd);
    buffer_free(&conn.out);
    board_add(&front->boards.own_front->conns_refused, 1);
}

/* Is there another worker that has room? */
static bool others_have_room(const struct front *front)
{
    for (size_t i = 0; i < SIGD_WORKERS_MAX; i++) {
        const struct board_front *other = front->boards.fronts[i];
        if (other != front->boards.own_front && board_get(&other->seen_ms) + SEEN_MS > front->now_ms &&
            board_get(&other->conns_open) < front->conns_max)
            return true;
    }
    return false;
}

static void pause_for_now(struct front *front)
{
    board_add(&front->boards.own_front->accept_pauses, 1);
    pause_accepting(front, true);
}

static uint32_t uid_of(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 ? peer.uid : UINT32_MAX;
}

/* Somebody new, and there is room. */
static void take(struct front *front, int fd)
{
    uint32_t uid = uid_of(fd);
    if (quota_is_full(uid)) {
        size_t evicted = evict_of(front, uid);
        tell_full(front, "one user has three quarters of all", evicted);
        if (!evicted) {
            refuse(front, fd,
                   "this user has as many connections as one may have, and all are being worked on");
            return;
        }
    }
    conn_new(front, fd, uid);
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

/* Accepts one. Where there is no room, somebody who is idle makes some, but not before it is certain that it is needed: accept
 * fails for want of descriptors also where nobody waits. false: no further one now. */
static bool accept_next(struct front *front, int listener)
{
    const char *full = front->n_conns >= front->conns_max ? "the limit" : NULL;
    if (full && others_have_room(front)) {
        pause_for_now(front);
        return false;
    }
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        full = strerror(errno);
        fd = spare_accept(&spare, listener);
    }
    int error = fd < 0 ? errno : 0;
    if (error == EINTR || error == ECONNABORTED)
        return true;
    if (is_shortage(error) && !make_room(front, strerror(error)))
        pause_for_now(front);
    else if (fd >= 0 && full && !make_room(front, full))
        refuse(front, fd, "all connections that sigd can hold are being worked on");
    else if (fd >= 0)
        take(front, fd);
    spare_keep(&spare, front->epoll);
    return fd >= 0;
}

/* most: connections to accept now. */
static void accept_all(struct front *front, int listener, size_t most)
{
    for (size_t i = 0; i < most && accept_next(front, listener); i++)
        ;
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
    spare_keep(&spare, front->epoll);
    /* a worker that is stopped or hangs may have been woken for a connection, and nobody else was */
    for (size_t i = 0; i < n[served] && board_get(&front->boards.master->workers) > 1; i++)
        listen_accept(front, &listeners[served][i]);
}

void listen_close(struct front *front)
{
    for (size_t i = 0; i < n[served]; i++)
        accept_all(front, listeners[served][i].fd,
                   front->conns_max); /* not for ever: others may go on to connect */
    close_set(front, served);
    close_set(front, 1 - served);
}
