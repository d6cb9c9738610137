/* conn.c: one client's connection: bytes in, bytes out, and when it is done. */
#include "conn.h"

#include "api.h"
#include "request.h"
#include "quota.h"
#include "share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Epoll tells of what changes, and is not asked on at each turn whether there is still something: who leaves something
 * unread says so (unseen). */
#define EDGES(events) ((events) | EPOLLET | ((events)&EPOLLIN ? EPOLLRDHUP : 0u))
#define READ_SIZE 16384 /* bytes a turn and connection, so that no one keeps the others waiting */
#define REQUESTS_MAX 32 /* a turn and connection, for the same reason */
#define IDLE_MS 60000
#define HEAD_MS 10000
#define BODY_MS 10000
#define WAIT_MS 5000
#define OUT_MS 10000
#define LINGER_MS 2000

void conn_enter(struct conn *conn, enum conn_state state)
{
    static const uint64_t limits[] = {
        [CONN_IDLE] = IDLE_MS, [CONN_HEAD] = HEAD_MS, [CONN_BODY] = BODY_MS,     [CONN_WAIT] = WAIT_MS,
        [CONN_TURN] = WAIT_MS, [CONN_HELD] = WAIT_MS, [CONN_LINGER] = LINGER_MS, [CONN_CLOSED] = 0,
    };
    conn->state = state;
    conn->deadline = conn->front->now_ms + limits[state];
}

