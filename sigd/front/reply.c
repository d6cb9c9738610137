/* reply.c: answers. */
#include "reply.h"

#include "meter.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *reason_of(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Error";
    }
}

/* Will the connection be closed after this answer? A body that has not come yet must never be taken for the next
 * request. */
static void judge_end(struct conn *conn)
{
    uint64_t whole = conn->request.head_len + conn->request.content_length;
    if (!conn->request.keep_alive || conn->in.len < whole || (conn->front->draining && conn->in.len == whole))
        conn->closing = true;
}

/* more: further headers, each with its line end. Returns where the id stands. */
static size_t write_head(struct buffer *out, int status, const char *type, size_t len, const char *id,
                         const char *more, const char *connection)
{
    buffer_text(out, "HTTP/1.1 ");
    buffer_number(out, (uint64_t)status);
    buffer_text(out, " ");
    buffer_text(out, reason_of(status));
    buffer_text(out, "\r\nContent-Type: ");
    buffer_text(out, type);
    buffer_text(out, "\r\nContent-Length: ");
    buffer_number(out, len);
    buffer_text(out, "\r\nRequest-Id: ");
    size_t id_at = out->len;
    buffer_text(out, id);
    buffer_text(out, "\r\n");
    buffer_text(out, more);
    buffer_text(out, connection);
    buffer_text(out, "\r\n");
    return id_at;
}

/* Head and body. */
static void send_answer(struct conn *conn, int status, const char *type, const char *more)
{
    char id[METER_ID_SIZE];
    meter_id(conn, id);
    struct buffer *body = &conn->front->body;
    if (conn->batch) { /* another answer has begun, and cannot end well any more: conn closes */
        conn->out.failed = true;
        body->len = 0;
        return;
    }
    judge_end(conn);
    write_head(&conn->out, status, type, body->len, id, more,
               conn->closing           ? "Connection: close\r\n"
               : conn->request.http_10 ? "Connection: keep-alive\r\n"
                                       : "");
    if (conn->request.method != HTTP_HEAD)
        buffer_add(&conn->out, body->bytes, body->len);
    if (body->failed)
        conn->out.failed = true; /* conn closes rather than send half an answer */
    body->len = 0;
    body->failed = false;
}

bool reply_make(struct cache_answer *answer, const struct buffer *body)
{
    struct buffer whole = { 0 };
    size_t id_at = write_head(&whole, 200, "application/json", body->len, "0000000000000000",
                              "Cache-Control: no-store\r\n", "");
    size_t body_at = whole.len;
    buffer_add(&whole, body->bytes, body->len);
    bool fits = !whole.failed && !body->failed && whole.len <= sizeof answer->bytes;
    if (fits) {
        *answer = (struct cache_answer){ .len = whole.len, .id_at = id_at, .body_at = body_at };
        memcpy(answer->bytes, whole.bytes, whole.len);
    }
    buffer_free(&whole);
    return fits;
}

void reply_made(struct conn *conn, const struct cache_answer *answer)
{
    size_t at = conn->out.len;
    buffer_add(&conn->out, answer->bytes, answer->len);
    if (!conn->out.failed)
        meter_new_id(conn->front, conn->out.bytes + at + answer->id_at);
}

void reply_stream(struct conn *conn, const char *type)
{
    char id[METER_ID_SIZE];
    meter_id(conn, id);
    judge_end(conn);
    conn->closing |= conn->request.http_10; /* which knows no other end of it */
    buffer_format(
        &conn->out,
        "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nCache-Control: no-store\r\nRequest-Id: %s\r\n%s%s\r\n", type,
        id, conn->request.http_10 ? "" : "Transfer-Encoding: chunked\r\n",
        conn->closing ? "Connection: close\r\n" : "");
}

void reply_piece(struct conn *conn)
{
    struct buffer *body = &conn->front->body;
    if (body->len && !conn->request.http_10)
        buffer_format(&conn->out, "%zx\r\n", body->len);
    buffer_add(&conn->out, body->bytes, body->len);
    if (body->len && !conn->request.http_10)
        buffer_text(&conn->out, "\r\n");
    if (body->failed)
        conn->out.failed = true;
    body->len = 0;
    body->failed = false;
}

void reply_last(struct conn *conn)
{
    if (!conn->request.http_10)
        buffer_text(&conn->out, "0\r\n\r\n");
    meter_end(conn, PROBLEM_NONE);
}

void reply_ok(struct conn *conn, const char *type, bool secret)
{
    send_answer(conn, 200, type, secret ? "Cache-Control: no-store\r\n" : "");
    meter_end(conn, PROBLEM_NONE);
}

void reply_problem_text(struct buffer *out, enum problem problem, const char *detail)
{
    const struct problem_row *row = problem_row(problem);
    buffer_format(out, "{\"type\":\"urn:usersig:problem:%s\",\"title\":\"%s\",\"status\":%d,\"detail\":",
                  row->name, row->title, row->status);
    buffer_json(out, detail, strlen(detail));
    buffer_format(out, ",\"code\":%d}", row->code);
}

static void compose(struct buffer *body, enum problem problem, const char *detail)
{
    body->len = 0;
    reply_problem_text(body, problem, detail);
    buffer_text(body, "\n");
}

void reply_problem(struct conn *conn, enum problem problem, const char *detail, ...)
{
    const struct problem_row *row = problem_row(problem);
    char text[REPLY_DETAIL_SIZE];
    va_list list;
    va_start(list, detail);
    vsnprintf(text, sizeof text, detail, list);
    va_end(list);
    compose(&conn->front->body, problem, text);
    send_answer(conn, row->status, "application/problem+json",
                row->status == 503   ? "Retry-After: 5\r\n"
                : row->status == 429 ? "Retry-After: 1\r\n"
                                     : "");
    meter_end(conn, problem);
}

void reply_method(struct conn *conn, const char *allow)
{
    const struct problem_row *row = problem_row(PROBLEM_METHOD);
    char more[64], text[96];
    snprintf(more, sizeof more, "Allow: %s\r\n", allow);
    snprintf(text, sizeof text, "this route takes %s only", allow);
    compose(&conn->front->body, PROBLEM_METHOD, text);
    send_answer(conn, row->status, "application/problem+json", more);
    meter_end(conn, PROBLEM_METHOD);
}
