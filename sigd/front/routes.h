/* routes.h: which call is whose, and what it needs. */
#ifndef SIGD_ROUTES_H
#define SIGD_ROUTES_H

#include "conn.h"

struct route {
    const char *path; /* segments; {app}, {service} and {command} stand for any */
    enum http_method method;
    uint32_t may;              /* the grant that it needs on {app}; 0: any grant on any app */
    size_t body_max;           /* bytes; POST only */
    bool open;                 /* needs no caller */
    bool asks;                 /* asks the signer */
    const char *const *params; /* the query parameters that it takes, NULL-terminated; NULL: none */
    /* Answers (true), or waits (false) until a callback calls request_answered. */
    bool (*run)(struct conn *conn);
};

/* Its place in the table of routes plus one, 0 for NULL; and the other way, NULL at the end. */
size_t routes_number(const struct route *route);
const struct route *routes_at(size_t number);

/* Looks at the head in conn->request: its route and what it says of its body. true: it was refused, and answered. */
bool routes_refused(struct conn *conn);

/* Is the head at the start of conn->in that of a POST which came before, byte for byte, all of whose body is there too?
 * Then conn->request and conn->call are filled without reading it, and routes_refused has nothing to say. */
bool routes_again(struct conn *conn);

/* Must the signer say who calls before the request can go on? */
bool routes_needs_caller(const struct conn *conn);

/* What the policy says, before any of the body is taken. true: it was refused, and answered. */
bool routes_forbidden(struct conn *conn);

/* The request with its body at hand. true: it was answered. false: it waits. */
bool routes_run(struct conn *conn);

/* The signer keeps the audit log; it hears of what is refused here. app: UINT32_MAX for none. */
void routes_report(struct conn *conn, uint32_t app, uint32_t may);

/* The value of a query parameter, NULL: not there. */
const struct http_text *routes_param(const struct conn *conn, const char *name);

#endif