void conn_new(struct front *front, int fd, uint32_t uid)
{
    struct conn *conn = calloc(1, sizeof *conn);
    struct epoll_event event = { .events = EDGES(EPOLLIN), .data.ptr = conn };
    struct share *share = conn ? share_of(front, uid) : NULL;
    if (!share || epoll_ctl(front->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        if (share)
            share_drop(share);
        free(conn);
        close(fd);
        board_add(&front->boards.own_front->conns_refused, 1);
        return;
    }
    conn->front = front;
    conn->fd = fd;
    conn->uid = uid;
    conn->share = share;
    quota_came(uid);
    conn->events = EPOLLIN;
    conn->next = front->conns;
    if (front->conns)
        front->conns->previous = conn;
    front->conns = conn;
    front->n_conns++;
    board_add(&front->boards.own_front->conns_accepted, 1);
    conn_enter(conn, CONN_IDLE);
}

void conn_close(struct conn *conn)
{
    struct front *front = conn->front;
    if (conn->state == CONN_CLOSED)
        return;
    if (conn->state == CONN_WAIT && conn->ask != UINT32_MAX)
        ask_abandon(&front->asks, conn->ask);
    api_batch_drop(conn);
    request_forget(conn);
    /* close alone would leave it in the epoll set while a copy is on its way to the signer */
    epoll_ctl(front->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
    shutdown(conn->fd, SHUT_RDWR); /* nor would the client see the end */
    close(conn->fd);
    if (conn->previous)
        conn->previous->next = conn->next;
    else
        front->conns = conn->next;
    if (conn->next)
        conn->next->previous = conn->previous;
    front->n_conns--;
    share_leave(conn);
    quota_went(conn->uid);
    quota_give(conn->uid, conn->body_share);
    conn->state = CONN_CLOSED;
    conn->next = front->closed;
    front->closed = conn;
}

void conn_sweep(struct front *front)
{
    while (front->closed) {
        struct conn *conn = front->closed;
        front->closed = conn->next;
        buffer_give_back(&front->pool, &conn->in);
        buffer_give_back(&front->pool, &conn->out);
        free(conn->decoded);
        free(conn->ticket);
        free(conn);
    }
}

static void wait_for(struct conn *conn, uint32_t events)
{
    struct epoll_event event = { .events = EDGES(events), .data.ptr = conn };
    if (conn->events == events && !conn->unseen)
        return;
    if (epoll_ctl(conn->front->epoll, EPOLL_CTL_MOD, conn->fd, &event) == 0) {
        conn->events = events;
        conn->unseen = false;
    }
}

/* Sends what is in out. true: all of it has gone. */
static bool send_out(struct conn *conn)
{
    while (conn->out_at < conn->out.len) {
        ssize_t n =
            send(conn->fd, conn->out.bytes + conn->out_at, conn->out.len - conn->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            if (!conn->out_deadline)
                conn->out_deadline = conn->front->now_ms + OUT_MS;
            return false;
        }
        if (n < 0) {
            conn_close(conn);
            return false;
        }
        conn->out_at += (size_t)n;
        board_add(&conn->front->boards.own_front->bytes_out, (uint64_t)n);
    }
    conn->out.len = conn->out_at = 0;
    conn->out_deadline = 0;
    return true;
}

/* A client that is still sending when its connection closes would see a reset in place of the answer: so what it sends
 * is read and dropped for a moment. */
static void hang_up(struct conn *conn)
{
    if (!conn->unread || shutdown(conn->fd, SHUT_WR) != 0) {
        conn_close(conn);
        return;
    }
    conn_enter(conn, CONN_LINGER);
    wait_for(conn, EPOLLIN);
}

/* For the signer or the master. Its input stays where it is meanwhile: the request lies there. */
static bool is_waiting(const struct conn *conn)
{
    return conn->state == CONN_WAIT || conn->state == CONN_TURN || conn->state == CONN_HELD;
}

void conn_go_on(struct conn *conn)
{
    share_due(conn);
}

void conn_turn(struct conn *conn)
{
    struct buffer_pool *pool = &conn->front->pool;
    bool paused, sent;
    int left = REQUESTS_MAX;
    if (conn->state == CONN_TURN && conn->turn_came)
        conn_enter(conn, CONN_BODY);
    buffer_borrow(pool, &conn->out);
    do {
        while ((!conn->closing || conn->batch) && !is_waiting(conn) && conn->out.len < CONN_OUT_PAUSE &&
               left && request_next(conn))
            left--;
        if (conn->out.failed || conn->in.failed) {
            conn_close(conn);
            return;
        }
        paused = conn->out.len >= CONN_OUT_PAUSE && left;
        sent = send_out(conn);
        if (conn->state == CONN_CLOSED)
            return;
    } while (sent && (paused || request_on(conn))); /* what waits in `in` then is told by no event */
    if (sent && !conn->batch)
        buffer_give_back(pool, &conn->out); /* who waits keeps no buffer */
    if (sent && conn->state == CONN_IDLE)
        conn->closing |= conn->front->draining;
    if (!left)
        share_due(conn); /* no event tells of what waits in `in` */
    if (sent && conn->closing && !conn->batch)
        hang_up(conn);
    else
        wait_for(conn, !sent ? EPOLLOUT : is_waiting(conn) && (!conn->events || conn->unseen) ? 0 : EPOLLIN);
}

/* One read. false: the client has gone, or will send no more. */
static bool receive(struct conn *conn, uint32_t events)
{
    static char bytes[READ_SIZE];
    ssize_t n;
    do
        n = recv(conn->fd, bytes, sizeof bytes, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN;
    if (n == 0)
        return false;
    board_add(&conn->front->boards.own_front->bytes_in, (uint64_t)n);
    conn->unseen = n == READ_SIZE || events & (EPOLLRDHUP | EPOLLHUP);
    if (conn->state == CONN_LINGER) {
        wait_for(conn, EPOLLIN);
        return true;
    }
    buffer_borrow(&conn->front->pool, &conn->in);
    buffer_add(&conn->in, bytes, (size_t)n);
    return true;
}

void conn_ready(struct conn *conn, uint32_t events)
{
    if (conn->state == CONN_CLOSED)
        return;
    if (events & (EPOLLERR | EPOLLHUP) && (!(events & EPOLLIN) || is_waiting(conn))) {
        conn_close(conn);
        return;
    }
    if (conn->due.line) { /* it has enough to do until then */
        conn->unseen |= events & EPOLLIN;
        return;
    }
    if (is_waiting(conn) && events & EPOLLIN) {
        /* the usual client sends nothing before it has its answer: then epoll need not be told */
        wait_for(conn, 0);
        return;
    }
    if (events & EPOLLIN && !receive(conn, events)) {
        if (!conn->out.len) {
            conn_close(conn);
            return;
        }
        conn->unseen =
            true; /* it sends no more, but may take what it asked for: conns_drain reads then too */
    }
    if (conn->state != CONN_LINGER)
        conn_go_on(conn);
}
