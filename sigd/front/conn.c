/* conn.c: one client's connection: bytes in, requests one after the other, bytes out, deadlines. */
#include "conn.h"

#include "api.h"
#include "clock.h"
#include "meter.h"
#include "model.h"
#include "reply.h"
#include "routes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 16384        /* bytes a turn and connection, so that no one keeps the others waiting */
#define OUT_PAUSE (256 * 1024) /* bytes of answers that a client leaves unread; then its requests wait */
#define IDLE_MS 60000
#define HEAD_MS 10000
#define BODY_MS 10000
#define WAIT_MS 5000
#define OUT_MS 10000
#define LINGER_MS 2000

static bool ask_caller(struct conn *conn);

static void set_state(struct conn *conn, enum conn_state state)
{
    static const uint64_t limits[] = {
        [CONN_IDLE] = IDLE_MS, [CONN_HEAD] = HEAD_MS,     [CONN_BODY] = BODY_MS, [CONN_WAIT] = WAIT_MS,
        [CONN_HELD] = WAIT_MS, [CONN_LINGER] = LINGER_MS, [CONN_CLOSED] = 0,
    };
    conn->state = state;
    conn->deadline = conn->front->now_ms + limits[state];
}

/* For shares alone: what a caller may do, only the signer says. */
static uint32_t uid_of(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 ? peer.uid : UINT32_MAX;
}

void conn_new(struct front *front, int fd)
{
    struct conn *conn = calloc(1, sizeof *conn);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = conn };
    if (!conn || epoll_ctl(front->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(conn);
        close(fd);
        board_add(&front->boards.own_front->conns_refused, 1);
        return;
    }
    conn->front = front;
    conn->fd = fd;
    conn->uid = uid_of(fd);
    conn->events = EPOLLIN;
    conn->next = front->conns;
    if (front->conns)
        front->conns->previous = conn;
    front->conns = conn;
    front->n_conns++;
    board_add(&front->boards.own_front->conns_accepted, 1);
    set_state(conn, CONN_IDLE);
}

/* The handle that the signer gave is of no use any more. */
static void forget_caller(struct conn *conn)
{
    if (conn->known && conn->front->signer.fd >= 0)
        chan_send(&conn->front->signer, PROTO_CLOSE, &(struct proto_close){ conn->handle }, -1);
    conn->known = false;
}

void conn_close(struct conn *conn)
{
    struct front *front = conn->front;
    if (conn->state == CONN_CLOSED)
        return;
    if (conn->state == CONN_WAIT && conn->ask != UINT32_MAX)
        ask_abandon(&front->asks, conn->ask);
    api_batch_drop(conn);
    forget_caller(conn);
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
    conn->state = CONN_CLOSED;
    conn->next = front->closed;
    front->closed = conn;
}

void conn_sweep(struct front *front)
{
    while (front->closed) {
        struct conn *conn = front->closed;
        front->closed = conn->next;
        buffer_free(&conn->in);
        buffer_free(&conn->out);
        free(conn->decoded);
        free(conn->ticket);
        free(conn);
    }
}

static void wait_for(struct conn *conn, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = conn };
    if (conn->events != events && epoll_ctl(conn->front->epoll, EPOLL_CTL_MOD, conn->fd, &event) == 0)
        conn->events = events;
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

/* The request's bytes have been used: what follows them moves to the front. */
static void end_request(struct conn *conn)
{
    size_t used = conn->request.head_len + (size_t)conn->request.content_length;
    conn->unread = used == 0 || used > conn->in.len;
    if (used > conn->in.len)
        used = conn->in.len;
    memmove(conn->in.bytes, conn->in.bytes + used, conn->in.len - used);
    conn->in.len -= used;
    free(conn->decoded);
    free(conn->ticket);
    conn->decoded = NULL;
    conn->ticket = NULL;
    conn->continued = false;
    memset(&conn->request, 0, sizeof conn->request);
    conn->call.route = NULL;
    set_state(conn, conn->in.len ? CONN_HEAD : CONN_IDLE);
    if (!conn->in.len)
        buffer_free(&conn->in);
}

/* Refuses a request whose end is not known, or not worth reading. */
static void refuse(struct conn *conn, enum problem problem, const char *detail)
{
    conn->closing = true;
    reply_problem(conn, problem, "%s", detail);
    end_request(conn);
}

/* Asks the signer who calls. true: it cannot be asked, and that was answered. */
static bool take_caller(struct conn *conn)
{
    if (ask_caller(conn))
        return false;
    reply_problem(conn, PROBLEM_UNAVAILABLE, "too many requests wait for the signer");
    end_request(conn);
    return true;
}

