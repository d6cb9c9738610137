/* request.h: the steps of one request: head, who calls, body, the signer's answer. */
#ifndef SIGD_REQUEST_H
#define SIGD_REQUEST_H

#include "problem.h"
#include "conn.h"

/* For conn.c: goes on with what is in `in`. true: a request was answered, so that there may be another. */
bool request_next(struct conn *conn);

/* Goes on with a batch that is being answered. true: there is more to send, or another request may be taken. */
bool request_on(struct conn *conn);

/* Refuses a request whose end is not known, or not worth reading. */
void request_refuse(struct conn *conn, enum problem problem, const char *detail);

/* The handle that the signer gave is of no use any more. */
void request_forget(struct conn *conn);

/* The request has been answered (reply.h): goes on with the next. From handlers that had to wait. */
void request_answered(struct conn *conn);

/* Waits for the answer to a question: op with body, whose id is set by the caller from request_ask's result. */
bool request_ask(struct conn *conn, uint16_t question, void *body, uint32_t *body_id, int fd, uint16_t answer,
                 ask_done *done);

/* Was the signer's answer, whose status and generation these are, given by another model than the one that the front
 * was told? Then the request runs anew, now or when that model is there. First thing in an answer's handler. */
bool request_is_stale(struct conn *conn, uint32_t status, uint32_t generation);

/* Of a batch alone (api_batch.c): waits until that time (boot ms), when it is closed unless the request has ended;
 * another model counts, of this generation: the request runs anew when its word on the caller has come. */
void request_wait(struct conn *conn, uint64_t until_ms);
void request_renew(struct conn *conn, uint32_t generation);

#endif
