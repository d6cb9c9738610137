/* reply.h: answers. Each ends the request that it answers. */
#ifndef SIGD_REPLY_H
#define SIGD_REPLY_H

#include "conn.h"
#include "problem.h"

#define REPLY_DETAIL_SIZE 384 /* of a problem's sentence */

/* 200 with what is in front->body. secret: with Cache-Control: no-store. type: "application/json" or "text/plain". */
void reply_ok(struct conn *conn, const char *type, bool secret);

/* Makes an answer of 200 and a secret JSON body that can be given again and again. false: no memory, or it is too long. */
bool reply_make(struct cache_answer *answer, const struct buffer *body);

/* Gives it, under a new id, to a request of the usual form: GET, HTTP/1.1, on a connection that goes on. Counts nothing. */
void reply_made(struct conn *conn, const struct cache_answer *answer);

/* The problem with a sentence of detail, which must not repeat what may be a credential. */
void reply_problem(struct conn *conn, enum problem problem, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with Allow. */
void reply_method(struct conn *conn, const char *allow);

/* A problem's document, without a line end. */
void reply_problem_text(struct buffer *out, enum problem problem, const char *detail);

/* An answer with a credential in pieces: its head; what is in front->body, where there is something; its end. */
void reply_stream(struct conn *conn, const char *type);
void reply_piece(struct conn *conn);
void reply_last(struct conn *conn);

#endif