/* A head that has come. true: it was refused. Otherwise its body is next, or the signer, who says who calls. */
static bool take_head(struct conn *conn)
{
    if (routes_refused(conn)) {
        end_request(conn);
        return true;
    }
    set_state(conn, CONN_BODY);
    return routes_needs_caller(conn) && take_caller(conn);
}

/* Is it the generation of a model that the master has not told yet? */
static bool is_newer(const struct front *front, uint32_t generation)
{
    return (int32_t)(generation - front->cache.generation) > 0;
}

/* A body that has come, or not yet: before any of it is read, who calls must be allowed to send it. true: answered. */
static bool take_body(struct conn *conn)
{
    size_t whole = conn->request.head_len + (size_t)conn->request.content_length;
    enum problem problem;
    const char *detail;
    if (conn->call.route->open) {
        /* tells nothing that could be withdrawn, of nobody */
    } else if (!model_is_current(conn->front) || is_newer(conn->front, conn->generation)) {
        set_state(conn, CONN_HELD);
        return false;
    } else if (conn->generation != conn->front->cache.generation) {
        return take_caller(conn); /* the rights that it was given are those of another model */
    }
    if (routes_forbidden(conn)) {
        end_request(conn);
        return true;
    }
    if (conn->in.len < whole) {
        if (conn->request.expects_continue && !conn->continued && conn->in.len == conn->request.head_len) {
            buffer_text(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
            conn->continued = true;
        }
        return false;
    }
    /* in may have moved since the head was read */
    http_parse(&conn->request, conn->in.bytes, conn->in.len, &problem, &detail);
    if (!routes_run(conn))
        return false; /* it waits for the signer */
    end_request(conn);
    return true;
}

/* Goes on with what is in `in`. true: a request was answered, so that there may be another. */
static bool next_request(struct conn *conn)
{
    enum problem problem;
    const char *detail;
    if (conn->state == CONN_IDLE && conn->in.len)
        set_state(conn, CONN_HEAD);
    if (conn->state == CONN_HEAD) {
        int parsed = http_parse(&conn->request, conn->in.bytes, conn->in.len, &problem, &detail);
        if (parsed == 0)
            return false;
        meter_begin(conn);
        if (parsed < 0) {
            refuse(conn, problem, detail);
            return true;
        }
        if (take_head(conn))
            return true;
    }
    return conn->state == CONN_BODY && take_body(conn);
}

/* A client that is still sending when its connection closes would see a reset in place of the answer: so what it sends
 * is read and dropped for a moment. */
static void hang_up(struct conn *conn)
{
    if (!conn->unread || shutdown(conn->fd, SHUT_WR) != 0) {
        conn_close(conn);
        return;
    }
    set_state(conn, CONN_LINGER);
    wait_for(conn, EPOLLIN);
}

/* For the signer or the master. Its input stays where it is meanwhile: the request lies there. */
static bool is_waiting(const struct conn *conn)
{
    return conn->state == CONN_WAIT || conn->state == CONN_HELD;
}

/* Goes on with a batch. true: there is more to send, or another request may be taken. */
static bool go_on(struct conn *conn)
{
    bool answering = conn->batch && conn->state == CONN_WAIT && conn->ask == UINT32_MAX;
    if (!answering || !api_batch_on(conn))
        return false;
    if (!conn->batch)
        end_request(conn);
    return true;
}

/* Answers what has arrived, as far as the client takes the answers. */
static void run(struct conn *conn)
{
    bool paused, sent;
    do {
        while ((!conn->closing || conn->batch) && !is_waiting(conn) && conn->out.len < OUT_PAUSE &&
               next_request(conn))
            ;
        if (conn->out.failed || conn->in.failed) {
            conn_close(conn);
            return;
        }
        paused = conn->out.len >= OUT_PAUSE;
        sent = send_out(conn);
        if (conn->state == CONN_CLOSED)
            return;
    } while (sent && (paused || go_on(conn))); /* what waits in `in` then is told by no event */
    if (sent && conn->state == CONN_IDLE) {
        buffer_free(&conn->out); /* an idle connection keeps no buffer */
        conn->closing |= conn->front->draining;
    }
    if (sent && conn->closing && !conn->batch)
        hang_up(conn);
    else
        wait_for(conn, !sent ? EPOLLOUT : is_waiting(conn) ? 0 : EPOLLIN);
}

/* One read. false: the client has gone, or will send no more. */
static bool receive(struct conn *conn)
{
    char bytes[READ_SIZE];
    ssize_t n;
    do
        n = recv(conn->fd, bytes, sizeof bytes, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN;
    if (n == 0)
        return false;
    board_add(&conn->front->boards.own_front->bytes_in, (uint64_t)n);
    if (conn->state == CONN_LINGER)
        return true;
    buffer_add(&conn->in, bytes, (size_t)n);
    return true;
}

void conn_ready(struct conn *conn, uint32_t events)
{
    if (conn->state == CONN_CLOSED)
        return;
    if (events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN)) {
        conn_close(conn);
        return;
    }
    if (!is_waiting(conn) && events & EPOLLIN && !receive(conn)) {
        conn_close(conn);
        return;
    }
    if (conn->state != CONN_LINGER)
        run(conn);
}

void conn_answered(struct conn *conn)
{
    end_request(conn);
    run(conn);
}

void conn_go_on(struct conn *conn)
{
    run(conn);
}

void conn_wait(struct conn *conn, uint64_t until_ms)
{
    conn->ask = UINT32_MAX;
    conn->state = CONN_WAIT;
    conn->deadline = until_ms;
}

bool conn_ask(struct conn *conn, uint16_t question, void *body, uint32_t *body_id, int fd, uint16_t answer,
              ask_done *done)
{
    struct front *front = conn->front;
    uint32_t id = ask_new(&front->asks, conn, answer, done);
    if (id == UINT32_MAX)
        return false;
    *body_id = id;
    if (!chan_send(&front->signer, question, body, fd)) {
        ask_cancel(&front->asks, id);
        return false;
    }
    conn->ask = id;
    set_state(conn, CONN_WAIT);
    return true;
}

/* The signer's word on who calls; the request goes on. */
static void caller_known(struct conn *conn, uint16_t op, const void *body)
{
    const struct proto_caller *caller = body;
    (void)op;
    forget_caller(conn);
    conn->asked = true;
    conn->known = caller->granted != 0;
    conn->handle = caller->handle;
    conn->generation = caller->generation;
    conn->served = 0;
    memcpy(conn->grants, caller->grants, sizeof conn->grants);
    conn->call.allowed =
        false; /* what was allowed before was so by another model, and on the app of another place */
    set_state(conn, CONN_BODY);
    run(conn);
}

static bool ask_caller(struct conn *conn)
{
    struct proto_open open = { 0 };
    return conn_ask(conn, PROTO_OPEN, &open, &open.id, conn->fd, PROTO_CALLER, caller_known);
}

void conn_renew(struct conn *conn, uint32_t generation)
{
    conn->call.allowed = false;
    set_state(conn, is_newer(conn->front, generation) ? CONN_HELD : CONN_BODY);
}

bool conn_is_stale(struct conn *conn, uint32_t status, uint32_t generation)
{
    if (status != PROTO_STALE && generation == conn->front->cache.generation)
        return false;
    free(conn->ticket);
    conn->ticket = NULL;
    conn_renew(conn, generation);
    run(conn);
    return true;
}

void conn_resume(struct front *front)
{
    struct conn *next;
    front->resume = false;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        if (conn->state == CONN_HELD) {
            set_state(conn, CONN_BODY);
            run(conn);
        }
    }
}

