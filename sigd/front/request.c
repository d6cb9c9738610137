/* request.c: the steps of one request: head, who calls, body, the signer's answer. */
#include "request.h"

#include "api.h"
#include "log.h"
#include "meter.h"
#include "model.h"
#include "quota.h"
#include "reply.h"
#include "routes.h"
#include "share.h"

#include <stdlib.h>
#include <string.h>

static bool ask_caller(struct conn *conn);

/* What follows moves to the front. */
static void drop_input(struct conn *conn, size_t used)
{
    conn->in.len -= used;
    if (conn->in.len)
        memmove(conn->in.bytes, conn->in.bytes + used, conn->in.len);
    else
        buffer_give_back(&conn->front->pool, &conn->in);
}

/* The request's bytes have been used. */
static void end_request(struct conn *conn)
{
    size_t used = conn->request.head_len + (size_t)conn->request.content_length;
    conn->unread = used == 0 || used > conn->in.len;
    if (used > conn->in.len)
        used = conn->in.len;
    drop_input(conn, used);
    quota_give(conn->uid, conn->body_share);
    conn->body_share = 0;
    free(conn->decoded);
    free(conn->ticket);
    conn->decoded = NULL;
    conn->ticket = NULL;
    conn->continued = false;
    memset(&conn->request, 0, sizeof conn->request);
    conn->call.route = NULL;
    conn_enter(conn, conn->in.len ? CONN_HEAD : CONN_IDLE);
}

/* Refuses a request whose end is not known, or not worth reading. */
void request_refuse(struct conn *conn, enum problem problem, const char *detail)
{
    conn->closing = true;
    reply_problem(conn, problem, "%s", detail);
    end_request(conn);
}

/* Asks the signer who calls, when it may: callers who come by the thousand are questions as others are. true: it cannot be
 * asked, and that was answered. */
static bool take_caller(struct conn *conn)
{
    if (!share_may_ask(conn)) {
        share_wait(conn);
        conn_enter(conn, CONN_TURN);
        return false;
    }
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
    conn_enter(conn, CONN_BODY);
    return routes_needs_caller(conn) && take_caller(conn);
}

/* Is it the generation of a model that the master has not told yet? */
static bool is_newer(const struct front *front, uint32_t generation)
{
    return (int32_t)(generation - front->cache.generation) > 0;
}

/* A large body is taken only while its user has not too many of them. true: refused. */
static bool refused_share(struct conn *conn)
{
    uint64_t len = conn->request.content_length;
    if (len <= QUOTA_BODY || conn->body_share)
        return false;
    if (quota_take(conn->uid, len)) {
        conn->body_share = len;
        return false;
    }
    reply_problem(conn, PROBLEM_UNAVAILABLE,
                  "this user has %d MiB of bodies under way: send one after the other",
                  QUOTA_BODIES / (1024 * 1024));
    end_request(conn);
    return true;
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
        conn_enter(conn, CONN_HELD);
        return false;
    } else if (conn->generation != conn->front->cache.generation) {
        return take_caller(conn); /* the rights that it was given are those of another model */
    }
    if (routes_forbidden(conn)) {
        end_request(conn);
        return true;
    }
    if (refused_share(conn))
        return true;
    if (conn->in.len < whole) {
        if (conn->request.expects_continue && !conn->continued && conn->in.len == conn->request.head_len) {
            buffer_text(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
            conn->continued = true;
        }
        return false;
    }
    if (conn->call.route->asks && !share_may_ask(conn)) {
        share_wait(conn);
        conn_enter(conn, CONN_TURN);
        return false;
    }
    if (conn->in.bytes != conn->parsed_at) /* it has moved since the head was read */
        http_parse(&conn->request, conn->in.bytes, conn->in.len, &problem, &detail);
    if (!routes_run(conn))
        return false; /* it waits for the signer */
    end_request(conn);
    return true;
}

/* Answers requests for administrators' credentials whose heads this connection sent before, byte for byte, without reading
 * them again; what is out of the ordinary stays where it is. */
static void answer_again(struct conn *conn)
{
    struct front *front = conn->front;
    const struct recall_head *head = &front->recall.heads[conn->recalled];
    size_t used = 0, n = 0;
    if (!conn->known || front->draining || log_wants(LOG_LEVEL_DEBUG) ||
        conn->generation != front->cache.generation || head->generation != front->cache.generation ||
        !model_is_current(front))
        return;
    while (conn->out.len < CONN_OUT_PAUSE && recall_is(head, conn->in.bytes + used, conn->in.len - used) &&
           api_admin_again(conn, head)) {
        used += head->len;
        n++;
    }
    if (!n)
        return;
    meter_again(front, head->route, n);
    drop_input(conn, used);
    conn_enter(conn, CONN_IDLE);
}

