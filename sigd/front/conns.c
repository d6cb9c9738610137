/* conns.c: all connections of a front: deadlines, what a change does to them, the end. */
#include "conns.h"

#include "conn.h"
#include "meter.h"
#include "model.h"
#include "reply.h"
#include "request.h"

#include <sys/epoll.h>

static void expire(struct conn *conn)
{
    if (conn->out_deadline || conn->state == CONN_IDLE || conn->state == CONN_LINGER || conn->batch) {
        if (conn->batch && !conn->out_deadline)
            meter_end(conn, PROBLEM_UNAVAILABLE); /* too late to tell the client, but not the operator */
        conn_close(conn);
    } else if (conn->state == CONN_HELD && model_is_current(conn->front)) {
        conn_enter(conn, CONN_BODY); /* the credential that it waited for has not come */
        conn_go_on(conn);
    } else if (conn->state == CONN_HELD) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "a reload is under way");
        request_answered(conn);
    } else if (conn->state == CONN_TURN) {
        turns_leave(&conn->share->askers, &conn->asks);
        reply_problem(conn, PROBLEM_UNAVAILABLE, "other requests of yours kept the signer busy for 5 s");
        request_answered(conn);
    } else if (conn->state == CONN_WAIT) {
        ask_abandon(&conn->front->asks, conn->ask);
        reply_problem(conn, PROBLEM_UNAVAILABLE, "the signer did not answer within 5 s");
        conn->state = CONN_BODY;
        request_answered(conn);
    } else {
        request_refuse(conn, PROBLEM_TIMEOUT, "the request took longer than 10 s");
        conn_go_on(conn);
    }
}

void conns_tick(struct front *front)
{
    struct conn *next;
    buffer_pool_free(&front->pool); /* what a busy second needed a quiet one does not */
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        if (front->now_ms > conn->deadline || (conn->out_deadline && front->now_ms > conn->out_deadline))
            expire(conn);
    }
}

void conns_resume(struct front *front)
{
    struct conn *next;
    front->resume = false;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        if (conn->state == CONN_HELD) {
            conn_enter(conn, CONN_BODY);
            conn_go_on(conn);
        }
    }
}

void conns_withdraw(struct front *front)
{
    struct conn *next;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        if (conn->out.len)
            conn_close(conn);
    }
}

void conns_drain(struct front *front)
{
    struct conn *next;
    for (struct conn *conn = front->conns; conn; conn = next) {
        next = conn->next;
        conn_ready(conn, EPOLLIN); /* what it sent before is answered; then its turn hangs up */
    }
}