void conn_withdraw(struct front *front)
{
    struct conn *next;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        if (conn->out.len)
            conn_close(conn);
    }
}

static void expire(struct conn *conn)
{
    if (conn->out_deadline || conn->state == CONN_IDLE || conn->state == CONN_LINGER || conn->batch) {
        if (conn->batch && !conn->out_deadline)
            meter_end(conn, PROBLEM_UNAVAILABLE); /* too late to tell the client, but not the operator */
        conn_close(conn);
    } else if (conn->state == CONN_HELD) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "a reload is under way");
        conn_answered(conn);
    } else if (conn->state == CONN_WAIT) {
        ask_abandon(&conn->front->asks, conn->ask);
        reply_problem(conn, PROBLEM_UNAVAILABLE, "the signer did not answer within 5 s");
        conn->state = CONN_BODY;
        conn_answered(conn);
    } else {
        refuse(conn, PROBLEM_TIMEOUT, "the request took longer than 10 s");
        run(conn);
    }
}

void conn_tick(struct front *front)
{
    struct conn *next;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        if (front->now_ms > conn->deadline || (conn->out_deadline && front->now_ms > conn->out_deadline))
            expire(conn);
    }
}

void conn_drain(struct front *front)
{
    struct conn *next;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        conn_ready(conn, EPOLLIN); /* what it sent before is answered; then run() hangs up */
    }
}
