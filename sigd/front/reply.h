/* reply.h: answers. Each ends the request that it answers. */
#ifndef SIGD_REPLY_H
#define SIGD_REPLY_H

#include "conn.h"
#include "problem.h"

/* 200 with what is in front->body. secret: with Cache-Control: no-store. type: "application/json" or "text/plain". */
void reply_ok(struct conn *conn, const char *type, bool secret);

/* The problem with a sentence of detail, which must not repeat what may be a credential. */
void reply_problem(struct conn *conn, enum problem problem, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with Allow. */
void reply_method(struct conn *conn, const char *allow);

#endif