/* Goes on with what is in `in`. true: a request was answered, so that there may be another. */
bool request_next(struct conn *conn)
{
    enum problem problem;
    const char *detail;
    if (conn->state == CONN_IDLE && conn->in.len)
        answer_again(conn);
    if (conn->state == CONN_IDLE && conn->in.len)
        conn_enter(conn, CONN_HEAD);
    if (conn->state == CONN_HEAD && routes_again(conn)) {
        conn->parsed_at = conn->in.bytes;
        meter_begin(conn);
        conn_enter(conn, CONN_BODY);
    } else if (conn->state == CONN_HEAD) {
        int parsed = http_parse(&conn->request, conn->in.bytes, conn->in.len, &problem, &detail);
        conn->parsed_at = conn->in.bytes;
        if (parsed == 0)
            return false;
        meter_begin(conn);
        if (parsed < 0) {
            request_refuse(conn, problem, detail);
            return true;
        }
        if (take_head(conn))
            return true;
    }
    return conn->state == CONN_BODY && take_body(conn);
}

/* Goes on with a batch. true: there is more to send, or another request may be taken. */
bool request_on(struct conn *conn)
{
    bool answering = conn->batch && conn->state == CONN_WAIT && conn->ask == UINT32_MAX;
    if (!answering || !api_batch_on(conn))
        return false;
    if (!conn->batch)
        end_request(conn);
    return true;
}

void request_answered(struct conn *conn)
{
    end_request(conn);
    conn_go_on(conn);
}

void request_wait(struct conn *conn, uint64_t until_ms)
{
    conn->ask = UINT32_MAX;
    conn->state = CONN_WAIT;
    conn->deadline = until_ms;
}

bool request_ask(struct conn *conn, uint16_t question, void *body, uint32_t *body_id, int fd, uint16_t answer,
                 ask_done *done)
{
    struct front *front = conn->front;
    if (fd >= 0 && front->signer.n_fds >= CHAN_FDS_MAX)
        chan_flush(&front->signer); /* what is left over then, the signer does not take */
    if (fd >= 0 && front->signer.n_fds >= CHAN_FDS_MAX)
        return false;
    uint32_t id = ask_new(&front->asks, conn, conn->share, answer, done);
    if (id == UINT32_MAX)
        return false;
    *body_id = id;
    if (!chan_send(&front->signer, question, body, fd)) {
        ask_cancel(&front->asks, id);
        return false;
    }
    conn->ask = id;
    conn_enter(conn, CONN_WAIT);
    return true;
}

/* The handle that the signer gave is of no use any more. */
void request_forget(struct conn *conn)
{
    if (conn->known && conn->front->signer.fd >= 0)
        chan_send(&conn->front->signer, PROTO_CLOSE, &(struct proto_close){ conn->handle }, -1);
    grants_drop(&conn->front->grants, conn->grants);
    conn->grants = NULL;
    conn->known = false;
}

/* The signer's word on who calls; the request goes on. */
static void caller_known(struct conn *conn, uint16_t op, const void *body)
{
    const struct proto_caller *caller = body;
    (void)op;
    request_forget(conn);
    conn->asked = caller->status != PROTO_UNAVAILABLE; /* else the next request asks again */
    conn->handle = caller->handle;
    conn->known = caller->status == PROTO_DONE;
    if (conn->known && !(conn->grants = grants_hold(&conn->front->grants, caller->grants))) {
        conn_close(conn); /* no memory */
        return;
    }
    if (!conn->asked) {
        reply_problem(conn, PROBLEM_UNAVAILABLE, "the signer cannot tell now who calls");
        request_answered(conn);
        return;
    }
    conn->generation = caller->generation;
    conn->served = 0;
    conn->call.allowed =
        false; /* what was allowed before was so by another model, and on the app of another place */
    conn_enter(conn, CONN_BODY);
    conn_go_on(conn);
}

static bool ask_caller(struct conn *conn)
{
    struct proto_open open = { 0 };
    return request_ask(conn, PROTO_OPEN, &open, &open.id, conn->fd, PROTO_CALLER, caller_known);
}

void request_renew(struct conn *conn, uint32_t generation)
{
    conn->call.allowed = false;
    conn_enter(conn, is_newer(conn->front, generation) ? CONN_HELD : CONN_BODY);
}

bool request_is_stale(struct conn *conn, uint32_t status, uint32_t generation)
{
    if (status != PROTO_STALE && generation == conn->front->cache.generation)
        return false;
    free(conn->ticket);
    conn->ticket = NULL;
    request_renew(conn, generation);
    conn_go_on(conn);
    return true;
}
